package tests

import (
	"net/http"
	"testing"

	"countersign/tests/betterauth"
)

// An app on a phone keeps no cookies: the bearer plugin hands it the session in a header at sign-in, and that opens
// everything here, writes without an Origin too, until it is signed out with the same header.
func TestNativeClient(t *testing.T) {
	t.Parallel()
	for name, databaseURL := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := makers["Better Auth made the tables"](t, databaseURL(t))
			b.ba.SignUp(t, "ada@example.com", "correct horse", "Ada")
			app := map[string]string{"Origin": ""} // no browser, no Origin
			credentials := map[string]string{"email": "ada@example.com", "password": "correct horse"}
			in := b.ba.Do(t, http.MethodPost, "/api/auth/sign-in/email", app, credentials)
			token := in.Header.Get("Set-Auth-Token")
			if in.Status != http.StatusOK || token == "" {
				t.Fatalf("sign-in: %d %s", in.Status, in.Body)
			}
			b.run(t, []call{
				{name: "reads", method: "GET", path: "/api/me", headers: []string{bearer(token)}, status: 200, contains: []string{"ada@example.com"}},
				{name: "writes", method: "POST", path: "/api/posts", body: `{"title":"a","content":""}`, headers: []string{bearer(token)}, status: 201},
				// What @better-auth/expo sends: the cookie that it keeps itself.
				{name: "reads by cookie", method: "GET", path: "/api/me", headers: []string{"Cookie: " + cookiesOf(in)}, status: 200},
				{name: "writes by cookie", method: "POST", path: "/api/posts", body: `{"title":"a","content":""}`, headers: []string{"Cookie: " + cookiesOf(in)}, status: 403, contains: []string{"cross_site"}},
				{name: "writes by cookie, with Origin", method: "POST", path: "/api/posts", body: `{"title":"a","content":""}`, headers: []string{"Cookie: " + cookiesOf(in), origin}, status: 201},
			})
			app["Authorization"] = "Bearer " + token
			if out := b.ba.Do(t, http.MethodPost, "/api/auth/sign-out", app, map[string]any{}); out.Status != http.StatusOK {
				t.Fatalf("sign-out: %d %s", out.Status, out.Body)
			}
			if status := baMe(t, b.server, bearer(token)); status != http.StatusUnauthorized {
				t.Errorf("after the sign-out: %d", status)
			}
		})
	}
}

// cookiesOf is the Cookie header that the answer's Set-Cookie lines ask for.
func cookiesOf(r betterauth.Response) (line string) {
	for _, c := range (&http.Response{Header: r.Header}).Cookies() {
		line += c.Name + "=" + c.Value + "; "
	}
	return line
}
