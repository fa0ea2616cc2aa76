package tests

import (
	"slices"
	"strings"
	"testing"

	"countersign/routes"
	"countersign/tests/postgres"
)

// Row 116: what a client writes stays inside one line of the log, as text.
func TestRow116_OneLogLine(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id := s.user(t, "")
		s.setPassword(t, id, passwordHash())
		const evil = "\x1b[31mred\u2028\u202e{\"level\":\"ERROR\"} level=ERROR msg=forged"
		for name, send := range map[string]func(){
			"path": func() {
				s.do(t, "GET", "/api/none%0a%1b%5b31mtime=now%20level=ERROR%20msg=forged%0d%0a%22%7b%7d%e2%80%a8", "")
			},
			"user agent": func() { s.do(t, "POST", "/auth/login", loginBody(id+"@example.com", password), "User-Agent: "+evil) },
			"address":    func() { s.do(t, "POST", "/auth/login", loginBody("a\n"+evil+"@example.com", password)) },
			"request id": func() { s.do(t, "GET", "/api/none", "", "X-Request-Id: "+evil) },
			"method":     func() { s.do(t, "FOO", "/api/me", "", "X-Forwarded-For: "+evil) },
		} {
			before := len(s.Log.String())
			send()
			log := s.Log.String()[before:]
			if n := strings.Count(log, "msg=request "); n != 1 {
				t.Errorf("%s: %d lines for one request:\n%s", name, n, log)
			}
			for line := range strings.Lines(log) {
				if !strings.HasPrefix(line, "time=20") || strings.ContainsAny(line, "\x1b\r\u2028\u202e") || strings.Contains(line, " level=ERROR msg=forged") && !strings.Contains(line, `"/api/none`) {
					t.Errorf("%s: %q", name, line)
				}
			}
		}
	})
}

// Row 117: what is secret is sent everywhere, and neither the log nor an answer repeats it.
func TestRow117_NoSecretComesBack(t *testing.T) {
	t.Parallel()
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, strings.Replace(database(t), "//postgres@", "//postgres:canary-connection@", 1))
			seeSecrets(t, s, func() {})
		})
	}
	t.Run("postgres away", func(t *testing.T) {
		t.Parallel()
		cluster := postgres.New(t)
		s := start(t, strings.Replace(cluster.Database(t), "//postgres@", "//postgres:canary-connection@", 1))
		seeSecrets(t, s, func() {
			if err := cluster.Stop(); err != nil {
				t.Fatal(err)
			}
		})
	})
}

// seeSecrets sends every secret it can make through every route, after the fault.
func seeSecrets(t *testing.T, s *server, fault func()) {
	t.Helper()
	id, token := s.signedIn(t, "admin")
	bannedID, banned := s.signedIn(t, "")
	pair := s.signIn(t, id)
	s.setUser(t, bannedID, `banned = true`)
	fault()
	const canary, key = "canary-password-1", "canary-api-key-1"
	secrets := []string{password, passwordHash(), canary, key, token, signed(testSecret, token), strings.Split(signed(testSecret, token), ".")[1], pair.Access, pair.Refresh, strings.Split(pair.Refresh, ".")[2], banned, testSecret, "canary-connection"}
	credentials := [][]string{
		{cookie(token), origin}, {bearer(token)}, {bearer(signed(testSecret, token)), cookie(banned)}, {bearer(pair.Access)}, {bearer(pair.Refresh)}, {cookie(banned), origin},
		{"x-api-key: " + key}, {cookie(token), "Origin: https://evil.example"}, {bearer(token + "x.y")}, {cookie(token + canary)}, {"Authorization: " + token},
	}
	bodies := []string{loginBody("canary@example.com", canary), passwordBody(canary, canary), pair.refreshBody(), tokens{Refresh: pair.Refresh + "x"}.refreshBody(), `{"unknown":"` + token + `"}`, `{"name":["` + canary + `"]}`, `{"password":"` + canary}
	// What ends the sessions comes last.
	ends := func(r routes.Route) int {
		if r.Path == "/auth/logout" || r.Method+r.Path == "DELETE/auth/sessions" {
			return 1
		}
		return 0
	}
	for _, r := range slices.SortedStableFunc(slices.Values(s.app.Routes), func(a, b routes.Route) int { return ends(a) - ends(b) }) {
		path := strings.NewReplacer(":id", "1", ":sid", "1").Replace(r.Path) + "?access_token=" + pair.Access + "&password=" + canary
		for i, who := range credentials {
			sent := bodies
			if r.Method == "GET" {
				sent = []string{""}
			} else if i > 0 {
				sent = bodies[2:] // one password of each kind is enough: hashing is slow
			}
			for _, body := range sent {
				a := s.do(t, r.Method, path, body, who...)
				for _, secret := range secrets {
					if strings.Contains(a.Body, secret) {
						t.Errorf("%s %s answers with %.20s: %s", r.Method, r.Path, secret, a.Body)
					}
				}
			}
		}
	}
	log := s.Log.String()
	for _, secret := range secrets {
		if i := strings.Index(log, secret); i >= 0 {
			t.Errorf("the log has %.20s…: %.300s", secret, log[max(0, i-150):])
		}
	}
}
