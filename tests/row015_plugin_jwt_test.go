package tests

import (
	"strings"
	"testing"
)

// What has become of the user since the JWT plugin's token was signed decides, and not the token.
func TestRow015_PluginJWTSinceItWasIssued(t *testing.T) {
	t.Parallel()
	onEachWithKeys(t, func(t *testing.T, s *server, endpoint *keyServer) {
		k := newPluginKey(t, "ES512", "k1")
		endpoint.publish(t, k)
		admin, banned, deleted, out := s.user(t, "admin"), s.user(t, ""), s.user(t, ""), s.user(t, "")
		session, other := s.session(t, out), s.session(t, admin)
		get := func(name, path, user string, status int, more ...string) call {
			return call{name: name, method: "GET", path: path, headers: []string{bearer(k.token(t, s, user, more...))}, status: status}
		}
		sid := `,"sid":"` + sessionID(session) + `"`
		s.run(t, []call{
			get("to be deleted", "/api/me", deleted, 200), get("to be banned", "/api/me", banned, 200),
			get("admin", "/api/admin/users", admin, 200), get("a role in the token is none", "/api/admin/users", out, 403),
			get("session to be ended", "/api/me", out, 200, sid), get("a session of another user", "/api/me", out, 401, `,"sid":"`+sessionID(other)+`"`),
			get("a session that never was", "/api/me", out, 401, `,"sid":"none"`), get("a column called sid", "/api/me", out, 200, `,"sid":7`),
			{name: "a write needs no Origin", method: "POST", path: "/protected/action", headers: []string{bearer(k.token(t, s, out))}, status: 200},
		})
		tokens := map[string]string{"admin": k.token(t, s, admin)}
		s.exec(t, `DELETE FROM "user" WHERE id = $1`, deleted)
		s.exec(t, `UPDATE "user" SET banned = true WHERE id = $1`, banned)
		s.exec(t, `UPDATE "user" SET role = 'user' WHERE id = $1`, admin)
		s.exec(t, `DELETE FROM "session" WHERE token = $1`, session)
		s.run(t, []call{
			get("deleted", "/api/me", deleted, 401), get("banned", "/api/me", banned, 403), get("session ended", "/api/me", out, 401, sid),
			{name: "demoted", method: "GET", path: "/api/admin/users", headers: []string{bearer(tokens["admin"])}, status: 403},
			{name: "banned, where a user is optional", method: "GET", path: "/api/posts", headers: []string{bearer(k.token(t, s, banned))}, status: 200, contains: []string{`"personalized":false`}},
		})
	})
}

// sub must be an id of a user's, in the one form that ids have.
func TestRow014_SubOfPluginJWT(t *testing.T) {
	t.Parallel()
	onEachWithKeys(t, func(t *testing.T, s *server, endpoint *keyServer) {
		k, user := newPluginKey(t, "EdDSA", "k1"), s.user(t, "")
		endpoint.publish(t, k)
		tokens := map[string]string{}
		for name, sub := range map[string]string{
			"absent": "", "empty": `"sub":"",`, "null": `"sub":null,`, "number": `"sub":1,`, "list": `"sub":["` + user + `"],`, "NUL": `"sub":"` + user + `\u0000",`, "nobody": `"sub":"nobody",`,
			"long": `"sub":"` + strings.Repeat("a", 300) + `",`, "twice": `"sub":"` + user + `","sub":"` + user + `",`,
		} {
			tokens[name] = k.sign(t, k.header(), strings.Replace(pluginPayload(s, user), `"sub":"`+user+`",`, sub, 1))
		}
		for name, change := range map[string][2]string{
			"exp null": {`"exp":`, `"exp":null,"e":`}, "exp missing": {`"exp":`, `"e":`}, "exp text": {`"exp":`, `"exp":"1","e":`}, "exp past": {`"exp":`, `"exp":1,"e":`}, "exp beyond": {`"exp":`, `"exp":9007199254740994,"e":`},
			"iat ahead": {`"iat":`, `"iat":9007199254740,"i":`}, "claim twice": {`"exp":`, `"exp":1,"exp":`},
		} {
			tokens[name] = k.sign(t, k.header(), strings.Replace(pluginPayload(s, user), change[0], change[1], 1))
		}
		tokens["text after"], tokens["nbf ahead"] = k.sign(t, k.header(), pluginPayload(s, user)+"x"), k.token(t, s, user, `,"nbf":9007199254740`)
		tokens["crit"] = k.sign(t, `{"alg":"EdDSA","kid":"k1","crit":["x"],"x":1}`, pluginPayload(s, user))
		tokens["b64"] = k.sign(t, `{"alg":"EdDSA","kid":"k1","b64":false}`, pluginPayload(s, user))
		s.refuses(t, tokens)
		if status := s.status(t, bearer(k.token(t, s, user))); status != 200 {
			t.Errorf("the good token: %d", status)
		}
	})
}
