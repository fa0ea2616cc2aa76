package tests

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func stSignOut(t *testing.T, b stored) {
	up, _ := b.signUp(t)
	lines := []string{"Cookie: " + up.Cookie, bearer(up.Token), bearer(up.BareToken)}
	b.statuses(t, 200, lines...)
	a := b.expect(t, 200, "GET", "/auth/sessions", "", lines[0])
	if strings.Count(a.Body, `"id"`) != 1 || !strings.Contains(a.Body, `"current":true`) || strings.Contains(a.Body, up.BareToken) {
		t.Errorf("sessions: %s", a.Body)
	}
	b.ask(t, "POST", "/sign-out", up.Cookie, map[string]any{}, 200)
	b.catchUp()
	b.statuses(t, 401, lines...)
}

func stBan(t *testing.T, b stored) {
	up, email := b.signUp(t)
	access, _, _ := b.login(t, up, email)
	b.exec(t, `UPDATE "user" SET banned = $1 WHERE id = $2`, true, up.UserID)
	b.statuses(t, 403, "Cookie: "+up.Cookie, bearer(up.BareToken), bearer(access))
	b.exec(t, `UPDATE "user" SET banned = $1, role = 'admin' WHERE id = $2`, false, up.UserID)
	b.expect(t, 200, "GET", "/api/admin/users", "", "Cookie: "+up.Cookie)
}

func stLogin(t *testing.T, b stored) {
	up, email := b.signUp(t)
	access, refresh, cookies := b.login(t, up, email)
	theirs := b.ask(t, "GET", "/get-session", cookies, nil, 200).JSON
	user, mine := theirs["user"].(map[string]any), b.ask(t, "GET", "/get-session", up.Cookie, nil, 200).JSON["user"].(map[string]any)
	if fmt.Sprint(user) != fmt.Sprint(mine) {
		t.Errorf("the user of a session made here: %v, there: %v", user, mine)
	}
	if strings.Count(b.expect(t, 200, "GET", "/auth/sessions", "", bearer(access)).Body, `"id"`) != 2 {
		t.Error("both sessions are not listed here")
	}
	if !b.inTable && b.one(t, `SELECT count(*) FROM `+b.shadow()+` WHERE token NOT LIKE 'redis.%'`) != "0" {
		t.Error("a row has a token that only Redis may know")
	}
	b.Clock.Add(5 * time.Minute)
	next := b.expect(t, 200, "POST", "/auth/refresh", `{"refresh_token":"`+refresh+`"}`).JSON(t)
	later := b.ask(t, "GET", "/get-session", cookies, nil, 200).JSON["session"].(map[string]any)
	if grown := baTime(t, later["expiresAt"]).Sub(baTime(t, theirs["session"].(map[string]any)["expiresAt"])); grown != 5*time.Minute {
		t.Errorf("a refresh here let the session live %s longer there", grown)
	}
	b.statuses(t, 200, bearer(next["access_token"].(string)), "Cookie: "+cookies)
	if a := b.expect(t, 204, "POST", "/auth/logout", `{"refresh_token":"`+next["refresh_token"].(string)+`"}`); b.there(t, cookies) {
		t.Error("logged out here, alive there", a)
	}
	b.statuses(t, 401, bearer(access), "Cookie: "+cookies)
	b.statuses(t, 200, "Cookie: "+up.Cookie)
}

func stRevoked(t *testing.T, b stored) {
	up, email := b.signUp(t)
	access, refresh, cookies := b.login(t, up, email)
	token, _, _ := strings.Cut(strings.TrimPrefix(cookies, "better-auth.session_token="), ".")
	b.ask(t, "POST", "/revoke-session", up.Cookie, map[string]any{"token": token}, 200)
	b.catchUp()
	b.statuses(t, 401, bearer(access), bearer(token), "Cookie: "+cookies)
	if status := baRefresh(t, b.server, refresh); status != 401 {
		t.Errorf("refresh token: %d", status)
	}
	b.statuses(t, 200, "Cookie: "+up.Cookie)
}

