package tests

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Row 207: told to stop under load, the program says so at /readyz first, answers all that was sent to it, and ends well.
func TestRow207_StoppedUnderLoad(t *testing.T) {
	t.Parallel()
	binary := shipped(t)
	for name, databaseURL := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := databaseURL(t)
			s := start(t, url)
			_, token := s.signedIn(t, "")
			owed := &ledger{}
			for range full(1, 10) {
				stopped(t, binary, url, token, owed)
			}
			owed.check(t, s, 20)
		})
	}
}

// stopped starts the program, tells it to stop under load, and sees it out.
func stopped(t *testing.T, binary, databaseURL, token string, owed *ledger) {
	t.Helper()
	address := freeAddress(t)
	command := instance(t, binary, databaseURL, address)
	p := newLive("http://"+address, token)
	p.ledger = owed
	p.until(t, 30*time.Second, "ready", func() bool {
		a, _, err := p.try("GET", "/readyz", "")
		return err == nil && a.Status == 200
	})
	end, count := p.load(t)
	p.until(t, 10*time.Second, "load", func() bool { return count.Load() > 100 })
	title, finish := half(t, address, token)
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	turned := p.until(t, 2*time.Second, "/readyz turns", func() bool {
		a, _ := p.send(t, "GET", "/readyz", "")
		return a.Status == 503
	})
	before := count.Load()
	p.until(t, 4*time.Second, "what is sent until a proxy has noticed is answered", func() bool { return count.Load() > before+200 })
	end()
	p.until(t, 20*time.Second, "the port is closed", func() bool {
		c, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
		if err == nil {
			_ = c.Close()
		}
		return err != nil
	})
	if status := finish(); status == 201 {
		owed.note("post", title)
	} else {
		t.Errorf("a request that was under way: %d, want 201", status)
	}
	if err := command.Wait(); err != nil {
		t.Errorf("ended with %v, want exit code 0", err)
	}
	found(t, "/readyz turned %d ms after SIGTERM; %d requests under load and one that was open when the port closed, none failed; exit code 0", turned.Milliseconds(), count.Load())
}

// half sends a post but for the end of its body, which finish sends; it gives the status.
func half(t *testing.T, address, token string) (title string, finish func() (status int)) {
	t.Helper()
	title = next("half")
	body := postBody(title)
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	send := func(text string) {
		if _, err := io.WriteString(c, text); err != nil {
			t.Errorf("a request that was under way: %v", err)
		}
	}
	send("POST /api/posts HTTP/1.1\r\nHost: " + address + "\r\nContent-Type: application/json\r\n" +
		strings.Join(byCookie(token), "\r\n") + fmt.Sprintf("\r\nContent-Length: %d\r\n\r\n", len(body)) + body[:10])
	return title, func() int {
		send(body[10:])
		_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
		a, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Errorf("a request that was under way: %v", err)
			return 0
		}
		defer a.Body.Close()
		return a.StatusCode
	}
}
