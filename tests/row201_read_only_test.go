package tests

import (
	"strings"
	"testing"

	"countersign/tests/postgres"
)

// Row 201: a database that takes no writes, a standby say, still answers who somebody is and what there is.
func TestRow201_ReadOnlyDatabase(t *testing.T) {
	t.Parallel()
	s := start(t, postgres.Database(t), cached)
	s.awaitCache(t)
	id, token := s.signedIn(t, "admin,moderator")
	other := s.user(t, "")
	s.session(t, other)
	path := s.post(t, id, "Post", true)
	pair := s.signIn(t, id)
	s.readOnly(t, "on")
	before := baDump(t, s)
	s.eventually(t, "the session cache is given up, since nobody could know of a change", func() bool { return !s.app.CacheStats().Current })
	var calls []call
	for _, who := range []string{cookie(token), bearer(token), bearer(pair.Access)} {
		for _, read := range []string{
			"/api/me", "/api/posts", path, "/protected/data", "/auth/sessions", "/api/admin/users", "/api/admin/users/" + other,
			"/api/admin/users/" + other + "/sessions", "/api/admin/audit", "/readyz", "/healthz",
		} {
			calls = append(calls, call{name: "GET " + read, method: "GET", path: read, headers: []string{who}, status: 200})
		}
	}
	away := []string{"Retry-After: ", `"code":"store_unavailable"`}
	write := func(method, path, body string, headers ...string) {
		calls = append(calls, call{name: method + " " + path, method: method, path: path, headers: headers, body: body, status: 503, contains: away, lacks: []string{"Set-Cookie", "read-only"}})
	}
	for _, w := range writes {
		path := strings.NewReplacer("{id}", other, "{post}", number(path), "wrong-password", password, "sessions/x", "sessions/"+sessionID(token)).Replace(w.path)
		if w.path == "/protected/action" {
			continue // it writes nothing
		}
		write(w.method, path, strings.ReplaceAll(w.body, "wrong-password", password), byCookie(token)...)
	}
	write("POST", "/auth/login", loginBody(id+"@example.com", password))
	write("POST", "/auth/register", loginBody(next("new")+"@example.com", password))
	write("POST", "/auth/refresh", pair.refreshBody())
	write("POST", "/auth/logout", pair.refreshBody())
	s.run(t, append(calls,
		call{name: "nobody", method: "GET", path: "/api/me", status: 401},
		call{name: "a session that never was", method: "GET", path: "/api/me", headers: []string{cookie(next("Token"))}, status: 401}))
	if baDump(t, s) != before {
		t.Error("the database changed")
	}
	s.readOnly(t, "off")
	s.run(t, []call{
		{name: "writes again", method: "POST", path: "/api/posts", headers: byCookie(token), body: `{"title":"T","content":""}`, status: 201},
		{name: "the refresh token was not spent", method: "POST", path: "/auth/refresh", body: pair.refreshBody(), status: 200},
		{name: "the session was not ended", method: "GET", path: "/api/me", headers: []string{cookie(token)}, status: 200},
	})
}

// readOnly says whether the database takes writes, and cuts every connection that was made before.
func (s *server) readOnly(t *testing.T, is string) {
	t.Helper()
	s.exec(t, `SET default_transaction_read_only = off`)
	s.exec(t, `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = `+is+`', current_database()); END $$`)
	s.exec(t, `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
	s.eventually(t, "the pool has a new connection", func() bool { return s.do(t, "GET", "/readyz", "").Status == 200 })
}
