package betterauth_test

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"countersign/tests/betterauth"
	"countersign/tests/postgres"
)

func TestMain(m *testing.M) {
	code := m.Run()
	postgres.Stop()
	os.Exit(code)
}

var databases = map[string]func(testing.TB) string{
	"PostgreSQL": postgres.Database,
	"SQLite":     func(t testing.TB) string { return "file:" + filepath.Join(t.TempDir(), "app.db") },
}

var pluginSets = map[string][]string{
	"plain":   nil,
	"plugins": {"admin", "bearer", "jwt"},
}

func TestBetterAuth(t *testing.T) {
	for kind, database := range databases {
		for name, plugins := range pluginSets {
			t.Run(kind+"/"+name, func(t *testing.T) {
				t.Parallel()
				s := betterauth.Start(t, betterauth.Options{DatabaseURL: database(t), Plugins: plugins})
				migrates(t, s, plugins)
				signsIn(t, s)
				if plugins != nil {
					takesTokens(t, s)
				}
			})
		}
	}
}

func migrates(t *testing.T, s *betterauth.Server, plugins []string) {
	t.Helper()
	want := []string{"user", "session", "account", "verification"}
	if slices.Contains(plugins, "jwt") {
		want = append(want, "jwks")
	}
	var got []string
	for _, change := range s.Plan(t).ToBeCreated {
		got = append(got, change.Table)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("tables to be created: %q, want %q", got, want)
	}
	s.Migrate(t)
	if plan := s.Plan(t); plan.SQL != "" || len(plan.SchemaProblems) > 0 {
		t.Fatalf("after the migration: %+v", plan)
	}
}

func signsIn(t *testing.T, s *betterauth.Server) {
	t.Helper()
	up := s.SignUp(t, "ada@example.com", "correct horse", "Ada")
	in := s.SignIn(t, "ada@example.com", "correct horse")
	if up.UserID == "" || in.UserID != up.UserID || in.BareToken == up.BareToken || in.Token == "" {
		t.Fatalf("signed up %+v, signed in %+v", up, in)
	}
	isAda(t, s, map[string]string{"Cookie": up.Cookie})
	isAda(t, s, map[string]string{"Cookie": in.Cookie})
}

func takesTokens(t *testing.T, s *betterauth.Server) {
	t.Helper()
	in := s.SignIn(t, "ada@example.com", "correct horse")
	isAda(t, s, map[string]string{"Authorization": "Bearer " + in.Token})
	isAda(t, s, map[string]string{"Authorization": "Bearer " + in.BareToken})
	body := map[string]string{"email": "ada@example.com", "password": "correct horse"}
	r := s.Do(t, http.MethodPost, "/api/auth/sign-in/email", nil, body)
	isAda(t, s, map[string]string{"Authorization": "Bearer " + r.Header.Get("Set-Auth-Token")})
	r = s.Do(t, http.MethodGet, "/api/auth/token", map[string]string{"Cookie": in.Cookie}, nil)
	if r.Status != http.StatusOK || r.JSON["token"] == nil {
		t.Fatalf("token: %d %s", r.Status, r.Body)
	}
}

func isAda(t *testing.T, s *betterauth.Server, headers map[string]string) {
	t.Helper()
	r := s.Do(t, http.MethodGet, "/api/auth/get-session", headers, nil)
	user, _ := r.JSON["user"].(map[string]any)
	if user["email"] != "ada@example.com" {
		t.Fatalf("get-session: %d %s", r.Status, r.Body)
	}
}
