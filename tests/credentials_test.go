package tests

import (
	"encoding/json"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// baVectors are credentials that Better Auth itself made; testdata/vectors.json says of which version.
type baVectors struct {
	Secret        string
	AtMS          int64                      `json:"at_ms"`
	SessionCookie map[string]json.RawMessage `json:"session_cookie"`
	CookieCache   map[string]baVector        `json:"cookie_cache"`
	JWT           map[string]struct {
		Token string
		User  map[string]any
	}
	APIKey struct {
		Key string
		Row map[string]any
	} `json:"api_key"`
}

// baVector is one sign-in. Columns of its rows are named as in the tables.
type baVector struct {
	SetCookie     []string `json:"set_cookie"`
	CookieHeader  string   `json:"cookie_header"`
	BearerSigned  string   `json:"bearer_signed"`
	Token         string
	Session, User map[string]any
}

func baReadVectors(t *testing.T) baVectors {
	t.Helper()
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v baVectors
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func (v baVectors) signIn(t *testing.T, kind string) (one baVector) {
	t.Helper()
	if err := json.Unmarshal(v.SessionCookie[kind], &one); err != nil {
		t.Fatal(err)
	}
	return one
}

// baAt starts the program with the vectors' secret, at the moment when they were valid.
func baAt(t *testing.T, v baVectors, databaseURL string, settings ...string) *server {
	t.Helper()
	s := start(t, databaseURL, append([]string{"BETTER_AUTH_SECRET=" + v.Secret}, settings...)...)
	s.Clock.Set(time.UnixMilli(v.AtMS).UTC())
	return s
}

// baInsert stores a row of the vectors in a table of Better Auth's.
func baInsert(t *testing.T, s *server, table string, row map[string]any) {
	t.Helper()
	var columns, marks []string
	var values []any
	for column, value := range row {
		columns, values = append(columns, `"`+column+`"`), append(values, value)
		marks = append(marks, "$"+strconv.Itoa(len(values)))
	}
	s.exec(t, `INSERT INTO "`+table+`" (`+strings.Join(columns, ", ")+`) VALUES (`+strings.Join(marks, ", ")+`)`, values...)
}

// Every way in which Better Auth hands out a session identifies its user here, under the name that the
// settings choose and no other.
func TestVectorsOfSessionsHold(t *testing.T) {
	t.Parallel()
	v := baReadVectors(t)
	for kind, secure := range map[string]string{"plain": "off", "secure": "on"} {
		for name, databaseURL := range databases {
			t.Run(kind+"/"+name, func(t *testing.T) {
				t.Parallel()
				one := v.signIn(t, kind)
				s := baAt(t, v, databaseURL(t), "SECURE_COOKIES="+secure)
				baInsert(t, s, "user", one.User)
				baInsert(t, s, "session", one.Session)
				me := []string{
					`"id":"` + one.User["id"].(string) + `"`, `"email":"` + one.User["email"].(string) + `"`, `"name":"` + one.User["name"].(string) + `"`,
					`"id":"` + one.Session["id"].(string) + `"`, `"role":"user","roles":["user"]`, `"email_verified":false`,
				}
				set, _, _ := strings.Cut(one.SetCookie[0], ";")
				other := strings.Replace("__Secure-"+one.CookieHeader, "__Secure-__Secure-", "", 1)
				var calls []call
				for name, line := range map[string]string{
					"cookie": "Cookie: " + one.CookieHeader, "as it was set": "Cookie: " + set, "among others": "Cookie: a=b; " + one.CookieHeader + "; c=d",
					"bearer signed": bearer(one.BearerSigned), "bearer signed, encoded": bearer(url.QueryEscape(one.BearerSigned)), "bearer bare": bearer(one.Token),
				} {
					calls = append(calls, call{name: name, method: "GET", path: "/api/me", headers: []string{line}, status: 200, contains: me, lacks: []string{one.Token}})
				}
				calls = append(calls, call{name: "the other name", method: "GET", path: "/api/me", headers: []string{"Cookie: " + other}, status: 401})
				s.run(t, calls)
				s.exec(t, `DELETE FROM "session"`)
				for i := range calls {
					calls[i].name, calls[i].status, calls[i].contains = calls[i].name+", signed out", 401, nil
				}
				s.run(t, calls)
				baSilent(t, s, v.Secret, one.Token, one.BearerSigned)
			})
		}
	}
}

// What Better Auth refuses is refused here, and without asking the database.
func TestVectorsOfSessionsRejected(t *testing.T) {
	t.Parallel()
	v := baReadVectors(t)
	var rejected []struct {
		Why          string
		CookieHeader string `json:"cookie_header"`
	}
	if err := json.Unmarshal(v.SessionCookie["rejected"], &rejected); err != nil || len(rejected) < 10 {
		t.Fatal(err, len(rejected))
	}
	one := v.signIn(t, "plain")
	for name, databaseURL := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := baAt(t, v, databaseURL(t))
			baInsert(t, s, "user", one.User)
			baInsert(t, s, "session", one.Session)
			var refused []jwtCase
			for _, r := range rejected {
				refused = append(refused, jwtCase{r.Why, []string{"Cookie: " + r.CookieHeader}})
			}
			baRefused(t, s, 0, refused)
			s.run(t, []call{{name: "the good one among them", method: "GET", path: "/api/me", headers: []string{"Cookie: " + one.CookieHeader}, status: 200}})
		})
	}
}

