package tests

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"countersign/tests/haproxy"
)

// Row 208: three instances behind HAProxy are restarted in turn, and nobody notices; what ends on one has ended on all.
func TestRow208_RestartedInTurn(t *testing.T) {
	binary := shipped(t)
	for name, databaseURL := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := databaseURL(t)
			s := start(t, url)
			id, token := s.signedIn(t, "")
			addresses := [3]string{freeAddress(t), freeAddress(t), freeAddress(t)}
			var running [3]*exec.Cmd
			for i, address := range addresses {
				running[i] = instance(t, binary, url, address)
			}
			proxy := haproxy.Start(t, "../deploy/haproxy/haproxy.cfg", addresses)
			proxy.Await(t, 3)
			p := newLive(proxy.URL, token)
			end, count := p.load(t)
			restarts := 0
			for range full(1, 4) {
				for i, address := range addresses {
					_ = running[i].Process.Signal(syscall.SIGTERM)
					proxy.Await(t, 2) // before the port is closed
					if err := running[i].Wait(); err != nil {
						t.Errorf("instance %d ended with %v", i, err)
					}
					running[i] = instance(t, binary, url, address)
					proxy.Await(t, 3)
					restarts++
				}
			}
			end()
			found(t, "%s: %d restarts in turn behind haproxy, %d requests meanwhile, none failed", name, restarts, count.Load())
			p.ledger.check(t, s, 50)
			for range 5 {
				endedOnAll(t, s, id, addresses[:])
			}
		})
	}
}

// instance starts the program at an address, as it runs in production.
func instance(t *testing.T, binary, databaseURL, address string) *exec.Cmd {
	t.Helper()
	_, port, _ := strings.Cut(address, ":")
	return runBinary(t, os.Stderr, binary, "APP_ENV=production", "FRONTEND_URL=http://localhost:3000", "RATE_LIMIT=off", "DATABASE_URL="+databaseURL, "PORT="+port)
}

// endedOnAll ends a session on one instance; the others, who know it, refuse it within a second.
func endedOnAll(t *testing.T, s *server, id string, addresses []string) {
	t.Helper()
	token := s.session(t, id)
	status := func(method, address, path string) int {
		a, _ := newLive("http://"+address, token).send(t, method, path, "", cookie(token), origin)
		return a.Status
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
