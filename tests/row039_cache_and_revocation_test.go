package tests

import (
	"testing"
)

// What a cache cannot know yet counts at once where it matters: on writes, for admins, in protected groups.
func TestRow039_RevokedBehindTheCache(t *testing.T) {
	onEachStrategy(t, func(t *testing.T, s *server, _, _ string, strategies func(*cacheOf) map[string]string) {
		deleted, banned, demoted, gone := s.user(t, ""), s.user(t, ""), s.user(t, "admin"), s.user(t, "")
		caches, sessions := map[string]map[string]string{}, map[string]string{}
		for _, user := range []string{deleted, banned, demoted, gone} {
			sessions[user] = s.session(t, user)
			caches[user] = strategies(cacheFor(s, user, sessions[user]).with("user", "role", "admin"))
		}
		s.exec(t, `DELETE FROM "session" WHERE "userId" = $1`, deleted)
		s.exec(t, `UPDATE "user" SET banned = true WHERE id = $1`, banned)
		s.exec(t, `UPDATE "user" SET role = 'user' WHERE id = $1`, demoted)
		s.exec(t, `DELETE FROM "user" WHERE id = $1`, gone)
		var calls []call
		add := func(name, method, path, user string, status int, body string) {
			for strategy, value := range caches[user] {
				calls = append(calls, call{name: name + " " + method + " " + path + " " + strategy, method: method, path: path, headers: []string{cookie(sessions[user]), data(value), origin}, body: body, status: status})
			}
		}
		for user, status := range map[string]int{deleted: 401, banned: 403, gone: 401} {
			add("revoked", "PATCH", "/api/me", user, status, `{"name":"x"}`)
			add("revoked", "POST", "/api/posts", user, status, `{"title":"x","content":"x"}`)
			add("revoked", "DELETE", "/api/posts/1", user, status, "")
			add("revoked", "DELETE", "/auth/sessions", user, status, "")
			add("revoked", "GET", "/api/admin/users", user, status, "")
			add("revoked", "HEAD", "/api/admin/users", user, status, "")
			add("revoked", "GET", "/protected/data", user, status, "")
			add("revoked", "POST", "/protected/action", user, status, "")
		}
		add("demoted", "GET", "/api/admin/users", demoted, 403, "")
		add("demoted", "GET", "/api/admin/users/1/sessions", demoted, 403, "")
		add("demoted", "DELETE", "/api/posts/1", demoted, 403, "")
		add("demoted", "GET", "/protected/data", demoted, 200, "")
		// The bound that the contract allows: reads elsewhere are as old as the cache.
		add("as old as the cache", "GET", "/api/me", deleted, 200, "")
		add("as old as the cache", "GET", "/api/posts", deleted, 200, "")
		s.run(t, calls)
	})
}

// Every route of the table keeps to the rule, whatever is added to it.
func TestRow039_WhereTheCacheCounts(t *testing.T) {
	onEachStrategy(t, func(t *testing.T, s *server, user, session string, strategies func(*cacheOf) map[string]string) {
		value := strategies(cacheFor(s, user, session).with("user", "role", "admin"))["compact"]
		s.exec(t, `DELETE FROM "session" WHERE token = $1`, session)
		var counts []string
		for _, r := range s.app.Routes {
			if r.Guard.Anonymous() {
				continue
			}
			if a := s.do(t, r.Method, routePath(r.Path), "", cookie(session), data(value), origin); a.Status != 401 {
				counts = append(counts, r.Method+" "+r.Path)
			}
		}
		if len(counts) != 2 || counts[0] != "GET /api/me" || counts[1] != "GET /auth/sessions" {
			t.Errorf("a cache alone opens %q", counts)
		}
	})
}