// Without COOKIE_CACHE the cookie cache is not looked at, whatever it says.
func TestCookieCacheThatIsOffHoldsNothing(t *testing.T) {
	t.Parallel()
	v := baReadVectors(t)
	for name, databaseURL := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := baAt(t, v, databaseURL(t), "SECURE_COOKIES=off")
			var refused []jwtCase
			for kind, one := range v.CookieCache {
				baInsert(t, s, "user", one.User)
				session, data := baSplitCookies(t, one.CookieHeader)
				if one.Session != nil {
					baInsert(t, s, "session", one.Session)
					s.run(t, []call{{name: kind + " beside a session", method: "GET", path: "/api/me", headers: []string{"Cookie: " + one.CookieHeader}, status: 200, contains: []string{one.User["id"].(string)}}})
				} else {
					refused = append(refused, jwtCase{kind + " beside a cookie whose session is gone", []string{"Cookie: " + session + "; " + data}})
				}
				_, value, _ := strings.Cut(data, "=")
				refused = append(refused, jwtCase{kind + " alone", []string{"Cookie: " + data}}, jwtCase{kind + " as bearer", []string{bearer(value)}},
					jwtCase{kind + " under the session's name", []string{"Cookie: better-auth.session_token=" + value}})
			}
			baRefused(t, s, -1, refused)
		})
	}
}

// One request has one identity: a bearer token is tried before the cookie, what does not hold is passed
// over, and the first that holds decides, also when it decides against its user.
func TestOneRequestOneIdentity(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		ann, ben, bad := s.user(t, ""), s.user(t, ""), s.user(t, "")
		annCookie, benCookie, badCookie := cookie(s.session(t, ann)), cookie(s.session(t, ben)), cookie(s.session(t, bad))
		s.exec(t, `UPDATE "user" SET banned = true WHERE id = $1`, bad)
		jwt := func(user string) string { return bearer(jwtGood(s, user, "")) }
		session, unknown := bearer(s.session(t, ann)), bearer(next("Unknown"))
		me := func(name string, status int, contains string, headers ...string) call {
			return call{name: name, method: "GET", path: "/api/me", headers: headers, status: status, contains: []string{contains}}
		}
		s.run(t, []call{
			me("JWT beside another's cookie", 200, ann, jwt(ann), benCookie),
			me("session token beside another's cookie", 200, ann, session, benCookie),
			me("a token of nobody beside a cookie", 200, ben, jwt("nobody"), benCookie),
			me("an unknown session token beside a cookie", 200, ben, unknown, benCookie),
			me("a token beside a cookie that does not hold", 200, ann, jwt(ann), baCookie("x")),
			me("another scheme beside a cookie", 200, ben, "Authorization: Basic YTpi", benCookie),
			me("a banned user's token beside a good cookie", 403, "Inactive user", jwt(bad), annCookie),
			me("a good token beside a banned user's cookie", 200, ann, jwt(ann), badCookie),
			me("nothing that holds", 401, "Not authenticated", jwt("nobody"), baCookie("x")),
		})
	})
}

// A store that cannot be asked is 503 and never 401, which would log people out; what cannot hold whatever
// the store says is 401 all the same.
func TestStoreThatCannotBeAsked(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		user := s.user(t, "")
		token := s.session(t, user)
		good := map[string]string{"cookie": cookie(token), "bare": bearer(token), "signed": bearer(signed(testSecret, token)), "JWT": bearer(jwtGood(s, user, ""))}
		if err := s.app.Close(); err != nil {
			t.Fatal(err)
		}
		calls := []call{
			{name: "anonymous", method: "GET", path: "/api/me", status: 401},
			{name: "a cookie with a bad signature", method: "GET", path: "/api/me", headers: []string{baCookie(signed("another secret", token))}, status: 401},
			{name: "a JWT before a cookie", method: "GET", path: "/api/me", headers: []string{bearer(jwtGood(s, "nobody", "")), cookie(token)}, status: 503},
		}
		for name, line := range good {
			for _, path := range []string{"/api/me", "/api/posts", "/protected/data", "/api/admin/users"} {
				calls = append(calls, call{name: name + " " + path, method: "GET", path: path, headers: []string{line}, status: 503, contains: []string{`"store_unavailable"`, "Retry-After: "}, lacks: []string{"Set-Cookie", "Www-Authenticate"}})
			}
		}
		s.run(t, calls)
		baSilent(t, s, token, testSecret)
	})
}

// baSplitCookies takes the session cookie apart from the rest of a Cookie header.
func baSplitCookies(t *testing.T, header string) (session, rest string) {
	t.Helper()
	session, rest, ok := strings.Cut(header, "; ")
	if !ok || !strings.HasPrefix(session, "better-auth.session_token=") || !strings.HasPrefix(rest, "better-auth.session_data") {
		t.Fatalf("cookies in another order: %.80s", header)
	}
	return session, rest
}

// At debug level the log says why a credential was refused, under the request's id, and never the credential.
func TestRefusalsAreInTheLogUnderTheirRequest(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		value := strings.Replace(signed(testSecret, next("Token")), "Token", "Other", 1)
		id := s.do(t, "GET", "/api/me", "", bearer(value)).Header.Get("X-Request-Id")
		for line := range strings.Lines(s.Log.String()) {
			if strings.Contains(line, "credential refused") && strings.Contains(line, id) && strings.Contains(line, "signature does not match") {
				baSilent(t, s, value)
				return
			}
		}
		t.Errorf("no reason for request %s:\n%s", id, s.Log)
	})
}
