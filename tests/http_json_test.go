package tests

import (
	"bytes"
	"compress/gzip"
	"net/url"
	"strings"
	"testing"
)

// Row 113: who asks, from where and for what is never taken from a header that anybody can write.
func TestRow113_SpoofedHeaders(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		admin, _ := s.signedIn(t, "admin")
		id, token := s.signedIn(t, "")
		s.setPassword(t, id, passwordHash())
		spoofed := []string{"X-User-Id: " + admin, "X-User: " + admin, "X-Remote-User: " + admin, "X-Forwarded-User: " + admin, "X-Role: admin", "X-Original-URL: /api/posts", "X-Rewrite-URL: /api/posts", "X-Forwarded-Uri: /api/posts", "X-Forwarded-Prefix: /x",
			"X-Forwarded-Host: localhost:3000", "X-Forwarded-Proto: https", "X-Forwarded-Method: GET", "X-Forwarded-For: 127.0.0.1", "X-Real-IP: 127.0.0.1", "Forwarded: for=127.0.0.1;host=localhost:3000;proto=https"}
		spoof := func(headers ...string) []string { return append(headers, spoofed...) }
		s.run(t, []call{
			{name: "anonymous stays anonymous", method: "GET", path: "/api/me", headers: spoof(), status: 401},
			{name: "on the admin's routes", method: "GET", path: "/api/admin/users", headers: spoof(), status: 401},
			{name: "a user stays that user", method: "GET", path: "/api/me", headers: spoof(cookie(token)), status: 200, contains: []string{id}, lacks: []string{admin}},
			{name: "and no admin", method: "GET", path: "/api/admin/users", headers: spoof(cookie(token)), status: 403},
			{name: "a foreign page stays foreign", method: "POST", path: "/protected/action", headers: spoof(cookie(token), "Origin: https://evil.example"), status: 403},
			{name: "Location is a path", method: "POST", path: "/api/posts", headers: spoof(bearer(token)), body: `{"title":"T","content":""}`, status: 201, contains: []string{"Location: /api/posts/"}},
			{name: "login", method: "POST", path: "/auth/login", headers: spoof(), body: loginBody(id+"@example.com", password), status: 200},
		})
		if got := s.one(t, `SELECT "ipAddress" FROM "session" WHERE "userId" = $1 AND "userAgent" <> 'test'`, id); got != "192.0.2.1" {
			t.Errorf("the session's address is %s, want the peer's", got)
		}
		if strings.Contains(s.Log.String(), "127.0.0.1") && strings.HasPrefix(s.URL, "sqlite:") {
			t.Error("a spoofed address is in the log")
		}
	})
}

// bodies are routes that take JSON, each with a body that is taken but for one member's value in {}.
var bodies = []struct{ method, path, body string }{
	{"PATCH", "/api/me", `{"name":{}}`}, {"PATCH", "/api/me", `{"image":{}}`},
	{"POST", "/api/posts", `{"title":{},"content":""}`}, {"POST", "/api/posts", `{"title":"T","content":{}}`}, {"PATCH", "/api/posts/1", `{"title":{}}`}, {"PATCH", "/api/posts/1", `{"content":{}}`},
	{"PATCH", "/api/admin/users/x", `{"name":{}}`}, {"PATCH", "/api/admin/users/x", `{"role":{}}`}, {"PATCH", "/api/admin/users/x", `{"ban_reason":{}}`}, {"PATCH", "/api/admin/users/x", `{"ban_expires":{}}`},
	{"POST", "/auth/register", `{"email":{},"password":"` + password + `"}`}, {"POST", "/auth/register", `{"email":"new@example.com","password":{}}`}, {"POST", "/auth/register", `{"email":"new@example.com","password":"` + password + `","name":{}}`},
	{"POST", "/auth/login", `{"email":{},"password":"` + password + `"}`}, {"POST", "/auth/login", `{"email":"a@example.com","password":{}}`}, {"POST", "/auth/refresh", `{"refresh_token":{}}`}, {"POST", "/auth/logout", `{"refresh_token":{}}`},
	{"POST", "/auth/password", `{"current_password":{},"new_password":"new-password"}`}, {"POST", "/auth/password", `{"current_password":"wrong-password","new_password":{}}`},
}

