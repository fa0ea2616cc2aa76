package tests

import (
	"strings"
	"testing"
	"time"

	"countersign/tests/betterauth"
)

// startBeside runs Better Auth with the JWT plugin on a database, and the program beside it. With the table of
// keys made before the program starts it reads them there, else from Better Auth's endpoint.
func startBeside(t *testing.T, databaseURL string, table bool, o betterauth.Options, settings ...string) (*server, *betterauth.Server) {
	t.Helper()
	o.DatabaseURL = "file:" + strings.TrimPrefix(databaseURL, "sqlite:")
	if !strings.HasPrefix(databaseURL, "sqlite:") {
		o.DatabaseURL = databaseURL
	}
	if o.Secret == "" {
		o.Secret = testSecret
	}
	o.Plugins = []string{"admin", "bearer", "jwt"}
	ba := betterauth.Start(t, o)
	if table {
		ba.Migrate(t)
	}
	s := start(t, databaseURL, append([]string{"BETTER_AUTH_URL=" + ba.BaseURL}, settings...)...)
	if !table {
		ba.Migrate(t)
	}
	return s, ba
}

// A running Better Auth's tokens open /api/me here: every algorithm, with keys from the table on PostgreSQL and
// from the endpoint on SQLite. The rotation below has both on both.
func TestBetterAuthTokens(t *testing.T) {
	t.Parallel()
	for _, alg := range []string{"EdDSA", "ES256", "ES512", "RS256", "PS256"} {
		for name, url := range databases {
			t.Run(alg+"/"+name, func(t *testing.T) {
				t.Parallel()
				o := betterauth.Options{PluginOptions: map[string]any{"jwt": map[string]any{"jwks": map[string]any{"keyPairConfig": map[string]any{"alg": alg}}}}}
				table := name == "postgres"
				s, ba := startBeside(t, url(t), table, o)
				tokensOpen(t, s, ba, table)
			})
		}
	}
}

func tokensOpen(t *testing.T, s *server, ba *betterauth.Server, table bool) {
	t.Helper()
	ada := ba.SignUp(t, "ada@example.com", "correct horse", "Ada")
	headers := map[string]string{"Cookie": ada.Cookie}
	token, _ := ba.Do(t, "GET", "/api/auth/token", headers, nil).JSON["token"].(string)
	second := ba.Do(t, "GET", "/api/auth/get-session", headers, nil).Header.Get("Set-Auth-Jwt")
	s.Clock.Set(time.Now())
	for _, text := range []string{token, second} {
		if a := s.do(t, "GET", "/api/me", "", bearer(text)); a.Status != 200 || a.JSON(t)["id"] != ada.UserID {
			t.Fatalf("%d %s\n%s", a.Status, a.Body, s.Log)
		}
	}
	if asked := strings.Contains(s.Log.String(), "signing keys fetched"); asked == table {
		t.Errorf("keys fetched by HTTP: %v", asked)
	}
	s.exec(t, `UPDATE "user" SET banned = true WHERE id = $1`, ada.UserID)
	if status := s.status(t, bearer(token)); status != 403 {
		t.Errorf("banned: %d", status)
	}
	s.Clock.Add(16 * time.Minute)
	s.refuses(t, map[string]string{"expired": token})
}

// A key that Better Auth rotates in is known at its first token, from the endpoint too.
func TestBetterAuthRotatesItsKey(t *testing.T) {
	t.Parallel()
	for name, url := range databases {
		for source, table := range map[string]bool{"table": true, "endpoint": false} {
			t.Run(name+"/"+source, func(t *testing.T) {
				t.Parallel()
				s, ba := startBeside(t, url(t), table, betterauth.Options{})
				headers := map[string]string{"Cookie": ba.SignUp(t, "ada@example.com", "correct horse", "Ada").Cookie}
				first, _ := ba.Do(t, "GET", "/api/auth/token", headers, nil).JSON["token"].(string)
				s.Clock.Set(time.Now())
				if status := s.status(t, bearer(first)); status != 200 {
					t.Fatalf("the first key: %d", status)
				}
				s.exec(t, `UPDATE "jwks" SET "expiresAt" = $1`, iso(time.Now().Add(-time.Second)))
				second, _ := ba.Do(t, "GET", "/api/auth/token", headers, nil).JSON["token"].(string)
				if strings.Split(first, ".")[0] == strings.Split(second, ".")[0] {
					t.Fatal("Better Auth did not rotate its key")
				}
				s.Clock.Set(time.Now())
				for _, token := range []string{second, first} {
					if status := s.status(t, bearer(token)); status != 200 {
						t.Errorf("after the rotation: %d", status)
					}
				}
			})
		}
	}
}

