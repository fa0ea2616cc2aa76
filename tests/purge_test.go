package tests

import (
	"strings"
	"testing"
	"time"
)

// Expired tokens go; the chain that they began lives on, with its grace and its reuse found.
func TestPurgeOfExpiredRefreshTokens(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id := s.user(t, "")
		over := s.signIn(t, id)
		first := s.signIn(t, id)
		s.Clock.Add(6 * 24 * time.Hour)
		second := s.refresh(t, first)
		third := s.refresh(t, second)
		s.Clock.Add(24 * time.Hour) // the first tokens lived for 7 days
		count := func() string { return s.one(t, "SELECT count(*) FROM "+s.own("refresh_tokens")) }
		if n := count(); n != "4" {
			t.Fatalf("%s tokens before", n)
		}
		s.app.Purge(t.Context())
		if n := count(); n != "2" {
			t.Errorf("%s tokens after, want the two that live", n)
		}
		s.expect(t, 401, "POST", "/auth/refresh", over.refreshBody())
		fourth := s.refresh(t, third)
		if again := s.refresh(t, third); again.Refresh != fourth.Refresh {
			t.Error("the grace is lost")
		}
		s.expect(t, 401, "POST", "/auth/refresh", second.refreshBody())
		s.expect(t, 401, "POST", "/auth/refresh", fourth.refreshBody())
		s.Clock.Add(31 * 24 * time.Hour)
		s.app.Purge(t.Context())
		if n := count(); n != "0" {
			t.Errorf("%s tokens left", n)
		}
	})
}

// More tokens than one transaction removes.
func TestPurgeOfMany(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		token := s.session(t, s.user(t, ""))
		past, hash := iso(s.Clock.Now()), "decode(lpad(n::text, 64, '0'), 'hex')"
		if strings.HasPrefix(s.URL, "sqlite:") {
			hash = "n"
		}
		s.exec(t, `INSERT INTO `+s.own("refresh_tokens")+` (session_id, hash, created_at, expires_at)
			WITH RECURSIVE many(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < 2500) SELECT $1, `+hash+`, $2, $2 FROM many`, sessionID(token), past)
		s.app.Purge(t.Context())
		if n := s.one(t, "SELECT count(*) FROM "+s.own("refresh_tokens")); n != "0" {
			t.Errorf("%s left", n)
		}
		if status := baMe(t, s, bearer(token)); status != 200 {
			t.Errorf("the session went with its tokens: %d", status)
		}
	})
}