func TestRow114_BodiesThatAreNotOneObject(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id, admin := s.signedIn(t, "admin")
		s.setPassword(t, id, passwordHash())
		s.post(t, id, "Post", true)
		before := baDump(t, s)
		for _, b := range bodies {
			good := strings.Replace(b.body, "{}", `"text"`, 1)
			member, _, _ := strings.Cut(good[2:], `"`)
			for name, body := range map[string]string{
				"trailing text": good + "x", "trailing object": good + good, "trailing comma": strings.TrimSuffix(good, "}") + ",}", "trailing bracket": good + "}",
				"unknown member": strings.Replace(good, "{", `{"unknown":1,`, 1), "unknown object": strings.Replace(good, "{", `{"unknown":{"a":[]},`, 1), "other case": strings.Replace(good, `"`+member, `"`+strings.ToUpper(member), 1),
				"repeated member": strings.Replace(good, "{", `{"`+member+`":"first",`, 1), "repeated by an escape": strings.Replace(good, "{", `{"\u00`+hexOf(member[0])+member[1:]+`":"first",`, 1),
				"list": "[" + good + "]", "empty list": "[]", "text": `"text"`, "number": "1", "null": "null", "true": "true", "nothing": " ", "cut short": good[:len(good)-1],
				"deep value": strings.Replace(b.body, "{}", strings.Repeat("[", 10_001)+strings.Repeat("]", 10_001), 1), "deep body": strings.Repeat("[", 20_000), "deep objects": strings.Repeat(`{"a":`, 20_000),
				"byte order mark": "\ufeff" + good, "UTF-16": "\xff\xfe{\x00}\x00", "broken UTF-8": strings.Replace(b.body, "{}", "\"te\xffxt\"", 1), "overlong UTF-8": strings.Replace(b.body, "{}", "\"te\xc0\x80xt\"", 1),
				"half a surrogate": strings.Replace(b.body, "{}", `"te\ud800xt"`, 1), "NUL escaped": strings.Replace(b.body, "{}", `"te\u0000xt"`, 1), "NUL at the end": strings.Replace(b.body, "{}", `"text\u0000"`, 1), "NUL raw": strings.Replace(b.body, "{}", "\"te\x00xt\"", 1),
				"NUL after the object": good + "\x00", "comment": "/**/" + good, "single quotes": strings.ReplaceAll(good, `"`, `'`), "NaN": strings.Replace(b.body, "{}", "NaN", 1), "line break in text": strings.Replace(b.body, "{}", "\"te\nxt\"", 1), "JSON lines": good + "\n" + good,
			} {
				if a := s.do(t, b.method, b.path, body, bearer(admin)); a.Status != 400 || !strings.Contains(a.Body, `"code":"bad_request"`) {
					t.Errorf("%s %s %s, %s (%.60s): %d %.300s", b.method, b.path, member, name, body, a.Status, a.Body)
				}
			}
			for name, value := range map[string]string{"number": "1", "list": "[]", "object": "{}", "bool": "true"} {
				if a := s.do(t, b.method, b.path, strings.Replace(b.body, "{}", value, 1), bearer(admin)); a.Status != 422 || !strings.Contains(a.Body, `"code":"invalid"`) || !strings.Contains(a.Body, `"errors":[{"field":"`) {
					t.Errorf("%s %s, a %s: %d %.300s", b.method, b.path, name, a.Status, a.Body)
				}
			}
		}
		if baDump(t, s) != before {
			t.Error("the database changed")
		}
	})
}

func TestRow114_BodiesInAnotherDress(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		_, admin := s.signedIn(t, "admin")
		before := baDump(t, s)
		var zipped bytes.Buffer
		z := gzip.NewWriter(&zipped)
		_, _ = z.Write([]byte(`{"name":"X"}`))
		_ = z.Close()
		for _, c := range []struct{ name, body, headers string }{
			{"XML", `<name>X</name>`, "Content-Type: application/xml"}, {"YAML", "name: X", "Content-Type: application/yaml"}, {"gzip", zipped.String(), "Content-Encoding: gzip"}, {"deflate", "x", "Content-Encoding: deflate"}, {"identity", `{"name":"X"}`, "Content-Encoding: identity, gzip"},
			{"Latin 1", `{"name":"X"}`, "Content-Type: application/json; charset=iso-8859-1"}, {"UTF-16", `{"name":"X"}`, "Content-Type: application/json; charset=utf-16"}, {"two charsets", `{"name":"X"}`, "Content-Type: application/json; charset=utf-8; charset=utf-16"}, {"UTF-7", `{"name":"X"}`, "Content-Type: application/json; charset=utf-7"},
			{"merge patch", `{"name":"X"}`, "Content-Type: application/merge-patch+json"},
		} {
			for _, w := range []struct{ method, path string }{{"PATCH", "/api/me"}, {"POST", "/api/posts"}, {"POST", "/auth/login"}, {"POST", "/auth/register"}, {"POST", "/auth/logout"}} {
				if a := s.do(t, w.method, w.path, c.body, bearer(admin), c.headers); a.Status != 415 || !strings.Contains(a.Body, `"code":"content_type"`) {
					t.Errorf("%s to %s: %d %s", c.name, w.path, a.Status, a.Body)
				}
			}
		}
		if a := s.do(t, "POST", "/auth/login", url.Values{"username": {"a"}, "password": {"b"}}.Encode(), form+"; charset=iso-8859-1"); a.Status != 415 {
			t.Errorf("a form in Latin 1: %d", a.Status)
		}
		if baDump(t, s) != before {
			t.Error("the database changed")
		}
	})
}

func hexOf(b byte) string { return string("0123456789abcdef"[b>>4]) + string("0123456789abcdef"[b&15]) }