// A running Better Auth's cookie caches answer here, in each of its strategies, whole and in parts.
func TestBetterAuthCookieCaches(t *testing.T) {
	t.Parallel()
	for strategy, plugin := range map[string]bool{"compact": false, "jwt": false, "jwe": false, "jwt with the plugin's key": true} {
		for name, url := range databases {
			t.Run(strategy+"/"+name, func(t *testing.T) {
				t.Parallel()
				cache := map[string]any{"enabled": true, "strategy": strings.Fields(strategy)[0], "version": "v7"}
				o := betterauth.Options{Extra: map[string]any{"session": map[string]any{"cookieCache": cache}}}
				if plugin {
					o.PluginOptions = map[string]any{"jwt": map[string]any{"sessionCookieCache": true}}
				}
				s, ba := startBeside(t, url(t), true, o, "COOKIE_CACHE=on", "COOKIE_CACHE_VERSION=v7")
				cachesAnswer(t, s, ba, "Ada")
				cachesAnswer(t, s, ba, strings.Repeat(`Zoë "\ <&>`, 300))
			})
		}
	}
}

func cachesAnswer(t *testing.T, s *server, ba *betterauth.Server, name string) {
	t.Helper()
	email := next("c") + "@example.com"
	in := ba.SignUp(t, email, "correct horse", name)
	if !strings.Contains(in.Cookie, "session_data") {
		t.Fatalf("Better Auth wrote no cache: %.100s", in.Cookie)
	}
	s.Clock.Set(time.Now())
	s.exec(t, `UPDATE "user" SET name = 'changed since' WHERE id = $1`, in.UserID)
	want := func(what, name string, headers ...string) {
		t.Helper()
		a := s.do(t, "GET", "/api/me", "", headers...)
		if a.Status != 200 || a.JSON(t)["name"] != name || a.JSON(t)["id"] != in.UserID {
			t.Errorf("%s: %d %.300s", what, a.Status, a.Body)
		}
	}
	want("the cache", name, "Cookie: "+in.Cookie)
	want("the row", "changed since", cookie(in.BareToken))
	s.exec(t, `DELETE FROM "session" WHERE token = $1`, in.BareToken)
	s.run(t, []call{
		{name: "protected asks the row", method: "GET", path: "/protected/data", headers: []string{"Cookie: " + in.Cookie}, status: 401},
		{name: "a write asks the row", method: "PATCH", path: "/api/me", headers: []string{"Cookie: " + in.Cookie, origin}, body: `{}`, status: 401},
	})
	s.Clock.Add(5*time.Minute + time.Second)
	if status := s.status(t, "Cookie: "+in.Cookie); status != 401 {
		t.Errorf("the cache at its end: %d", status)
	}
}

// A cache that Better Auth encrypted before its secret was rotated is read after it.
func TestBetterAuthRotatesItsSecret(t *testing.T) {
	t.Parallel()
	const old, renewed = "the old secret of the tests of 32 characters", "the new secret of the tests of 32 characters"
	for name, url := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := betterauth.Options{Secret: old, Extra: map[string]any{
				"secrets": []map[string]any{{"version": 1, "value": old}},
				"session": map[string]any{"cookieCache": map[string]any{"enabled": true, "strategy": "jwe"}},
			}}
			s, ba := startBeside(t, url(t), true, o, "COOKIE_CACHE=on", "BETTER_AUTH_SECRETS=2:"+renewed+",1:"+old)
			in := ba.SignUp(t, "ada@example.com", "correct horse", "Ada")
			s.Clock.Set(time.Now())
			s.exec(t, `UPDATE "user" SET name = 'changed since'`)
			if status := s.status(t, "Cookie: "+in.Cookie); status != 401 {
				t.Errorf("a cookie signed with the old secret: %d", status)
			}
			_, cache, _ := strings.Cut(in.Cookie, "better-auth.session_data=")
			again := "Cookie: better-auth.session_token=" + signed(renewed, in.BareToken)
			if a := s.do(t, "GET", "/api/me", "", again, data(cache)); a.Status != 200 || a.JSON(t)["name"] != "Ada" {
				t.Errorf("the cache that the old secret encrypted: %d %s\n%s", a.Status, a.Body, s.Log)
			}
		})
	}
}
