package tests

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// Row 208: three instances behind a proxy are restarted in turn, and nobody notices; what ends on one has ended on all.
func TestRow208_RestartedInTurn(t *testing.T) {
	binary := shipped(t)
	for name, databaseURL := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := databaseURL(t)
			s := start(t, url)
			id, token := s.signedIn(t, "")
			var addresses []string
			for range 3 {
				addresses = append(addresses, freeAddress(t))
			}
			launchAt := func(i int) *exec.Cmd {
				_, port, _ := strings.Cut(addresses[i], ":")
				return runBinary(t, os.Stderr, binary, "APP_ENV=production", "FRONTEND_URL=http://localhost:3000", "RATE_LIMIT=off", "DATABASE_URL="+url, "PORT="+port)
			}
			running := []*exec.Cmd{launchAt(0), launchAt(1), launchAt(2)}
			p := newRoundRobin(t, addresses...)
			end := load(t, s, p, token)
			for i, command := range running {
				_ = command.Process.Signal(syscall.SIGTERM)
				if err := command.Wait(); err != nil {
					t.Errorf("instance %d ended with %v", i, err)
				}
				launchAt(i)
				p.await(t)
			}
			end()
			for range 5 {
				endedOnAll(t, s, id, addresses)
			}
		})
	}
}

// load reads and writes through the proxy until its end is called: no request may fail, and no acknowledged post be missing.
func load(t *testing.T, s *server, p *roundRobin, token string) (end func()) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 20}}
	over := make(chan struct{})
	var count, posted atomic.Int64
	var all sync.WaitGroup
	work := func(want int, method, path, body string) {
		all.Go(func() {
			for tick := time.Tick(5 * time.Millisecond); ; {
				select {
				case <-over:
					return
				case <-tick:
				}
				count.Add(1)
				status, err := through(client, method, p.URL+path, body, token)
				if err != nil || status != want {
					t.Errorf("%s %s: %d %v, want %d", method, path, status, err, want)
				}
				if status == 201 {
					posted.Add(1)
				}
			}
		})
	}
	for range 2 {
		work(200, "GET", "/api/me", "")
		work(200, "GET", "/api/posts", "")
		work(201, "POST", "/api/posts", `{"title":"Posted","content":""}`)
	}
	stop := sync.OnceFunc(func() { close(over); all.Wait() })
	t.Cleanup(stop) // of a test that has failed
	return func() {
		stop()
		client.CloseIdleConnections()
		t.Logf("%d requests, %d posts", count.Load(), posted.Load())
		if n := s.one(t, `SELECT count(*) FROM `+s.own("posts")+` WHERE title = 'Posted'`); n != fmt.Sprint(posted.Load()) || posted.Load() < 50 {
			t.Errorf("%s posts are there, %d were acknowledged", n, posted.Load())
		}
	}
}

func through(client *http.Client, method, url, body, token string) (status int, err error) {
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	for _, line := range []string{"Content-Type: application/json", cookie(token), origin} {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	a, err := client.Do(r)
	if err != nil {
		return 0, err
	}
	return a.StatusCode, a.Body.Close()
}

// endedOnAll ends a session on one instance; the others, who know it, refuse it within a second.
func endedOnAll(t *testing.T, s *server, id string, addresses []string) {
	t.Helper()
	token := s.session(t, id)
	status := func(method, address, path string) int {
		got, err := through(http.DefaultClient, method, "http://"+address+path, "", token)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	for _, address := range addresses {
		for range 3 {
			if got := status("GET", address, "/api/me"); got != 200 {
				t.Fatalf("before: %d", got)
			}
		}
	}
	if got := status("POST", addresses[0], "/auth/logout"); got != 204 {
		t.Fatalf("logout: %d", got)
	}
	ended := time.Now()
	for _, address := range addresses {
		s.eventually(t, "refused", func() bool { return status("GET", address, "/api/me") == 401 })
		if took := time.Since(ended); took > time.Second {
			t.Errorf("answered for %v after its end", took)
		}
	}
	for _, address := range addresses {
		if got := status("GET", address, "/api/me"); got != 401 {
			t.Errorf("refused, and then %d", got)
		}
	}
}
