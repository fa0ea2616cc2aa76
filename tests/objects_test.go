package tests

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// Row 54: what a request may not set is an unknown member, in whatever letters; nothing of the request is kept.
func TestRow054_MembersThatAreNotTheClients(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id, token := s.signedIn(t, "")
		adminID, admin := s.signedIn(t, "admin")
		post := s.post(t, id, "Mine", false)
		before := baDump(t, s)
		for _, target := range []struct{ method, path, base, token, own string }{
			{"POST", "/auth/register", `"email":"new@example.com","password":"` + password + `"`, "", "name"},
			{"PATCH", "/api/me", `"name":"New"`, token, "name image"},
			{"POST", "/api/posts", `"title":"New","content":""`, token, "title content published"},
			{"PATCH", post, `"title":"New"`, token, "title content published"},
			{"PATCH", "/api/admin/users/" + adminID, `"name":"New"`, admin, "name role banned ban_reason ban_expires"},
		} {
			for member, value := range map[string]string{
				"role": `"admin"`, "roles": `["admin"]`, "banned": `false`, "ban_expires": `null`, "id": `"x"`, "email_verified": `true`, "created_at": `"2020-01-01T00:00:00Z"`,
				"updated_at": `null`, "author_id": `"x"`, "user_id": `"x"`, "mine": `true`, "emailVerified": `true`, "Role": `"admin"`, "ROLE": `"admin"`, "Name": `"X"`, "TITLE": `"X"`, "role ": `"admin"`,
				"": `1`, "__proto__": `{}`, "impersonated_by": `null`, "password_hash": `"x"`,
			} {
				if slices.Contains(strings.Fields(target.own), member) {
					continue
				}
				headers := []string{bearer(target.token)}
				for _, body := range []string{"{" + target.base + `,"` + member + `":` + value + "}", `{"` + member + `":` + value + "," + target.base + "}"} {
					a := s.do(t, target.method, target.path, body, headers...)
					if a.Status != 400 || !strings.Contains(a.Body, `"code":"bad_request"`) {
						t.Errorf("%s %s %s: %d %s", target.method, target.path, body, a.Status, a.Body)
					}
				}
			}
			if name := strings.Fields(target.own)[0]; !strings.Contains(target.base, `"`+name+`"`) {
				continue
			} else if a := s.do(t, target.method, target.path, "{"+target.base+`,"`+name+`":"Again"}`, bearer(target.token)); a.Status != 400 {
				t.Errorf("%s %s with %s twice: %d", target.method, target.path, name, a.Status)
			}
		}
		if baDump(t, s) != before {
			t.Error("the database changed")
		}
	})
}

// Row 55: B has every path to what is A's, and gets none of it.
func TestRow055_AnotherUsersThings(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		a, tokenA := s.signedIn(t, "")
		_, tokenB := s.signedIn(t, "")
		draft, published := s.post(t, a, "Secret draft", false), s.post(t, a, "Public", true)
		before := baDump(t, s)
		attempt := func(name, method, path, body string, status int) call {
			return call{name: name, method: method, path: path, headers: byCookie(tokenB), body: body, status: status, lacks: []string{"Secret draft", tokenA, a + "@example.com"}}
		}
		sid, users := sessionID(tokenA), "/api/admin/users/"+a
		s.run(t, []call{
			attempt("read a draft", "GET", draft, "", 404), attempt("change a draft", "PATCH", draft, `{"title":"X"}`, 404), attempt("delete a draft", "DELETE", draft, "", 403),
			attempt("change a post", "PATCH", published, `{"title":"X"}`, 403), attempt("delete a post", "DELETE", published, "", 403),
			attempt("find the draft in the list", "GET", "/api/posts?limit=100", "", 200), attempt("ask for A's list", "GET", "/api/posts?user_id="+a, "", 200),
			attempt("see sessions", "GET", "/auth/sessions?user_id="+a, "", 200), attempt("end a session", "DELETE", "/auth/sessions/"+sid, "", 404),
			attempt("see the user", "GET", users, "", 403), attempt("change the user", "PATCH", users, `{"banned":true}`, 403), attempt("delete the user", "DELETE", users, "", 403),
			attempt("see sessions as an admin", "GET", users+"/sessions", "", 403), attempt("end them as an admin", "DELETE", users+"/sessions", "", 403), attempt("end one as an admin", "DELETE", users+"/sessions/"+sid, "", 403),
		})
		if baDump(t, s) != before {
			t.Error("the database changed")
		}
	})
}

