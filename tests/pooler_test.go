package tests

import (
	"strings"
	"sync"
	"testing"

	"countersign/tests/postgres"
)

// Behind PgBouncer in transaction mode every statement may meet another server connection.
func TestBehindPgBouncer(t *testing.T) {
	t.Parallel()
	for name, how := range map[string]func(pooled, direct string) (string, []string){
		"told by DIRECT_URL":     func(pooled, direct string) (string, []string) { return pooled, []string{"DIRECT_URL=" + direct} },
		"told by pgbouncer=true": func(pooled, _ string) (string, []string) { return pooled + "&pgbouncer=true", nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			direct := postgres.Database(t)
			databaseURL, settings := how(postgres.Bouncer(t, direct), direct)
			s := start(t, databaseURL, settings...)
			s.SQL = openSQL(t, direct)
			token := s.session(t, s.user(t, "admin"))
			var all sync.WaitGroup
			for range 16 {
				all.Go(func() {
					for range 10 {
						s.expect(t, 200, "GET", "/api/me", "", bearer(token))
						s.expect(t, 200, "GET", "/api/admin/users?q=user&role=admin&limit=1", "", bearer(token))
						s.expect(t, 201, "POST", "/api/posts", `{"title":"t","content":"c"}`, bearer(token))
					}
				})
			}
			all.Wait()
			s.expect(t, 201, "POST", "/auth/register", `{"email":"ada@example.com","password":"correct horse"}`)
			pair := s.expect(t, 200, "POST", "/auth/login", `{"email":"ada@example.com","password":"correct horse"}`).JSON(t)
			s.expect(t, 200, "POST", "/auth/refresh", `{"refresh_token":"`+pair["refresh_token"].(string)+`"}`)
			if strings.Contains(s.Log.String(), "level=ERROR") {
				t.Error(s.Log)
			}
		})
	}
}

// expect sends a request that must be answered with a status.
func (s *server) expect(t *testing.T, status int, method, path, body string, headers ...string) answer {
	t.Helper()
	a := s.do(t, method, path, body, headers...)
	if a.Status != status {
		t.Errorf("%s %s: status %d, want %d: %s", method, path, a.Status, status, a.Body)
	}
	return a
}