// stWatermark: Better Auth may leave keys behind when it ends all sessions; its watermark ends those too.
func stWatermark(t *testing.T, b stored) {
	up, email := b.signUp(t)
	access, refresh, _ := b.login(t, up, email)
	b.statuses(t, 200, "Cookie: "+up.Cookie)
	value := b.redis.Do(t, "GET", b.prefix+up.BareToken)
	b.ask(t, "POST", "/revoke-sessions", up.Cookie, map[string]any{}, 200)
	b.catchUp()
	b.redis.Do(t, "SET", b.prefix+up.BareToken, value)
	if b.redis.Do(t, "GET", b.prefix+"revoked-sessions-before-"+up.UserID) == "" || b.there(t, up.Cookie) {
		t.Error("no watermark")
	}
	b.statuses(t, 401, "Cookie: "+up.Cookie, bearer(access))
	if status := baRefresh(t, b.server, refresh); status != 401 {
		t.Errorf("refresh token: %d", status)
	}
	b.redis.Do(t, "DEL", b.prefix+up.BareToken)
	again := b.ba.SignIn(t, email, "correct horse")
	b.statuses(t, 200, "Cookie: "+again.Cookie)
}

func stEnded(t *testing.T, b stored) {
	up, email := b.signUp(t)
	access, _, cookies := b.login(t, up, email)
	id := b.expect(t, 200, "GET", "/api/me", "", "Cookie: "+up.Cookie).JSON(t)["session"].(map[string]any)["id"].(string)
	b.expect(t, 404, "DELETE", "/auth/sessions/nobodys", "", bearer(access))
	b.expect(t, 204, "DELETE", "/auth/sessions/"+id, "", bearer(access))
	if b.there(t, up.Cookie) || !b.there(t, cookies) {
		t.Error("ended here, and alive there; or another one ended")
	}
	b.statuses(t, 401, "Cookie: "+up.Cookie)
	third := b.ba.SignIn(t, email, "correct horse")
	b.expect(t, 204, "DELETE", "/auth/sessions", "", bearer(access))
	if b.there(t, third.Cookie) || !b.there(t, cookies) {
		t.Error("all others ended here: alive there, or this one is not")
	}
	b.expect(t, 204, "POST", "/auth/logout", "", bearer(access))
	if b.there(t, cookies) || b.redis.Do(t, "KEYS", b.prefix+"active-sessions-"+up.UserID) != "" {
		t.Error("logged out here, and alive or listed there")
	}
}

func stAllEnded(t *testing.T, b stored) {
	up, email := b.signUp(t)
	admin := "Cookie: " + b.admin(t)
	access, _, cookies := b.login(t, up, email)
	value := b.redis.Do(t, "GET", b.prefix+up.BareToken)
	b.catchUp()
	b.expect(t, 204, "DELETE", "/api/admin/users/"+up.UserID+"/sessions", "", admin, origin)
	b.statuses(t, 401, "Cookie: "+up.Cookie, bearer(access))
	b.redis.Do(t, "SET", b.prefix+up.BareToken, value)
	if b.there(t, up.Cookie) || b.there(t, cookies) {
		t.Error("all were ended here, and one is alive there")
	}
	b.redis.Do(t, "DEL", b.prefix+up.BareToken)
}

func stPassword(t *testing.T, b stored) {
	up, email := b.signUp(t)
	access, _, cookies := b.login(t, up, email)
	b.expect(t, 204, "POST", "/auth/password", `{"current_password":"correct horse","new_password":"battery staple"}`, bearer(access))
	if b.there(t, up.Cookie) || !b.there(t, cookies) {
		t.Error("the password was changed here: another session is alive there, or this one is not")
	}
	b.statuses(t, 401, "Cookie: "+up.Cookie)
	b.statuses(t, 200, bearer(access))
}

