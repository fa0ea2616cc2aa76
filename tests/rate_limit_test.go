package tests

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"
)

// proxied makes the address of the tests' requests a proxy's, so that client chooses who sends one.
const proxied = "TRUSTED_PROXIES=192.0.2.1"

// client gives the header line of a proxy that forwards a request of an address.
func client(address string) string { return "X-Forwarded-For: " + address }

// attempt is a login with a password that may be wrong.
func (s *server) attempt(t *testing.T, email, password string, headers ...string) answer {
	t.Helper()
	return s.do(t, "POST", "/auth/login", fmt.Sprintf(`{"email":%q,"password":%q}`, email, password), headers...)
}

// inTurn sends n requests one after the other; atOnce sends them at once.
func inTurn(n int, send func(i int) answer) []answer {
	var answers []answer
	for i := range n {
		answers = append(answers, send(i))
	}
	return answers
}

// counts checks how often which status came back.
func counts(t *testing.T, what string, answers []answer, want map[int]int) {
	t.Helper()
	got := map[int]int{}
	for _, a := range answers {
		got[a.Status]++
	}
	if !maps.Equal(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// limited checks that an answer is the contract's 429, with a wait of so many seconds.
func limited(t *testing.T, a answer, seconds int) {
	t.Helper()
	want := strconv.Itoa(seconds)
	if a.Status != 429 || a.Header.Get("Retry-After") != want || a.Header.Get("X-Retry-After") != want || a.JSON(t)["code"] != "rate_limited" {
		t.Errorf("%d %q %q, want 429 and %s: %s", a.Status, a.Header["Retry-After"], a.Header["X-Retry-After"], want, a.Body)
	}
}

// doFrom sends a request from a peer's address, without a body.
func (s *server) doFrom(t *testing.T, peer, method, path string, headers ...string) answer {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, http.NoBody)
	r.RemoteAddr = peer
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	s.app.ServeHTTP(w, r)
	return answer{w.Code, w.Header(), w.Body.String()}
}

// The API is counted per user, whatever the address; without a user per address, whatever the credential.
func TestRateLimitOfTheAPI(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		ada, eve := s.session(t, s.user(t, "")), s.session(t, s.user(t, ""))
		get := func(path string, headers ...string) func(int) answer {
			return func(int) answer { return s.do(t, "GET", path, "", headers...) }
		}
		counts(t, "a user at once", atOnce(50, get("/api/me", cookie(ada))), map[int]int{200: 5, 429: 45})
		limited(t, s.do(t, "GET", "/api/posts", "", bearer(ada)), 10)
		counts(t, "another user of the same address", inTurn(6, get("/api/me", bearer(eve))), map[int]int{200: 5, 429: 1})
		counts(t, "a user who moves about", inTurn(2, get("/api/posts", bearer(ada), client("198.51.100.1"))), map[int]int{429: 2})
		// None of that counted for the address.
		counts(t, "nobody at once", atOnce(50, get("/api/posts")), map[int]int{200: 5, 429: 45})
		for _, line := range []string{"Authorization: Bearer x", cookie("aTokenOfNobody0000000000000000000"), "X-Api-Key: x", "Cookie: a=b"} {
			counts(t, "a bad credential", inTurn(2, get("/api/me", line)), map[int]int{429: 2})
		}
		counts(t, "a bad credential elsewhere", inTurn(6, get("/api/me", client("198.51.100.2"), bearer("x"))), map[int]int{401: 5, 429: 1})
		counts(t, "unknown paths", inTurn(6, get("/nothing", client("198.51.100.3"))), map[int]int{404: 5, 429: 1})
		counts(t, "other methods", inTurn(6, func(int) answer { return s.do(t, "PUT", "/api/me", "", client("198.51.100.4")) }), map[int]int{405: 5, 429: 1})
		counts(t, "HEAD", inTurn(6, func(int) answer { return s.do(t, "HEAD", "/api/posts", "", client("198.51.100.5")) }), map[int]int{200: 5, 429: 1})
		counts(t, "refreshes", inTurn(6, func(int) answer {
			return s.do(t, "POST", "/auth/refresh", `{"refresh_token":"x"}`, client("198.51.100.6"))
		}), map[int]int{401: 5, 429: 1})
		for _, path := range []string{"/", "/healthz", "/readyz"} {
			counts(t, path, inTurn(20, get(path)), map[int]int{200: 20})
		}
		preflight := func(int) answer {
			return s.do(t, "OPTIONS", "/api/me", "", origin, "Access-Control-Request-Method: GET")
		}
		counts(t, "preflights", inTurn(20, preflight), map[int]int{204: 20})
		a := s.do(t, "GET", "/api/posts", "", origin)
		limited(t, a, 10)
		if a.Header.Get("Access-Control-Allow-Origin") == "" {
			t.Error("a page cannot read its 429")
		}
		s.Clock.Add(10 * time.Second)
		counts(t, "later", inTurn(6, get("/api/me", cookie(ada))), map[int]int{200: 5, 429: 1})
		counts(t, "later, nobody", inTurn(6, get("/api/posts")), map[int]int{200: 5, 429: 1})
	}, "RATE_LIMIT=api=5/10s", proxied)
}

