package tests

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// writes are the writes of the contract that need a user, with bodies that would be taken. {id} is a user's, {post} a post's.
var writes = []struct{ method, path, body string }{
	{"PATCH", "/api/me", `{"name":"X"}`}, {"POST", "/api/posts", `{"title":"X","content":""}`}, {"PATCH", "/api/posts/{post}", `{"title":"X"}`}, {"DELETE", "/api/posts/{post}", ""},
	{"PATCH", "/api/admin/users/{id}", `{"banned":true}`}, {"DELETE", "/api/admin/users/{id}", ""}, {"DELETE", "/api/admin/users/{id}/sessions", ""}, {"DELETE", "/api/admin/users/{id}/sessions/x", ""},
	{"POST", "/protected/action", ""}, {"POST", "/auth/logout", ""}, {"DELETE", "/auth/sessions", ""}, {"DELETE", "/auth/sessions/x", ""},
	{"POST", "/auth/password", `{"current_password":"wrong-password","new_password":"new-password"}`},
}

func TestRow100_CookieWritesSayWhereTheyComeFrom(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id := s.user(t, "")
		me, admin := s.signedIn(t, "admin")
		s.session(t, me)
		post := number(s.post(t, id, "Post", true))
		before := baDump(t, s)
		for _, said := range []string{
			"", "Origin: null", "Origin: https://evil.example", "Origin: ", "Origin: http://localhost:3000.evil.example", "Origin: http://localhost", "Origin: https://localhost:3000", "Origin: http://localhost:3000/", "Origin: http://a@localhost:3000",
			"Referer: https://evil.example/?http://localhost:3000", "Referer: http://localhost:3000@evil.example/", "Referer: /page", "Sec-Fetch-Site: same-origin", "X-Requested-With: XMLHttpRequest", "Host: localhost:3000",
			// Of two, one foreign: the Origin is asked and not the Referer.
			"Origin: null|Referer: http://localhost:3000/", origin + "|Origin: https://evil.example", "Authorization: Bearer stale", "Authorization: Basic eDp4",
		} {
			for _, w := range writes {
				headers := append(strings.Split(said, "|"), cookie(admin))
				path := strings.NewReplacer("{id}", id, "{post}", post).Replace(w.path)
				if a := s.do(t, w.method, path, w.body, headers...); a.Status != 403 || !strings.Contains(a.Body, `"code":"cross_site"`) {
					t.Errorf("%s %s with %q: %d %s", w.method, path, said, a.Status, a.Body)
				}
			}
		}
		if baDump(t, s) != before {
			t.Error("a handler ran")
		}
		action := func(name string, status int, headers ...string) call {
			return call{name: name, method: "POST", path: "/protected/action", headers: headers, status: status}
		}
		s.run(t, []call{
			action("cookie and Origin", 200, cookie(admin), origin), action("cookie and Referer", 200, cookie(admin), "Referer: http://localhost:3000/page?x=1#y"),
			action("the API's own pages", 200, cookie(admin), "Origin: http://localhost:8080"), action("capitals are the same", 200, cookie(admin), "Origin: HTTP://LOCALHOST:3000"),
			action("bearer without Origin", 200, bearer(admin)), action("bearer from anywhere", 200, bearer(admin), "Origin: https://evil.example"),
			action("a bearer token decides, the cookie beside it is not looked at", 200, bearer(admin), cookie(admin)),
			{name: "reads need none", method: "GET", path: "/api/me", headers: []string{cookie(admin), "Origin: https://evil.example"}, status: 200, lacks: []string{"Access-Control-Allow"}},
		})
	})
}

