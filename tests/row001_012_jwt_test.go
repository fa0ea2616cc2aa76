package tests

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// jwtOnEach runs a table of bearer tokens made for one user: all must be refused, and the good token, from
// which each differs in one thing, must hold before and after. Without that a wrong helper would pass.
func jwtOnEach(t *testing.T, tokens func(s *server, user string) map[string]string) {
	t.Helper()
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		user := s.user(t, "")
		good := bearer(jwtGood(s, user, ""))
		var cases []jwtCase
		for name, token := range tokens(s, user) {
			cases = append(cases, jwtCase{name, []string{bearer(token)}})
		}
		if baMe(t, s, good) != 200 {
			t.Fatal("the good token does not hold")
		}
		baRefused(t, s, 0, cases)
		if baMe(t, s, good) != 200 {
			t.Error("the good token holds no more")
		}
	})
}

func TestRow001_AlgNone(t *testing.T) {
	jwtOnEach(t, func(s *server, user string) map[string]string {
		tokens := map[string]string{}
		claims := jwtClaims(s, user, "")
		for _, alg := range []string{"none", "None", "nOnE", "NONE", "", "HS256 ", "hs256", "HS384", "HS512", "RS256", "HS"} {
			header := fmt.Sprintf(`{"alg":%q,"typ":"JWT"}`, alg)
			unsigned := jwtPart(header) + "." + jwtPart(claims) + "."
			tokens[alg+" unsigned"] = unsigned
			tokens[alg+" signed as HS256"] = jwtSign(testSecret, header, claims)
			tokens[alg+" with text for a signature"] = unsigned + jwtPart("x")
		}
		for name, header := range map[string]string{"null": `{"alg":null}`, "no alg": `{"typ":"JWT"}`, "a list": `{"alg":["HS256"]}`, "no object": `"HS256"`} {
			tokens[name] = jwtSign(testSecret, header, claims)
		}
		good := jwtGood(s, user, "")
		tokens["empty signature"] = good[:strings.LastIndexByte(good, '.')+1]
		tokens["no signature"] = good[:strings.LastIndexByte(good, '.')]
		for name, key := range map[string]string{"empty": "", "another": "another secret of more than 32 characters", "longer": testSecret + "x", "shorter": testSecret[1:]} {
			tokens["key "+name] = jwtSign(key, jwtHeader, claims)
		}
		return tokens
	})
}

func TestRow006_CritAndB64(t *testing.T) {
	jwtOnEach(t, func(s *server, user string) map[string]string {
		tokens := map[string]string{}
		for name, more := range map[string]string{
			"unknown name": `"crit":["x"],"x":1`, "b64 false": `"crit":["b64"],"b64":false`, "b64 alone": `"b64":false`,
			"empty list": `"crit":[]`, "null": `"crit":null`, "text": `"crit":"exp"`,
		} {
			tokens[name] = jwtSign(testSecret, `{"alg":"HS256",`+more+`}`, jwtClaims(s, user, ""))
		}
		return tokens
	})
}

// An HS256 token of Better Auth's own is no access token: a cookie cache, a link that confirms an e-mail
// address. All are signed with the same secret.
func TestRow008_OtherTokensOfTheSecret(t *testing.T) {
	jwtOnEach(t, func(s *server, user string) map[string]string {
		iat, exp := s.Clock.Now().Unix(), s.Clock.Now().Add(time.Hour).Unix()
		times := fmt.Sprintf(`"iat":%d,"exp":%d`, iat, exp)
		plain := `{"alg":"HS256"}`
		claims := func(more string) string { return `{` + more + times + `}` }
		return map[string]string{
			"cookie cache":                 jwtSign(testSecret, plain, claims(fmt.Sprintf(`"session":{"token":"t","userId":%q},"user":{"id":%[1]q},"updatedAt":1,"version":"1",`, user))),
			"cookie cache with a sub":      jwtSign(testSecret, plain, claims(fmt.Sprintf(`"sub":%q,"sid":"t",`, user))),
			"cookie cache by its typ":      jwtSign(testSecret, `{"alg":"HS256","typ":"better-auth.session-cache+jwt"}`, jwtClaims(s, user, "")),
			"e-mail verification":          jwtSign(testSecret, plain, claims(fmt.Sprintf(`"email":"%s@example.com",`, user))),
			"e-mail change":                jwtSign(testSecret, plain, claims(fmt.Sprintf(`"email":"%s@example.com","updateTo":"b@example.com","userId":%[1]q,`, user))),
			"type missing":                 jwtSign(testSecret, plain, claims(fmt.Sprintf(`"sub":%q,`, user))),
			"type of another kind":         jwtSign(testSecret, plain, claims(fmt.Sprintf(`"sub":%q,"type":"verify",`, user))),
			"type in another case":         jwtSign(testSecret, plain, claims(fmt.Sprintf(`"sub":%q,"type":"Access",`, user))),
			"type a list":                  jwtSign(testSecret, plain, claims(fmt.Sprintf(`"sub":%q,"type":["access"],`, user))),
			"type access in another claim": jwtSign(testSecret, plain, claims(fmt.Sprintf(`"sub":%q,"typ":"access","token_use":"access",`, user))),
		}
	})
}

