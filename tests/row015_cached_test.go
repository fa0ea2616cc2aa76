package tests

import "testing"

// What has become of a token's user or session counts, though the token was answered from the session cache.
func TestRow015_AgainstTheSessionCache(t *testing.T) {
	t.Parallel()
	onEachWithKeys(t, func(t *testing.T, s *server, endpoint *keyServer) {
		k := newPluginKey(t, "EdDSA", "k1")
		endpoint.publish(t, k)
		s.awaitCache(t)
		for _, c := range []struct {
			name, change, path string
			// status and withSession are what tokens without and with a sid get after the change.
			status, withSession int
		}{
			{"user deleted", `DELETE FROM "user" WHERE id = $1`, "/api/me", 401, 401},
			{"demoted", `UPDATE "user" SET role = 'user' WHERE id = $1`, "/api/admin/users", 403, 403},
			{"banned", `UPDATE "user" SET banned = true WHERE id = $1`, "/api/me", 403, 403},
			{"sessions deleted", `DELETE FROM "session" WHERE "userId" = $1`, "/api/me", 200, 401},
		} {
			t.Run(c.name, func(t *testing.T) {
				id := s.user(t, "admin")
				sid := `,"sid":"` + sessionID(s.session(t, id)) + `"`
				bare := []string{bearer(jwtGood(s, id, "")), bearer(k.token(t, s, id))}
				bound := []string{bearer(s.signIn(t, id).Access), bearer(jwtGood(s, id, sid)), bearer(k.token(t, s, id, sid))}
				for _, token := range append(bare, bound...) {
					s.expect(t, 200, "GET", c.path, "", token)
					s.fromCache(t, token)
				}
				s.exec(t, c.change, id)
				for _, token := range bare {
					s.soonAt(t, c.status, c.path, token)
				}
				for _, token := range bound {
					s.soonAt(t, c.withSession, c.path, token)
				}
			})
		}
	}, cached)
}
