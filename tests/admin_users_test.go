package tests

import (
	"strings"
	"sync"
	"testing"
	"time"
)

func TestAdminUsersAreForAdmins(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		victim := s.user(t, "")
		_, plain := s.signedIn(t, "")
		_, moderator := s.signedIn(t, "moderator")
		named, byID := s.signedIn(t, "")
		s = start(t, s.URL, "ADMIN_USER_IDS="+named)
		paths := []string{
			"GET /api/admin/users", "GET /api/admin/users/" + victim, "GET /api/admin/users/" + victim + "/sessions",
			"PATCH /api/admin/users/" + victim, "DELETE /api/admin/users/" + victim + "/sessions",
			"DELETE /api/admin/users/" + victim + "/sessions/none", "DELETE /api/admin/users/" + victim,
		}
		var calls []call
		for _, path := range paths {
			method, path, _ := strings.Cut(path, " ")
			c := call{name: method + " anonymous", method: method, path: path, status: 401, contains: []string{"Not authenticated", "Www-Authenticate: Bearer"}}
			if method == "PATCH" {
				c.body = `{"name":"X"}`
			}
			calls = append(calls, c)
			c.status, c.contains = 403, []string{`"detail":"Required role: admin"`, "role_required"}
			c.name, c.headers = method+" user", []string{bearer(plain)}
			calls = append(calls, c)
			c.name, c.headers = method+" moderator", byCookie(moderator)
			calls = append(calls, c)
		}
		s.run(t, calls)
		s.run(t, []call{
			{name: "named in ADMIN_USER_IDS", method: "GET", path: "/api/admin/users", headers: []string{bearer(byID)}, status: 200, contains: []string{`"roles":["user","admin"]`}},
			{name: "HEAD", method: "HEAD", path: "/api/admin/users", headers: []string{bearer(byID)}, status: 200},
			{name: "unknown user", method: "GET", path: "/api/admin/users/nobody", headers: []string{bearer(byID)}, status: 404, contains: []string{"not_found"}},
			{name: "unknown path in the group", method: "GET", path: "/api/admin/none", status: 404},
			{name: "wrong method in the group", method: "PUT", path: "/api/admin/users", status: 405, contains: []string{"Allow: ", "GET", "method_not_allowed"}},
		})
		if s.one(t, `SELECT name FROM "user" WHERE id = $1`, victim) != "Name of "+victim {
			t.Error("somebody without the role changed a user")
		}
	})
}

func TestAdminSeesAUser(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		_, admin := s.signedIn(t, "admin")
		id, end := s.user(t, "editor,user"), s.Clock.Now().Add(time.Hour)
		s.setUser(t, id, `banned = true, "banReason" = 'Spam', "banExpires" = $1, image = 'https://example.com/i.png'`, iso(end))
		path := "/api/admin/users/" + id
		s.run(t, []call{{name: "every member", method: "GET", path: path, headers: []string{bearer(admin)}, status: 200, contains: []string{
			`{"id":"` + id + `"`, `"email":"` + id + `@example.com"`, `"name":"Name of ` + id + `"`, `"image":"https://example.com/i.png"`, `"email_verified":false`,
			`"role":"editor,user"`, `"roles":["editor","user"]`, `"banned":true`, `"ban_reason":"Spam"`, `"ban_expires":"`, `"created_at":"`, `"updated_at":"`,
		}, lacks: []string{"password"}}})
		got, err := time.Parse(time.RFC3339, s.do(t, "GET", path, "", bearer(admin)).JSON(t)["ban_expires"].(string))
		if err != nil || !got.Equal(end) || got.Location() != time.UTC {
			t.Errorf("ban_expires %v %v, want %v", got, err, end)
		}
		s.Clock.Add(59 * time.Minute)
		s.setUser(t, id, `"banExpires" = $1`, iso(s.Clock.Now()))
		s.run(t, []call{{name: "a ban that has ended is none", method: "GET", path: path, headers: []string{bearer(admin)}, status: 200,
			contains: []string{`"banned":false`, `"ban_reason":null`, `"ban_expires":null`}}})
	})
}

