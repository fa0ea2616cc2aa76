package tests

import "testing"

// A session_data cookie that holds and a session cache that knows the session: what was revoked is refused where
// it matters all the same.
func TestRow039_AgainstTheSessionCache(t *testing.T) {
	onEachStrategy(t, func(t *testing.T, s *server, _, _ string, strategies func(*cacheOf) map[string]string) {
		s.awaitCache(t)
		for _, c := range []struct {
			name, change     string
			admin, protected int
		}{
			{"session deleted", `DELETE FROM "session" WHERE "userId" = $1`, 401, 401},
			{"user deleted", `DELETE FROM "user" WHERE id = $1`, 401, 401},
			{"banned", `UPDATE "user" SET banned = true WHERE id = $1`, 403, 403},
			{"demoted", `UPDATE "user" SET role = 'user' WHERE id = $1`, 403, 200},
		} {
			for strategy := range strategies(cacheFor(s, "", "")) {
				t.Run(c.name+"/"+strategy, func(t *testing.T) {
					id, token := s.signedIn(t, "admin")
					value := strategies(cacheFor(s, id, token).with("user", "role", "admin"))[strategy]
					both := []string{cookie(token), data(value), origin}
					s.fromCache(t, cookie(token))
					s.expect(t, 200, "GET", "/api/admin/users", "", both...)
					s.expect(t, 200, "POST", "/protected/action", "", both...)
					s.exec(t, c.change, id)
					s.soonAt(t, c.admin, "/api/admin/users", both...)
					s.run(t, []call{
						{name: "HEAD", method: "HEAD", path: "/api/admin/users", headers: both, status: c.admin},
						{name: "a role's write", method: "DELETE", path: "/api/posts/1", headers: both, status: c.admin},
						{name: "protected", method: "GET", path: "/protected/data", headers: both, status: c.protected},
						{name: "a protected write", method: "POST", path: "/protected/action", headers: both, status: c.protected},
						{name: "as old as the cookie cache", method: "GET", path: "/api/me", headers: both, status: 200, contains: []string{"From the cache"}},
					})
					if c.protected != 200 {
						s.run(t, []call{
							{name: "a post", method: "POST", path: "/api/posts", headers: both, body: `{"title":"x","content":"x"}`, status: c.protected},
							{name: "a profile", method: "PATCH", path: "/api/me", headers: both, body: `{"name":"x"}`, status: c.protected},
							{name: "sessions", method: "DELETE", path: "/auth/sessions", headers: both, status: c.protected},
						})
					}
				})
			}
		}
	}, cached)
}

// What the cookie cache claims never gets into the session cache, where it would count for writes and roles too.
func TestRow039_CookieCacheDoesNotFillTheSessionCache(t *testing.T) {
	onEachStrategy(t, func(t *testing.T, s *server, user, session string, strategies func(*cacheOf) map[string]string) {
		s.awaitCache(t)
		for strategy, value := range strategies(cacheFor(s, user, session).with("user", "role", "admin")) {
			both := []string{cookie(session), data(value), origin}
			for range 3 {
				if got := s.byCache(t, both...); got != "cache" {
					t.Fatalf("%s: answered from %s", strategy, got)
				}
				s.expect(t, 403, "GET", "/api/admin/users", "", both...)
				s.fromCache(t, cookie(session))
				s.expect(t, 403, "DELETE", "/api/posts/1", "", both...)
			}
		}
	}, cached)
}
