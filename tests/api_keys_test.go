package tests

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"
)

// apiKeyTable is what Better Auth's planner makes for the plugin, with its types for each database.
func apiKeyTable(s *server) string {
	date, truth := "timestamptz", "boolean"
	if strings.HasPrefix(s.URL, "sqlite:") {
		date, truth = "date", "integer"
	}
	return strings.NewReplacer("DATE", date, "BOOL", truth).Replace(`CREATE TABLE "apikey" (id text PRIMARY KEY, "configId" text NOT NULL, name text, start text,
		"referenceId" text NOT NULL, prefix text, key text NOT NULL, "refillInterval" integer, "refillAmount" integer, "lastRefillAt" DATE, enabled BOOL,
		"rateLimitEnabled" BOOL, "rateLimitTimeWindow" integer, "rateLimitMax" integer, "requestCount" integer, remaining integer, "lastRequest" DATE,
		"expiresAt" DATE, "createdAt" DATE NOT NULL, "updatedAt" DATE NOT NULL, permissions text, metadata text)`)
}

// onEachWithKeys is onEach on databases that have the table of API keys.
func onEachWithAPIKeys(t *testing.T, f func(t *testing.T, s *server)) {
	onEach(t, func(t *testing.T, s *server) {
		s.exec(t, apiKeyTable(s))
		f(t, start(t, s.URL))
	})
}

// apiKey stores a key of a user that nothing limits, and gives it.
func (s *server) apiKey(t *testing.T, userID string) string {
	t.Helper()
	key := next("cs_Key")
	s.exec(t, `INSERT INTO "apikey" (id, "configId", "referenceId", key, enabled, "rateLimitEnabled", "requestCount", "createdAt", "updatedAt")
		VALUES ($1, 'default', $2, $3, true, false, 0, $4, $4)`, apiKeyID(key), userID, apiKeyHash(key), iso(s.Clock.Now()))
	return key
}

// setKey changes columns of a key's row.
func (s *server) setKey(t *testing.T, key, columns string, args ...any) {
	t.Helper()
	s.exec(t, `UPDATE "apikey" SET `+columns+fmt.Sprintf(` WHERE id = $%d`, len(args)+1), append(args, apiKeyID(key))...)
}

func apiKeyID(key string) string { return strings.Replace(key, "cs_Key", "Keyid", 1) }

