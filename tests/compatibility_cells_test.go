package tests

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// compatMe wants that a credential opens GET /api/me as ada and that every value is Better Auth's own.
func compatMe(t *testing.T, c *compat, line string) {
	t.Helper()
	a := c.do(t, "GET", "/api/me", "", line)
	if a.Status != 200 {
		t.Fatalf("here %d %s", a.Status, a.Body)
	}
	there := c.ask(t, "GET", "/get-session?disableCookieCache=true", c.ada.Cookie, nil, 200).JSON
	here, user, session := a.JSON(t), there["user"].(map[string]any), there["session"].(map[string]any)
	for ourName, theirs := range map[string]string{"id": "id", "email": "email", "name": "name", "role": "role", "image": "image", "email_verified": "emailVerified"} {
		if here[ourName] != user[theirs] {
			t.Errorf("%s: %v here, %v there", ourName, here[ourName], user[theirs])
		}
	}
	ours := here["session"].(map[string]any)
	if ours["id"] != session["id"] || !baTime(t, ours["expires_at"]).Equal(baTime(t, session["expiresAt"])) || !baTime(t, here["created_at"]).Equal(baTime(t, user["createdAt"])) {
		t.Errorf("%v here, %v there", here, there)
	}
}

func compatCookie(t *testing.T, c *compat) { compatMe(t, c, "Cookie: "+c.ada.Cookie) }
func compatBare(t *testing.T, c *compat)   { compatMe(t, c, bearer(c.ada.BareToken)) }
func compatSigned(t *testing.T, c *compat) { compatMe(t, c, bearer(c.ada.Token)) }

// compatAPIKey: a key that the browser made there opens the API, and its use is counted there.
func compatAPIKey(t *testing.T, c *compat) {
	made := c.ask(t, "POST", "/api-key/create", c.ada.Cookie, map[string]any{"name": "ci"}, 200).JSON
	a := c.do(t, "GET", "/api/me", "", keyHeader(made["key"].(string)))
	if a.Status != 200 || a.JSON(t)["id"] != c.ada.UserID {
		t.Fatalf("here %d %s", a.Status, a.Body)
	}
	if seen := c.ask(t, "GET", "/api-key/get?id="+made["id"].(string), c.ada.Cookie, nil, 200).JSON; seen["requestCount"] != 1.0 {
		t.Errorf("counted there: %v", seen["requestCount"])
	}
}

// compatJWT: a token of the JWT plugin opens the API, by the key in the table.
func compatJWT(t *testing.T, c *compat) {
	token, _ := c.ask(t, "GET", "/token", c.ada.Cookie, nil, 200).JSON["token"].(string)
	a := c.do(t, "GET", "/api/me", "", bearer(token))
	if a.Status != 200 || a.JSON(t)["id"] != c.ada.UserID {
		t.Fatalf("here %d %s", a.Status, a.Body)
	}
}

// compatCache: a cookie of Better Auth's cache answers a read without the database.
func compatCache(t *testing.T, c *compat) {
	s := start(t, c.URL, append(slices.Clone(c.settings), "COOKIE_CACHE=on")...)
	s.Clock.Set(time.Now().UTC())
	before := baStatements(s)
	a := s.do(t, "GET", "/api/me", "", "Cookie: "+c.ada.Cookie)
	if a.Status != 200 || a.JSON(t)["id"] != c.ada.UserID || baStatements(s) != before {
		t.Fatalf("here %d %s, with %d statements", a.Status, a.Body, baStatements(s)-before)
	}
}

// compatAccess: the password that was set there opens a session here, which is listed there.
func compatAccess(t *testing.T, c *compat) {
	access, _ := baLogin(t, c.server, c.adaEmail, "correct horse")
	a := c.do(t, "GET", "/api/me", "", bearer(access))
	if a.Status != 200 || a.JSON(t)["id"] != c.ada.UserID {
		t.Fatalf("here %d %s", a.Status, a.Body)
	}
	// Listing compares dates in SQL, where each of the two has written some.
	if own := c.do(t, "GET", "/auth/sessions", "", bearer(access)); strings.Count(own.Body, `"expires_at"`) != 2 {
		t.Errorf("sessions of the sign-up there and the login here: %s", own.Body)
	}
	token := baListed(t, c.both, c.ada.Cookie, a.JSON(t)["session"].(map[string]any)["id"].(string))
	if token == "" {
		t.Fatal("the session of a login here is not listed there")
	}
	there := c.ask(t, "GET", "/get-session", "better-auth.session_token="+signed(testSecret, token), nil, 200).JSON
	if session, _ := there["session"].(map[string]any); session == nil ||
		!baTime(t, session["expiresAt"]).Equal(baTime(t, a.JSON(t)["session"].(map[string]any)["expires_at"])) {
		t.Errorf("here %s, there %v", a.Body, there)
	}
}