func stAdminister(t *testing.T, b stored) {
	up, email := b.signUp(t)
	admin := "Cookie: " + b.admin(t)
	access, _, cookies := b.login(t, up, email)
	b.expect(t, 200, "PATCH", "/api/me", `{"name":"Ada"}`, bearer(access))
	b.expect(t, 200, "PATCH", "/api/admin/users/"+up.UserID, `{"role":"editor"}`, admin, origin)
	for _, c := range []string{up.Cookie, cookies} {
		user := b.ask(t, "GET", "/get-session", c, nil, 200).JSON["user"].(map[string]any)
		if user["name"] != "Ada" || user["role"] != "editor" || user["email"] != email {
			t.Errorf("changed here, and there it is %v", user)
		}
	}
	b.expect(t, 200, "PATCH", "/api/admin/users/"+up.UserID, `{"banned":true}`, admin, origin)
	if b.there(t, up.Cookie) || b.there(t, cookies) {
		t.Error("banned here, and signed in there")
	}
	b.statuses(t, 403, bearer(access))
	gone, _ := b.signUp(t)
	b.expect(t, 204, "DELETE", "/api/admin/users/"+gone.UserID, "", admin, origin)
	if b.there(t, gone.Cookie) {
		t.Error("deleted here, and signed in there")
	}
}

func stImpersonated(t *testing.T, b stored) {
	up, _ := b.signUp(t)
	b.admin(t)
	admin := b.ba.SignIn(t, b.one(t, `SELECT email FROM "user" WHERE name = 'Boss' ORDER BY "createdAt" DESC LIMIT 1`), "correct horse")
	r := b.ask(t, "POST", "/admin/impersonate-user", admin.Cookie, map[string]any{"userId": up.UserID}, 200)
	token := r.JSON["session"].(map[string]any)["token"].(string)
	a := b.expect(t, 200, "GET", "/api/me", "", cookie(token))
	if strings.Contains(a.Body, `"impersonated_by":null`) {
		t.Error(a.Body)
	}
}

// stReuse: a refresh token that is used twice ends its session, there too.
func stReuse(t *testing.T, b stored) {
	up, email := b.signUp(t)
	access, refresh, cookies := b.login(t, up, email)
	first := b.expect(t, 200, "POST", "/auth/refresh", `{"refresh_token":"`+refresh+`"}`).JSON(t)
	if again := b.expect(t, 200, "POST", "/auth/refresh", `{"refresh_token":"`+refresh+`"}`).JSON(t); again["refresh_token"] != first["refresh_token"] {
		t.Error("the grace gives another successor")
	}
	b.Clock.Add(time.Minute)
	if status := baRefresh(t, b.server, refresh); status != 401 {
		t.Errorf("used twice: %d", status)
	}
	if b.there(t, cookies) {
		t.Error("a stolen session is alive there")
	}
	b.statuses(t, 401, bearer(access))
}

// stStrange: what shares the prefix with sessions is none, and neither is what does not hold.
func stStrange(t *testing.T, b stored) {
	up, _ := b.signUp(t)
	value := b.redis.Do(t, "GET", b.prefix+up.BareToken)
	other := strings.Repeat("x", 32)
	for name, text := range map[string]string{
		"another token's": value, "no JSON": "{", "null": "null", "a list": "[]", "no session": `{"session":null,"user":{}}`,
		"expired":          strings.ReplaceAll(strings.ReplaceAll(value, up.BareToken, other), `"expiresAt":"2`, `"expiresAt":"1`),
		"without its user": strings.ReplaceAll(strings.ReplaceAll(value, up.BareToken, other), up.UserID, "nobody"),
	} {
		b.redis.Do(t, "SET", b.prefix+other, text)
		if status := baMe(t, b.server, cookie(other)); status != 401 {
			t.Errorf("%s: %d", name, status)
		}
	}
	b.redis.Do(t, "DEL", b.prefix+other)
	b.redis.Do(t, "SET", b.prefix+"active-sessions-"+up.UserID, `{"no":"list"}`)
	b.expect(t, 200, "GET", "/api/me", "", "Cookie: "+up.Cookie)
	b.expect(t, 200, "GET", "/auth/sessions", "", "Cookie: "+up.Cookie)
	for _, token := range []string{"active-sessions-" + up.UserID, "redis." + other} {
		if status := baMe(t, b.server, cookie(token)); status != 401 {
			t.Errorf("%s: %d", token, status)
		}
	}
}