// Row 101: what a form on another site can send is refused before it is read; nothing needs no type.
func TestRow101_ContentTypes(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id, post := s.user(t, ""), number(s.post(t, "", "Post", true))
		_, admin := s.signedIn(t, "admin")
		before := baDump(t, s)
		for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "text/json", "application/jsonp", "application/json, text/plain", "application/ld+json", "json", "*/*"} {
			for _, w := range writes {
				path, body := strings.NewReplacer("{id}", id, "{post}", post).Replace(w.path), w.body
				if body == "" {
					body = `{}`
				}
				if a := s.do(t, w.method, path, body, bearer(admin), "Content-Type: "+kind); a.Status != 415 || !strings.Contains(a.Body, `"code":"content_type"`) {
					t.Errorf("%s %s as %q: %d %s", w.method, path, kind, a.Status, a.Body)
				}
			}
			for _, path := range []string{"/auth/register", "/auth/refresh", "/auth/login"} {
				if a := s.do(t, "POST", path, `{"email":"a@example.com","password":"`+password+`"}`, "Content-Type: "+kind); a.Status != 415 && path+kind != "/auth/login"+"application/x-www-form-urlencoded" {
					t.Errorf("POST %s as %q: %d %s", path, kind, a.Status, a.Body)
				}
			}
		}
		chunked := httptest.NewRequestWithContext(t.Context(), "PATCH", "/api/me", io.MultiReader(strings.NewReader(`{"name":"X"}`)))
		chunked.Header = http.Header{"Authorization": {"Bearer " + admin}, "Content-Type": {"text/plain"}}
		w := httptest.NewRecorder()
		if s.app.ServeHTTP(w, chunked); w.Code != 415 || chunked.ContentLength != -1 {
			t.Errorf("chunked: %d %s", w.Code, w.Body)
		}
		if baDump(t, s) != before {
			t.Error("the database changed")
		}
		s.run(t, []call{
			{name: "no body needs no type", method: "POST", path: "/protected/action", headers: []string{bearer(admin)}, status: 200},
			{name: "nor minds one", method: "POST", path: "/protected/action", headers: []string{bearer(admin), "Content-Type: text/plain"}, status: 200},
			{name: "capitals and a charset", method: "PATCH", path: "/api/me", headers: []string{bearer(admin), "Content-Type: Application/JSON; Charset=UTF-8"}, body: `{}`, status: 200},
		})
	})
}

func TestRow102_MethodsAreWhatTheySay(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id, token := s.signedIn(t, "")
		post := s.post(t, id, "Post", true)
		before := baDump(t, s)
		s.run(t, []call{
			{name: "GET on a write", method: "GET", path: "/protected/action", headers: byCookie(token), status: 405, contains: []string{"Allow: OPTIONS, POST"}},
			{name: "GET on logout", method: "GET", path: "/auth/logout", headers: byCookie(token), status: 405, contains: []string{"Allow: OPTIONS, POST"}},
			{name: "HEAD on logout", method: "HEAD", path: "/auth/logout", headers: byCookie(token), status: 405},
			{name: "PUT for PATCH", method: "PUT", path: "/api/me", headers: byCookie(token), body: `{"name":"X"}`, status: 405, contains: []string{"Allow: OPTIONS, GET, HEAD, PATCH"}},
			{name: "override header", method: "GET", path: "/api/me", headers: []string{cookie(token), "X-HTTP-Method-Override: PATCH"}, body: `{"name":"X"}`, status: 200},
			{name: "override of a write", method: "POST", path: post, headers: append(byCookie(token), "X-HTTP-Method-Override: DELETE", "X-Method-Override: DELETE"), status: 405, contains: []string{"Allow: OPTIONS, DELETE, GET, HEAD, PATCH"}},
			{name: "override in the query", method: "POST", path: "/api/posts?_method=DELETE", headers: byCookie(token), body: `{}`, status: 422},
		})
		if baDump(t, s) != before {
			t.Error("the database changed")
		}
	})
}

