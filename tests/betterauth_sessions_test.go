package tests

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"
)

// baAgree compares GET /api/me with Better Auth's get-session for each credential that a sign-up and a
// sign-in leave.
func baAgree(t *testing.T, b both) {
	email := next("agree") + "@example.com"
	up := b.ba.SignUp(t, email, "correct horse", "Zoë")
	in := b.ba.SignIn(t, email, "correct horse")
	for name, c := range map[string]struct{ header, value string }{
		"cookie of the sign-up": {"Cookie", up.Cookie}, "cookie of the sign-in": {"Cookie", in.Cookie},
		"bare bearer": {"Authorization", "Bearer " + in.BareToken}, "signed bearer": {"Authorization", "Bearer " + in.Token},
	} {
		t.Run(name, func(t *testing.T) {
			there := b.ba.Do(t, http.MethodGet, "/api/auth/get-session", map[string]string{c.header: c.value}, nil)
			a := b.do(t, "GET", "/api/me", "", c.header+": "+c.value)
			if there.Status != 200 || a.Status != 200 {
				t.Fatalf("there %d %s, here %d %s", there.Status, there.Body, a.Status, a.Body)
			}
			here := a.JSON(t)
			user, session := there.JSON["user"].(map[string]any), there.JSON["session"].(map[string]any)
			ours := here["session"].(map[string]any)
			for ourName, theirs := range map[string]any{"id": user["id"], "email": user["email"], "name": user["name"], "role": user["role"], "image": user["image"], "email_verified": user["emailVerified"]} {
				if here[ourName] != theirs {
					t.Errorf("%s: %v here, %v there", ourName, here[ourName], theirs)
				}
			}
			if ours["id"] != session["id"] || !baTime(t, ours["expires_at"]).Equal(baTime(t, session["expiresAt"])) || !baTime(t, here["created_at"]).Equal(baTime(t, user["createdAt"])) {
				t.Errorf("%v here, %v there", here, there.JSON)
			}
		})
	}
}

func baSignOut(t *testing.T, b both) {
	up := b.ba.SignUp(t, next("out")+"@example.com", "correct horse", "N")
	in := b.ba.SignIn(t, b.one(t, `SELECT email FROM "user" WHERE id = $1`, up.UserID), "correct horse")
	b.ask(t, "POST", "/sign-out", up.Cookie, map[string]any{}, 200)
	for _, line := range []string{"Cookie: " + up.Cookie, bearer(up.BareToken), bearer(up.Token)} {
		if status := baMe(t, b.server, line); status != 401 {
			t.Errorf("%.20s: %d", line, status)
		}
	}
	if status := baMe(t, b.server, "Cookie: "+in.Cookie); status != 200 {
		t.Errorf("the user's other session: %d", status)
	}
}

// baBan: a ban there deletes the sessions, so a cookie is 401; our access token names its user, who is banned.
func baBan(t *testing.T, b both) {
	admin, email := b.admin(t), next("ban")+"@example.com"
	up := b.ba.SignUp(t, email, "correct horse", "N")
	access, refresh := baLogin(t, b.server, email, "correct horse")
	b.ask(t, "POST", "/admin/ban-user", admin, map[string]any{"userId": up.UserID, "banReason": "spam"}, 200)
	b.run(t, []call{
		{name: "cookie", method: "GET", path: "/api/me", headers: []string{"Cookie: " + up.Cookie}, status: 401},
		{name: "access token", method: "GET", path: "/api/me", headers: []string{bearer(access)}, status: 403, contains: []string{`"Inactive user"`}},
		{name: "refresh token", method: "POST", path: "/auth/refresh", body: `{"refresh_token":"` + refresh + `"}`, status: 403, contains: []string{`"Inactive user"`}},
		{name: "login", method: "POST", path: "/auth/login", body: `{"email":"` + email + `","password":"correct horse"}`, status: 403, contains: []string{`"Inactive user"`}},
	})
	b.ask(t, "POST", "/admin/unban-user", admin, map[string]any{"userId": up.UserID}, 200)
	b.run(t, []call{
		{name: "unbanned, access token of a session that was ended", method: "GET", path: "/api/me", headers: []string{bearer(access)}, status: 401},
		{name: "unbanned, refresh token of that session", method: "POST", path: "/auth/refresh", body: `{"refresh_token":"` + refresh + `"}`, status: 401},
	})
	b.ask(t, "POST", "/admin/ban-user", admin, map[string]any{"userId": up.UserID, "banExpiresIn": 60}, 200)
	again := b.session(t, up.UserID)
	during := baMe(t, b.server, cookie(again))
	b.Clock.Add(2 * time.Minute)
	defer b.Clock.Add(-2 * time.Minute)
	if after := baMe(t, b.server, cookie(again)); during != 403 || after != 200 {
		t.Errorf("a ban for a minute: %d, after it %d", during, after)
	}
}

