package tests

import "testing"

// Two kinds of token are signed with one key. Each counts in its own place and nowhere else.
func TestRow007_CacheIsNoTokenAndTokenIsNoCache(t *testing.T) {
	t.Parallel()
	onEachWithKeys(t, func(t *testing.T, s *server, endpoint *keyServer) {
		user, k := s.user(t, ""), newPluginKey(t, "ES256", "k1")
		session := s.session(t, user)
		endpoint.publish(t, k)
		c := cacheFor(s, user, session)
		cache, token := c.pluginJWT(t, k, c.pluginCacheClaims(s)), k.token(t, s, user)
		asToken := c.pluginCacheClaims(s) + `,"x":1`
		s.refuses(t, map[string]string{
			"the cache": cache,
			// By its typ alone it is refused, whatever its claims say.
			"with the claims of a token": k.sign(t, `{"alg":"ES256","kid":"k1","typ":"better-auth.session-cache+jwt"}`, pluginPayload(s, user)),
			"typ in another case":        k.sign(t, `{"alg":"ES256","kid":"k1","typ":"Better-Auth.Session-Cache+JWT"}`, pluginPayload(s, user)),
			"without its typ":            k.sign(t, `{"alg":"ES256","kid":"k1"}`, c.claims(t, asToken)),
		})
		if status := s.status(t, bearer(token)); status != 200 {
			t.Errorf("the token as bearer: %d", status)
		}
		for name, value := range map[string]string{
			"a token":              token,
			"a token with the typ": k.sign(t, `{"alg":"ES256","kid":"k1","typ":"better-auth.session-cache+jwt"}`, pluginPayload(s, user)),
			"a cache without typ":  k.sign(t, `{"alg":"ES256","kid":"k1"}`, c.claims(t, c.pluginCacheClaims(s))),
		} {
			if got := s.byCache(t, cookie(session), data(value)); got != "row" {
				t.Errorf("%s as session_data: %s", name, got)
			}
		}
		if got := s.byCache(t, cookie(session), data(cache)); got != "cache" {
			t.Errorf("the cache in its place: %s", got)
		}
	}, "COOKIE_CACHE=on")
}
