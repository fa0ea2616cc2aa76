package tests

import (
	"net/url"
	"testing"
	"time"
)

// Of rotated secrets the first signs and verifies; what the others encrypted can still be read, and nothing
// that they signed counts.
func TestRow119_RotatedSecrets(t *testing.T) {
	t.Parallel()
	const first, old, legacy = "the new secret of the tests of 32 characters", "the old secret of the tests of 32 characters", "the legacy secret of the tests of 32 characters"
	onEach(t, func(t *testing.T, s *server) {
		user := s.user(t, "")
		session := s.session(t, user)
		cookieBy := func(secret string) string {
			return "Cookie: better-auth.session_token=" + url.QueryEscape(signed(secret, session))
		}
		c, in := cacheFor(s, user, session), s.Clock.Now().Add(time.Minute)
		access := func(secret string) string {
			return hs256(secret, `{"alg":"HS256"}`, `{"sub":"`+user+`","type":"access"`+expiresIn(s, time.Minute)+`}`)
		}
		for secret, good := range map[string]bool{first: true, old: false, legacy: false, testSecret + "x": false} {
			want, status, byCache := "401", 401, "row"
			if good {
				want, status, byCache = "row", 200, "cache"
			}
			if got := s.byCache(t, cookieBy(secret)); got != want {
				t.Errorf("cookie by %.10q: %s", secret, got)
			}
			if got := s.status(t, bearer(signed(secret, session))); got != status {
				t.Errorf("signed bearer by %.10q: %d", secret, got)
			}
			if got := s.status(t, bearer(access(secret))); got != status {
				t.Errorf("access token by %.10q: %d", secret, got)
			}
			if got := s.byCache(t, cookieBy(first), data(c.compact(t, secret, in))); got != byCache {
				t.Errorf("compact cache by %.10q: %s", secret, got)
			}
			if got := s.byCache(t, cookieBy(first), data(c.jwt(t, s, secret))); got != byCache {
				t.Errorf("jwt cache by %.10q: %s", secret, got)
			}
		}
		for secret, want := range map[string]string{first: "cache", old: "cache", legacy: "cache", "another secret, also of 32 characters": "row"} {
			if got := s.byCache(t, cookieBy(first), data(c.jwe(t, s, secret))); got != want {
				t.Errorf("jwe cache by %.10q: %s", secret, got)
			}
			if got := s.byCache(t, cookieBy(old), data(c.jwe(t, s, secret))); got != "401" {
				t.Errorf("jwe cache by %.10q beside a cookie by the old secret: %s", secret, got)
			}
		}
	}, "BETTER_AUTH_SECRETS=2:"+first+",1:"+old, "BETTER_AUTH_SECRET="+legacy, "COOKIE_CACHE=on")
}
