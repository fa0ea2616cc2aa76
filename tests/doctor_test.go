package tests

import (
	"errors"
	"os/exec"
	"strings"
	"testing"

	"countersign/tests/betterauth"
)

// tell runs a subcommand of the real program and gives what it says and its exit code.
func tell(t *testing.T, input, arguments string, env ...string) (said string, code int) {
	t.Helper()
	command := program(t, append(env, "COUNTERSIGN_TEST_ARGUMENTS="+arguments)...)
	command.Stdin = strings.NewReader(input)
	out, err := command.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	return string(out), code
}

// says asks what a subcommand must say, and its exit code.
func says(t *testing.T, said string, code, want int, words ...string) {
	t.Helper()
	if code != want {
		t.Errorf("exit code %d, want %d:\n%s", code, want, said)
	}
	for _, w := range words {
		if !strings.Contains(said, w) {
			t.Errorf("lacks %q:\n%s", w, said)
		}
	}
	for _, secret := range []string{testSecret, "goroutine"} {
		if strings.Contains(said, secret) {
			t.Errorf("has %q:\n%s", secret, said)
		}
	}
}

// A team points doctor at its Better Auth; each mistake is found in one run, with the line that mends it.
func TestDoctor(t *testing.T) {
	t.Parallel()
	for name, url := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := url(t)
			ba := betterauth.Start(t, betterauth.Options{DatabaseURL: strings.Replace(database, "sqlite:", "file:", 1), Secret: testSecret, Plugins: []string{"admin", "jwt"}})
			ba.Migrate(t)
			ada := ba.SignUp(t, "ada@example.com", password, "Ada")
			ba.Do(t, "GET", "/api/auth/token", map[string]string{"Cookie": ada.Cookie}, nil) // makes the first signing key
			env := []string{"DATABASE_URL=" + database, "BETTER_AUTH_SECRET=" + testSecret, "BETTER_AUTH_URL=" + ba.URL}

			said, code := tell(t, "", "doctor", env...)
			says(t, said, code, 1, "NOT OK  our tables", "countersign migrate up")
			said, code = tell(t, "", "migrate up", env...)
			says(t, said, code, 0, "applied")
			said, code = tell(t, ada.Cookie, "doctor --cookie", env...)
			says(t, said, code, 0, "ok      database", "it signed the cookie", "it decrypts Better Auth's signing key", "session cache: in use", "JWKS: 1 keys", ba.URL+" answers")
			said, code = tell(t, "", "doctor --json", env...)
			says(t, said, code, 0, `"what": "secret"`, `"ok": true`)

			said, code = tell(t, "", "migrate up", append(env, "SESSION_TRIGGERS=off")...)
			says(t, said, code, 0, "applied no more triggers")
			said, code = tell(t, "", "doctor", env...)
			says(t, said, code, 0, "not in use, every request asks the database: our triggers do not stand on", "-> run: countersign migrate up")

			wrong := append(env, "BETTER_AUTH_SECRET=another secret, which is long enough too")
			said, code = tell(t, ada.Cookie, "doctor --cookie", wrong...)
			says(t, said, code, 1, "signature does not match", "not the one that encrypted Better Auth's signing key", "set BETTER_AUTH_SECRET")
			said, code = tell(t, "", "doctor", append(env, "BETTER_AUTH_URL=http://127.0.0.1:1")...)
			says(t, said, code, 1, "NOT OK  Better Auth", "NOT OK  JWKS", "BETTER_AUTH_URL")
			said, code = tell(t, "", "doctor", append(env, "PORT=x", "LOG_LEVEL=y")...)
			says(t, said, code, 1, "NOT OK  PORT", "NOT OK  LOG_LEVEL")

			explains := func(input string, want int, words ...string) {
				said, code := tell(t, input, "explain", env...)
				says(t, said, code, want, words...)
			}
			explains(ada.Cookie, 0, "session_cookie", "holds", "ada@example.com", "accepted")
			explains("Bearer "+ada.BareToken, 0, "session_token", "holds")
			explains(ada.Token, 0, "signature", "holds")
			explains("__Secure-"+ada.Cookie, 1, "none is called better-auth.session_token", "SECURE_COOKIES")
			explains("", 1, "nothing was read")
			explains(ada.BareToken+".AAAA", 1, "refused: signature has not the form")
			explains("a.b.c", 1, "refused")
			said, code = tell(t, ada.Cookie, "explain", wrong...)
			says(t, said, code, 1, "signature does not match: BETTER_AUTH_SECRET differs")
			if strings.Contains(said, ada.BareToken) {
				t.Error("the credential is shown")
			}
		})
	}
}

// What doctor says of limits: the figures, that they are off in production, and whose addresses count.
func TestDoctorOfLimits(t *testing.T) {
	t.Parallel()
	said, _ := tell(t, "", "doctor", "RATE_LIMIT=api=7/1m")
	says(t, said, 0, 0, "ok      rate limits: sign-in=3/10s,api=7/1m,account=10/15m; clients are told apart by the peer's address", "name it in TRUSTED_PROXIES")
	said, _ = tell(t, "", "doctor", "APP_ENV=production", "FRONTEND_URL=https://app.example.com", "BETTER_AUTH_SECRET="+testSecret, "RATE_LIMIT=off", "TRUSTED_PROXIES=10.0.0.0/8")
	says(t, said, 0, 0, "settings: RATE_LIMIT: is off in production", "rate limits: off\n")
	if strings.Contains(said, "TRUSTED_PROXIES") {
		t.Error(said)
	}
	said, code := tell(t, "", "doctor", "TRUSTED_PROXIES=10.0.0.0/8,10.0.0.0/99")
	says(t, said, code, 1, "NOT OK  TRUSTED_PROXIES: entry 2 is neither a CIDR nor an address", "-> write 10.0.0.0/8")
}

// The names, indexes and wants of a database that somebody else made.
func TestDoctorOfADatabase(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		env := []string{"DATABASE_URL=" + s.URL, "BETTER_AUTH_SECRET=" + testSecret}
		s.exec(t, `DROP INDEX "session_userId_idx"`)
		said, code := tell(t, "", "doctor", env...)
		says(t, said, code, 1, "NOT OK  indexes", `CREATE INDEX "session_userId_idx"`, "countersign doctor --cookie")
		s.exec(t, `CREATE INDEX "session_userId_idx" ON "session" ("userId")`)
		said, code = tell(t, "not a cookie", "doctor --cookie", env...)
		says(t, said, code, 1, "NOT OK  cookie", "paste")
		s.exec(t, `ALTER TABLE "session" RENAME COLUMN token TO t`)
		said, code = tell(t, "", "doctor", env...)
		says(t, said, code, 1, "NOT OK  tables", `"session" has no column "token"`, "BETTER_AUTH_NAMES")
	})
}
