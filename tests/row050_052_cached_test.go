package tests

import (
	"strings"
	"testing"
)

// A ban by SQL alone counts for every credential, those that are answered from the session cache too, and so
// does its end.
func TestRow050_AgainstTheSessionCache(t *testing.T) {
	t.Parallel()
	onEachWithKeys(t, func(t *testing.T, first *server, endpoint *keyServer) {
		k := newPluginKey(t, "EdDSA", "k1")
		endpoint.publish(t, k)
		first.exec(t, apiKeyTable(first)) // which is looked for at the start
		s := first.beside(t, cached, "BETTER_AUTH_URL="+pluginIssuer, "BETTER_AUTH_JWKS_URL="+endpoint.URL)
		s.awaitCache(t)
		id, token := s.signedIn(t, "")
		pair := s.signIn(t, id)
		key := keyHeader(s.apiKey(t, id))
		credentials := map[string]string{
			"cookie": cookie(token), "bare bearer": bearer(token), "signed bearer": bearer(signed(testSecret, token)),
			"access token": bearer(pair.Access), "access token from elsewhere": bearer(jwtGood(s, id, "")), "plugin JWT": bearer(k.token(t, s, id)),
		}
		for range 3 {
			for _, line := range credentials {
				s.fromCache(t, line)
			}
			hits := s.app.CacheStats().Hits
			s.expect(t, 200, "GET", "/api/me", "", key)
			s.expect(t, 200, "GET", "/api/me", "", key)
			if s.app.CacheStats().Hits != hits {
				t.Error("an API key was answered from the cache, and its use not counted")
			}
			s.setUser(t, id, `banned = true`)
			for _, line := range credentials {
				s.soon(t, 403, line)
			}
			var calls []call
			credentials["API key"] = key
			for name, line := range credentials {
				calls = append(calls,
					call{name: name, method: "GET", path: "/api/me", headers: []string{line}, status: 403, contains: []string{"Inactive user"}},
					call{name: name + ", a write", method: "POST", path: "/protected/action", headers: []string{line, origin}, status: 403},
					call{name: name + ", where a user is optional", method: "GET", path: "/api/posts", headers: []string{line}, status: 200, contains: []string{`"personalized":false`}})
			}
			delete(credentials, "API key")
			s.run(t, append(calls, call{name: "refresh", method: "POST", path: "/auth/refresh", body: pair.refreshBody(), status: 403, contains: []string{"Inactive user"}}))
			s.setUser(t, id, `banned = false`)
			for _, line := range credentials {
				s.soon(t, 200, line)
			}
		}
		pair = s.refresh(t, pair)
		s.expect(t, 200, "GET", "/api/me", "", bearer(pair.Access))
	})
}

// A role that changes while its user is answered from the session cache counts, letter for letter, in both directions.
func TestRow052_AgainstTheSessionCache(t *testing.T) {
	t.Parallel()
	onEachWithKeys(t, func(t *testing.T, s *server, endpoint *keyServer) {
		k := newPluginKey(t, "EdDSA", "k1")
		endpoint.publish(t, k)
		s.awaitCache(t)
		id, token := s.signedIn(t, "")
		credentials := []string{cookie(token), bearer(token), bearer(jwtGood(s, id, `,"role":"admin"`)), bearer(k.token(t, s, id))}
		becomes := func(role any, status int) {
			t.Helper()
			s.setUser(t, id, `role = $1`, role)
			for _, line := range credentials {
				s.soonAt(t, status, "/api/admin/users", line)
				s.fromCache(t, line)
				s.expect(t, status, "GET", "/api/admin/users", "", line)
			}
		}
		for _, role := range []any{
			nil, "", ",", "Admin", "ADMIN", "admin ", " admin", "user, admin", "admin;user", "admin\n", "administrator", "superadmin,moderator",
			"аdmin", "ａｄｍｉｎ", "admın", "admin\u200b", "admi\u0301n", `["admin"]`, strings.Repeat("user,", 10000),
		} {
			becomes("user,admin", 200)
			becomes(role, 403)
		}
	}, cached)
}
