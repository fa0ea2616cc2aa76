package tests

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/tests/betterauth"
)

// beside is the program and a running Better Auth with the plugin of API keys, on one database, and the user
// whose keys they are.
type beside struct {
	*server
	ba  *betterauth.Server
	ada betterauth.Signed
}

func onEachBesideKeys(t *testing.T, f func(t *testing.T, b beside)) {
	for name, url := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			databaseURL := url(t)
			ba := betterauth.Start(t, betterauth.Options{
				DatabaseURL: strings.Replace(databaseURL, "sqlite:", "file:", 1), Secret: testSecret,
				Plugins: []string{"admin", "organization", "apiKey"},
				PluginOptions: map[string]any{"apiKey": []map[string]any{
					{"configId": "default", "enableSessionForAPIKeys": true},
					{"configId": "org", "references": "organization"},
				}},
			})
			ba.Migrate(t)
			b := beside{start(t, databaseURL), ba, ba.SignUp(t, "ada@example.com", "correct horse", "Ada")}
			b.Clock.Set(time.Now()) // the clock over there cannot be moved
			f(t, b)
		})
	}
}

// create makes a key over there, with properties that only a server may set, and gives its id and the key.
func (b beside) create(t *testing.T, properties map[string]any) (id, key string) {
	t.Helper()
	body := map[string]any{"userId": b.ada.UserID, "rateLimitEnabled": false}
	for name, value := range properties {
		body[name] = value
	}
	made, _ := b.ba.Call(t, "createApiKey", map[string]any{"body": body}).JSON["result"].(map[string]any)
	if made["key"] == nil {
		t.Fatal("no key was made")
	}
	return made["id"].(string), made["key"].(string)
}

// there verifies a key over there: "ok", or the code of the error.
func (b beside) there(t *testing.T, key string) string {
	t.Helper()
	answer := b.ba.Call(t, "verifyApiKey", map[string]any{"body": map[string]any{"key": key}})
	result, _ := answer.JSON["result"].(map[string]any)
	if result["valid"] == true {
		return "ok"
	}
	failure, _ := result["error"].(map[string]any)
	return fmt.Sprint(failure["code"])
}

// here asks GET /api/me with a key: "ok", or the code of the problem.
func (b beside) here(t *testing.T, key string) string {
	t.Helper()
	a := b.do(t, "GET", "/api/me", "", keyHeader(key))
	if a.Status == http.StatusOK {
		return "ok"
	}
	return fmt.Sprint(a.JSON(t)["code"])
}

// sees is what Better Auth's own get-key says of a key.
func (b beside) sees(t *testing.T, id string, fields ...string) string {
	t.Helper()
	r := b.ba.Do(t, http.MethodGet, "/api/auth/api-key/get?id="+id, map[string]string{"Cookie": b.ada.Cookie}, nil)
	var values []string
	for _, f := range fields {
		values = append(values, fmt.Sprint(r.JSON[f]))
	}
	return strings.Join(values, " ")
}

func TestAPIKeysOfBetterAuth(t *testing.T) {
	t.Parallel()
	onEachBesideKeys(t, func(t *testing.T, b beside) {
		for name, f := range map[string]func(*testing.T, beside){
			"made by a browser": keyMadeByABrowser, "of an organization": keyOfAnOrganization, "quota": keyQuotaAgrees,
			"refill": keyRefillAgrees, "rate limit": keyRateLimitAgrees, "switched off and deleted": keySwitchedOff,
		} {
			t.Run(name, func(t *testing.T) { f(t, b) })
		}
	})
}

func keyMadeByABrowser(t *testing.T, b beside) {
	r := b.ba.Do(t, http.MethodPost, "/api/auth/api-key/create", map[string]string{"Cookie": b.ada.Cookie}, map[string]any{"name": "ci", "prefix": "cs_"})
	key, _ := r.JSON["key"].(string)
	session := b.ba.Do(t, http.MethodGet, "/api/auth/get-session", map[string]string{"x-api-key": key}, nil)
	there, _ := session.JSON["user"].(map[string]any)
	here := b.do(t, "GET", "/api/me", "", keyHeader(key))
	if here.Status != 200 || there["id"] != b.ada.UserID || here.JSON(t)["id"] != there["id"] {
		t.Errorf("here %d %s, there %s", here.Status, here.Body, session.Body)
	}
	// Unless told otherwise the plugin allows ten uses a day: two are counted.
	if got := b.sees(t, r.JSON["id"].(string), "requestCount", "remaining", "rateLimitMax"); got != "2 <nil> 10" {
		t.Error(got)
	}
}

func keyOfAnOrganization(t *testing.T, b beside) {
	headers := map[string]string{"Cookie": b.ada.Cookie}
	org := b.ba.Do(t, http.MethodPost, "/api/auth/organization/create", headers, map[string]any{"name": "Org", "slug": "org"})
	r := b.ba.Do(t, http.MethodPost, "/api/auth/api-key/create", headers, map[string]any{"configId": "org", "organizationId": org.JSON["id"]})
	key, _ := r.JSON["key"].(string)
	if got := b.here(t, key); key == "" || got != "not_authenticated" || !strings.Contains(b.Log.String(), "it belongs to an organization") {
		t.Errorf("%s, %s; %s", got, org.Body, r.Body)
	}
	if got := b.there(t, key); got != "ok" {
		t.Errorf("there: %s", got)
	}
}

