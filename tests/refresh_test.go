package tests

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// Row 90.
func TestRow090_RefreshRotates(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		first := s.signIn(t, s.user(t, ""))
		s.Clock.Add(24 * time.Hour)
		second := s.refresh(t, first)
		if second.Refresh == first.Refresh || second.Access == first.Access {
			t.Error("the pair is not new")
		}
		s.run(t, []call{
			{name: "the new access token works", method: "GET", path: "/api/me", headers: []string{bearer(second.Access)}, status: 200},
			{name: "HEAD is none of its methods", method: "HEAD", path: "/auth/refresh", status: 405, contains: []string{"Allow: OPTIONS, POST"}},
			{name: "no token", method: "POST", path: "/auth/refresh", body: `{}`, status: 422, contains: []string{`"field":"refresh_token"`}},
			{name: "no body", method: "POST", path: "/auth/refresh", status: 400},
			{name: "not text", method: "POST", path: "/auth/refresh", body: `{"refresh_token":1}`, status: 422},
			{name: "an access token", method: "POST", path: "/auth/refresh", body: tokens{Refresh: second.Access}.refreshBody(), status: 401, contains: []string{`"detail":"Invalid refresh token"`, "bad_refresh_token", "Www-Authenticate: Bearer"}},
			{name: "another signature", method: "POST", path: "/auth/refresh", body: tokens{Refresh: second.Refresh[:len(second.Refresh)-4] + "AAAA"}.refreshBody(), status: 401},
			{name: "not a token", method: "POST", path: "/auth/refresh", body: `{"refresh_token":"x"}`, status: 401, contains: []string{"Invalid refresh token"}},
		})
		for _, row := range []string{`SELECT string_agg(CAST(hash AS text), '|') FROM `, `SELECT string_agg(encode(hash, 'escape'), '|') FROM `} {
			if strings.HasPrefix(s.URL, "sqlite:") == strings.Contains(row, "CAST") {
				if kept := s.one(t, row+s.own("refresh_tokens")); strings.Contains(kept, ".") && strings.Contains(kept, second.Refresh) || strings.Contains(kept, first.Refresh) {
					t.Error("a token itself is kept")
				}
			}
		}
	})
}

// Row 91: an answer that was lost is given again; a token that comes back later was stolen.
func TestRow091_RefreshReuse(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id := s.user(t, "")
		first := s.signIn(t, id)
		s.Clock.Add(time.Hour)
		second := s.refresh(t, first)
		for _, later := range []time.Duration{0, 5 * time.Second, 4999 * time.Millisecond} {
			s.Clock.Add(later)
			if again := s.refresh(t, first); again.Refresh != second.Refresh {
				t.Errorf("another successor %v later", later)
			}
		}
		third := s.refresh(t, second)
		if again := s.refresh(t, first); again.Refresh != second.Refresh {
			t.Error("another successor once that was spent too")
		}
		s.Clock.Add(time.Millisecond)
		s.run(t, []call{
			{name: "10 s later it is theft", method: "POST", path: "/auth/refresh", body: first.refreshBody(), status: 401, contains: []string{"Invalid refresh token"}},
			{name: "the whole family is dead", method: "POST", path: "/auth/refresh", body: third.refreshBody(), status: 401, contains: []string{"Invalid refresh token"}},
			{name: "in the grace time too", method: "POST", path: "/auth/refresh", body: second.refreshBody(), status: 401},
			{name: "and the access token", method: "GET", path: "/api/me", headers: []string{bearer(third.Access)}, status: 401},
		})
		if n := s.one(t, `SELECT count(*) FROM "session" WHERE "userId" = $1`, id) + s.one(t, `SELECT count(*) FROM `+s.own("refresh_tokens")); n != "00" {
			t.Errorf("session and refresh rows left: %s", n)
		}
	})
}

// Another session of the same user must outlive what happens to one.
func TestRow091_ReuseLeavesOtherSessions(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id := s.user(t, "")
		stolen, other := s.signIn(t, id), s.signIn(t, id)
		s.refresh(t, stolen)
		s.Clock.Add(10 * time.Second)
		if a := s.do(t, "POST", "/auth/refresh", stolen.refreshBody()); a.Status != 401 {
			t.Errorf("reused: %d", a.Status)
		}
		s.refresh(t, other)
	})
}

func TestRow092_RefreshAtOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		first := s.signIn(t, s.user(t, ""))
		successors := map[string]int{}
		for _, a := range atOnce(20, func(int) answer { return s.do(t, "POST", "/auth/refresh", first.refreshBody()) }) {
			successors[tokensOf(t, a).Refresh]++
		}
		if len(successors) != 1 {
			t.Errorf("%d successors, want one", len(successors))
		}
		if n := s.one(t, `SELECT count(*) FROM `+s.own("refresh_tokens")+` WHERE spent_at IS NULL`); n != "1" {
			t.Errorf("%s living tokens, want one", n)
		}
		for successor := range successors {
			s.refresh(t, tokens{Refresh: successor})
		}
	})
}

