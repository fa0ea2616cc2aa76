package tests

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// cached is what settings a server needs to answer from its session cache.
const cached = "SESSION_CACHE=auto"

// awaitCache waits until the cache may be used.
func (s *server) awaitCache(t *testing.T) {
	t.Helper()
	s.eventually(t, "the session cache is in use", func() bool { return s.app.CacheStats().Current })
}

// eventually waits for what another process's change brings about, for 5 seconds at most.
func (s *server) eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within 5 s: %s\n%s", what, s.Log)
		}
	}
}

// soon waits for a status of GET /api/me, as soonAt does.
func (s *server) soon(t *testing.T, status int, headers ...string) {
	t.Helper()
	s.soonAt(t, status, "/api/me", headers...)
}

// soonAt waits for a status of a read: at once on SQLite, where commits are seen before a cached answer is
// given, and shortly on PostgreSQL, which sends a notice.
func (s *server) soonAt(t *testing.T, status int, path string, headers ...string) {
	t.Helper()
	get := func() int { return s.do(t, "GET", path, "", headers...).Status }
	if strings.HasPrefix(s.URL, "sqlite:") {
		if got := get(); got != status {
			t.Errorf("%s: %d at the next request, want %d", path, got, status)
		}
		return
	}
	s.eventually(t, fmt.Sprint("status ", status, " of ", path), func() bool { return get() == status })
}

// fromCache asks until the second of two answers comes from the cache: news of an earlier change may be on its way.
func (s *server) fromCache(t *testing.T, headers ...string) {
	t.Helper()
	s.eventually(t, "answered from the session cache", func() bool {
		s.expect(t, 200, "GET", "/api/me", "", headers...)
		hits := s.app.CacheStats().Hits
		s.expect(t, 200, "GET", "/api/me", "", headers...)
		return s.app.CacheStats().Hits == hits+1
	})
}

func TestCachedCredentialsCostNoStatement(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id := s.user(t, "editor")
		token := s.session(t, id)
		pair := s.signIn(t, id)
		s.awaitCache(t)
		for name, header := range map[string]string{
			"cookie": cookie(token), "bare": bearer(token), "signed": bearer(signed(testSecret, token)),
			"access token": bearer(pair.Access), "another's": bearer(jwtGood(s, id, "")),
		} {
			first := s.do(t, "GET", "/api/me", "", header)
			before, hits := baStatements(s), s.app.CacheStats().Hits
			second := s.do(t, "GET", "/api/me", "", header)
			if first.Status != 200 || second.Body != first.Body {
				t.Errorf("%s: %d %s, then %s", name, first.Status, first.Body, second.Body)
			}
			if n := baStatements(s) - before; n != 0 || s.app.CacheStats().Hits != hits+1 {
				t.Errorf("%s: %d statements, %+v", name, n, s.app.CacheStats())
			}
		}
	}, cached)
}

// What another process changes must count here, for every credential that the session or user is behind.
func TestCacheHearsOfChangesByOthers(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id := s.user(t, "admin")
		s.awaitCache(t)
		admin := func(header string) int {
			return s.do(t, "GET", "/api/admin/users?limit=1", "", header).Status
		}
		token := s.session(t, id)
		pair := s.signIn(t, id)
		headers := []string{cookie(token), bearer(token), bearer(signed(testSecret, token)), bearer(pair.Access), bearer(jwtGood(s, id, ""))}
		all := func(status int) {
			t.Helper()
			for _, header := range headers {
				s.soon(t, status, header)
			}
		}
		all(200)
		s.exec(t, `UPDATE "user" SET name = 'Another' WHERE id = $1`, id)
		s.eventually(t, "the new name", func() bool {
			return strings.Contains(s.do(t, "GET", "/api/me", "", headers[0]).Body, `"name":"Another"`)
		})
		s.exec(t, `UPDATE "user" SET role = 'user' WHERE id = $1`, id)
		s.eventually(t, "demoted", func() bool { return admin(headers[0]) == 403 && admin(headers[3]) == 403 })
		s.exec(t, `UPDATE "user" SET banned = true WHERE id = $1`, id)
		all(403)
		s.exec(t, `UPDATE "user" SET banned = false WHERE id = $1`, id)
		all(200)
		s.exec(t, `UPDATE "session" SET "expiresAt" = $1 WHERE token = $2`, iso(s.Clock.Now()), token)
		s.soon(t, 401, headers[0])
		s.exec(t, `UPDATE "session" SET "expiresAt" = $1 WHERE token = $2`, iso(s.Clock.Now().Add(time.Hour)), token)
		all(200)
		s.exec(t, `DELETE FROM "session" WHERE "userId" = $1`, id)
		for _, header := range headers[:4] {
			s.soon(t, 401, header)
		}
		s.soon(t, 200, headers[4])
		s.exec(t, `DELETE FROM "account" WHERE "userId" = $1`, id)
		s.exec(t, `DELETE FROM "user" WHERE id = $1`, id)
		all(401)
	}, cached)
}