func keyQuotaAgrees(t *testing.T, b beside) {
	id, key := b.create(t, map[string]any{"remaining": 4})
	b.Clock.Set(time.Now())
	for i, use := range []func(*testing.T, string) string{b.here, b.there, b.there, b.here} {
		if got, left := use(t, key), b.sees(t, id, "remaining", "requestCount"); got != "ok" || left != fmt.Sprint(3-i, " 0") {
			t.Errorf("use %d: %s, %s left", i, got, left)
		}
	}
	if got := b.here(t, key); got != "quota_exceeded" {
		t.Errorf("spent, here: %s", got)
	}
	// Better Auth deletes a spent key when it is asked about it.
	if got := b.there(t, key); got != "USAGE_EXCEEDED" {
		t.Errorf("spent, there: %s", got)
	}
	if got := b.here(t, key); got != "not_authenticated" {
		t.Errorf("deleted: %s", got)
	}
}

func keyRefillAgrees(t *testing.T, b beside) {
	id, key := b.create(t, map[string]any{"remaining": 1, "refillAmount": 3, "refillInterval": 400})
	b.Clock.Set(time.Now())
	for i, use := range []func(*testing.T, string) string{b.here, b.there} {
		deadline := time.Now().Add(5 * time.Second)
		for b.sees(t, id, "remaining") != "0" && time.Now().Before(deadline) {
			b.Clock.Set(time.Now())
			if got := b.here(t, key); got != "ok" {
				t.Fatalf("%d: %s before the quota is spent", i, got)
			}
		}
		for got := use(t, key); got != "ok"; got = use(t, key) {
			if time.Now().After(deadline) {
				t.Fatalf("%d: %s", i, got)
			}
			b.Clock.Set(time.Now())
		}
		if left := b.sees(t, id, "remaining"); left != "2" {
			t.Errorf("%d: %s left after a refill to 3 and one use", i, left)
		}
	}
}

func keyRateLimitAgrees(t *testing.T, b beside) {
	for name, uses := range map[string][]func(*testing.T, string) string{
		"begun here":  {b.here, b.there, b.here},
		"begun there": {b.there, b.here, b.there},
	} {
		id, key := b.create(t, map[string]any{"rateLimitEnabled": true, "rateLimitMax": 3, "rateLimitTimeWindow": 600_000})
		b.Clock.Set(time.Now())
		for i, use := range uses {
			if got, count := use(t, key), b.sees(t, id, "requestCount"); got != "ok" || count != fmt.Sprint(i+1) {
				t.Errorf("%s, use %d: %s, %s counted", name, i, got, count)
			}
		}
		if here, there := b.here(t, key), b.there(t, key); here != "rate_limited" || there != "RATE_LIMITED" {
			t.Errorf("%s: %s here, %s there", name, here, there)
		}
		// The time to wait is the same on both sides, but for the moments between the two questions.
		answer := b.ba.Call(t, "verifyApiKey", map[string]any{"body": map[string]any{"key": key}})
		failure := answer.JSON["result"].(map[string]any)["error"].(map[string]any)
		b.Clock.Set(time.Now())
		a := b.do(t, "GET", "/api/me", "", keyHeader(key))
		there, _ := failure["details"].(map[string]any)["tryAgainIn"].(float64)
		var here float64
		if _, err := fmt.Sscan(a.Header.Get("Retry-After"), &here); err != nil || here < there/1000-2 || here > there/1000+2 {
			t.Errorf("%s: wait %v s here, %v ms there", name, a.Header.Get("Retry-After"), there)
		}
		b.Clock.Add(601 * time.Second)
		if got, count := b.here(t, key), b.sees(t, id, "requestCount"); got != "ok" || count != "1" {
			t.Errorf("%s: %s in the next window, %s counted", name, got, count)
		}
	}
}

func keySwitchedOff(t *testing.T, b beside) {
	id, key := b.create(t, nil)
	headers := map[string]string{"Cookie": b.ada.Cookie}
	for _, step := range []struct {
		path string
		body map[string]any
		want string
	}{
		{"update", map[string]any{"keyId": id, "enabled": false}, "not_authenticated"},
		{"update", map[string]any{"keyId": id, "enabled": true}, "ok"},
		{"delete", map[string]any{"keyId": id}, "not_authenticated"},
	} {
		if r := b.ba.Do(t, http.MethodPost, "/api/auth/api-key/"+step.path, headers, step.body); r.Status != http.StatusOK {
			t.Fatalf("%s: %d %s", step.path, r.Status, r.Body)
		}
		if got := b.here(t, key); got != step.want {
			t.Errorf("after %s: %s, want %s", step.path, got, step.want)
		}
	}
}
