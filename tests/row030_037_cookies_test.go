package tests

import (
	"database/sql"
	"net/url"
	"strings"
	"testing"
	"time"
)

// baCookie gives the header line of a cookie with any value.
func baCookie(value string) string { return "Cookie: better-auth.session_token=" + value }

// baAwkward stores a session whose signature has both + and /, which encodings change, and gives its token.
func baAwkward(t *testing.T, s *server, user string) string {
	t.Helper()
	for {
		token := next("Awkward")
		if text := signed(testSecret, token); strings.Contains(text, "+") && strings.Contains(text, "/") {
			now := s.Clock.Now()
			s.exec(t, `INSERT INTO "session" (id, token, "userId", "expiresAt", "createdAt", "updatedAt") VALUES ($1, $2, $3, $4, $5, $5)`,
				next("awkward"), token, user, iso(now.Add(time.Hour)), iso(now))
			return token
		}
	}
}

// A cookie whose signature does not hold is refused before the database is asked.
func TestRow030_Signature(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		token := baAwkward(t, s, s.user(t, ""))
		good := signed(testSecret, token)
		signature := good[len(token)+1:]
		if baMe(t, s, baCookie(good)) != 200 {
			t.Fatal("the good cookie does not hold")
		}
		var cases []jwtCase
		for name, value := range map[string]string{
			"without signature": token, "empty signature": token + ".", "signature alone": "." + signature, "empty": "", "dot": ".",
			"43 characters": good[:len(good)-1], "42 characters": good[:len(good)-2], "45 characters": good + "=", "no padding": good[:len(good)-1] + "A",
			"other secret": signed("another secret of more than 32 characters", token), "empty secret": signed("", token),
			"URL alphabet": token + "." + strings.NewReplacer("+", "-", "/", "_").Replace(signature), "encoded twice": url.QueryEscape(url.QueryEscape(good)),
			"hex": token + "." + strings.Repeat("ab", 21) + "a=", "signature of another token": next("Other") + "." + signature, "signature twice": good + "." + signature,
			"upper case": strings.ToUpper(token) + "." + signature, "the signature's last digit": good[:len(good)-2] + "~=", "signed and NUL": url.QueryEscape(signed(testSecret, token+"\x00")),
		} {
			cases = append(cases, jwtCase{name, []string{baCookie(value)}})
			if value != "" && strings.Count(value, ".") == 1 {
				cases = append(cases, jwtCase{name + ", as bearer", []string{bearer(value)}})
			}
		}
		baRefused(t, s, 0, cases)
	})
}

func TestRow031_Spellings(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		user := s.user(t, "")
		token := baAwkward(t, s, user)
		good := signed(testSecret, token)
		var calls []call
		for name, value := range map[string]string{
			"encoded": url.QueryEscape(good), "not encoded": good, "in double quotes": `"` + good + `"`, "encoded in double quotes": `"` + url.QueryEscape(good) + `"`,
			"encoded more than needed": strings.ReplaceAll(url.QueryEscape(good), "T", "%54"), "in lower-case hex": strings.NewReplacer("%2B", "%2b", "%2F", "%2f", "%3D", "%3d").Replace(url.QueryEscape(good)),
		} {
			calls = append(calls, call{name: name, method: "GET", path: "/api/me", headers: []string{baCookie(value)}, status: 200, contains: []string{user}})
		}
		s.run(t, calls)
		baRefused(t, s, 0, []jwtCase{
			{"space for plus", []string{baCookie(strings.ReplaceAll(good, "+", " "))}},
			{"encoded space for plus", []string{baCookie(strings.ReplaceAll(url.QueryEscape(good), "%2B", "%20"))}},
		})
		s.run(t, []call{
			{name: "the first of a name wins", method: "GET", path: "/api/me", headers: []string{baCookie(good) + "; better-auth.session_token=x"}, status: 200},
			{name: "the first of a name wins, and is bad", method: "GET", path: "/api/me", headers: []string{baCookie("x") + "; better-auth.session_token=" + good}, status: 401},
		})
	})
}

// Exactly one of the two names is read: without that, a cookie set over http would do on an https site.
func TestRow032_CookieName(t *testing.T) {
	t.Parallel()
	plain, secure := "better-auth.session_token", "__Secure-better-auth.session_token"
	for _, c := range []struct {
		setting, read string
		others        []string
	}{
		{"SECURE_COOKIES=off", plain, []string{secure, "__Host-" + plain, "Better-Auth.session_token", "session_token", "better-auth-session_token"}},
		{"SECURE_COOKIES=on", secure, []string{plain, "__Host-" + plain, "__secure-" + plain}},
		{"BETTER_AUTH_URL=https://app.example.com", secure, []string{plain}},
		{"COOKIE_PREFIX=shop", "shop.session_token", []string{plain, secure}},
		{"COOKIE_NAME=sid", "sid", []string{plain, secure, "better-auth.sid"}},
	} {
		t.Run(c.setting, func(t *testing.T) {
			t.Parallel()
			onEach(t, func(t *testing.T, s *server) {
				value := url.QueryEscape(signed(testSecret, s.session(t, s.user(t, ""))))
				if status := baMe(t, s, "Cookie: "+c.read+"="+value); status != 200 {
					t.Errorf("%s: %d", c.read, status)
				}
				var cases []jwtCase
				for _, name := range c.others {
					cases = append(cases, jwtCase{name, []string{"Cookie: " + name + "=" + value}})
				}
				baRefused(t, s, 0, cases)
			}, c.setting)
		})
	}
}

