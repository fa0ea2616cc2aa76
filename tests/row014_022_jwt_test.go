package tests

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestRow014_Sub(t *testing.T) {
	jwtOnEach(t, func(s *server, user string) map[string]string {
		tokens, exp := map[string]string{}, s.Clock.Now().Add(time.Minute).Unix()
		for name, sub := range map[string]string{
			"absent": ``, "empty": `"sub":"",`, "null": `"sub":null,`, "number": `"sub":1,`, "list": `"sub":["` + user + `"],`, "object": `"sub":{"id":"` + user + `"},`,
			"NUL": `"sub":"` + user + `\u0000",`, "space": `"sub":"` + user + ` ",`, "10 KB": `"sub":"` + strings.Repeat("a", 10<<10) + `",`,
			"300 bytes": `"sub":"` + strings.Repeat("a", 300) + `",`, "other name": `"id":"` + user + `",`, "half a surrogate": `"sub":"\ud800",`,
		} {
			tokens[name] = jwtSign(testSecret, jwtHeader, fmt.Sprintf(`{%s"type":"access","exp":%d}`, sub, exp))
		}
		return tokens
	})
}

// Text that an id might be is asked for and finds nobody: it is a value, never a part of the statement.
func TestRow014_SubOfNobody(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		user := s.user(t, "")
		var cases []jwtCase
		for _, sub := range []string{"nobody", `'OR'1'='1`, `"`, "%", strings.ToUpper(user), user + "'--"} {
			cases = append(cases, jwtCase{sub, []string{bearer(jwtGood(s, strings.ReplaceAll(sub, `"`, `\"`), ""))}})
		}
		cases[2].headers = []string{bearer(jwtGood(s, `"`, ""))}
		baRefused(t, s, len(cases), cases)
	})
}

// What has become of a token's user and session since it was issued decides, and not the token.
func TestRow015_SinceTheTokenWasIssued(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		admin, banned, deleted, out := s.user(t, "admin"), s.user(t, ""), s.user(t, ""), s.user(t, "")
		session, other := s.session(t, out), s.session(t, admin)
		role := `,"role":"admin","roles":["admin"],"banned":false`
		token := func(user, more string) []string { return []string{bearer(jwtGood(s, user, more))} }
		sid := `,"sid":"` + sessionID(session) + `"`
		me := func(name string, headers []string, status int) call {
			return call{name: name, method: "GET", path: "/api/me", headers: headers, status: status}
		}
		admins := func(name string, headers []string, status int, contains ...string) call {
			return call{name: name, method: "GET", path: "/api/admin/users", headers: headers, status: status, contains: contains}
		}
		s.run(t, []call{
			me("user to be deleted", token(deleted, ""), 200), me("user to be banned", token(banned, ""), 200), me("session to be ended", token(out, sid), 200),
			admins("admin", token(admin, ""), 200), admins("a role in the token is none", token(out, role), 403),
			me("a session of another user", token(out, `,"sid":"`+sessionID(other)+`"`), 401), me("a session that never was", token(out, `,"sid":"none"`), 401),
		})
		s.exec(t, `DELETE FROM "user" WHERE id = $1`, deleted)
		s.exec(t, `UPDATE "user" SET banned = true WHERE id = $1`, banned)
		s.exec(t, `UPDATE "user" SET role = 'user' WHERE id = $1`, admin)
		s.exec(t, `DELETE FROM "session" WHERE token = $1`, session)
		s.run(t, []call{
			me("deleted", token(deleted, role), 401), me("banned", token(banned, role), 403), me("session over", token(out, sid+role), 401),
			me("the user of the session that is over, by a token without one", token(out, ""), 200),
			admins("demoted", token(admin, role), 403, `"Required role: admin"`), me("demoted, elsewhere", token(admin, role), 200),
		})
		s.exec(t, `UPDATE "user" SET banned = true WHERE id = $1`, out)
		s.run(t, []call{me("banned, whose session is over", token(out, sid), 403)})
	})
}

func TestRow016_MemberTwice(t *testing.T) {
	jwtOnEach(t, func(s *server, user string) map[string]string {
		claims, exp := jwtClaims(s, user, ""), s.Clock.Now().Add(time.Minute).Unix()
		payload := func(text string, values ...any) string {
			return jwtSign(testSecret, jwtHeader, fmt.Sprintf(text, values...))
		}
		return map[string]string{
			"alg":             jwtSign(testSecret, `{"alg":"none","alg":"HS256"}`, claims),
			"alg, escaped":    jwtSign(testSecret, `{"alg":"HS256","\u0061lg":"none"}`, claims),
			"typ":             jwtSign(testSecret, `{"alg":"HS256","typ":"JWT","typ":"JWT"}`, claims),
			"unknown, header": jwtSign(testSecret, `{"alg":"HS256","x":1,"x":1}`, claims),
			"sub":             payload(`{"sub":"nobody","sub":%q,"type":"access","exp":%d}`, user, exp),
			"exp":             payload(`{"sub":%q,"type":"access","exp":1,"exp":%d}`, user, exp),
			"type":            payload(`{"sub":%q,"type":"refresh","type":"access","exp":%d}`, user, exp),
			"type, escaped":   payload(`{"sub":%q,"type":"access","\u0074ype":"access","exp":%d}`, user, exp),
			"unknown, claim":  payload(`{"sub":%q,"type":"access","exp":%d,"x":1,"x":1}`, user, exp),
			"within a claim":  payload(`{"sub":%q,"type":"access","exp":%d,"x":{"y":1,"y":1}}`, user, exp),
		}
	})
}

