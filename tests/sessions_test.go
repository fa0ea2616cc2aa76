package tests

import (
	"testing"
	"time"
)

func TestSessionsAreOnesOwn(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id, current := s.signedIn(t, "")
		s.Clock.Add(time.Second)
		newer, over := s.session(t, id), s.session(t, id)
		_, foreign := s.signedIn(t, "")
		bannedID, banned := s.signedIn(t, "")
		s.setUser(t, bannedID, `banned = true`)
		s.exec(t, `UPDATE "session" SET "expiresAt" = $1 WHERE token = $2`, iso(s.Clock.Now()), over)
		s.exec(t, `UPDATE "session" SET "ipAddress" = NULL, "userAgent" = NULL, "impersonatedBy" = 'boss' WHERE token = $1`, newer)
		s.run(t, []call{
			{name: "anonymous", method: "GET", path: "/auth/sessions", status: 401},
			{name: "banned", method: "GET", path: "/auth/sessions", headers: []string{bearer(banned)}, status: 403},
			{name: "HEAD", method: "HEAD", path: "/auth/sessions", headers: []string{cookie(current)}, status: 200},
			{name: "mine that are not over, newest first", method: "GET", path: "/auth/sessions", headers: []string{cookie(current)}, status: 200,
				contains: []string{`{"sessions":[{"id":"` + sessionID(newer) + `"`, `"ip_address":null,"user_agent":null,"impersonated_by":"boss","current":false},{"id":"` + sessionID(current) + `"`,
					`"created_at":"`, `"updated_at":"`, `"expires_at":"`, `"user_agent":"test","impersonated_by":null,"current":true}],"next_cursor":null}`},
				lacks: []string{current, newer, over, sessionID(over), foreign, sessionID(foreign), "token"}},
			{name: "no method to change them", method: "PATCH", path: "/auth/sessions", headers: byCookie(current), body: "{}", status: 405, contains: []string{"Allow: OPTIONS, DELETE, GET, HEAD"}},
		})
	})
}

func TestSessionsAreEndedByTheirOwner(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id, current := s.signedIn(t, "")
		one, two := s.session(t, id), s.session(t, id)
		_, foreign := s.signedIn(t, "admin")
		pair := s.signIn(t, id)
		end := func(name, sid string, status int, headers ...string) call {
			return call{name: name, method: "DELETE", path: "/auth/sessions/" + sid, headers: headers, status: status}
		}
		s.run(t, []call{
			end("anonymous", sessionID(one), 401),
			end("one", sessionID(one), 204, byCookie(current)...),
			end("twice", sessionID(one), 404, byCookie(current)...),
			{name: "it is over", method: "GET", path: "/api/me", headers: []string{cookie(one)}, status: 401},
			end("another user's", sessionID(foreign), 404, byCookie(current)...),
			end("mine, by somebody else who is an admin", sessionID(two), 404, bearer(foreign)),
			end("by its token, which is no id", two, 404, byCookie(current)...),
			{name: "another user's lives", method: "GET", path: "/api/me", headers: []string{cookie(foreign)}, status: 200},
			{name: "all but the current: anonymous", method: "DELETE", path: "/auth/sessions", status: 401},
			{name: "all but the current", method: "DELETE", path: "/auth/sessions", headers: []string{bearer(pair.Access)}, status: 204},
			{name: "the current one lives", method: "GET", path: "/api/me", headers: []string{bearer(pair.Access)}, status: 200},
			{name: "and is refreshed", method: "POST", path: "/auth/refresh", body: pair.refreshBody(), status: 200},
			{name: "the cookie's is over", method: "GET", path: "/api/me", headers: []string{cookie(current)}, status: 401},
			{name: "the other's too", method: "GET", path: "/api/me", headers: []string{cookie(two)}, status: 401},
			{name: "not another user's", method: "GET", path: "/api/me", headers: []string{cookie(foreign)}, status: 200},
			end("the current one by its id", claimsOf(t, pair.Access)["sid"].(string), 204, bearer(pair.Access)),
			{name: "ends the login", method: "GET", path: "/api/me", headers: []string{bearer(pair.Access)}, status: 401},
		})
	})
}

func TestSessionsOfAUserForAdmins(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		adminID, admin := s.signedIn(t, "admin")
		id, one := s.signedIn(t, "")
		two, path := s.session(t, id), "/api/admin/users/"+id+"/sessions"
		s.run(t, []call{
			{name: "a user's", method: "GET", path: path, headers: []string{cookie(admin)}, status: 200,
				contains: []string{sessionID(one), sessionID(two), `"current":false`, `"next_cursor":null`}, lacks: []string{one, two, sessionID(admin), `"current":true`}},
			{name: "one's own", method: "GET", path: "/api/admin/users/" + adminID + "/sessions", headers: []string{cookie(admin)}, status: 200, contains: []string{`"current":true`}},
			{name: "an unknown user's", method: "GET", path: "/api/admin/users/nobody/sessions", headers: []string{cookie(admin)}, status: 404},
			{name: "end an unknown user's", method: "DELETE", path: "/api/admin/users/nobody/sessions", headers: byCookie(admin), status: 404},
			{name: "end one under the wrong user", method: "DELETE", path: "/api/admin/users/" + adminID + "/sessions/" + sessionID(one), headers: byCookie(admin), status: 404},
			{name: "end one", method: "DELETE", path: path + "/" + sessionID(one), headers: byCookie(admin), status: 204},
			{name: "twice", method: "DELETE", path: path + "/" + sessionID(one), headers: byCookie(admin), status: 404},
			{name: "it is over", method: "GET", path: "/api/me", headers: []string{cookie(one)}, status: 401},
			{name: "the other is not", method: "GET", path: "/api/me", headers: []string{cookie(two)}, status: 200},
			{name: "end all", method: "DELETE", path: path, headers: byCookie(admin), status: 204},
			{name: "now it is", method: "GET", path: "/api/me", headers: []string{cookie(two)}, status: 401},
			{name: "none are left", method: "GET", path: path, headers: []string{cookie(admin)}, status: 200, contains: []string{`{"sessions":[],`}},
			{name: "the admin's lives", method: "GET", path: "/api/me", headers: []string{cookie(admin)}, status: 200},
		})
	})
}
