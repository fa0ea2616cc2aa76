package tests

import (
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// chains is how many clients refresh their tokens through all kills.
const chains = 4

// Row 206: killed again and again while users register and clients refresh, the program has lost nothing that it
// answered, leaves nobody by halves, and refuses no refresh token that it gave.
func TestRow206_Killed(t *testing.T) {
	binary := shipped(t)
	for name, databaseURL := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := databaseURL(t)
			s := start(t, url)
			id := s.user(t, "")
			k := &killing{ledger: &ledger{}}
			for i := range k.pairs {
				k.pairs[i] = s.signIn(t, id)
			}
			rounds := full(8, 200)
			for round := range rounds {
				// A grace of a minute: a test's machine may stand still between a kill and the next start.
				command, at := launchBinary(t, binary, "DATABASE_URL="+url, "RATE_LIMIT=off", "REFRESH_REUSE_INTERVAL=60s")
				k.round(t, command, at, round)
			}
			_, at := launchBinary(t, binary, "DATABASE_URL="+url, "RATE_LIMIT=off", "REFRESH_REUSE_INTERVAL=60s")
			k.refreshAll(t, at)
			k.whole(t, s, at)
			found(t, "%s: %d times kill -9, %d answered refreshes; no user or refresh by halves, no answered token refused", name, rounds, k.refreshed.Load())
			k.ledger.check(t, s, rounds/2)
		})
	}
}

// killing is what must outlive every kill: the answered users, and the newest token of each chain.
type killing struct {
	ledger    *ledger
	pairs     [chains]tokens
	refreshed atomic.Int64
}

// round holds each chain's token against the program that came back, and then kills it at an answer, while other
// writes are under way: after one to three registrations, or up to 30 refreshes, which are quicker.
func (k *killing) round(t *testing.T, command *exec.Cmd, url string, round int) {
	t.Helper()
	k.refreshAll(t, url)
	registered, refreshed := make(chan bool), make(chan bool)
	var all sync.WaitGroup
	for i := range chains {
		all.Go(func() {
			for k.refresh(t, url, i, true) {
				refreshed <- true
			}
		})
		all.Go(func() {
			for k.register(t, url) {
				registered <- true
			}
		})
	}
	over := make(chan struct{})
	go func() { all.Wait(); close(over) }()
	for registrations, refreshes, going := 0, 0, true; going; {
		select {
		case <-registered:
			registrations++
		case <-refreshed:
			refreshes++
		case <-over:
			going = false
		}
		if round%2 == 0 && registrations > round/2%3 || round%2 == 1 && refreshes > round%30 {
			_ = command.Process.Kill()
		}
	}
	_ = command.Wait() // it ends by the signal
}

// refreshAll spends the newest answered token of each chain, which must be good.
func (k *killing) refreshAll(t *testing.T, url string) {
	t.Helper()
	for i := range chains {
		if !k.refresh(t, url, i, false) {
			t.Fatalf("the newest token of chain %d is refused after a kill", i)
		}
	}
}

// refresh says whether it was answered; where the program may be killed meanwhile, no answer is no error.
func (k *killing) refresh(t *testing.T, url string, chain int, killed bool) bool {
	a, _, err := newLive(url, "").try("POST", "/auth/refresh", k.pairs[chain].refreshBody())
	if err != nil && killed {
		return false
	}
	if err != nil || a.Status != 200 {
		t.Errorf("a refresh: %d %s %v", a.Status, a.Body, err)
		return false
	}
	k.pairs[chain] = tokensOf(t, a)
	k.refreshed.Add(1)
	return true
}

// register makes a user, and says whether that was answered.
func (k *killing) register(t *testing.T, url string) bool {
	email := next("user") + "@example.com"
	a, _, err := newLive(url, "").try("POST", "/auth/register", loginBody(email, password))
	switch {
	case err != nil:
		return false
	case a.Status == 201:
		k.ledger.note("user", email)
	case a.Status != 503 || !strings.Contains(a.Body, `"busy"`):
		t.Errorf("a registration: %d %s", a.Status, a.Body)
	}
	return true
}

// whole looks for anything by halves, and signs somebody in who was registered.
func (k *killing) whole(t *testing.T, s *server, url string) {
	t.Helper()
	for what, query := range map[string]string{
		"users without an account":                `SELECT count(*) FROM "user" u LEFT JOIN "account" a ON a."userId" = u.id WHERE a.id IS NULL`,
		"spent refresh tokens without successor":  fmt.Sprintf(`SELECT count(*) FROM %[1]s a WHERE spent_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM %[1]s b WHERE b.parent_id = a.id)`, s.own("refresh_tokens")),
		"successors of a token that is not spent": fmt.Sprintf(`SELECT count(*) FROM %[1]s b JOIN %[1]s a ON b.parent_id = a.id WHERE a.spent_at IS NULL`, s.own("refresh_tokens")),
	} {
		if n := s.one(t, query); n != "0" {
			t.Errorf("%s %s", n, what)
		}
	}
	if len(k.ledger.owed["user"]) == 0 {
		t.Fatal("nobody was registered")
	}
	email := k.ledger.owed["user"][0]
	if a, _ := newLive(url, "").send(t, "POST", "/auth/login", loginBody(email, password)); a.Status != 200 {
		t.Errorf("a login of %s: %d %s", email, a.Status, a.Body)
	}
	integrity(t, s)
}

// integrity has SQLite check its file.
func integrity(t *testing.T, s *server) {
	t.Helper()
	if strings.HasPrefix(s.URL, "sqlite:") {
		if said := s.one(t, `PRAGMA integrity_check`); said != "ok" {
			t.Errorf("the file is not whole: %s", said)
		}
	}
}
