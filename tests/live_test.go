package tests

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// patience is how long an answer may take: two seconds are promised, and machines that test are slow.
const patience = 2500 * time.Millisecond

// live is the real program, or what stands before several of it, as its callers see it while something breaks.
type live struct {
	url, metrics string // metrics is "" where none are asked for
	token        string
	client       *http.Client
	ledger       *ledger
}

func newLive(url, token string) *live {
	return &live{url: url, token: token, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}, ledger: &ledger{}}
}

// try sends a request and gives the answer, and how long it took.
func (o *live) try(method, path, body string, headers ...string) (answer, time.Duration, error) {
	r, err := http.NewRequestWithContext(context.Background(), method, o.url+path, strings.NewReader(body))
	if err != nil {
		return answer{}, 0, err
	}
	for _, line := range append(headers, "Content-Type: application/json") {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	begun := time.Now()
	a, err := o.client.Do(r)
	if err != nil {
		return answer{}, 0, err
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	return answer{a.StatusCode, a.Header, string(text)}, time.Since(begun), err
}

// send is try where an answer must come; status 0 where none did.
func (o *live) send(t *testing.T, method, path, body string, headers ...string) (answer, time.Duration) {
	a, took, err := o.try(method, path, body, headers...)
	if err != nil {
		t.Errorf("%s %s: %v", method, path, err)
	}
	return a, took
}

// until waits for something and gives how long it took.
func (o *live) until(t *testing.T, longest time.Duration, what string, is func() bool) time.Duration {
	t.Helper()
	begun := time.Now()
	for !is() {
		if time.Since(begun) > longest {
			t.Fatalf("not within %v: %s", longest, what)
		}
		time.Sleep(5 * time.Millisecond)
	}
	return time.Since(begun)
}

// metric gives a figure of the program's.
func (o *live) metric(t *testing.T, name string) (value float64) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+o.metrics+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	text, _ := io.ReadAll(a.Body)
	_, rest, found := strings.Cut(string(text), "\n"+name+" ")
	if _, err := fmt.Sscan(rest, &value); err != nil || !found {
		t.Fatalf("no %s: %v", name, err)
	}
	return value
}

// repeat calls each of some functions again and again, side by side, until end is called.
func repeat(t *testing.T, work ...func()) (end func()) {
	over := make(chan struct{})
	var all sync.WaitGroup
	for _, f := range work {
		all.Go(func() {
			for tick := time.Tick(5 * time.Millisecond); ; {
				select {
				case <-over:
					return
				case <-tick:
					f()
				}
			}
		})
	}
	end = sync.OnceFunc(func() { close(over); all.Wait() })
	t.Cleanup(end) // of a test that has failed
	return end
}

// writing posts until it is told to end. What is not 201 must be 503.
func (o *live) writing(t *testing.T) (end func()) {
	post := func() { o.post(t) }
	return repeat(t, post, post, post)
}

// load reads and posts until it is told to end, and gives the count of requests. None may fail.
func (o *live) load(t *testing.T) (end func(), count *atomic.Int64) {
	count = new(atomic.Int64)
	read := func(path string) func() {
		return func() {
			if a, took := o.send(t, "GET", path, "", cookie(o.token)); a.Status != 200 {
				t.Errorf("GET %s: %d after %v: %s", path, a.Status, took, a.Body)
			}
			count.Add(1)
		}
	}
	post := func() {
		if status := o.post(t); status != 201 {
			t.Errorf("a post: %d", status)
		}
		count.Add(1)
	}
	return repeat(t, read("/api/me"), read("/api/me"), read("/api/posts"), read("/protected/data"), post, post), count
}

// post makes a post, and enters it into the ledger where it was acknowledged.
func (o *live) post(t *testing.T) (status int) {
	title := next("post")
	a, took := o.send(t, "POST", "/api/posts", postBody(title), cookie(o.token), origin)
	if a.Status == 201 {
		o.ledger.note("post", title)
	} else {
		unavailable(t, "a post", a, took)
	}
	return a.Status
}

func postBody(title string) string {
	return fmt.Sprintf(`{"title":%q,"content":"","published":true}`, title)
}

// rests waits until the program has as many goroutines as a moment ago, and gives their number.
func (o *live) rests(t *testing.T) (goroutines float64) {
	t.Helper()
	o.client.CloseIdleConnections()
	o.until(t, 10*time.Second, "the program rests", func() bool {
		before := goroutines
		goroutines = o.metric(t, "go_goroutines")
		return goroutines == before
	})
	return goroutines
}

// asBefore waits until no more goroutines are left than rests gave.
func (o *live) asBefore(t *testing.T, goroutines float64) {
	t.Helper()
	o.client.CloseIdleConnections()
	o.until(t, 20*time.Second, fmt.Sprint("no more goroutines than before: ", goroutines), func() bool { return o.metric(t, "go_goroutines") <= goroutines+3 })
}

// unavailable wants the one answer that a store which is away has.
func unavailable(t *testing.T, what string, a answer, took time.Duration) {
	t.Helper()
	if a.Status != 503 || a.Header.Get("Retry-After") == "" || !strings.Contains(a.Body, `"store_unavailable"`) && !strings.Contains(a.Body, `"busy"`) {
		t.Errorf("%s: %d, want 503 with Retry-After: %v %s", what, a.Status, a.Header, a.Body)
	}
	if a.Header.Get("Set-Cookie") != "" || took > patience {
		t.Errorf("%s: after %v, cookie %q", what, took, a.Header.Get("Set-Cookie"))
	}
}
