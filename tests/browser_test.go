package tests

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"countersign/tests/need"
)

// browser is a page in a headless Chromium with a profile of its own, and a program at the origin that it opens.
type browser struct {
	*server
	t      *testing.T
	ctx    context.Context
	origin string
	mu     sync.Mutex
	// faults are errors on the console, breaches of the policy and requests to other origins.
	faults []string
}

// browse starts a program on SQLite whose API_URL is where it is served, and a Chromium. The test fails if the
// browser complains of anything, or asks anybody else.
func browse(t *testing.T, settings ...string) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		need.Missing(t, "Chromium (Debian: apt-get install chromium)", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t, origin: fmt.Sprintf("http://localhost:%d", listener.Addr().(*net.TCPAddr).Port)}
	b.server = start(t, databases["sqlite"](t), append([]string{"API_URL=" + b.origin}, settings...)...)
	at := &httptest.Server{Listener: listener, Config: &http.Server{Handler: b.app, ReadHeaderTimeout: time.Minute}}
	at.Start()
	t.Cleanup(at.Close)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-dev-shm-usage", true))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium's sandbox refuses to be root's
	}
	limited, over := context.WithTimeout(t.Context(), 2*time.Minute)
	started, stop := chromedp.NewExecAllocator(limited, options...)
	ctx, closeTab := chromedp.NewContext(started)
	b.ctx = ctx
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits until Chromium has gone, whose profile is to be removed
		closeTab()
		stop()
		over()
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, fault := range b.faults {
			t.Error(fault)
		}
	})
	if err := chromedp.Listen(ctx, b.listen); err != nil { // starts it
		t.Fatal(err)
	}
	return b
}

// listen keeps what a page should not do. That an API answers 4xx is no fault of the page's.
func (b *browser) listen(event any) {
	var fault string
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		fault = fmt.Sprintf("exception: %+v", e.ExceptionDetails)
	case *runtime.EventConsoleAPICalled:
		fault = fmt.Sprintf("console.%s: %+v", e.Type, e.Args)
	case *log.EventEntryAdded:
		if e.Entry.Source == log.EntrySourceNetwork && strings.Contains(e.Entry.Text, "the server responded with a status of 4") {
			return
		}
		fault = fmt.Sprintf("%s %s: %s %s", e.Entry.Source, e.Entry.Level, e.Entry.Text, e.Entry.URL)
	case *network.EventRequestWillBeSent:
		if strings.HasPrefix(e.Request.URL, b.origin+"/") || strings.HasPrefix(e.Request.URL, "data:") {
			return
		}
		fault = "a request to another origin: " + e.Request.URL
	default:
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = append(b.faults, fault)
}

type step = chromedp.Action[chromedp.Void]

func (b *browser) run(steps ...step) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatalf("%v; the page shows:\n%s", err, b.shown())
	}
}

// shown is what somebody would read on the page, for the message of a test that fails.
func (b *browser) shown() string {
	text, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.body.innerText`))
	if err != nil {
		return err.Error()
	}
	return text
}

// open goes to a path, with a width in pixels and a colour scheme. An operation's id stands behind the #.
func (b *browser) open(path string, width int64, scheme string) {
	b.t.Helper()
	b.run(chromedp.EmulateViewport(width, 860), protocol(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	}), chromedp.Navigate("about:blank"), chromedp.Navigate(b.origin+path))
}

// protocol is a step that sends a command of the protocol.
func protocol[P, R any](command cdp.Command[P, R], params P) step {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, command, params)
		return err
	})
}

// until waits for a JavaScript condition, looking each time the page is drawn. A page that gives way to another while it
// is looked at, since a link on it was clicked, is no fault: the next one is looked at.
func (b *browser) until(condition string) {
	b.t.Helper()
	for end := time.Now().Add(20 * time.Second); ; {
		is, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](fmt.Sprintf(`new Promise((end) => {
			const look = () => (%s) ? end(true) : requestAnimationFrame(look);
			setTimeout(() => end(false), %d);
			look();
		})`, condition, time.Until(end).Milliseconds()), chromedp.EvalAwaitPromise))
		var gone *cdproto.Error
		if errors.As(err, &gone) && time.Now().Before(end) {
			continue
		}
		if err != nil || !is {
			b.t.Fatalf("%s: %v; the page shows:\n%s", condition, err, b.shown())
		}
		return
	}
}

// text waits until an element shows a text.
func (b *browser) text(selector, want string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`[...document.querySelectorAll(%q)].some((e) => e.innerText.includes(%q))`, selector, want))
}

// setCookie gives the browser a header line of cookie, as Better Auth on the same host would.
func (b *browser) setCookie(line string) {
	b.t.Helper()
	name, value, _ := strings.Cut(strings.TrimPrefix(line, "Cookie: "), "=")
	yes := true
	b.run(protocol(network.SetCookie, network.SetCookieParams{Name: name, Value: value, Domain: "localhost", Path: "/", HTTPOnly: &yes, SameSite: network.CookieSameSiteLax}))
}

// evaluate gives the value of a JavaScript expression.
func evaluate[T any](b *browser, expression string) T {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return value
}
