package tests

import (
	"strings"
	"testing"
	"time"
)

// A sign-out at Better Auth ends the session on every instance within a second, though each answers from its cache.
func TestRow035_AgainstTheSessionCache(t *testing.T) {
	baRow(t, func(t *testing.T, b both) {
		instances := []*server{b.beside(t, cached), b.beside(t, cached), b.beside(t, cached)}
		for _, s := range instances {
			s.awaitCache(t)
		}
		email := next("row035") + "@example.com"
		up := b.ba.SignUp(t, email, "correct horse", "N")
		other := b.ba.SignIn(t, email, "correct horse")
		headers := []string{"Cookie: " + up.Cookie, bearer(up.BareToken), bearer(up.Token)}
		for _, s := range instances {
			for _, line := range headers {
				s.fromCache(t, line)
			}
		}
		b.ask(t, "POST", "/sign-out", up.Cookie, map[string]any{}, 200)
		ended := time.Now()
		for i, s := range instances {
			for _, line := range headers {
				s.soon(t, 401, line)
			}
			if took := time.Since(ended); took > time.Second {
				t.Errorf("instance %d answered for %v after the sign-out", i, took)
			}
		}
		for _, s := range instances {
			for range 5 {
				for _, line := range headers {
					s.expect(t, 401, "GET", "/api/me", "", line)
				}
			}
			s.expect(t, 200, "GET", "/api/me", "", "Cookie: "+other.Cookie)
			if strings.Contains(s.Log.String(), "not in use") {
				t.Error("the cache was given up meanwhile, so this shows little")
			}
		}
	})
}
