package tests

import (
	"strings"
	"testing"
)

func TestLogout(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id, byCookieToken := s.signedIn(t, "")
		bystander := s.session(t, id)
		byAccess, byRefresh := s.signIn(t, id), s.signIn(t, id)
		both, bothCookie := s.signIn(t, id), s.session(t, id)
		bearerToken := s.session(t, id)
		out := func(name, body string, status int, contains []string, headers ...string) call {
			return call{name: name, method: "POST", path: "/auth/logout", headers: headers, body: body, status: status, contains: contains}
		}
		gone := func(name, header string) call {
			return call{name: name + ", and it is over", method: "GET", path: "/api/me", headers: []string{header}, status: 401}
		}
		expired := []string{"Set-Cookie: better-auth.session_token=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"}
		dead := call{name: "its refresh token is dead", method: "POST", path: "/auth/refresh", status: 401, contains: []string{"Invalid refresh token"}}
		deadAccess, deadBoth := dead, dead
		deadAccess.body, deadBoth.body = byAccess.refreshBody(), both.refreshBody()
		s.run(t, []call{
			out("neither a user nor a token", "", 401, []string{"Not authenticated", "Www-Authenticate: Bearer"}),
			out("an empty object", "{}", 401, nil),
			out("a stale bearer token", "", 401, nil, bearer("stale")),
			out("unknown member", `{"token":"x"}`, 400, nil),
			out("cookie without an origin", "", 403, []string{"cross_site"}, cookie(byCookieToken)),
			out("cookie", "", 204, expired, byCookie(byCookieToken)...),
			gone("cookie", cookie(byCookieToken)),
			out("cookie once more", "", 401, nil, byCookie(byCookieToken)...),
			out("session token", "", 204, nil, bearer(bearerToken)),
			gone("session token", bearer(bearerToken)),
			out("access token", "", 204, nil, bearer(byAccess.Access)),
			gone("access token", bearer(byAccess.Access)), deadAccess,
			out("refresh token", byRefresh.refreshBody(), 204, nil),
			gone("refresh token", bearer(byRefresh.Access)),
			out("refresh token once more: nothing to end", byRefresh.refreshBody(), 204, nil),
			out("not a refresh token: nothing to end", `{"refresh_token":"x"}`, 204, nil),
			out("an access token as the refresh token ends nothing", tokens{Refresh: both.Access}.refreshBody(), 204, nil),
			out("cookie and refresh token of another session", both.refreshBody(), 204, expired, byCookie(bothCookie)...),
			gone("the cookie's", cookie(bothCookie)), deadBoth,
			{name: "a bystander's session lives", method: "GET", path: "/api/me", headers: []string{cookie(bystander)}, status: 200},
		})
		if n := s.one(t, `SELECT count(*) FROM "session"`); n != "1" {
			t.Errorf("%s sessions, want the bystander's", n)
		}
		if a := s.do(t, "POST", "/auth/logout", "", bearer(bystander)); a.Header.Get("Set-Cookie") != "" {
			t.Error("a cookie is set where none identified the request")
		}
	})
}

// A token that was spent still says which session its owner wants to end.
func TestLogoutBySpentRefreshToken(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		first := s.signIn(t, s.user(t, ""))
		second := s.refresh(t, first)
		if a := s.do(t, "POST", "/auth/logout", first.refreshBody()); a.Status != 204 {
			t.Errorf("%d %s", a.Status, a.Body)
		}
		if a := s.do(t, "POST", "/auth/refresh", second.refreshBody()); a.Status != 401 {
			t.Errorf("the successor lives: %d", a.Status)
		}
	})
}

func TestLogoutExpiresTheSecureCookie(t *testing.T) {
	t.Parallel()
	s := start(t, databases["sqlite"](t), "SECURE_COOKIES=on")
	_, token := s.signedIn(t, "")
	a := s.do(t, "POST", "/auth/logout", "", origin, strings.Replace(cookie(token), "better-auth", "__Secure-better-auth", 1))
	if got := a.Header.Get("Set-Cookie"); a.Status != 204 || !strings.HasPrefix(got, "__Secure-better-auth.session_token=;") || !strings.Contains(got, "; Secure") {
		t.Errorf("%d %q", a.Status, got)
	}
}