func TestRow010_RefreshIsNotAccess(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		_, access, refresh := baSignUp(t, s, next("row010")+"@example.com", "correct horse")
		baRefused(t, s, 0, []jwtCase{{"refresh token as bearer", []string{bearer(refresh)}}})
		before := baDump(t, s)
		s.run(t, []call{
			{name: "access token as refresh token", method: "POST", path: "/auth/refresh", body: `{"refresh_token":"` + access + `"}`, status: 401, contains: []string{`"Invalid refresh token"`, `"bad_refresh_token"`}},
			{name: "session token as refresh token", method: "POST", path: "/auth/refresh", body: `{"refresh_token":"abc"}`, status: 401},
		})
		if baDump(t, s) != before {
			t.Error("the database changed")
		}
		if me, again := baMe(t, s, bearer(access)), baRefresh(t, s, refresh); me != 200 || again != 200 {
			t.Errorf("each in its place: %d, %d", me, again)
		}
		baSilent(t, s, access, refresh, "correct horse")
	})
}

func TestRow011_Exp(t *testing.T) {
	jwtOnEach(t, func(s *server, user string) map[string]string {
		tokens, now := map[string]string{}, s.Clock.Now().Unix()
		for name, exp := range map[string]string{
			"missing": ``, "null": `,"exp":null`, "text": fmt.Sprintf(`,"exp":"%d"`, now+60), "zero": `,"exp":0`, "negative": fmt.Sprintf(`,"exp":-%d`, now+60),
			"now": fmt.Sprintf(`,"exp":%d`, now), "a minute ago": fmt.Sprintf(`,"exp":%d`, now-60), "beyond 2^53": `,"exp":9007199254740994`,
			"beyond int64": `,"exp":1e19`, "beyond float64": `,"exp":1e999`, "true": `,"exp":true`, "an object": `,"exp":{}`, "NaN": `,"exp":NaN`, "leading zero": fmt.Sprintf(`,"exp":0%d`, now+60),
		} {
			tokens[name] = jwtSign(testSecret, jwtHeader, fmt.Sprintf(`{"sub":%q,"type":"access"%s}`, user, exp))
		}
		return tokens
	})
}

// A token holds up to its end and not at it: there is no leeway for an expired one.
func TestRow011_ExpToTheSecond(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		s.Clock.Set(s.Clock.Now().Truncate(time.Second))
		token := bearer(jwtGood(s, s.user(t, ""), ""))
		s.Clock.Add(time.Minute - time.Millisecond)
		if status := baMe(t, s, token); status != 200 {
			t.Errorf("a millisecond before: %d", status)
		}
		s.Clock.Add(time.Millisecond)
		baRefused(t, s, 0, []jwtCase{{"at its end", []string{token}}})
	})
}

func TestRow012_FromTheFuture(t *testing.T) {
	jwtOnEach(t, func(s *server, user string) map[string]string {
		tokens, now := map[string]string{}, s.Clock.Now()
		hour, exp := now.Add(time.Hour).Unix(), now.Add(2*time.Hour).Unix()
		for name, more := range map[string]string{
			"iat": fmt.Sprintf(`"iat":%d`, hour), "nbf": fmt.Sprintf(`"nbf":%d`, hour), "nbf of a token that began": fmt.Sprintf(`"iat":%d,"nbf":%d`, now.Unix(), hour),
			"iat 31 s ahead": fmt.Sprintf(`"iat":%d`, now.Add(32*time.Second).Unix()), "iat in milliseconds": fmt.Sprintf(`"iat":%d`, now.UnixMilli()), "nbf text": `"nbf":"0"`,
		} {
			tokens[name] = jwtSign(testSecret, jwtHeader, fmt.Sprintf(`{"sub":%q,"type":"access","exp":%d,%s}`, user, exp, more))
		}
		return tokens
	})
}