func compatRefresh(t *testing.T, c *compat) {
	_, refresh := baLogin(t, c.server, c.adaEmail, "correct horse")
	a := c.do(t, "POST", "/auth/refresh", `{"refresh_token":"`+refresh+`"}`)
	if a.Status != 200 {
		t.Fatalf("refresh: %d %s", a.Status, a.Body)
	}
	if status := baMe(t, c.server, bearer(a.JSON(t)["access_token"].(string))); status != 200 {
		t.Errorf("the next access token: %d", status)
	}
}

func compatRegistered(t *testing.T, c *compat) {
	a := c.do(t, "POST", "/auth/register", `{"email":"Bob@example.com","password":"correct horse","name":"Bob"}`)
	if a.Status != 201 {
		t.Fatalf("register: %d %s", a.Status, a.Body)
	}
	in := c.ba.SignIn(t, "bob@example.com", "correct horse")
	there := c.ask(t, "GET", "/get-session", in.Cookie, nil, 200).JSON["user"].(map[string]any)
	here := c.do(t, "GET", "/api/me", "", "Cookie: "+in.Cookie)
	if in.UserID != a.JSON(t)["id"] || here.Status != 200 || !baTime(t, there["createdAt"]).Equal(baTime(t, here.JSON(t)["created_at"])) {
		t.Errorf("registered as %s, here %s, there %v", a.Body, here.Body, there)
	}
}

func compatRole(t *testing.T, c *compat) {
	for _, r := range []struct {
		role   string
		status int
	}{{"admin", 200}, {"user", 403}} {
		c.ask(t, "POST", "/admin/set-role", c.admin.Cookie, map[string]any{"userId": c.ada.UserID, "role": r.role}, 200)
		if a := c.do(t, "GET", "/api/admin/users", "", "Cookie: "+c.ada.Cookie); a.Status != r.status {
			t.Errorf("as %s: %d %s", r.role, a.Status, a.Body)
		}
	}
}

// compatSignOut ends one of ada's sessions there.
func compatSignOut(t *testing.T, c *compat) {
	in := c.ba.SignIn(t, c.adaEmail, "correct horse")
	lines := []string{"Cookie: " + in.Cookie, bearer(in.BareToken), bearer(in.Token)}
	for _, status := range []int{http.StatusOK, http.StatusUnauthorized} {
		for _, line := range lines {
			if got := baMe(t, c.server, line); got != status {
				t.Errorf("%.20s: %d, want %d", line, got, status)
			}
		}
		if status == http.StatusOK {
			c.ask(t, "POST", "/sign-out", in.Cookie, map[string]any{}, 200)
		}
	}
	compatCookie(t, c)
}

// compatBan: a ban there ends the sessions, and a token that names its user says why.
func compatBan(t *testing.T, c *compat) {
	access, _ := baLogin(t, c.server, c.adaEmail, "correct horse")
	c.ask(t, "POST", "/admin/ban-user", c.admin.Cookie, map[string]any{"userId": c.ada.UserID, "banReason": "spam", "banExpiresIn": 3600}, 200)
	cookie, token := baMe(t, c.server, "Cookie: "+c.ada.Cookie), baMe(t, c.server, bearer(access))
	if cookie != 401 || token != 403 {
		t.Errorf("banned: cookie %d, access token %d", cookie, token)
	}
	if banned := c.do(t, "GET", "/api/admin/users?banned=true", "", "Cookie: "+c.admin.Cookie); banned.JSON(t)["total"] != 1.0 {
		t.Errorf("listed as banned: %s", banned.Body)
	}
	c.ask(t, "POST", "/admin/unban-user", c.admin.Cookie, map[string]any{"userId": c.ada.UserID}, 200)
	access, _ = baLogin(t, c.server, c.adaEmail, "correct horse")
	if status := baMe(t, c.server, bearer(access)); status != 200 {
		t.Errorf("unbanned: %d", status)
	}
}