// Other values that Better Auth signs with the secret are no session tokens.
func TestRow033_OtherSignedValues(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		baRefused(t, s, 2, []jwtCase{
			{"dont_remember", []string{baCookie(url.QueryEscape(signed(testSecret, "true")))}},
			{"dont_remember, as bearer", []string{bearer(signed(testSecret, "true"))}},
		})
	})
}

func TestRow034_Garbage(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		token := s.session(t, s.user(t, ""))
		good := url.QueryEscape(signed(testSecret, token))
		var cases []jwtCase
		for name, value := range map[string]string{
			"NUL": "a\x00b." + good, "control characters": "\x01\x02\x7f", "line break": good + "\r\nX: y", "not ASCII": "é" + good, "encoded NUL": "%00" + good, "not UTF-8": "%ff%fe." + good,
			"4 KB": strings.Repeat("a", 4<<10), "4 KB signed": signed(testSecret, strings.Repeat("a", 4<<10)), "64 KB": strings.Repeat("a", 64<<10), "64 KB of dots": strings.Repeat(".", 64<<10),
			"64 KB of percent signs": strings.Repeat("%25", 21<<10), "percent sign": good + "%", "3,001 of the name": strings.Repeat("x; better-auth.session_token=", 3000) + good,
			"3,001 of others": "x" + strings.Repeat("; a=b", 3000),
		} {
			cases = append(cases, jwtCase{name, []string{baCookie(value)}})
		}
		cases = append(cases, jwtCase{"empty header", []string{"Cookie: "}}, jwtCase{"no name", []string{"Cookie: =" + good}}, jwtCase{"name alone", []string{"Cookie: better-auth.session_token"}})
		baRefused(t, s, 0, cases)
		if status := baMe(t, s, cookie(token)); status != 200 {
			t.Errorf("the good cookie afterwards: %d", status)
		}
	})
}

func TestRow036_ToTheMillisecond(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		user := s.user(t, "")
		token, now := s.session(t, user), s.Clock.Now()
		headers := map[string]string{"cookie": cookie(token), "bare": bearer(token), "signed": bearer(signed(testSecret, token)), "access token": bearer(jwtGood(s, user, `,"sid":"`+sessionID(token)+`"`))}
		for _, c := range []struct {
			name    string
			expires time.Time
			status  int
		}{
			{"a second ahead", now.Add(time.Second), 200}, {"a millisecond ahead", now.Add(time.Millisecond), 200},
			{"now", now, 401}, {"a millisecond ago", now.Add(-time.Millisecond), 401}, {"a year ago", now.AddDate(-1, 0, 0), 401},
		} {
			s.exec(t, `UPDATE "session" SET "expiresAt" = $1 WHERE token = $2`, iso(c.expires), token)
			for name, line := range headers {
				if status := baMe(t, s, line); status != c.status {
					t.Errorf("%s, %s: %d, want %d", c.name, name, status, c.status)
				}
			}
		}
		s.exec(t, `UPDATE "session" SET "expiresAt" = $1 WHERE token = $2`, iso(now.Add(time.Second)), token)
		before := baDump(t, s)
		first := baMe(t, s, cookie(token))
		s.Clock.Add(time.Second)
		if then := baMe(t, s, cookie(token)); first != 200 || then != 401 {
			t.Errorf("one second ahead: %d, then %d", first, then)
		}
		if baDump(t, s) != before {
			t.Error("a session was extended or removed because its cookie was used")
		}
	})
}

// A session row whose user is not there (tables without foreign keys) is nobody's.
func TestRow037_SessionWithoutUser(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		user := s.user(t, "")
		token := s.session(t, user)
		headers := []string{cookie(token), bearer(token), bearer(jwtGood(s, user, `,"sid":"`+sessionID(token)+`"`))}
		for _, line := range headers {
			if status := baMe(t, s, line); status != 200 {
				t.Fatalf("with its user: %d", status)
			}
		}
		baWithoutForeignKeys(t, s, func(c *sql.Conn) error {
			_, err := c.ExecContext(t.Context(), `DELETE FROM "user" WHERE id = $1`, user)
			return err
		})
		if n := s.one(t, `SELECT count(*) FROM "session" WHERE token = $1`, token); n != "1" {
			t.Fatal("the session went with its user")
		}
		baRefused(t, s, len(headers), []jwtCase{{"cookie", headers[:1]}, {"bearer", headers[1:2]}, {"access token", headers[2:]}})
	})
}

// baWithoutForeignKeys runs f on a connection that does not hold rows to their foreign keys.
func baWithoutForeignKeys(t *testing.T, s *server, f func(*sql.Conn) error) {
	t.Helper()
	off, on := "SET session_replication_role = replica", "SET session_replication_role = DEFAULT"
	if strings.HasPrefix(s.URL, "sqlite:") {
		off, on = "PRAGMA foreign_keys = off", "PRAGMA foreign_keys = on"
	}
	c, err := s.SQL.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, step := range []func() error{
		func() error { _, err := c.ExecContext(t.Context(), off); return err },
		func() error { return f(c) },
		func() error { _, err := c.ExecContext(t.Context(), on); return err },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
}