func TestRow093_RefreshAfterTheEnd(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id := s.user(t, "")
		first := s.signIn(t, id)
		refresh := func(name string, status int, detail string) call {
			return call{name: name, method: "POST", path: "/auth/refresh", body: first.refreshBody(), status: status, contains: []string{detail}}
		}
		s.setUser(t, id, `banned = true`)
		s.run(t, []call{refresh("banned", 403, "Inactive user")})
		s.setUser(t, id, `"banExpires" = $1`, iso(s.Clock.Now()))
		first = s.refresh(t, first)
		s.exec(t, `DELETE FROM "session" WHERE "userId" = $1`, id)
		s.run(t, []call{refresh("signed out by Better Auth", 401, "Invalid refresh token")})
		s.exec(t, `DELETE FROM "user" WHERE id = $1`, id)
		s.run(t, []call{refresh("deleted", 401, `"detail":"User not found"`)})
	})
}

// Row 95: with 7 days to a token and 30 to a login, and a refresh every 6 days, the fifth is cut short.
func TestRow095_RefreshDoesNotPassTheAbsoluteLimit(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id, begun := s.user(t, ""), s.Clock.Now()
		pair := s.signIn(t, id)
		for day := 6; day < 30; day += 6 {
			s.Clock.Add(6 * 24 * time.Hour)
			pair = s.refresh(t, pair)
			want := begun.Add(min(30, time.Duration(day+7)) * 24 * time.Hour)
			if got := claimsOf(t, pair.Refresh)["exp"]; got != float64(want.Unix()) {
				t.Errorf("day %d: token lives to %v, want %v", day, got, want.Unix())
			}
			if got := s.expiry(t, id); !got.Equal(want) {
				t.Errorf("day %d: session lives to %v, want %v", day, got, want)
			}
		}
		s.Clock.Set(begun.Add(30*24*time.Hour - time.Second))
		pair = s.refresh(t, pair)
		s.Clock.Add(time.Second)
		s.run(t, []call{
			{name: "refresh", method: "POST", path: "/auth/refresh", body: pair.refreshBody(), status: 401, contains: []string{"Invalid refresh token"}},
			{name: "access", method: "GET", path: "/api/me", headers: []string{bearer(pair.Access)}, status: 401},
		})
	})
}

func TestRefreshTokenExpires(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		short := s.signIn(t, s.user(t, ""))
		s.exec(t, `UPDATE `+s.own("refresh_tokens")+` SET expires_at = $1`, iso(s.Clock.Now()))
		s.run(t, []call{{name: "its row counts", method: "POST", path: "/auth/refresh", body: short.refreshBody(), status: 401, contains: []string{"Invalid refresh token"}}})
		pair := s.signIn(t, s.user(t, ""))
		s.Clock.Set(time.Unix(int64(claimsOf(t, pair.Refresh)["exp"].(float64)), 0).UTC())
		// The rows alone would still do: the token's own end counts too.
		s.exec(t, `UPDATE "session" SET "expiresAt" = $1`, iso(s.Clock.Now().Add(time.Hour)))
		s.exec(t, `UPDATE `+s.own("refresh_tokens")+` SET expires_at = $1`, iso(s.Clock.Now().Add(time.Hour)))
		s.run(t, []call{{name: "so does the token", method: "POST", path: "/auth/refresh", body: pair.refreshBody(), status: 401, contains: []string{"Invalid refresh token"}}})
	})
}

// refresh spends a refresh token, which must succeed.
func (s *server) refresh(t *testing.T, p tokens) tokens {
	t.Helper()
	return tokensOf(t, s.do(t, "POST", "/auth/refresh", p.refreshBody()))
}

// expiry is when the one session of a user ends.
func (s *server) expiry(t *testing.T, userID string) time.Time {
	t.Helper()
	var at any
	if err := s.SQL.QueryRowContext(t.Context(), `SELECT "expiresAt" FROM "session" WHERE "userId" = $1`, userID).Scan(&at); err != nil {
		t.Fatal(err)
	}
	if text, ok := at.(string); ok {
		parsed, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	return at.(time.Time)
}

// claimsOf reads a token's claims without checking them.
func claimsOf(t *testing.T, token string) (claims map[string]any) {
	t.Helper()
	parts := strings.Split(token, ".")
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || len(parts) != 3 || json.Unmarshal(text, &claims) != nil {
		t.Fatalf("not a JWT: %s", token)
	}
	return claims
}

// beside starts another instance of the program on the same database, its clock put to the same moment.
func (s *server) beside(t *testing.T, settings ...string) *server {
	t.Helper()
	other := start(t, s.URL, settings...)
	other.Clock.Set(s.Clock.Now())
	return other
}

func TestRow092_ThreeInstances(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		instances := []*server{s, s.beside(t), s.beside(t)}
		pair := s.signIn(t, s.user(t, ""))
		for round := range 5 {
			successors := map[string]int{}
			for _, a := range atOnce(21, func(i int) answer {
				return instances[i%3].do(t, "POST", "/auth/refresh", pair.refreshBody())
			}) {
				successors[tokensOf(t, a).Refresh]++
			}
			if n := s.one(t, `SELECT count(*) FROM `+s.own("refresh_tokens")+` WHERE spent_at IS NULL`); len(successors) != 1 || n != "1" {
				t.Errorf("round %d: %d successors, %s living tokens, want one", round, len(successors), n)
			}
			for successor := range successors {
				pair.Refresh = successor
			}
		}
	})
}
