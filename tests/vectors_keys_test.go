package tests

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// keyVectors are the tokens and caches that Better Auth itself made; testdata/vectors.json says of which version.
type keyVectors struct {
	Secret  string
	Other   string `json:"other_secret"`
	BaseURL string `json:"base_url"`
	AtMS    int64  `json:"at_ms"`
	JWT     map[string]struct {
		Token string
		JWKS  json.RawMessage
		User  map[string]any
	}
	Cache map[string]struct {
		SetCookie    []string `json:"set_cookie"`
		CookieHeader string   `json:"cookie_header"`
		MaxAge       int      `json:"max_age_s"`
		JWKS         json.RawMessage
		User         map[string]any
	} `json:"cookie_cache"`
	Sessions map[string]json.RawMessage `json:"session_cookie"`
}

func readKeyVectors(t *testing.T) keyVectors {
	t.Helper()
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v keyVectors
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// start runs the program as the companion of the vectors' Better Auth, at their moment.
func (v keyVectors) start(t *testing.T, databaseURL string, endpoint *keyServer, settings ...string) *server {
	t.Helper()
	s := start(t, databaseURL, append([]string{"BETTER_AUTH_SECRET=" + v.Secret, "BETTER_AUTH_URL=" + v.BaseURL, "BETTER_AUTH_JWKS_URL=" + endpoint.URL, "SECURE_COOKIES=off"}, settings...)...)
	s.Clock.Set(time.UnixMilli(v.AtMS).UTC())
	return s
}

// vectorUser stores a user of the vectors.
func (s *server) vectorUser(t *testing.T, user map[string]any) {
	t.Helper()
	s.exec(t, `INSERT INTO "user" (id, name, email, "emailVerified", "createdAt", "updatedAt", role) VALUES ($1, $2, $3, false, $4, $5, $6)`,
		user["id"], user["name"], user["email"], user["createdAt"], user["updatedAt"], user["role"])
}

// fetchKeys has the keys fetched by a token that waits for them, under the first one's kid and not signed by
// it: a cache does not wait.
func (v keyVectors) fetchKeys(t *testing.T, s *server, set json.RawMessage) {
	t.Helper()
	var published struct{ Keys []struct{ Kid, Alg string } }
	if err := json.Unmarshal(set, &published); err != nil {
		t.Fatal(err)
	}
	forged := newPluginKey(t, published.Keys[0].Alg, published.Keys[0].Kid)
	s.refuses(t, map[string]string{"forged": forged.sign(t, forged.header(), strings.ReplaceAll(pluginPayload(s, "x"), pluginIssuer, v.BaseURL))})
}

// A token of each algorithm holds for its user up to its end, and for nobody when anything of it is changed.
func TestVectorsOfTheJWTPlugin(t *testing.T) {
	t.Parallel()
	v := readKeyVectors(t)
	for alg, one := range v.JWT {
		for name, url := range databases {
			t.Run(alg+"/"+name, func(t *testing.T) {
				t.Parallel()
				endpoint := newKeyServer(t)
				s := v.start(t, url(t), endpoint)
				endpoint.says(http.StatusOK, string(one.JWKS))
				s.refuses(t, map[string]string{"its user is not there": one.Token})
				s.vectorUser(t, one.User)
				a := s.do(t, "GET", "/api/me", "", bearer(one.Token))
				if a.Status != 200 || a.JSON(t)["id"] != one.User["id"] || a.JSON(t)["email"] != one.User["email"] || a.JSON(t)["session"] != nil {
					t.Errorf("%d %s", a.Status, a.Body)
				}
				part := strings.Split(one.Token, ".")
				flipped := []byte(part[2])
				flipped[len(flipped)/2] ^= 1
				s.refuses(t, map[string]string{"signature changed": part[0] + "." + part[1] + "." + string(flipped), "claims changed": part[0] + "." + segment(`{}`) + "." + part[2], "no signature": part[0] + "." + part[1] + "."})
				s.Clock.Add(15 * time.Minute)
				s.refuses(t, map[string]string{"expired": one.Token})
			})
		}
	}
}

// A cache of each strategy answers without a row, up to its end; beside anything else the row decides.
func TestVectorsOfTheCookieCache(t *testing.T) {
	t.Parallel()
	v := readKeyVectors(t)
	for strategy, one := range v.Cache {
		for name, url := range databases {
			t.Run(strategy+"/"+name, func(t *testing.T) {
				t.Parallel()
				endpoint := newKeyServer(t)
				s := v.start(t, url(t), endpoint, "COOKIE_CACHE=on")
				line := "Cookie: " + one.CookieHeader
				if one.JWKS != nil {
					endpoint.says(http.StatusOK, string(one.JWKS))
					v.fetchKeys(t, s, one.JWKS)
				}
				a := s.do(t, "GET", "/api/me", "", line)
				if a.Status != 200 || a.JSON(t)["id"] != one.User["id"] || a.JSON(t)["name"] != one.User["name"] || a.JSON(t)["email"] != one.User["email"] {
					t.Fatalf("%d %s", a.Status, a.Body)
				}
				session, cache, _ := strings.Cut(one.CookieHeader, "; ")
				s.run(t, []call{
					{name: "alone", method: "GET", path: "/api/me", headers: []string{"Cookie: " + cache}, status: 401},
					{name: "without it", method: "GET", path: "/api/me", headers: []string{"Cookie: " + session}, status: 401},
					{name: "on a write", method: "PATCH", path: "/api/me", headers: []string{line, origin}, body: `{}`, status: 401},
				})
				s.Clock.Add(time.Duration(one.MaxAge) * time.Second)
				if status := s.status(t, line); status != 401 {
					t.Errorf("at its end: %d", status)
				}
				other := v
				other.Secret = v.Other
				elsewhere := other.start(t, url(t), endpoint, "COOKIE_CACHE=on")
				if status := elsewhere.status(t, line); status != 401 {
					t.Errorf("with another secret: %d", status)
				}
			})
		}
	}
}