func TestRow056_IDFromThePathOnly(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		adminID, admin := s.signedIn(t, "admin")
		id, token := s.signedIn(t, "")
		other := s.user(t, "")
		one, two, three := s.post(t, id, "One", true), s.post(t, id, "Two", true), s.post(t, id, "Three", true)
		a := s.do(t, "DELETE", one+"?id="+number(two), `{"id":`+number(three)+`}`, bearer(admin))
		if a.Status != 200 || a.Body != `{"deleted":`+number(one)+`}` {
			t.Errorf("%d %s", a.Status, a.Body)
		}
		s.run(t, []call{
			{name: "that one is gone", method: "GET", path: one, status: 404},
			{name: "the query's is not", method: "GET", path: two, status: 200},
			{name: "nor the body's", method: "GET", path: three, status: 200},
			{name: "change", method: "PATCH", path: two + "?id=" + number(three), headers: []string{bearer(token)}, body: `{"title":"Changed"}`, status: 200, contains: []string{`"id":` + number(two)}},
			{name: "an id in the body", method: "PATCH", path: two, headers: []string{bearer(token)}, body: `{"id":` + number(three) + `,"title":"X"}`, status: 400},
			{name: "session", method: "DELETE", path: "/auth/sessions/none?id=" + sessionID(token), headers: []string{bearer(token)}, status: 404},
			{name: "user", method: "DELETE", path: "/api/admin/users/" + other + "?id=" + id, headers: []string{bearer(admin)}, body: `{"id":"` + adminID + `"}`, status: 204},
			{name: "that one went", method: "GET", path: "/api/admin/users/" + other, headers: []string{bearer(admin)}, status: 404},
			{name: "the query's did not", method: "GET", path: "/api/me", headers: []string{bearer(token)}, status: 200},
			{name: "nor the body's", method: "GET", path: "/api/me", headers: []string{bearer(admin)}, status: 200},
			{name: "a role in the query", method: "GET", path: "/api/admin/users?role=admin&user_id=" + adminID, headers: []string{bearer(token)}, status: 403},
		})
	})
}

