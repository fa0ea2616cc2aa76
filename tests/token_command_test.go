package tests

import (
	"strings"
	"testing"
	"time"
)

// A token of the command line opens the API until its end, and a ban or a deletion counts for it at once.
func TestTokenCommand(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		c := newClerk(s)
		id := s.user(t, "admin")
		s.user(t, "admin")
		out, said, code := apart(t, "", "token "+id+"@example.com --expires 10m", c.env...)
		says(t, said, code, 0, "an access token of "+id+"@example.com until ", "which ending sessions does not end")
		token := strings.TrimSuffix(out, "\n")
		if strings.Count(token, ".") != 2 || strings.ContainsAny(token, " \n") || strings.Contains(said, token) {
			t.Fatalf("standard output has %d bytes, and standard error: %s", len(out), said)
		}
		me := s.expect(t, 200, "GET", "/api/me", "", bearer(token)).JSON(t)
		if me["id"] != id || me["session"] != nil {
			t.Errorf("it is %v", me)
		}
		c.does(t, "", "user sessions "+id+" --end-all", 0)
		s.expect(t, 200, "GET", "/api/me", "", bearer(token))
		s.Clock.Add(9 * time.Minute)
		s.expect(t, 200, "GET", "/api/me", "", bearer(token))
		s.Clock.Add(2 * time.Minute)
		s.expect(t, 401, "GET", "/api/me", "", bearer(token))
		s.Clock.Add(-11 * time.Minute)

		c.does(t, "", "user ban "+id, 0)
		s.expect(t, 403, "GET", "/api/me", "", bearer(token))
		out, said, code = apart(t, "", "token "+id, c.env...)
		says(t, said, code, 1, "is banned: every request with the token would be 403")
		s.exec(t, `DELETE FROM "user" WHERE id = $1`, id)
		s.expect(t, 401, "GET", "/api/me", "", bearer(token))
		if got := c.events(t, id); out != "" || !strings.HasPrefix(got, "signed_in token of the command line, until 20") || strings.Count(got, "signed_in") != 1 {
			t.Errorf("printed %q, and the audit trail has %q", out, got)
		}
	})
}

// A token that cannot be taken back is neither made for long nor in production.
func TestTokenCommandRefuses(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id := s.user(t, "")
		for _, r := range []struct {
			arguments string
			env       []string
			code      int
			says      string
		}{
			{"token " + id, []string{"APP_ENV=production", "FRONTEND_URL=https://app.example.com"}, 1, "APP_ENV is production"},
			{"token " + id, []string{"BETTER_AUTH_SECRET="}, 2, "BETTER_AUTH_SECRET: is not set"},
			{"token " + id + " --expires 61m", nil, 1, "--expires must be from 1s to 1h"},
			{"token " + id + " --expires 0s", nil, 1, "--expires must be from 1s to 1h"},
			{"token nobody@example.com", nil, 1, "has no user with the e-mail or the id"},
		} {
			out, said, code := apart(t, "", r.arguments, append(newClerk(s).env, r.env...)...)
			says(t, said, code, r.code, r.says)
			if out != "" {
				t.Errorf("%s %v prints %d bytes", r.arguments, r.env, len(out))
			}
		}
		if n := s.one(t, `SELECT count(*) FROM `+s.own("audit_events")); n != "0" {
			t.Errorf("%s events of tokens that were not made", n)
		}
	})
}
