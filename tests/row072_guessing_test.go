package tests

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// Row 72: one client that tries many users, and many clients that try one user, are stopped; the victim's session
// is not touched, and the lock ends by itself.
func TestRow072_Guessing(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		for _, path := range []string{"/auth/login", "/auth/register"} {
			counts(t, path+" at once", atOnce(50, func(int) answer { return s.do(t, "POST", path, `{`) }), map[int]int{400: 3, 429: 47})
			s.Clock.Add(time.Second)
			limited(t, s.do(t, "POST", path, `{`), 9)
		}
		s.Clock.Add(10 * time.Second)
		one := inTurn(100, func(i int) answer { return s.attempt(t, fmt.Sprintf("user%d@example.com", i), "wrong") })
		counts(t, "one client, 100 users", one, map[int]int{401: 3, 429: 97})

		token := s.session(t, s.registered(t, "victim@example.com"))
		for _, email := range []string{"victim@example.com", "nobody@example.com"} {
			try := func(i int) answer { return s.attempt(t, email, "wrong", client(fmt.Sprint("198.51.100.", i))) }
			counts(t, "100 clients, "+email, inTurn(100, try), map[int]int{401: 4, 429: 96})
			// The right password is told nothing either.
			limited(t, s.attempt(t, email, "correct horse", client("203.0.113.9")), 900)
			limited(t, s.attempt(t, strings.ToUpper(email), "correct horse", client("203.0.113.10")), 900)
		}
		for _, line := range []string{cookie(token), bearer(token)} {
			if a := s.do(t, "GET", "/api/me", "", line); a.Status != 200 {
				t.Errorf("the victim's session: %d %s", a.Status, a.Body)
			}
		}
		s.Clock.Add(15*time.Minute - time.Millisecond)
		limited(t, s.attempt(t, "victim@example.com", "correct horse"), 1)
		s.Clock.Add(time.Millisecond)
		if a := s.attempt(t, "victim@example.com", "correct horse"); a.Status != 200 {
			t.Errorf("after the lock: %d %s", a.Status, a.Body)
		}
		if strings.Contains(s.Log.String(), "victim@") {
			t.Error("the log has the victim's address")
		}
	}, "RATE_LIMIT=account=4/15m", proxied)
}

// The tries of many clients at once do not all pass before the first is counted as a failure.
func TestRow072_GuessingAtOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		got := atOnce(50, func(i int) answer {
			return s.attempt(t, "ada@example.com", "wrong", client(fmt.Sprint("198.51.100.", i)))
		})
		counts(t, "50 wrong passwords at once", got, map[int]int{401: 3, 429: 47})
	}, "RATE_LIMIT=account=3/15m", proxied)
}