func TestRow057_BadQueries(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id, admin := s.signedIn(t, "admin")
		for range 3 {
			s.post(t, id, "Post", true)
			s.user(t, "")
		}
		posts := s.do(t, "GET", "/api/posts?limit=1", "").JSON(t)["next_cursor"].(string)
		users := s.do(t, "GET", "/api/admin/users?limit=1", "", bearer(admin)).JSON(t)["next_cursor"].(string)
		raw, err := base64.RawURLEncoding.DecodeString(users)
		if err != nil {
			t.Fatal(err)
		}
		touched := slices.Clone(raw)
		touched[len(touched)-3] ^= 1
		forged := []byte(`{"v":"2020-01-01T00:00:00Z","i":"x"}`)
		bad := map[string][]string{
			"/api/posts": {"limit=-1", "limit=0", "limit=101", "limit=1e9", "limit=1000000000", "limit=99999999999999999999", "limit=abc", "limit=1.5", "limit=%201", "limit=%31%00", "limit=٣", "limit=1;x",
				"limit=%zz", "limit=1&limit=1000", "cursor=x", "cursor=1", "cursor=" + posts + "A", "cursor=" + posts[:len(posts)-1], "cursor=" + strings.ToLower(posts), "cursor=" + users, "cursor=" + posts + "%0D", "cursor=%0A" + posts, "cursor=%00", "cursor=" + strings.Repeat("A", 10_000)},
			"/api/admin/users": {"limit=-1", "limit=0", "limit=101", "limit=abc", "sort=id%3BDROP", "sort=id;DROP", "sort=password", "sort=a,b", "sort=email,name", "sort=--email", "sort=%2Bemail", "sort=Email", "sort=email+desc", "sort=id", "sort=role", "sort=-", "sort=%00", "sort=email&sort=password",
				"banned=yes", "banned=1", "banned=TRUE", "banned=%00", "cursor=" + posts, "cursor=" + base64.RawURLEncoding.EncodeToString(touched), "cursor=" + base64.RawURLEncoding.EncodeToString(append(raw[:16:16], forged...)),
				"cursor=" + base64.StdEncoding.EncodeToString(raw) + "==", "sort=-created_at&cursor=" + users, "sort=email&cursor=" + users, "q=%ff", "q=%00", "q=%zz", "q=a;b", "role=%00", "role=%ff",
				"q=" + strings.Repeat("q", 10_240), "role=" + strings.Repeat("r", 10_240)},
		}
		for path, queries := range bad {
			for _, query := range queries {
				if a := s.do(t, "GET", path+"?"+query, "", bearer(admin)); a.Status != 400 || !strings.Contains(a.Body, `"code":"bad_request"`) {
					t.Errorf("%s?%.60s: %d %.200s", path, query, a.Status, a.Body)
				}
			}
		}
		for _, query := range []string{"limit=1", "limit=100", "limit=", "cursor=", "sort=", "sort=-name", "sort=created_at&cursor=" + users, "unknown=1"} {
			if a := s.do(t, "GET", "/api/admin/users?"+query, "", bearer(admin)); a.Status != 200 {
				t.Errorf("%s: %d %s", query, a.Status, a.Body)
			}
		}
	})
}

// Row 58: see TestAdminUsersFilters for what is found; here, nothing but what has the very text.
func TestRow058_SearchIsLiteral(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		_, admin := s.signedIn(t, "admin")
		for range 3 {
			s.user(t, "")
		}
		for _, q := range []string{"%", "_", "\\", "'", `\%`, `%' OR '1'='1`, "\\' OR 1=1 --", "{User}", "?", "$1", "[a-z]", "*", "user.*", ".*", "\u200b", "ｕｓｅｒ", "use%r", "\n"} {
			a := s.do(t, "GET", "/api/admin/users?q="+url.QueryEscape(q), "", bearer(admin))
			if a.Status != 200 || a.JSON(t)["total"] != 0.0 {
				t.Errorf("%q: %d %s", q, a.Status, a.Body)
			}
		}
	})
}

func TestRow059_OddIDs(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id, admin := s.signedIn(t, "admin")
		s.post(t, id, "Post", true)
		before := baDump(t, s)
		for _, odd := range []string{"1%20OR%201=1", "1+OR+1=1", "'", "%27", "%00", "1%00", "%ff", "a%2fb", "..%2f..", "%2e%2e", ".", "%25", "_", "*", "{id}", ":id", "null", "undefined", "-0", "٣", "%D9%A3", "%0d%0aX:1", id + "%20", strings.ToUpper(id), id[:len(id)-1] + "%25", strings.Repeat("1", 10_240)} {
			for _, target := range []string{"GET /api/posts/%s", "PATCH /api/posts/%s", "DELETE /api/posts/%s", "GET /api/admin/users/%s", "PATCH /api/admin/users/%s", "DELETE /api/admin/users/%s",
				"GET /api/admin/users/%s/sessions", "DELETE /api/admin/users/%s/sessions", "DELETE /api/admin/users/" + id + "/sessions/%s", "DELETE /auth/sessions/%s"} {
				method, pattern, _ := strings.Cut(target, " ")
				body := map[string]string{"PATCH": `{}`}[method]
				if a := s.do(t, method, fmt.Sprintf(pattern, odd), body, bearer(admin)); a.Status != 404 && a.Status != 400 || strings.Contains(a.Header.Get("X"), "1") {
					t.Errorf("%s with %.40s: %d %.200s", target, odd, a.Status, a.Body)
				}
			}
		}
		if baDump(t, s) != before {
			t.Error("the database changed")
		}
	})
}