func TestAdminChangesAUser(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		_, admin := s.signedIn(t, "admin")
		id, token := s.signedIn(t, "")
		s.Clock.Add(time.Second)
		path, past := "/api/admin/users/"+id, s.Clock.Now().Add(-time.Hour).Format(time.RFC3339)
		change := func(name, body string, status int, contains ...string) call {
			return call{name: name, method: "PATCH", path: path, headers: byCookie(admin), body: body, status: status, contains: contains}
		}
		s.run(t, []call{
			change("nothing", `{}`, 200, `"id":"`+id+`"`),
			change("name", `{"name":"Zoë"}`, 200, `"name":"Zoë"`, `"role":"user"`),
			change("no name", `{"name":null}`, 200, `"name":null`),
			change("roles", `{"role":"editor,my-team:lead.2"}`, 200, `"role":"editor,my-team:lead.2"`, `"roles":["editor","my-team:lead.2"]`),
			change("a reason without a ban", `{"ban_reason":"x"}`, 422, `"field":"banned"`),
			change("a reason with an unban", `{"banned":false,"ban_reason":"x"}`, 422, `"field":"banned"`),
			change("a ban that has ended already", `{"banned":true,"ban_expires":"`+past+`"}`, 422, `"field":"ban_expires"`),
			change("role with a space", `{"role":"a, b"}`, 422, `"field":"role"`),
			change("role empty", `{"role":""}`, 422, `"field":"role"`),
			change("role not text", `{"role":["admin"]}`, 422, `"field":"role"`),
			change("roles with nothing between commas", `{"role":"a,,b"}`, 422, `"field":"role"`),
			change("role in another script", `{"role":"аdmin"}`, 422, `"field":"role"`),
			change("banned as text", `{"banned":"true"}`, 422, `"field":"banned"`),
			change("ban_expires not a time", `{"banned":true,"ban_expires":"tomorrow"}`, 422, `"field":"ban_expires"`),
			change("ban_expires a number", `{"banned":true,"ban_expires":1}`, 422, `"field":"ban_expires"`),
			change("name too long", `{"name":"`+strings.Repeat("n", 201)+`"}`, 422, `"field":"name"`),
			{name: "unknown user", method: "PATCH", path: "/api/admin/users/nobody", headers: byCookie(admin), body: `{"name":"X"}`, status: 404},
		})
		if a := s.do(t, "GET", "/api/me", "", bearer(token)); a.Status != 200 {
			t.Errorf("none of this was a ban, but the session ended: %d", a.Status)
		}
		if at := s.one(t, `SELECT CASE WHEN "updatedAt" > "createdAt" THEN 'later' END FROM "user" WHERE id = $1`, id); at != "later" {
			t.Error("updatedAt did not move")
		}
	})
}

func TestAdminBanEndsSessions(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		_, admin := s.signedIn(t, "admin")
		id, token := s.signedIn(t, "")
		tokens := s.signIn(t, id)
		path, end := "/api/admin/users/"+id, s.Clock.Now().Add(time.Hour)
		s.run(t, []call{
			{name: "ban", method: "PATCH", path: path, headers: byCookie(admin), body: `{"banned":true,"ban_reason":"Spam","ban_expires":"` + end.Format(time.RFC3339Nano) + `"}`, status: 200,
				contains: []string{`"banned":true`, `"ban_reason":"Spam"`, `"ban_expires":"`}},
			{name: "the cookie's session is gone", method: "GET", path: "/api/me", headers: []string{cookie(token)}, status: 401},
			{name: "the access token names its user", method: "GET", path: "/api/me", headers: []string{bearer(tokens.Access)}, status: 403, contains: []string{"Inactive user"}},
			{name: "so does the refresh token", method: "POST", path: "/auth/refresh", body: tokens.refreshBody(), status: 403, contains: []string{"Inactive user"}},
			{name: "and the password", method: "POST", path: "/auth/login", body: loginBody(id+"@example.com", password), status: 403, contains: []string{"Inactive user"}},
		})
		if n := s.one(t, `SELECT count(*) FROM "session" WHERE "userId" = $1`, id) + s.one(t, `SELECT count(*) FROM `+s.own("refresh_tokens")); n != "00" {
			t.Errorf("sessions and refresh tokens left: %s", n)
		}
		s.run(t, []call{
			{name: "a new ban without end replaces the old one's", method: "PATCH", path: path, headers: byCookie(admin), body: `{"banned":true}`, status: 200,
				contains: []string{`"banned":true`, `"ban_reason":null`, `"ban_expires":null`}},
			{name: "unban", method: "PATCH", path: path, headers: byCookie(admin), body: `{"banned":false}`, status: 200, contains: []string{`"banned":false`}},
			{name: "what the ban ended stays ended", method: "GET", path: "/api/me", headers: []string{bearer(tokens.Access)}, status: 401},
			{name: "refresh too", method: "POST", path: "/auth/refresh", body: tokens.refreshBody(), status: 401, contains: []string{"Invalid refresh token"}},
			{name: "but the password works", method: "POST", path: "/auth/login", body: loginBody(id+"@example.com", password), status: 200},
		})
	})
}

