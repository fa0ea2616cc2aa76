package tests

import (
	"fmt"
	"testing"
)

// What Better Auth signs with the shared secret for other ends is no access token, also beside a cookie cache.
func TestRow008_CacheAndVerificationTokens(t *testing.T) {
	t.Parallel()
	onEachWithKeys(t, func(t *testing.T, s *server, _ *keyServer) {
		user := s.user(t, "")
		session := s.session(t, user)
		c := cacheFor(s, user, session)
		verification := fmt.Sprintf(`{"email":"%s@example.com"%s}`, user, expiresIn(s, 1e12))
		s.refuses(t, map[string]string{
			"HS256 cache":             c.jwt(t, s, testSecret),
			"HS256 cache with sub":    hs256(testSecret, `{"alg":"HS256"}`, c.claims(t, c.pluginCacheClaims(s))),
			"HS256 cache with typ":    hs256(testSecret, `{"alg":"HS256","typ":"better-auth.session-cache+jwt"}`, c.claims(t, `,"type":"access"`+c.pluginCacheClaims(s))),
			"e-mail verification":     hs256(testSecret, `{"alg":"HS256"}`, verification),
			"HS256 as plugin's token": hs256(testSecret, `{"alg":"HS256","kid":"k1"}`, pluginPayload(s, user)),
		})
		for name, value := range map[string]string{"e-mail verification": hs256(testSecret, `{"alg":"HS256"}`, verification), "session token": session} {
			if got := s.byCache(t, cookie(session), data(value)); got != "row" {
				t.Errorf("%s as session_data: %s", name, got)
			}
		}
	}, "COOKIE_CACHE=on")
}