func baRole(t *testing.T, b both) {
	admin := b.admin(t)
	up := b.ba.SignUp(t, next("role")+"@example.com", "correct horse", "N")
	line := "Cookie: " + up.Cookie
	for _, c := range []struct {
		role   any
		status int
		roles  string
	}{
		{"admin", 200, `"roles":["admin"]`}, {"user", 403, `"roles":["user"]`}, {[]string{"user", "admin"}, 200, `"roles":["user","admin"]`}, {"user", 403, `"roles":["user"]`},
	} {
		b.ask(t, "POST", "/admin/set-role", admin, map[string]any{"userId": up.UserID, "role": c.role}, 200)
		b.run(t, []call{
			{name: fmt.Sprint(c.role), method: "GET", path: "/api/admin/users", headers: []string{line}, status: c.status},
			{name: fmt.Sprint(c.role, " shown"), method: "GET", path: "/api/me", headers: []string{line}, status: 200, contains: []string{c.roles}},
		})
	}
}

// baImpersonate: a session that an admin started there as somebody is known for one here.
func baImpersonate(t *testing.T, b both) {
	admin := b.admin(t)
	up := b.ba.SignUp(t, next("imp")+"@example.com", "correct horse", "N")
	r := b.ask(t, "POST", "/admin/impersonate-user", admin, map[string]any{"userId": up.UserID}, 200)
	token := r.JSON["session"].(map[string]any)["token"].(string)
	b.run(t, []call{
		{name: "me", method: "GET", path: "/api/me", headers: []string{cookie(token)}, status: 200, contains: []string{`"id":"` + up.UserID + `"`}, lacks: []string{`"impersonated_by":null`}},
		{name: "password", method: "POST", path: "/auth/password", headers: []string{cookie(token), origin}, body: `{"current_password":"correct horse","new_password":"battery staple"}`, status: 403, contains: []string{"impersonated"}},
	})
}

// baLoginHere: a login here is a session there: listed, revoked, and with it both tokens are dead.
func baLoginHere(t *testing.T, b both) {
	email := next("login") + "@example.com"
	up := b.ba.SignUp(t, email, "correct horse", "N")
	access, refresh := baLogin(t, b.server, email, "correct horse")
	id := b.do(t, "GET", "/api/me", "", bearer(access)).JSON(t)["session"].(map[string]any)["id"].(string)
	token := baListed(t, b, up.Cookie, id)
	if token == "" {
		t.Fatal("the session of a login here is not listed there")
	}
	b.ask(t, "GET", "/get-session", "better-auth.session_token="+signed(testSecret, token), nil, 200)
	if next := b.do(t, "POST", "/auth/refresh", `{"refresh_token":"`+refresh+`"}`); next.Status != 200 || baListed(t, b, up.Cookie, id) != token {
		t.Fatalf("after a refresh: %d %s", next.Status, next.Body)
	}
	b.ask(t, "POST", "/revoke-session", up.Cookie, map[string]any{"token": token}, 200)
	if baListed(t, b, up.Cookie, id) != "" {
		t.Fatal("revoked there and listed")
	}
	if me, again := baMe(t, b.server, bearer(access)), baRefresh(t, b.server, refresh); me != 401 || again != 401 {
		t.Errorf("revoked there: access token %d, refresh token %d", me, again)
	}
	if n := b.one(t, `SELECT count(*) FROM `+b.own("refresh_tokens")+` WHERE session_id = $1`, id); n != "0" {
		t.Errorf("%s refresh tokens are left of a session that was revoked there", n)
	}
	if status := baMe(t, b.server, "Cookie: "+up.Cookie); status != 200 {
		t.Errorf("the other session: %d", status)
	}
	// The other way round: ended here, dead there.
	access, _ = baLogin(t, b.server, email, "correct horse")
	if a := b.do(t, "DELETE", "/auth/sessions", "", bearer(access)); a.Status != 204 {
		t.Fatal(a)
	}
	if r := b.ask(t, "GET", "/get-session", up.Cookie, nil, 200); r.JSON != nil {
		t.Errorf("a session that was ended here lives there: %s", r.Body)
	}
}