func TestAdminDeletesAUser(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		_, admin := s.signedIn(t, "admin")
		id, token := s.signedIn(t, "")
		tokens, post := s.signIn(t, id), s.post(t, id, "Stays", true)
		path := "/api/admin/users/" + id
		s.run(t, []call{
			{name: "deletion", method: "DELETE", path: path, headers: byCookie(admin), status: 204},
			{name: "twice", method: "DELETE", path: path, headers: byCookie(admin), status: 404},
			{name: "the user is gone", method: "GET", path: path, headers: []string{bearer(admin)}, status: 404},
			{name: "with the cookie", method: "GET", path: "/api/me", headers: []string{cookie(token)}, status: 401},
			{name: "with the access token", method: "GET", path: "/protected/data", headers: []string{bearer(tokens.Access)}, status: 401},
			{name: "with the refresh token", method: "POST", path: "/auth/refresh", body: tokens.refreshBody(), status: 401, contains: []string{`"detail":"User not found"`, "user_not_found"}},
			{name: "with the password", method: "POST", path: "/auth/login", body: loginBody(id+"@example.com", password), status: 401},
			{name: "the post stays, nobody's", method: "GET", path: post, status: 200, contains: []string{`"author_id":null`, "Stays"}},
		})
		for _, table := range []string{`"session" WHERE "userId" = '` + id + `'`, `"account"`, s.own("refresh_tokens")} {
			if n := s.one(t, `SELECT count(*) FROM `+table); n != "0" {
				t.Errorf("%s rows left in %s", n, table)
			}
		}
	})
}

// Nobody locks themselves out, and somebody is always left to administer.
func TestAdminStaysAdministered(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		me, token := s.signedIn(t, "admin")
		path := func(id string) string { return "/api/admin/users/" + id }
		change := func(name, id, body string, status int, code string) call {
			return call{name: name, method: "PATCH", path: path(id), headers: byCookie(token), body: body, status: status, contains: []string{code}}
		}
		s.run(t, []call{
			change("ban myself", me, `{"banned":true}`, 409, `"code":"self"`),
			change("demote myself", me, `{"role":"user"}`, 409, `"code":"self"`),
			{name: "delete myself", method: "DELETE", path: path(me), headers: byCookie(token), status: 409, contains: []string{`"code":"self"`}},
			change("name myself", me, `{"name":"Me"}`, 200, `"name":"Me"`),
			change("more roles for myself", me, `{"role":"editor,admin"}`, 200, `"roles":["editor","admin"]`),
		})
		// An admin by ADMIN_USER_IDS is one too, so the last one by role may go; the last of all may not.
		named, byID := s.signedIn(t, "")
		banned := s.user(t, "admin")
		s.setUser(t, banned, `banned = true`)
		last := start(t, s.URL)
		s = start(t, s.URL, "ADMIN_USER_IDS="+named)
		token = byID
		s.run(t, []call{
			change("demote the last by role", me, `{"role":"user"}`, 200, `"role":"user"`),
			change("and back", me, `{"role":"admin"}`, 200, `"role":"admin"`),
			{name: "delete a banned admin", method: "DELETE", path: path(banned), headers: byCookie(token), status: 204},
			change("nobody named demotes themselves", named, `{"role":"user"}`, 409, `"code":"self"`),
		})
		other, otherToken := last.signedIn(t, "admin")
		token = otherToken
		last.run(t, []call{
			change("of two, one may go", me, `{"banned":true}`, 200, `"banned":true`),
			{name: "the other is the last and oneself", method: "DELETE", path: path(other), headers: byCookie(token), status: 409, contains: []string{`"code":"self"`}},
		})
	})
}

// Two admins who demote, ban or delete each other at the same moment must not both succeed.
func TestAdminLastOneWinsARace(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		for _, deed := range []struct{ method, body string }{{"PATCH", `{"role":"user"}`}, {"PATCH", `{"banned":true}`}, {"DELETE", ""}} {
			for range 5 {
				a, tokenA := s.signedIn(t, "admin")
				b, tokenB := s.signedIn(t, "admin")
				answers := atOnce(2, func(i int) answer {
					return s.do(t, deed.method, "/api/admin/users/"+[]string{b, a}[i], deed.body, bearer([]string{tokenA, tokenB}[i]))
				})
				left := s.one(t, `SELECT count(*) FROM "user" WHERE role = 'admin' AND banned IS NOT true`)
				if left != "1" {
					t.Errorf("%s %s: %s admins left, answers %v", deed.method, deed.body, left, answers)
				}
				for _, got := range answers {
					if got.Status == 409 && !strings.Contains(got.Body, `"code":"last_admin"`) || got.Status >= 500 {
						t.Errorf("%s %s: %v", deed.method, deed.body, got)
					}
				}
				s.exec(t, `DELETE FROM "user"`)
			}
		}
	})
}

// atOnce calls f n times at the same moment and gives what came back.
func atOnce(n int, f func(i int) answer) []answer {
	answers := make([]answer, n)
	start := make(chan struct{})
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			<-start
			answers[i] = f(i)
		})
	}
	close(start)
	group.Wait()
	return answers
}