func TestRow103_Preflight(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		preflight := []string{"Access-Control-Request-Method: PATCH", "Access-Control-Request-Headers: authorization,content-type,x-mine"}
		for _, path := range []string{"/api/me", "/api/posts", "/api/posts/1", "/api/admin/users/1", "/protected/action", "/auth/login", "/auth/logout"} {
			s.run(t, []call{
				{name: "allowed " + path, method: "OPTIONS", path: path, headers: append(preflight, origin), status: 204, contains: []string{
					"Access-Control-Allow-Origin: http://localhost:3000\r\n", "Access-Control-Allow-Credentials: true", "Vary: Origin", "Access-Control-Allow-Headers: authorization,content-type,x-mine", "Access-Control-Allow-Methods: "}, lacks: []string{"*"}},
				{name: "foreign " + path, method: "OPTIONS", path: path, headers: append(preflight, "Origin: https://evil.example"), status: 204, contains: []string{"Vary: Origin"}, lacks: []string{"Access-Control-"}},
				{name: "null " + path, method: "OPTIONS", path: path, headers: append(preflight, "Origin: null"), status: 204, contains: []string{"Vary: Origin"}, lacks: []string{"Access-Control-"}},
			})
		}
		exposed := []string{"Access-Control-Allow-Origin: http://localhost:3000\r\n", "Access-Control-Allow-Credentials: true", "Access-Control-Expose-Headers: ", "Location", "Retry-After", "X-Request-Id", "Vary: Origin"}
		s.run(t, []call{
			{name: "PATCH is allowed where it is", method: "OPTIONS", path: "/api/me", headers: append(preflight, origin), status: 204, contains: []string{"PATCH"}},
			{name: "an answer", method: "GET", path: "/api/posts", headers: []string{origin}, status: 200, contains: exposed},
			{name: "a refusal can be read too", method: "GET", path: "/api/me", headers: []string{origin}, status: 401, contains: exposed},
			{name: "an unknown path too", method: "GET", path: "/none", headers: []string{origin}, status: 404, contains: exposed},
			{name: "not from elsewhere", method: "GET", path: "/api/posts", headers: []string{"Origin: https://evil.example"}, status: 200, contains: []string{"Vary: Origin"}, lacks: []string{"Access-Control-"}},
			{name: "without an Origin caches still keep apart", method: "GET", path: "/api/posts", status: 200, contains: []string{"Vary: Origin"}, lacks: []string{"Access-Control-"}},
		})
	})
}

// Row 104: config's own tests hold what does not start; here, what matches.
func TestRow104_OriginsMatch(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		_, token := s.signedIn(t, "")
		for said, allowed := range map[string]bool{
			"https://a.example.com": true, "https://A.EXAMPLE.com": true, "https://a-b.example.com": true, "https://a.example.com:443": true, "https://shop.example.org": true, "http://localhost:3000": true, "http://localhost:8080": true,
			"https://a.b.example.com": false, "https://example.com": false, "https://.example.com": false, "https://example.com.evil.org": false, "https://a.example.com.evil.org": false, "https://evilexample.com": false,
			"http://x.example.com": false, "https://a.example.com:8443": false, "https://a.example.com.": false, "https://a.example.com/": false, "https://evil.org#.example.com": false, "https://evil.org/.example.com": false, "https://evil.org?.example.com": false,
			`https://evil.org\.example.com`: false, "https://evil.org%2f.example.com": false, "https://*.example.com": false, "*": false, "null": false, "https://x@a.example.com": false, "https://a.example.com https://evil.org": false,
			"https://a.example.com,https://evil.org": false, "https://shop.example.org.evil.org": false, "https://a.shop.example.org": false, "file://": false, "https://": false, "https://ä.example.com": false, "https://a\u3002example.com": false,
		} {
			cors := s.do(t, "GET", "/api/posts", "", "Origin: "+said).Header.Get("Access-Control-Allow-Origin")
			write := s.do(t, "POST", "/protected/action", "", cookie(token), "Origin: "+said).Status
			login := s.do(t, "POST", "/auth/refresh", `{"refresh_token":"x"}`, "Origin: "+said).Status
			if allowed && (cors != said || write != 200 || login != 401) || !allowed && (cors != "" || write != 403 || login != 403) {
				t.Errorf("%s: CORS %q, cookie write %d, login %d; allowed should be %v", said, cors, write, login, allowed)
			}
		}
	}, "FRONTEND_URL=https://*.example.com, https://shop.example.org/", "SECURE_COOKIES=off")
}
