package tests

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// jwtSign signs any bytes as header and payload with HMAC-SHA256 under any key: what no library would.
func jwtSign(key, header, payload string) string {
	text := jwtPart(header) + "." + jwtPart(payload)
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(text))
	return text + "." + jwtPart(string(h.Sum(nil)))
}

func jwtPart(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

const jwtHeader = `{"alg":"HS256","typ":"JWT"}`

// jwtClaims are those of a good access token of a user; further members, `,"a":1`, come after them.
func jwtClaims(s *server, user, more string) string {
	now := s.Clock.Now()
	return fmt.Sprintf(`{"sub":%q,"type":"access","iat":%d,"exp":%d%s}`, user, now.Unix(), now.Add(time.Minute).Unix(), more)
}

// jwtGood is a good access token, as a Next.js server would issue it.
func jwtGood(s *server, user, more string) string {
	return jwtSign(testSecret, jwtHeader, jwtClaims(s, user, more))
}

// jwtCase is a credential that must not hold.
type jwtCase struct {
	name    string
	headers []string
}

// baRefused sends each credential to GET /api/me: all are 401, none changes the database, none is in the
// log, and together they cost that many statements; -1 where they may ask.
func baRefused(t *testing.T, s *server, statements int, cases []jwtCase) {
	t.Helper()
	before, asked := baDump(t, s), baStatements(s)
	var calls []call
	var secrets []string
	for _, c := range cases {
		calls = append(calls, call{
			name: c.name, method: "GET", path: "/api/me", headers: c.headers, status: 401,
			contains: []string{`"detail":"Not authenticated"`, "Www-Authenticate: Bearer"},
		})
		for _, line := range c.headers {
			_, value, _ := strings.Cut(line, ": ")
			if value = strings.TrimPrefix(value, "Bearer "); len(value) > 30 {
				secrets = append(secrets, value)
			}
		}
	}
	s.run(t, calls)
	if n := baStatements(s) - asked; statements >= 0 && n != statements {
		t.Errorf("%d statements, want %d", n, statements)
	}
	if after := baDump(t, s); after != before {
		t.Errorf("the database changed:\n%s\nwas\n%s", after, before)
	}
	baSilent(t, s, append(secrets, testSecret)...)
}

// baStatements is how many statements the program has sent so far.
func baStatements(s *server) int { return strings.Count(s.Log.String(), `="SELECT`) }

// baSilent fails when the log has any of the texts.
func baSilent(t *testing.T, s *server, texts ...string) {
	t.Helper()
	log := s.Log.String()
	for _, text := range texts {
		if strings.Contains(log, text) {
			t.Errorf("the log has %.60q", text)
		}
	}
}

// baDump is every row of Better Auth's tables and ours, as text that can be compared.
func baDump(t *testing.T, s *server) string {
	t.Helper()
	var all strings.Builder
	for _, table := range []string{`"user"`, `"session"`, `"account"`, `"verification"`, s.own("posts"), s.own("refresh_tokens")} {
		fmt.Fprintln(&all, table, baRows(t, s, "SELECT * FROM "+table))
	}
	return all.String()
}

// baRows is what a query answers with, sorted.
func baRows(t *testing.T, s *server, query string, args ...any) []string {
	t.Helper()
	rows, err := s.SQL.QueryContext(t.Context(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for rows.Next() {
		values, places := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			places[i] = &values[i]
		}
		if err := rows.Scan(places...); err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprint(values...))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

// baSignUp registers a user here, signs in, and gives the id and the tokens.
func baSignUp(t *testing.T, s *server, email, password string) (id, access, refresh string) {
	t.Helper()
	a := s.do(t, "POST", "/auth/register", fmt.Sprintf(`{"email":%q,"password":%q,"name":"N"}`, email, password))
	if a.Status != 201 {
		t.Fatalf("register: %d %s", a.Status, a.Body)
	}
	access, refresh = baLogin(t, s, email, password)
	return a.JSON(t)["id"].(string), access, refresh
}

// baLogin signs in here.
func baLogin(t *testing.T, s *server, email, password string) (access, refresh string) {
	t.Helper()
	a := s.do(t, "POST", "/auth/login", fmt.Sprintf(`{"email":%q,"password":%q}`, email, password))
	if a.Status != 200 {
		t.Fatalf("login: %d %s", a.Status, a.Body)
	}
	return a.JSON(t)["access_token"].(string), a.JSON(t)["refresh_token"].(string)
}

// baMe is the status of GET /api/me.
func baMe(t *testing.T, s *server, headers ...string) int {
	t.Helper()
	return s.do(t, "GET", "/api/me", "", headers...).Status
}

// baRefresh is the status of POST /auth/refresh.
func baRefresh(t *testing.T, s *server, token string) int {
	t.Helper()
	return s.do(t, "POST", "/auth/refresh", fmt.Sprintf(`{"refresh_token":%q}`, token)).Status
}
