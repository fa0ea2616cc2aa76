package tests

import "testing"

// The group itself requires the user: it answers nobody else, and still says 404 and 405 where they belong.
func TestProtected(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id, token := s.signedIn(t, "")
		bannedID, banned := s.signedIn(t, "admin")
		deletedID, deleted := s.signedIn(t, "")
		access := s.signIn(t, id).Access
		s.setUser(t, bannedID, `banned = true`)
		s.exec(t, `DELETE FROM "user" WHERE id = $1`, deletedID)
		none, inactive := []string{`"detail":"Not authenticated"`, "Www-Authenticate: Bearer"}, []string{`"detail":"Inactive user"`}
		data, success := []string{`{"data":"secret"}`}, []string{`{"success":true}`}
		s.run(t, []call{
			{name: "read anonymous", method: "GET", path: "/protected/data", status: 401, contains: none, lacks: data},
			{name: "read banned", method: "GET", path: "/protected/data", headers: []string{cookie(banned)}, status: 403, contains: inactive, lacks: data},
			{name: "read deleted", method: "GET", path: "/protected/data", headers: []string{cookie(deleted)}, status: 401, contains: none},
			{name: "read by cookie", method: "GET", path: "/protected/data", headers: []string{cookie(token)}, status: 200, contains: data},
			{name: "read by session token", method: "GET", path: "/protected/data", headers: []string{bearer(token)}, status: 200, contains: data},
			{name: "read by access token", method: "GET", path: "/protected/data", headers: []string{bearer(access)}, status: 200, contains: data},
			{name: "HEAD", method: "HEAD", path: "/protected/data", headers: []string{cookie(token)}, status: 200},
			{name: "HEAD anonymous", method: "HEAD", path: "/protected/data", status: 401},
			{name: "write anonymous", method: "POST", path: "/protected/action", status: 401, contains: none},
			{name: "write banned", method: "POST", path: "/protected/action", headers: byCookie(banned), status: 403, contains: inactive},
			{name: "write by cookie", method: "POST", path: "/protected/action", headers: byCookie(token), status: 200, contains: success},
			{name: "write by access token", method: "POST", path: "/protected/action", headers: []string{bearer(access)}, status: 200, contains: success},
			{name: "a read's path does not write", method: "POST", path: "/protected/data", status: 405, contains: []string{"Allow: OPTIONS, GET, HEAD", "method_not_allowed"}},
			{name: "a write's path does not read", method: "GET", path: "/protected/action", headers: []string{cookie(token)}, status: 405, contains: []string{"Allow: OPTIONS, POST"}, lacks: success},
			{name: "unknown path, anonymous", method: "GET", path: "/protected/none", status: 404, contains: []string{"not_found"}},
			{name: "unknown path, user", method: "GET", path: "/protected/none", headers: []string{cookie(token)}, status: 404},
			{name: "the group's own path", method: "GET", path: "/protected", status: 404},
			{name: "a trailing slash is another path", method: "GET", path: "/protected/data/", status: 404},
			{name: "so is another case", method: "GET", path: "/Protected/Data", status: 404},
		})
	})
}