// This process's own changes count at the next request, wherever the news of them is.
func TestCacheKnowsOwnChangesAtOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		admin := bearer(s.session(t, s.user(t, "admin")))
		s.awaitCache(t)
		id := s.user(t, "")
		for range 20 {
			token, other := s.session(t, id), s.session(t, id)
			for _, header := range []string{bearer(token), cookie(token), bearer(other), cookie(other)} {
				s.expect(t, 200, "GET", "/api/me", "", header)
			}
			s.expect(t, 200, "PATCH", "/api/me", `{"name":"`+next("n")+`"}`, bearer(token))
			if now := s.one(t, `SELECT name FROM "user" WHERE id = $1`, id); !strings.Contains(s.expect(t, 200, "GET", "/api/me", "", cookie(token)).Body, now) {
				t.Error("the old name")
			}
			s.expect(t, 204, "POST", "/auth/logout", "", bearer(token))
			s.expect(t, 401, "GET", "/api/me", "", bearer(token))
			s.expect(t, 401, "GET", "/api/me", "", cookie(token))
			s.expect(t, 200, "PATCH", "/api/admin/users/"+id, `{"banned":true}`, admin)
			s.expect(t, 401, "GET", "/api/me", "", cookie(other))
			s.expect(t, 200, "PATCH", "/api/admin/users/"+id, `{"banned":false}`, admin)
		}
	}, cached)
}

// The ends that nobody changes come by themselves.
func TestCacheLooksAtTheClock(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		s.Clock.Set(s.Clock.Now().Truncate(time.Second)) // a JWT's end is a whole second
		id := s.user(t, "")
		s.awaitCache(t)
		token, short := s.session(t, id), jwtGood(s, id, "")
		s.expect(t, 200, "GET", "/api/me", "", bearer(short))
		s.Clock.Add(59*time.Second + 999*time.Millisecond)
		s.expect(t, 200, "GET", "/api/me", "", bearer(short))
		s.Clock.Add(time.Millisecond)
		s.expect(t, 401, "GET", "/api/me", "", bearer(short))
		s.Clock.Add(58 * time.Minute)
		s.expect(t, 200, "GET", "/api/me", "", cookie(token))
		s.Clock.Add(time.Minute - time.Millisecond)
		s.expect(t, 200, "GET", "/api/me", "", cookie(token))
		s.Clock.Add(time.Millisecond)
		s.expect(t, 401, "GET", "/api/me", "", cookie(token))

		// A ban that runs out must not bring a token back whose session the ban ended.
		pair := s.signIn(t, id)
		s.exec(t, `DELETE FROM "session" WHERE "userId" = $1`, id)
		s.setUser(t, id, `banned = true`)
		s.setUser(t, id, `"banExpires" = $1`, iso(s.Clock.Now().Add(time.Second)))
		s.eventually(t, "banned", func() bool { return baMe(t, s, bearer(pair.Access)) == 403 })
		s.Clock.Add(time.Second)
		s.expect(t, 401, "GET", "/api/me", "", bearer(pair.Access))
	}, cached)
}