func TestRow017_Shape(t *testing.T) {
	jwtOnEach(t, func(s *server, user string) map[string]string {
		good := jwtGood(s, user, "")
		part := strings.Split(good, ".")
		return map[string]string{
			"9 KB, well signed": jwtGood(s, user, `,"x":"`+strings.Repeat("a", 9<<10)+`"`),
			"9 KB of dots":      strings.Repeat(".", 9<<10),
			"four parts":        good + "." + part[2], "five parts": good + "." + part[1] + "." + part[2], "a dot after": good + ".", "a dot before": "." + good,
			"empty parts": "..", "empty header": "." + part[1] + "." + part[2], "empty claims": part[0] + ".." + part[2],
			"padding": good + "=", "quoted": `"` + good + `"`, "line break": part[0] + ".\n" + part[1] + "." + part[2],
		}
	})
}

// What is not one JSON object in UTF-8 is refused at once, though the signature holds.
func TestRow018_NotOneObject(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		user := s.user(t, "")
		claims := jwtClaims(s, user, "")
		var cases []jwtCase
		for name, payload := range map[string]string{
			"text after": claims + "x", "object after": claims + claims, "NUL after": claims + "\x00", "byte order mark": "\ufeff" + claims, "UTF-16": "\xff\xfe{\x00}\x00",
			"invalid UTF-8": jwtClaims(s, user, ",\"x\":\"\xff\""), "list": "[" + claims + "]", "null": "null", "text": `"x"`, "comment": claims + "//", "trailing comma": strings.TrimSuffix(claims, "}") + ",}",
			"depth 20,000": jwtClaims(s, user, `,"x":`+strings.Repeat("[", 20000)+strings.Repeat("]", 20000)), "depth 20,000, not closed": strings.Repeat(`{"a":`, 20000),
			"as deep as fits": strings.Repeat("[", 5900),
		} {
			cases = append(cases, jwtCase{name, []string{bearer(jwtSign(testSecret, jwtHeader, payload))}})
		}
		cases = append(cases, jwtCase{"depth in the header", []string{bearer(jwtSign(testSecret, strings.Repeat("[", 5000), claims))}})
		baRefused(t, s, 0, cases)
		for _, c := range cases {
			if took := jwtFastest(t, s, c.headers[0]); took > 5*time.Millisecond {
				t.Errorf("%s took %v", c.name, took)
			}
		}
	})
}

// jwtFastest is the shortest of several times that a request took: the machine may be busy, the work is never less.
func jwtFastest(t *testing.T, s *server, header string) time.Duration {
	t.Helper()
	fastest := time.Hour
	for range 10 {
		start := time.Now()
		baMe(t, s, header)
		fastest = min(fastest, time.Since(start))
	}
	return fastest
}

func TestRow021_AuthorizationHeader(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		user := s.user(t, "")
		token, jwt := s.session(t, user), jwtGood(s, user, "")
		var cases []jwtCase
		for _, value := range []string{
			"", " ", "Bearer", "Bearer ", "Bearer  ", "Bearer a b", "Bearer " + token + " x", "Bearer " + token + "," + token, "Basic x", "Basic " + token, token, "Bearer:" + token,
			"Bearer\t" + token, "Bearer \"" + token + "\"", "Bearer Bearer " + token, "Token " + token, "Bearer .", "Bearer ..", "Bearer ...", "Bearer %", "Bearer \x00", "Bearer é", "JWT " + jwt,
		} {
			cases = append(cases, jwtCase{fmt.Sprintf("%.20q", value), []string{"Authorization: " + value}})
		}
		for _, two := range [][2]string{{token, token}, {jwt, jwt}, {token, "x"}, {"x", jwt}} {
			cases = append(cases, jwtCase{"two headers", []string{bearer(two[0]), bearer(two[1])}})
		}
		baRefused(t, s, -1, cases)
		s.run(t, []call{
			{name: "scheme in any case", method: "GET", path: "/api/me", headers: []string{"Authorization: bEARER " + token}, status: 200},
			{name: "two headers beside a cookie", method: "GET", path: "/api/me", headers: []string{bearer("x"), bearer("y"), cookie(token)}, status: 200},
		})
	})
}

// Credentials count in their own place only: a URL ends up in logs and histories.
func TestRow022_TokenElsewhere(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		user := s.user(t, "")
		token, jwt := s.session(t, user), jwtGood(s, user, "")
		var calls []call
		for _, name := range []string{"access_token", "token", "bearer", "Authorization", "better-auth.session_token"} {
			for _, value := range []string{token, signed(testSecret, token), jwt} {
				pair := name + "=" + url.QueryEscape(value)
				calls = append(calls,
					call{name: "query " + name, method: "GET", path: "/api/me?" + pair, status: 401},
					call{name: "form " + name, method: "GET", path: "/api/me", body: pair, headers: []string{"Content-Type: application/x-www-form-urlencoded"}, status: 401},
					call{name: "form of a write " + name, method: "POST", path: "/protected/action", body: pair, headers: []string{"Content-Type: application/x-www-form-urlencoded"}, status: 401},
					call{name: "header " + name, method: "GET", path: "/api/me", headers: []string{"X-" + strings.ReplaceAll(name, ".", "-") + ": " + value}, status: 401})
			}
		}
		asked := baStatements(s)
		s.run(t, calls)
		if n := baStatements(s) - asked; n != 0 {
			t.Errorf("%d statements", n)
		}
		baSilent(t, s, token, jwt)
	})
}
