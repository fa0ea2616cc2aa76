package tests

import (
	"net/http"
	"testing"

	"countersign/tests/betterauth"
)

// The page at app.example.com, the API at api.example.com: Better Auth's cookie for both, as docs/nextjs.md has it set, is
// the one that is read here, and that page alone may write with it.
func TestAcrossSubdomains(t *testing.T) {
	t.Parallel()
	databaseURL := databases["sqlite"](t)
	ba := betterauth.Start(t, betterauth.Options{
		DatabaseURL: baDatabase(databaseURL), Secret: testSecret, BaseURL: "https://app.example.com", Plugins: []string{"admin"},
		Extra: map[string]any{"advanced": map[string]any{"crossSubDomainCookies": map[string]any{"enabled": true, "domain": "example.com"}}},
	})
	ba.Migrate(t)
	ba.SignUp(t, "ada@example.com", "correct horse", "Ada")
	in := ba.Do(t, http.MethodPost, "/api/auth/sign-in/email", nil, map[string]string{"email": "ada@example.com", "password": "correct horse"})
	session := (&http.Response{Header: in.Header}).Cookies()[0]
	if session.Name != "__Secure-better-auth.session_token" || session.Domain != "example.com" || !session.Secure || !session.HttpOnly {
		t.Fatalf("Better Auth sets %s", session)
	}
	s := start(t, databaseURL, "FRONTEND_URL=https://app.example.com", "BETTER_AUTH_URL=https://app.example.com", "API_URL=https://api.example.com")
	cookie := "Cookie: " + session.Name + "=" + session.Value
	const post = `{"title":"a","content":""}`
	s.run(t, []call{
		{
			name: "the page reads", method: "GET", path: "/api/me", headers: []string{cookie, "Origin: https://app.example.com"}, status: 200,
			contains: []string{"ada@example.com", "Access-Control-Allow-Origin: https://app.example.com", "Access-Control-Allow-Credentials: true"},
		},
		{name: "the page writes", method: "POST", path: "/api/posts", body: post, headers: []string{cookie, "Origin: https://app.example.com"}, status: 201},
		{
			name: "another page of the domain does not", method: "POST", path: "/api/posts", body: post, headers: []string{cookie, "Origin: https://blog.example.com"},
			status: 403, contains: []string{"cross_site"}, lacks: []string{"Access-Control-Allow-Origin"},
		},
	})
}