// A client far over its limit is refused before its credentials cost the database a question, a good one's too;
// and not for ever.
func TestRateLimitOfAFlood(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		ada := s.session(t, s.user(t, ""))
		me := func(headers ...string) func(int) answer {
			return func(int) answer { return s.do(t, "GET", "/api/me", "", headers...) }
		}
		counts(t, "a flood", inTurn(21, me(bearer("x"))), map[int]int{401: 2, 429: 19})
		counts(t, "a good user beside it", inTurn(1, me(cookie(ada))), map[int]int{200: 1})
		counts(t, "more of it", inTurn(1, me(bearer("x"))), map[int]int{429: 1})
		limited(t, me(cookie(ada))(0), 10)
		counts(t, "a good user elsewhere", inTurn(1, me(cookie(ada), client("198.51.100.1"))), map[int]int{200: 1})
		s.exec(t, `ALTER TABLE "session" RENAME TO away`)
		counts(t, "without the table", inTurn(3, me(bearer("x"))), map[int]int{429: 3})
		s.exec(t, `ALTER TABLE away RENAME TO "session"`)
		s.Clock.Add(10 * time.Second)
		counts(t, "later", inTurn(1, me(cookie(ada))), map[int]int{200: 1})
	}, "RATE_LIMIT=api=2/10s", proxied)
}

// What could not be checked is nobody's failure: it is 503 however often, and counts for nothing.
func TestRateLimitsAndADatabaseThatIsAway(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id := s.registered(t, "ada@example.com")
		token := s.session(t, id)
		s.exec(t, `ALTER TABLE "session" RENAME TO away`)
		s.exec(t, `ALTER TABLE account RENAME TO gone`)
		counts(t, "reads", inTurn(5, func(int) answer { return s.do(t, "GET", "/api/me", "", cookie(token)) }), map[int]int{503: 5})
		counts(t, "logins", inTurn(5, func(i int) answer {
			return s.attempt(t, "ada@example.com", "correct horse", client(fmt.Sprint("198.51.100.", i)))
		}), map[int]int{503: 5})
		s.exec(t, `ALTER TABLE gone RENAME TO account`)
		s.exec(t, `ALTER TABLE away RENAME TO "session"`)
		counts(t, "reads again", inTurn(1, func(int) answer { return s.do(t, "GET", "/api/me", "", cookie(token)) }), map[int]int{200: 1})
		counts(t, "login again", inTurn(1, func(int) answer { return s.attempt(t, "ada@example.com", "correct horse") }), map[int]int{200: 1})
	}, "RATE_LIMIT=api=2/10s,account=2/15m", proxied)
}

// registered makes a user with the password "correct horse" and gives its id.
func (s *server) registered(t *testing.T, email string) string {
	t.Helper()
	a := s.do(t, "POST", "/auth/register", fmt.Sprintf(`{"email":%q,"password":"correct horse"}`, email), client("203.0.113.250"))
	if a.Status != 201 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	return a.JSON(t)["id"].(string)
}

// A wrong current password counts as a failed login does, by the user's address; a success neither counts nor
// forgives.
func TestRateLimitOfAnAccount(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id := s.registered(t, "Ada@Example.com")
		token, n := s.session(t, id), 0
		elsewhere := func() string { n++; return client(fmt.Sprint("198.51.100.", n)) }
		change := func(current string) answer {
			return s.do(t, "POST", "/auth/password", fmt.Sprintf(`{"current_password":%q,"new_password":"correct horse"}`, current), bearer(token), elsewhere())
		}
		login := func(email, password string) answer { return s.attempt(t, email, password, elsewhere()) }
		for i, c := range []struct {
			a      answer
			status int
		}{
			{login("ada@example.com", "correct horse"), 200}, {login("ada@example.com", "correct horse"), 200}, {login("ADA@example.com", "correct horse"), 200},
			{change("wrong"), 400}, {login("ADA@EXAMPLE.COM", "wrong"), 401}, {change("correct horse"), 204}, {login("ada@example.com", "correct horse"), 200},
			{change("wrong"), 400},
		} {
			if c.a.Status != c.status {
				t.Errorf("step %d: %d, want %d: %s", i, c.a.Status, c.status, c.a.Body)
			}
		}
		limited(t, change("correct horse"), 900)
		limited(t, login("ada@example.com", "correct horse"), 900)
		counts(t, "the session", inTurn(1, func(int) answer { return s.do(t, "GET", "/api/me", "", cookie(token)) }), map[int]int{200: 1})
		s.Clock.Add(15*time.Minute - time.Second)
		limited(t, change("correct horse"), 1)
		s.Clock.Add(time.Second)
		if a := change("correct horse"); a.Status != 204 {
			t.Errorf("later: %d %s", a.Status, a.Body)
		}
	}, "RATE_LIMIT=account=3/15m", proxied)
}

// In production limits are on without a word; in development they are off.
func TestRateLimitDefaults(t *testing.T) {
	t.Parallel()
	send := func(s *server) []answer {
		return inTurn(4, func(int) answer { return s.do(t, "POST", "/auth/login", `{`) })
	}
	url := databases["sqlite"](t)
	counts(t, "development", send(start(t, url)), map[int]int{400: 4})
	counts(t, "production", send(start(t, url, "APP_ENV=production", "FRONTEND_URL=https://app.example.com")), map[int]int{400: 3, 429: 1})
}