func apiKeyHash(key string) string {
	sum := sha256.Sum256([]byte(key))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// keyHeader gives the header line of an API key.
func keyHeader(key string) string { return "X-Api-Key: " + key }

func TestAPIKey(t *testing.T) {
	t.Parallel()
	onEachWithAPIKeys(t, func(t *testing.T, s *server) {
		ada, ben := s.user(t, "admin"), s.user(t, "")
		key, token := s.apiKey(t, ada), s.session(t, ben)
		s.run(t, []call{
			{name: "alone", method: "GET", path: "/api/me", headers: []string{keyHeader(key)}, status: 200, contains: []string{ada, `"roles":["admin"]`, `"session":null`}, lacks: []string{key}},
			{name: "a bearer token comes first", method: "GET", path: "/api/me", headers: []string{keyHeader(key), bearer(token)}, status: 200, contains: []string{ben}},
			{name: "a cookie comes last", method: "GET", path: "/api/me", headers: []string{keyHeader(key), cookie(token)}, status: 200, contains: []string{ada}},
			{name: "a bad one is passed over", method: "GET", path: "/api/me", headers: []string{keyHeader("nonsense"), cookie(token)}, status: 200, contains: []string{ben}},
			{name: "after a bad bearer", method: "GET", path: "/api/me", headers: []string{keyHeader(key), bearer("nonsense")}, status: 200, contains: []string{ada}},
			{name: "its user's role", method: "GET", path: "/api/admin/users", headers: []string{keyHeader(key)}, status: 200},
			{name: "writes need no origin", method: "POST", path: "/api/posts", headers: []string{keyHeader(key)}, body: `{"title":"T","content":""}`, status: 201},
			{name: "on a route for everybody", method: "GET", path: "/api/posts", headers: []string{keyHeader(key)}, status: 200, contains: []string{ada}},
			{name: "has no session to end", method: "POST", path: "/auth/logout", headers: []string{keyHeader(key)}, status: 204},
			{name: "has no current session", method: "GET", path: "/auth/sessions", headers: []string{keyHeader(key)}, status: 200},
		})
		if strings.Contains(s.Log.String(), key) || strings.Contains(s.Log.String(), apiKeyHash(key)) {
			t.Error("the log has the key or its hash")
		}
		if !strings.Contains(s.Log.String(), "credential=api_key") {
			t.Error("the log does not say what identified the request")
		}
	})
}

// A credential that cannot be looked up is neither good nor bad, and the one beside it is not asked either.
func TestCredentialsWithTheDatabaseAway(t *testing.T) {
	t.Parallel()
	onEachWithAPIKeys(t, func(t *testing.T, s *server) {
		ada := s.user(t, "")
		key, token := s.apiKey(t, ada), s.session(t, ada)
		if err := s.app.Close(); err != nil {
			t.Fatal(err)
		}
		for _, headers := range [][]string{{keyHeader(key)}, {keyHeader(key), cookie(token)}, {cookie(token)}, {bearer(token)}} {
			s.run(t, []call{{name: "away", method: "GET", path: "/api/me", headers: headers, status: 503, contains: []string{`"store_unavailable"`, "Retry-After: "}}})
		}
	})
}

func TestRow060_RefusedAPIKeys(t *testing.T) {
	t.Parallel()
	onEachWithAPIKeys(t, func(t *testing.T, s *server) {
		ada, now := s.user(t, ""), s.Clock.Now()
		key, disabled, expired, gone, hers := s.apiKey(t, ada), s.apiKey(t, ada), s.apiKey(t, ada), s.apiKey(t, "nobody"), s.apiKey(t, ada)
		s.setKey(t, disabled, "enabled = false")
		s.setKey(t, expired, `"expiresAt" = $1`, iso(now.Add(-time.Millisecond)))
		s.setKey(t, hers, `enabled = NULL, "expiresAt" = $1`, iso(now))
		before := keyRows(t, s)
		bad := func(name string, headers ...string) call {
			return call{name: name, method: "GET", path: "/api/me", headers: headers, status: 401, contains: []string{`"Not authenticated"`, "Www-Authenticate: Bearer"}}
		}
		s.run(t, []call{
			bad("disabled", keyHeader(disabled)), bad("expired", keyHeader(expired)), bad("unknown", keyHeader("cs_nobody")),
			bad("cut short", keyHeader(key[:len(key)-1])), bad("longer", keyHeader(key+"x")), bad("of a user who is gone", keyHeader(gone)),
			bad("its hash", keyHeader(apiKeyHash(key))), bad("with a space inside", keyHeader(key[:9]+" "+key[9:])), bad("in another case", keyHeader(strings.ToUpper(key))),
			bad("64 KB", keyHeader(strings.Repeat("k", 64<<10))), bad("twice", keyHeader(key), keyHeader(key)), bad("empty", keyHeader("")),
			bad("as bearer", bearer(key)), bad("in the cookie", "Cookie: x-api-key="+key), bad("NUL", keyHeader("\x00")), bad("invalid UTF-8", keyHeader("\xff")),
			{name: "in the query", method: "GET", path: "/api/me?x-api-key=" + key + "&apiKey=" + key, status: 401},
		})
		if after := keyRows(t, s); after != before {
			t.Errorf("a refused key was counted:\n%s\nwas\n%s", after, before)
		}
		s.run(t, []call{{name: "to its very end, and enabled by nobody", method: "GET", path: "/api/me", headers: []string{keyHeader(hers)}, status: 200}})
		for _, reason := range []string{"the key is disabled", "the key has expired", "there is no such key", "it belongs to an organization", "too long"} {
			if !strings.Contains(s.Log.String(), reason) {
				t.Errorf("the log does not say %q", reason)
			}
		}
	})
}

func keyRows(t *testing.T, s *server) string {
	t.Helper()
	group := "group_concat(a, '|')"
	if !strings.HasPrefix(s.URL, "sqlite:") {
		group = "string_agg(a, '|')"
	}
	return s.one(t, `SELECT `+group+` FROM (SELECT id || ' ' || coalesce("requestCount", -1) || ' ' || coalesce(remaining, -1) || ' ' || coalesce(CAST("lastRequest" AS text), '') || CAST("updatedAt" AS text) AS a FROM "apikey" ORDER BY id) x`)
}

func TestRow050_APIKeyOfABannedUser(t *testing.T) {
	t.Parallel()
	onEachWithAPIKeys(t, func(t *testing.T, s *server) {
		ada, ben := s.user(t, ""), s.user(t, "")
		key, token := s.apiKey(t, ada), s.session(t, ben)
		s.setKey(t, key, "remaining = 0")
		s.exec(t, `UPDATE "user" SET banned = true WHERE id = $1`, ada)
		before := keyRows(t, s)
		s.run(t, []call{
			{name: "banned", method: "GET", path: "/api/me", headers: []string{keyHeader(key)}, status: 403, contains: []string{`"Inactive user"`}},
			{name: "beside another's cookie", method: "GET", path: "/api/me", headers: []string{keyHeader(key), cookie(token)}, status: 403},
			{name: "where everybody may", method: "GET", path: "/api/posts", headers: []string{keyHeader(key)}, status: 200, contains: []string{`"personalized":false`}},
		})
		if after := keyRows(t, s); after != before {
			t.Errorf("a banned user's key was counted: %s, was %s", after, before)
		}
	})
}

func TestAPIKeyQuota(t *testing.T) {
	t.Parallel()
	onEachWithAPIKeys(t, func(t *testing.T, s *server) {
		ada, ben := s.user(t, ""), s.user(t, "")
		key, other := s.apiKey(t, ada), s.session(t, ben)
		s.setKey(t, key, `remaining = 2, "refillAmount" = 3, "refillInterval" = 60000`)
		me := func(status int, contains ...string) call {
			return call{name: fmt.Sprint(status, contains), method: "GET", path: "/api/me", headers: []string{keyHeader(key)}, status: status, contains: contains}
		}
		spent := me(429, `"code":"quota_exceeded"`, "Retry-After: 61", "X-Retry-After: 61")
		beside := spent
		beside.headers = append([]string{cookie(other)}, spent.headers...)
		s.run(t, []call{me(200), me(200), spent, beside})
		s.Clock.Add(30 * time.Second)
		s.run(t, []call{me(429, "Retry-After: 31")})
		s.Clock.Add(30*time.Second + time.Millisecond)
		s.run(t, []call{me(200), me(200), me(200), me(429, "Retry-After: 61")})
		s.setKey(t, key, `"refillAmount" = NULL, "refillInterval" = NULL`)
		s.Clock.Add(time.Hour)
		s.run(t, []call{me(429, `"code":"quota_exceeded"`, "Retry-After: 86400")})
		if left := s.one(t, `SELECT remaining FROM "apikey" WHERE id = $1`, apiKeyID(key)); left != "0" {
			t.Errorf("%s left", left)
		}
	})
}

func TestAPIKeyRateLimit(t *testing.T) {
	t.Parallel()
	onEachWithAPIKeys(t, func(t *testing.T, s *server) {
		key := s.apiKey(t, s.user(t, ""))
		s.setKey(t, key, `remaining = 100, "rateLimitEnabled" = NULL, "rateLimitTimeWindow" = 10000, "rateLimitMax" = 2, "requestCount" = NULL`)
		me := func(status int, contains ...string) call {
			return call{name: fmt.Sprint(status, contains), method: "GET", path: "/api/me", headers: []string{keyHeader(key)}, status: status, contains: contains}
		}
		s.run(t, []call{me(200)})
		s.Clock.Add(9 * time.Second)
		// The window is counted from the last use, as Better Auth has it.
		s.run(t, []call{me(200), me(429, `"code":"rate_limited"`, "Retry-After: 11", "X-Retry-After: 11")})
		s.Clock.Add(10 * time.Second)
		s.run(t, []call{me(429, "Retry-After: 1")})
		s.Clock.Add(time.Millisecond)
		s.run(t, []call{me(200), me(200), me(429)})
		if left := s.one(t, `SELECT remaining FROM "apikey" WHERE id = $1`, apiKeyID(key)); left != "96" {
			t.Errorf("%s left: a use that was refused for its rate was taken off the quota", left)
		}
	})
}

// A key costs two statements: one finds it and its user, one counts.
func TestAPIKeyIsTwoStatements(t *testing.T) {
	t.Parallel()
	onEachWithAPIKeys(t, func(t *testing.T, s *server) {
		key := s.apiKey(t, s.user(t, ""))
		s.setKey(t, key, `remaining = 100, "rateLimitEnabled" = true, "rateLimitTimeWindow" = 10000, "rateLimitMax" = 2, permissions = '{"posts":["read"]}'`)
		count := func() int { return strings.Count(s.Log.String(), "SELECT ") + strings.Count(s.Log.String(), "UPDATE ") }
		before := count()
		if a := s.do(t, "GET", "/api/me", "", keyHeader(key)); a.Status != 200 {
			t.Fatal(a)
		}
		// The first statement may hold a second SELECT inside.
		if n := count() - before; n != 2 {
			t.Errorf("%d statements:\n%s", n, s.Log)
		}
	})
}
