package tests

import (
	"testing"
)

func TestMe(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id := s.user(t, "user,editor")
		token := s.session(t, id)
		s.run(t, []call{
			{name: "anonymous", method: "GET", path: "/api/me", status: 401, contains: []string{`"detail":"Not authenticated"`, `"code":"not_authenticated"`, "Www-Authenticate: Bearer"}},
			{name: "cookie", method: "GET", path: "/api/me", headers: []string{cookie(token)}, status: 200, contains: []string{id, `"roles":["user","editor"]`, `"impersonated_by":null`}, lacks: []string{token}},
			{name: "bare bearer", method: "GET", path: "/api/me", headers: []string{bearer(token)}, status: 200, contains: []string{id}},
			{name: "signed bearer", method: "GET", path: "/api/me", headers: []string{bearer(signed(testSecret, token))}, status: 200, contains: []string{id}},
			{name: "HEAD", method: "HEAD", path: "/api/me", headers: []string{cookie(token)}, status: 200},
			{name: "change", method: "PATCH", path: "/api/me", headers: []string{cookie(token), origin}, body: `{"name":"Zoë","image":"https://example.com/z.png"}`, status: 200, contains: []string{`"name":"Zoë"`, `z.png`}},
			{name: "clear", method: "PATCH", path: "/api/me", headers: []string{cookie(token), origin}, body: `{"name":null,"image":null}`, status: 200, contains: []string{`"name":null`, `"image":null`}},
			{name: "nothing", method: "PATCH", path: "/api/me", headers: []string{cookie(token), origin}, body: `{}`, status: 200},
		})
	})
}

// A database may write its dates in another style than ISO.
func TestMeWhereDatesAreWrittenOtherwise(t *testing.T) {
	t.Parallel()
	s := start(t, databases["postgres"](t))
	token := s.session(t, s.user(t, ""))
	s.exec(t, "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET datestyle = ''SQL, DMY''', current_database()); END $$")
	s = start(t, s.URL) // whose connections are new
	if style := s.one(t, "SHOW datestyle"); style != "SQL, DMY" {
		t.Fatal(style)
	}
	s.expect(t, 200, "GET", "/api/me", "", cookie(token))
}

// A request with a cookie must cost one SQL statement: the session and its user together.
func TestMeIsOneStatement(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		token := s.session(t, s.user(t, ""))
		before := baStatements(s)
		if a := s.do(t, "GET", "/api/me", "", cookie(token)); a.Status != 200 {
			t.Fatal(a)
		}
		if n := baStatements(s) - before; n != 1 {
			t.Errorf("%d statements:\n%s", n, s.Log)
		}
	})
}
