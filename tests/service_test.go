package tests

import (
	"log/slog"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/cmd"
	"countersign/config"
	"countersign/tests/postgres"
)

func TestService(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		every := []string{"Cache-Control: no-store", "X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer", "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'", "X-Request-Id: ", "Vary: Origin"}
		problem := append([]string{"Content-Type: application/problem+json", `"type":"about:blank"`, `"title":"`, `"status":404`, `"detail":"Not found"`, `"code":"not_found"`, `"request_id":"`}, every...)
		s.run(t, []call{
			{name: "home", method: "GET", path: "/", status: 200, contains: append([]string{"Content-Type: application/json"}, every...)},
			{name: "live", method: "GET", path: "/healthz", status: 200, contains: append([]string{`{"status":"ok"}`}, every...)},
			{name: "ready", method: "GET", path: "/readyz", status: 200, contains: append([]string{`{"status":"ready"}`}, every...)},
			{name: "HEAD of live", method: "HEAD", path: "/healthz", status: 200, contains: every},
			{name: "HEAD of ready", method: "HEAD", path: "/readyz", status: 200},
			{name: "credentials are not looked at", method: "GET", path: "/healthz", headers: []string{bearer("x"), "Cookie: better-auth.session_token=x"}, status: 200},
			{name: "unknown path", method: "GET", path: "/none", status: 404, contains: problem},
			{name: "unknown path, any method", method: "POST", path: "/api", body: "{}", status: 404, contains: problem},
			{name: "another method", method: "POST", path: "/healthz", status: 405, contains: append([]string{"Allow: OPTIONS, GET, HEAD", `"status":405`, `"code":"method_not_allowed"`}, every...)},
			{name: "no HSTS in development", method: "GET", path: "/", status: 200, lacks: []string{"Strict-Transport-Security"}},
			{name: "a proxy's request id", method: "GET", path: "/none", headers: []string{"X-Request-Id: abc_DEF-123"}, status: 404, contains: []string{"X-Request-Id: abc_DEF-123", `"request_id":"abc_DEF-123"`}},
			{name: "a request id that is none", method: "GET", path: "/none", headers: []string{"X-Request-Id: <script>alert(1)"}, status: 404, lacks: []string{"script"}},
			{name: "a request id too long", method: "GET", path: "/none", headers: []string{"X-Request-Id: " + strings.Repeat("a", 65)}, status: 404, lacks: []string{"aaaaa"}},
		})
		if a, b := s.do(t, "GET", "/", ""), s.do(t, "GET", "/", ""); a.Header.Get("X-Request-Id") == b.Header.Get("X-Request-Id") {
			t.Error("two requests have one id")
		}
	})
}

func TestServiceInProduction(t *testing.T) {
	t.Parallel()
	url := databases["sqlite"](t)
	start(t, url) // makes the tables, which production leaves to `migrate up`
	s := start(t, url, "APP_ENV=production", "FRONTEND_URL=https://app.example.com", "API_URL=https://api.example.com")
	s.run(t, []call{
		{name: "HSTS", method: "GET", path: "/", status: 200, contains: []string{"Strict-Transport-Security: max-age=31536000"}},
		{name: "no registration unless switched on", method: "POST", path: "/auth/register", body: "{}", status: 404},
		{name: "development's front end is not allowed", method: "POST", path: "/auth/login", headers: []string{origin}, body: "{}", status: 403},
	})
}

// A server that has been told to stop gets no new requests, and still answers those under way.
func TestReadyTurnsWhenStopping(t *testing.T) {
	t.Parallel()
	s := start(t, databases["sqlite"](t))
	s.app.Stop()
	s.run(t, []call{
		{name: "not ready", method: "GET", path: "/readyz", status: 503, contains: []string{"Retry-After: "}},
		{name: "but alive", method: "GET", path: "/healthz", status: 200},
		{name: "and answering", method: "GET", path: "/api/posts", status: 200},
	})
}