// baListed asks Better Auth for the sessions of the cookie's user and gives the token of the one with that id.
func baListed(t *testing.T, b both, cookies, id string) string {
	t.Helper()
	var list []struct{ ID, Token string }
	r := b.ask(t, "GET", "/list-sessions", cookies, nil, 200)
	if err := json.Unmarshal(r.Body, &list); err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		if s.ID == id {
			return s.Token
		}
	}
	return ""
}

// baDeleted: our rows never keep Better Auth from deleting a user.
func baDeleted(t *testing.T, b both) {
	admin := b.admin(t)
	for name, remove := range map[string]func(up, cookies string){
		"by an admin": func(id, _ string) { b.ask(t, "POST", "/admin/remove-user", admin, map[string]any{"userId": id}, 200) },
		"by the user": func(_, cookies string) {
			b.ask(t, "POST", "/delete-user", cookies, map[string]any{"password": "correct horse"}, 200)
		},
	} {
		t.Run(name, func(t *testing.T) {
			email := next("gone") + "@example.com"
			up := b.ba.SignUp(t, email, "correct horse", "N")
			access, refresh := baLogin(t, b.server, email, "correct horse")
			if baRefresh(t, b.server, refresh) != 200 {
				t.Fatal("the refresh token does not hold")
			}
			a := b.do(t, "POST", "/api/posts", `{"title":"T","content":"C","published":true}`, bearer(access))
			if a.Status != 201 {
				t.Fatal(a)
			}
			post := a.JSON(t)["id"]
			tokens := `SELECT count(*) FROM ` + b.own("refresh_tokens") + ` WHERE session_id NOT IN (SELECT id FROM "session")`
			remove(up.UserID, up.Cookie)
			b.run(t, []call{
				{name: "post", method: "GET", path: fmt.Sprint("/api/posts/", post), status: 200, contains: []string{`"author_id":null`, `"title":"T"`}},
				{name: "cookie", method: "GET", path: "/api/me", headers: []string{"Cookie: " + up.Cookie}, status: 401},
				{name: "access token", method: "GET", path: "/api/me", headers: []string{bearer(access)}, status: 401},
				{name: "refresh token", method: "POST", path: "/auth/refresh", body: `{"refresh_token":"` + refresh + `"}`, status: 401, contains: []string{`"User not found"`}},
			})
			if rows := b.one(t, `SELECT count(*) FROM "user" WHERE id = $1`, up.UserID) + b.one(t, tokens); rows != "00" {
				t.Errorf("users and refresh tokens that are left: %s", rows)
			}
		})
	}
}

// baRow035: a cookie is refused by every instance at the first request after the sign-out was answered.
func baRow035(t *testing.T, b both) {
	instances := []*server{b.server, start(t, b.URL), start(t, b.URL)}
	up := b.ba.SignUp(t, next("row035")+"@example.com", "correct horse", "N")
	all := func() (statuses []int) {
		for _, s := range instances {
			statuses = append(statuses, baMe(t, s, "Cookie: "+up.Cookie), baMe(t, s, bearer(up.Token)))
		}
		return statuses
	}
	before := all()
	b.ask(t, "POST", "/sign-out", up.Cookie, map[string]any{}, 200)
	after := all()
	if !slices.Equal(before, []int{200, 200, 200, 200, 200, 200}) || !slices.Equal(after, []int{401, 401, 401, 401, 401, 401}) {
		t.Errorf("before %v, after %v", before, after)
	}
}
