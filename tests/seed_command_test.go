package tests

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// seeded gives what seed says of a run: the first address and the password.
func seeded(t *testing.T, out string) (email, password string) {
	t.Helper()
	fields := strings.Fields(out[strings.Index(out, "e-mail"):])
	if len(fields) != 6 {
		t.Fatalf("seed says %s", out)
	}
	return fields[1], fields[5]
}

// Made-up users sign in, their cookies hold, and a run of more than one batch makes exactly what was asked for.
func TestSeed(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		c := newClerk(s)
		file := filepath.Join(t.TempDir(), "cookies.txt")
		out, said, code := apart(t, "", "seed --users 601 --sessions-per-user 3 --cookies "+file, c.env...)
		says(t, said+out, code, 0, "made 601 users with 3 sessions each")
		count := s.one(t, `SELECT count(DISTINCT email) FROM "user"`) + " " + s.one(t, `SELECT count(DISTINCT "userId") FROM "account"`) + " " +
			s.one(t, `SELECT count(DISTINCT token) FROM "session"`) + " " + s.one(t, `SELECT count(DISTINCT "userId") FROM "session"`)
		if count != "601 601 1803 601" {
			t.Errorf("there are %s users, accounts, sessions, users with sessions", count)
		}
		email, word := seeded(t, out)
		baLogin(t, s, email, word)
		baLogin(t, s, strings.Replace(email, "-1@", "-601@", 1), word)
		text, err := os.ReadFile(file)
		info, _ := os.Stat(file)
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		if err != nil || len(lines) != 1803 || info.Mode().Perm() != 0o600 {
			t.Fatalf("%d cookies, %v, %v", len(lines), info.Mode(), err)
		}
		for _, line := range []string{lines[0], lines[900], lines[1802]} {
			s.expect(t, 200, "GET", "/api/me", "", line)
		}
		if hash := s.one(t, `SELECT password FROM "account" LIMIT 1`); strings.Contains(out+said, hash) {
			t.Error("the hash is shown")
		}
		c.does(t, "", "seed --users 1", 1, "has 601 users already; use another database, or say --force")
		c.does(t, "", "seed --users 1 --force --cookies "+file, 1, "exists")
		c.does(t, "", "seed --users 1 --force --sessions-per-user 0", 0, "made 1 users with 0 sessions each")
		if n := s.one(t, `SELECT count(*) FROM "user"`); n != "602" {
			t.Errorf("there are %s users", n)
		}
	})
}

func TestSeedRefuses(t *testing.T) {
	t.Parallel()
	s := start(t, databases["sqlite"](t))
	c := newClerk(s)
	c.does(t, "", "seed --users 0", 1, "--users must be from 1")
	c.does(t, "", "seed --sessions-per-user 11", 1, "--sessions-per-user from 0 to 10")
	c.env = append(c.env, "APP_ENV=production", "FRONTEND_URL=https://app.example.com")
	c.does(t, "", "seed --users 1 --force", 1, "APP_ENV is production")
	if n := s.one(t, `SELECT count(*) FROM "user"`); n != "0" {
		t.Errorf("there are %s users", n)
	}
}
