package limits

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"countersign/config"
	"countersign/models"
)

// remote is a counter of all instances that a test makes go away.
type remote struct {
	Counter
	away  bool
	asked int
	// held, where it is there, keeps an answer back until it is closed.
	held chan struct{}
}

func (r *remote) Take(ctx context.Context, key string, limit config.Limit) (int64, time.Duration, error) {
	r.asked++
	away := r.away
	if r.held != nil {
		<-r.held
	}
	if away || ctx.Err() != nil {
		return 0, 0, models.StoreUnavailable(errors.New("away"))
	}
	return r.Counter.Take(ctx, key, limit)
}

func (r *remote) GiveBack(ctx context.Context, key string, at int64) error {
	r.asked++
	if r.away || ctx.Err() != nil {
		return models.StoreUnavailable(errors.New("away"))
	}
	return r.Counter.GiveBack(ctx, key, at)
}

// fixture is one instance's limiter and the counter that it shares with others.
func fixture() (l *Limiter, r *remote, clock *standing, log *bytes.Buffer) {
	clock, log = newClock(), &bytes.Buffer{}
	r = &remote{Counter: NewMemory(clock.Now)}
	shared := NewShared(r, "redis:6379", clock.Now, slog.New(slog.NewTextHandler(log, nil)))
	return &Limiter{Name: "test", Limit: three, Shared: shared, Local: NewMemory(clock.Now)}, r, clock, log
}

// passes counts how many of n hits pass.
func passes(t *testing.T, l *Limiter, n int) (passed int) {
	t.Helper()
	for range n {
		err := l.Take(t.Context(), "a")
		if err == nil {
			passed++
		} else if !errors.Is(err, models.RateLimited(0)) {
			t.Fatal(err)
		}
	}
	return passed
}

// While the shared counter is away requests are counted here and it is asked once for each pause; the log says
// so once, and once when it is back.
func TestSharedAway(t *testing.T) {
	t.Parallel()
	l, r, clock, log := fixture()
	expect := func(what string, passed, want, asked int) {
		t.Helper()
		if passed != want || r.asked != asked {
			t.Errorf("%s: %d passed, want %d; asked %d times, want %d", what, passed, want, r.asked, asked)
		}
		r.asked = 0
	}
	expect("there", passes(t, l, 5), 3, 5)
	r.away = true
	expect("away, counted anew here", passes(t, l, 5), 3, 1)
	clock.Add(pause - 1)
	expect("within the pause", passes(t, l, 5), 0, 0)
	clock.Add(1)
	expect("after the pause", passes(t, l, 5), 0, 1)
	r.away = false
	expect("back, within the pause", passes(t, l, 5), 0, 0)
	clock.Add(pause)
	expect("back", passes(t, l, 5), 0, 5)
	clock.Add(three.Window)
	expect("later", passes(t, l, 5), 3, 5)
	if said := log.String(); strings.Count(said, "\n") != 2 || strings.Count(said, "level=WARN") != 1 || !strings.Contains(said, "Redis is back") || !strings.Contains(said, "redis:6379") {
		t.Errorf("the log says %s", said)
	}
}

// An answer to what was asked before the counter went says nothing of now: the log would otherwise tell of a
// return with each.
func TestSharedAnswersFromBefore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, r, _, log := fixture()
		r.held = make(chan struct{})
		held := r.held
		go func() { _ = l.Take(t.Context(), "b") }()
		synctest.Wait()
		r.held, r.away = nil, true
		_ = l.Take(t.Context(), "a")
		close(held)
		synctest.Wait()
		r.asked = 0
		if _ = l.Take(t.Context(), "a"); r.asked != 0 || strings.Contains(log.String(), "back") {
			t.Errorf("asked %d times; the log says %s", r.asked, log)
		}
	})
}

// After a pause one request tries whether the counter is back, and no other waits for that.
func TestSharedIsTriedByOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, r, clock, _ := fixture()
		r.away = true
		_ = l.Take(t.Context(), "a")
		clock.Add(pause)
		r.held, r.asked = make(chan struct{}), 0
		go func() { _ = l.Take(t.Context(), "a") }()
		synctest.Wait()
		if _ = l.Take(t.Context(), "a"); r.asked != 1 {
			t.Errorf("asked %d times", r.asked)
		}
		close(r.held)
	})
}

// A client that hangs up does not make the counter look away.
func TestSharedAndAClientThatIsGone(t *testing.T) {
	t.Parallel()
	l, r, _, log := fixture()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Take(ctx, "a"); err != nil || r.asked != 1 || log.Len() != 0 {
		t.Errorf("%v, asked %d times; the log says %s", err, r.asked, log)
	}
}

// A hit is given back where it was counted, also for a client that is gone; one that cannot be is kept.
func TestReserve(t *testing.T) {
	t.Parallel()
	l, r, clock, _ := fixture()
	for range 10 {
		ctx, cancel := context.WithCancel(t.Context())
		release, err := l.Reserve(ctx, "a")
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		release()
	}
	shared, err := l.Reserve(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	r.away = true
	if passed := passes(t, l, 2); passed != 2 {
		t.Fatal(passed)
	}
	local, err := l.Reserve(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	shared() // cannot be: it is away
	r.away = false
	clock.Add(pause)
	local() // nothing of the shared one's
	if passed := passes(t, l, 5); passed != 2 {
		t.Errorf("%d passed, want 2 beside the one that was kept", passed)
	}
	if wait := l.Local.Wait("test a", three); wait != 0 {
		t.Errorf("what was given back here counts: wait %s", wait)
	}
}

// An account's key is a hash that differs with the secret; the address is nowhere.
func TestAccountsKeepNoAddress(t *testing.T) {
	t.Parallel()
	keys := map[string]bool{}
	for _, secret := range []string{"one", "two", "two"} {
		l := &Limiter{Name: "account", Limit: three, Local: NewMemory(time.Now)}
		if _, err := NewAccounts(l, []byte(secret)).Reserve(t.Context(), "ada@example.com"); err != nil {
			t.Fatal(err)
		}
		for i := range l.Local.shards {
			for key := range l.Local.shards[i].keys {
				if strings.Contains(key, "ada") || len(key) != 43 {
					t.Error(key)
				}
				keys[key] = true
			}
		}
	}
	if len(keys) != 2 {
		t.Errorf("%d keys of two secrets", len(keys))
	}
}
