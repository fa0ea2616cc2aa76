package tests

import (
	"strings"
	"testing"
)

const pagePolicy = "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

func TestPages(t *testing.T) {
	t.Parallel()
	const ofChrome = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
	onEach(t, func(t *testing.T, s *server) {
		page := []string{"Content-Type: text/html; charset=UTF-8", pagePolicy, "X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer"}
		asJSON := []string{"Content-Type: application/json", `"docs":"/docs"`, "Vary: Accept", "Cache-Control: no-store", "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'"}
		s.run(t, []call{
			{name: "start page", method: "GET", path: "/", headers: []string{ofChrome}, status: 200, contains: append([]string{"Ready to serve", `href="/docs"`, "http://localhost:8080/api/me", "Vary: Accept", "Cache-Control: no-store"}, page...)},
			{name: "HEAD of it", method: "HEAD", path: "/", headers: []string{ofChrome}, status: 200, contains: page},
			{name: "curl", method: "GET", path: "/", headers: []string{"Accept: */*"}, status: 200, contains: asJSON},
			{name: "no Accept", method: "GET", path: "/", status: 200, contains: asJSON},
			{name: "rather JSON", method: "GET", path: "/", headers: []string{"Accept: text/html;q=0.5, application/json"}, status: 200, contains: asJSON},
			{name: "neither", method: "GET", path: "/", headers: []string{"Accept: image/png"}, status: 200, contains: asJSON},
			{name: "two lines", method: "GET", path: "/", headers: []string{"Accept: application/json;q=0.1", "Accept: text/html"}, status: 200, contains: page},

			{name: "reference", method: "GET", path: "/docs", status: 200, contains: append([]string{"Cache-Control: no-store"}, page...)},
			{name: "HEAD of it", method: "HEAD", path: "/docs", status: 200, contains: page},
			{name: "script", method: "GET", path: "/docs/docs.js", status: 200, contains: []string{"Content-Type: text/javascript; charset=utf-8", "X-Content-Type-Options: nosniff", "Cache-Control: no-store"}},
			{name: "style", method: "GET", path: "/docs/base.css", status: 200, contains: []string{"Content-Type: text/css; charset=utf-8"}},
			{name: "another method", method: "POST", path: "/docs", body: "{}", status: 405, contains: []string{"Allow: OPTIONS, GET, HEAD"}},
			{name: "not framed by the front end either", method: "GET", path: "/docs", headers: []string{origin}, status: 200, contains: page},
		})
		for _, path := range []string{"/docs/", "/docs/none.js", "/docs/docs.html", "/docs/..", "/docs/%2e%2e", "/docs/..%2fhome.html", "/docs/%2fdocs.js", "/docs/docs%2fdocs.js", "/docs/.", "/docs/docs.js/", "/docs/docs/docs.js", "/docs/docs.js%00"} {
			s.expect(t, 404, "GET", path, "")
		}
	})
}

// The start page says how it stands with the program: 200 even then, since it is the page that says it.
func TestStartPageWithoutAStore(t *testing.T) {
	t.Parallel()
	for name, away := range storesAway {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _, _ := away(t)
			s.run(t, []call{{name: "start page", method: "GET", path: "/", headers: []string{"Accept: text/html"}, status: 200, contains: []string{"not ready"}, lacks: []string{"Ready to serve"}}})
		})
	}
	s := start(t, databases["sqlite"](t))
	s.app.Stop()
	if a := s.do(t, "GET", "/", "", "Accept: text/html"); !strings.Contains(a.Body, "not ready") {
		t.Error("a program that stops says it is ready:", a.Body)
	}
}
