package tests

import (
	"strings"
	"testing"
	"time"
)

// A ban counts from the moment the column says so, for every credential there is, also when the sessions
// were not ended with it.
func TestRow050_BanBySQLAlone(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		email := next("row050") + "@example.com"
		user, access, refresh := baSignUp(t, s, email, "correct horse")
		token := s.session(t, user)
		headers := map[string]string{
			"cookie": cookie(token), "bare bearer": bearer(token), "signed bearer": bearer(signed(testSecret, token)),
			"access token": bearer(access), "access token from elsewhere": bearer(jwtGood(s, user, "")),
		}
		every := func(status int, contains ...string) (calls []call) {
			for name, line := range headers {
				calls = append(calls, call{name: name, method: "GET", path: "/api/me", headers: []string{line}, status: status, contains: contains},
					call{name: name + ", a write", method: "POST", path: "/protected/action", headers: []string{line, origin}, status: status, contains: contains})
			}
			return calls
		}
		s.run(t, every(200))
		s.exec(t, `UPDATE "user" SET banned = true WHERE id = $1`, user)
		before := baDump(t, s)
		s.run(t, every(403, `"detail":"Inactive user"`, `"code":"inactive_user"`))
		var optional []call
		for name, line := range headers {
			optional = append(optional, call{name: name + ", where a user is optional", method: "GET", path: "/api/posts", headers: []string{line}, status: 200, contains: []string{`"personalized":false`}, lacks: []string{user}})
		}
		s.run(t, append(optional,
			call{name: "refresh", method: "POST", path: "/auth/refresh", body: `{"refresh_token":"` + refresh + `"}`, status: 403, contains: []string{`"Inactive user"`}},
			call{name: "login", method: "POST", path: "/auth/login", body: `{"email":"` + email + `","password":"correct horse"}`, status: 403, contains: []string{`"Inactive user"`}},
			call{name: "login with a wrong password", method: "POST", path: "/auth/login", body: `{"email":"` + email + `","password":"wrong horse"}`, status: 401, contains: []string{`"Incorrect email or password"`}},
		))
		if baDump(t, s) != before {
			t.Error("the database changed")
		}
		s.exec(t, `UPDATE "user" SET banned = false WHERE id = $1`, user)
		s.run(t, every(200))
		baSilent(t, s, token, access, refresh, "correct horse", "wrong horse", testSecret)
	})
}

func TestRow051_BanExpires(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		user, now := s.user(t, ""), s.Clock.Now()
		token := s.session(t, user)
		for _, c := range []struct {
			name            string
			banned, expires any
			status          int
		}{
			{"past", true, iso(now.Add(-time.Second)), 200}, {"now", true, iso(now), 200}, {"ahead", true, iso(now.Add(time.Second)), 403}, {"no end", true, nil, 403},
			{"banned null", nil, nil, 200}, {"banned null, an end ahead", nil, iso(now.Add(time.Hour)), 200}, {"not banned, an end ahead", false, iso(now.Add(time.Hour)), 200},
		} {
			t.Run(c.name, func(t *testing.T) {
				s.exec(t, `UPDATE "user" SET banned = $1, "banExpires" = $2 WHERE id = $3`, c.banned, c.expires, user)
				for _, line := range []string{cookie(token), bearer(token), bearer(jwtGood(s, user, ""))} {
					if status := baMe(t, s, line); status != c.status {
						t.Errorf("%.20s: %d, want %d", line, status, c.status)
					}
				}
			})
		}
		s.exec(t, `UPDATE "user" SET banned = true, "banExpires" = $1 WHERE id = $2`, iso(now.Add(time.Second)), user)
		before := baMe(t, s, cookie(token))
		s.Clock.Add(time.Second)
		if after := baMe(t, s, cookie(token)); before != 403 || after != 200 {
			t.Errorf("a ban that ends while nobody writes: %d, then %d", before, after)
		}
	})
}

// Roles are compared letter for letter: nothing that looks like admin is one.
func TestRow052_Roles(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		user := s.user(t, "")
		token := s.session(t, user)
		for _, c := range []struct {
			role   any
			status int
		}{
			{"admin", 200}, {"user,admin", 200}, {"admin,user", 200}, {"a,admin,b", 200}, {",admin,", 200},
			{nil, 403}, {"", 403}, {",", 403}, {"user", 403}, {"Admin", 403}, {"ADMIN", 403}, {"admin ", 403}, {" admin", 403}, {"user, admin", 403}, {"admin;user", 403}, {"admin\n", 403},
			{"administrator", 403}, {"superadmin,moderator", 403}, {"аdmin", 403}, {"ａｄｍｉｎ", 403}, {"admın", 403}, {"admin\u200b", 403}, {"admi\u0301n", 403}, {`["admin"]`, 403},
			{strings.Repeat("user,", 10000), 403},
		} {
			s.exec(t, `UPDATE "user" SET role = $1 WHERE id = $2`, c.role, user)
			for _, line := range []string{cookie(token), bearer(token), bearer(jwtGood(s, user, `,"role":"admin"`))} {
				if a := s.do(t, "GET", "/api/admin/users", "", line); a.Status != c.status {
					t.Errorf("role %.30q, %.20s: %d, want %d", c.role, line, a.Status, c.status)
				}
				if status := baMe(t, s, line); status != 200 {
					t.Errorf("role %.30q: /api/me is %d", c.role, status)
				}
			}
		}
	})
}

// An admin who acts as somebody sees what that user sees, and does not take the account away.
func TestRow053_Impersonated(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		admin := s.user(t, "admin")
		user, _, _ := baSignUp(t, s, next("row053")+"@example.com", "correct horse")
		token, own := s.session(t, user), s.session(t, user)
		s.exec(t, `UPDATE "session" SET "impersonatedBy" = $1 WHERE token = $2`, admin, token)
		sid := bearer(jwtGood(s, user, `,"sid":"`+sessionID(token)+`"`))
		before := baDump(t, s)
		var calls []call
		for name, headers := range map[string][]string{"cookie": {cookie(token), origin}, "bearer": {bearer(token)}, "access token": {sid}} {
			refused := []string{`"code":"impersonated"`}
			calls = append(calls,
				call{name: name + ", me", method: "GET", path: "/api/me", headers: headers, status: 200, contains: []string{`"id":"` + user + `"`, `"impersonated_by":"` + admin + `"`}},
				call{name: name + ", not the admin's rights", method: "GET", path: "/api/admin/users", headers: headers, status: 403},
				call{name: name + ", password", method: "POST", path: "/auth/password", headers: headers, body: `{"current_password":"correct horse","new_password":"battery staple"}`, status: 403, contains: refused},
				call{name: name + ", a session", method: "DELETE", path: "/auth/sessions/" + sessionID(own), headers: headers, status: 403, contains: refused},
				call{name: name + ", all sessions", method: "DELETE", path: "/auth/sessions", headers: headers, status: 403, contains: refused},
				call{name: name + ", sessions shown", method: "GET", path: "/auth/sessions", headers: headers, status: 200, contains: []string{`"impersonated_by":"` + admin + `"`}, lacks: []string{token, own}})
		}
		s.run(t, append(calls, call{name: "the user's own session", method: "GET", path: "/api/me", headers: []string{cookie(own)}, status: 200, contains: []string{`"impersonated_by":null`}}))
		if baDump(t, s) != before {
			t.Error("the database changed")
		}
		baSilent(t, s, "correct horse", "battery staple", token, own)
	})
}
