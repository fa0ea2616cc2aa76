package tests

import (
	"testing"
	"time"
)

// Row 203: with Redis stopped or hanging, sessions in the table do not notice, and sessions in Redis can not
// be checked, which is neither yes nor no.
func TestRow203_RedisAway(t *testing.T) {
	t.Parallel()
	for storage := range storages {
		t.Run(storage, func(t *testing.T) {
			t.Parallel()
			b := startStored(t, storage, databases["sqlite"](t))
			up, email := b.signUp(t)
			access, refresh, _ := b.login(t, up, email)
			lines := []string{"Cookie: " + up.Cookie, bearer(up.BareToken), bearer(access)}
			b.statuses(t, 200, lines...)
			want := 503
			if b.inTable {
				want = 200
			}
			b.redis.Pause(t)
			b.away(t, want, refresh, lines)
			b.redis.Resume(t)
			b.statuses(t, 200, lines...)
			b.expect(t, 200, "GET", "/readyz", "")
			b.redis.Stop(t)
			b.away(t, want, refresh, lines)
			b.redis.Run(t)
			for deadline := time.Now().Add(5 * time.Second); baMe(t, b.server, lines[0]) == 503 && time.Now().Before(deadline); {
				time.Sleep(50 * time.Millisecond)
			}
			if b.inTable {
				b.statuses(t, 200, lines...)
			} else {
				b.statuses(t, 401, lines...) // it has come back empty, and a row alone is no session
			}
			again := b.ba.SignIn(t, email, "correct horse")
			b.statuses(t, 200, "Cookie: "+again.Cookie)
		})
	}
}

// Redis hangs up on whoever is idle, and on all when it restarts: the next request does not notice.
func TestRow203_RedisHangsUp(t *testing.T) {
	t.Parallel()
	b := startStored(t, "Redis alone", databases["sqlite"](t))
	up, _ := b.signUp(t)
	line := "Cookie: " + up.Cookie
	for range 3 {
		b.statuses(t, 200, line)
		if hungUp := b.redis.Do(t, "CLIENT", "KILL", "TYPE", "normal"); hungUp == "0" {
			t.Fatal("there was no connection to hang up on")
		}
		b.statuses(t, 200, line)
	}
}

// away asks everything that needs a session while Redis does not answer.
func (b stored) away(t *testing.T, want int, refresh string, lines []string) {
	t.Helper()
	in := func(want int, method, path, body string, headers ...string) {
		began := time.Now()
		a := b.expect(t, want, method, path, body, headers...)
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("%s %s: %d after %s", method, path, a.Status, took)
		}
		if a.Status == 503 && a.Header.Get("Retry-After") == "" {
			t.Errorf("%s %s: no Retry-After", method, path)
		}
	}
	for _, line := range lines {
		in(want, "GET", "/api/me", "", line)
		in(want, "GET", "/auth/sessions", "", line)
	}
	in(want, "GET", "/readyz", "")
	in(want, "POST", "/auth/refresh", `{"refresh_token":"`+refresh+`"}`)
	in(200, "GET", "/api/posts", "")
	// What would stay alive in Redis is not called ended.
	in(503, "POST", "/auth/logout", "", lines[2])
	unknown := 503
	if b.inTable {
		unknown = 401
	}
	in(unknown, "GET", "/api/me", "", cookie("aTokenThatNobodyHasIssuedToAnyone"[:32]))
}