// A store that cannot answer is 503 everywhere, optional users included: never "not signed in", never a
// cookie taken away. What can be refused without asking it still is.
func TestStoreAway(t *testing.T) {
	t.Parallel()
	for name, away := range storesAway {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, token, pair := away(t)
			var calls []call
			add := func(method, path, body string, headers ...string) {
				calls = append(calls, call{name: method + " " + path + " #" + strconv.Itoa(len(calls)), method: method, path: path, body: body, headers: headers, status: 503,
					contains: []string{"Retry-After: ", `"code":"store_unavailable"`, "application/problem+json"}, lacks: []string{"Set-Cookie", "Www-Authenticate", "127.0.0.1", "dial", "sqlite", "no such table"}})
			}
			for _, path := range []string{"/api/me", "/api/posts", "/api/posts/1", "/api/admin/users", "/api/admin/users/x", "/api/admin/users/x/sessions", "/protected/data", "/auth/sessions"} {
				for _, who := range []string{cookie(token), bearer(token), bearer(pair.Access)} {
					add("GET", path, "", who)
				}
			}
			for _, w := range writes {
				add(w.method, strings.NewReplacer("{id}", "x", "{post}", "1").Replace(w.path), w.body, byCookie(token)...)
			}
			add("GET", "/api/posts", "")
			add("GET", "/api/posts/1", "")
			add("GET", "/api/me", "", bearer("a.b.c"), cookie(token))
			add("POST", "/auth/login", loginBody("a@example.com", password))
			add("POST", "/auth/register", loginBody("a@example.com", password))
			add("POST", "/auth/refresh", pair.refreshBody())
			add("POST", "/auth/logout", pair.refreshBody())
			add("GET", "/readyz", "")
			s.run(t, append(calls, []call{
				{name: "alive", method: "GET", path: "/healthz", status: 200},
				{name: "home", method: "GET", path: "/", status: 200},
				{name: "nobody is nobody", method: "GET", path: "/api/me", status: 401},
				{name: "a bad signature is nobody's", method: "GET", path: "/api/me", headers: []string{bearer("token.signature")}, status: 401},
				{name: "a refresh token that is none", method: "POST", path: "/auth/refresh", body: `{"refresh_token":"x"}`, status: 401},
				{name: "unknown path", method: "GET", path: "/api/none", headers: []string{cookie(token)}, status: 404},
				{name: "wrong method", method: "PUT", path: "/api/me", headers: []string{cookie(token)}, status: 405},
			}...))
		})
	}
}

// storesAway give a server whose store has gone, and credentials that were good until then.
var storesAway = map[string]func(t *testing.T) (s *server, token string, pair tokens){
	"PostgreSQL stopped": func(t *testing.T) (*server, string, tokens) {
		cluster := postgres.New(t)
		s, token, pair := signedInto(t, cluster.Database(t))
		if err := cluster.Stop(); err != nil {
			t.Fatal(err)
		}
		return s, token, pair
	},
	"SQLite tables gone": func(t *testing.T) (*server, string, tokens) {
		s, token, pair := signedInto(t, "sqlite:"+filepath.Join(t.TempDir(), "app.db"))
		for _, table := range []string{`"user"`, `"session"`, s.own("posts")} {
			s.exec(t, `ALTER TABLE `+table+` RENAME TO `+strings.TrimSuffix(table, `"`)+`_gone"`)
		}
		return s, token, pair
	},
	"not connected yet": func(t *testing.T) (*server, string, tokens) {
		cluster := postgres.New(t)
		s, token, pair := signedInto(t, cluster.Database(t))
		if err := cluster.Stop(); err != nil {
			t.Fatal(err)
		}
		return disconnected(t, s.URL), token, pair
	},
}

func signedInto(t *testing.T, databaseURL string) (*server, string, tokens) {
	t.Helper()
	s := start(t, databaseURL)
	id, token := s.signedIn(t, "admin,moderator")
	return s, token, s.signIn(t, id)
}

// disconnected builds the program on a database that it has never reached.
func disconnected(t *testing.T, databaseURL string) *server {
	t.Helper()
	c, err := config.Load([]string{"DATABASE_URL=" + databaseURL, "BETTER_AUTH_SECRET=" + testSecret}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := &server{Clock: &clock{now: time.Now().UTC()}, Log: &buffer{}, URL: databaseURL}
	app, err := cmd.NewApp(c, slog.New(slog.NewTextHandler(s.Log, nil)), s.Clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	s.app = &conforming{App: app, t: t}
	t.Cleanup(func() { _ = s.app.Close() })
	if err := s.app.Connect(t.Context()); err == nil {
		t.Fatal("the database is there")
	}
	return s
}
