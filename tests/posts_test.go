package tests

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

func TestPostsAreCreatedByUsers(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id, token := s.signedIn(t, "user")
		bannedID, banned := s.signedIn(t, "user")
		s.setUser(t, bannedID, `banned = true`)
		create := func(name, body string, status int, contains ...string) call {
			return call{name: name, method: "POST", path: "/api/posts", headers: []string{bearer(token)}, body: body, status: status, contains: contains}
		}
		s.run(t, []call{
			{name: "anonymous", method: "POST", path: "/api/posts", body: `{"title":"T","content":""}`, status: 401, contains: []string{"Www-Authenticate: Bearer", "Not authenticated"}},
			{name: "banned", method: "POST", path: "/api/posts", headers: []string{bearer(banned)}, body: `{"title":"T","content":""}`, status: 403, contains: []string{"Inactive user", "inactive_user"}},
			{name: "cookie", method: "POST", path: "/api/posts", headers: byCookie(token), body: `{"title":"By cookie","content":""}`, status: 201},
			create("draft unless said otherwise", `{"title":"T","content":""}`, 201,
				"Location: /api/posts/", `"title":"T"`, `"content":""`, `"published":false`, `"mine":true`, `"author_id":"`+id+`"`, `"created_at":"`, `"updated_at":"`),
			create("published", `{"title":"T","content":"C","published":true}`, 201, `"published":true`),
			create("longest, counted in characters", `{"title":"`+strings.Repeat("é", 200)+`","content":"`+strings.Repeat("é", 100_000)+`"}`, 201),
			create("title too long", `{"title":"`+strings.Repeat("é", 201)+`","content":""}`, 422, `"code":"invalid"`, `"field":"title"`, "at most 200"),
			create("content too long", `{"title":"T","content":"`+strings.Repeat("c", 100_001)+`"}`, 422, `"field":"content"`),
			create("title empty", `{"title":"","content":""}`, 422, `"field":"title"`),
			create("title null", `{"title":null,"content":""}`, 422, `"field":"title"`),
			create("all missing, all named", `{}`, 422, `"field":"title"`, `"field":"content"`),
			create("wrong type", `{"title":"T","content":"","published":"yes"}`, 422, `"field":"published"`),
			create("not an object", `[]`, 400, `"code":"bad_request"`),
			create("no body", ``, 400),
		})
		if n := s.one(t, `SELECT count(*) FROM `+s.own("posts")); n != "4" {
			t.Errorf("%s posts, want the 4 that were answered 201", n)
		}
	})
}

func TestPostsAreReadAsTheyAreVisible(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		author, token := s.signedIn(t, "")
		_, stranger := s.signedIn(t, "user,editor")
		_, moderator := s.signedIn(t, "moderator")
		_, admin := s.signedIn(t, "user,admin")
		public, draft := s.post(t, author, "Public", true), s.post(t, author, "Draft", false)
		orphan := s.post(t, "", "Orphan", false)
		get := func(name, path string, status int, who string, contains ...string) call {
			c := call{name: name, method: "GET", path: path, status: status, contains: contains}
			if who != "" {
				c.headers = []string{bearer(who)}
			}
			return c
		}
		s.run(t, []call{
			get("anybody reads what is published", public, 200, "", `"title":"Public"`, `"mine":false`, `"author_id":"`+author+`"`),
			get("a draft is not there for anonymous", draft, 404, "", `"code":"not_found"`),
			get("nor for another user", draft, 404, stranger),
			get("the author reads it", draft, 200, token, `"mine":true`),
			get("a moderator reads it", draft, 200, moderator, `"mine":false`),
			get("an admin reads it", draft, 200, admin),
			get("a post without author is nobody's", orphan, 404, token),
			get("but editors'", orphan, 200, admin, `"author_id":null`, `"mine":false`),
			get("a token that does not hold is anonymous", public, 200, "stale", `"mine":false`),
			get("no such post", "/api/posts/999999", 404, admin),
			{name: "HEAD", method: "HEAD", path: public, status: 200},
			{name: "HEAD of a draft", method: "HEAD", path: draft, status: 404},
		})
		for _, id := range []string{"0", "-1", "+1", "01", "1.0", "1e0", "0x1", "9223372036854775808", "abc", "%20", "%00"} {
			if a := s.do(t, "GET", "/api/posts/"+id, "", bearer(admin)); a.Status != 404 {
				t.Errorf("id %s: %d, want 404", id, a.Status)
			}
		}
	})
}

func TestPostsAreChangedByTheirAuthorAndEditors(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		author, token := s.signedIn(t, "")
		_, stranger := s.signedIn(t, "Moderator,administrator")
		_, moderator := s.signedIn(t, "moderator")
		_, admin := s.signedIn(t, "admin")
		public, draft := s.post(t, author, "Public", true), s.post(t, author, "Draft", false)
		change := func(name, path, who, body string, status int, contains ...string) call {
			return call{name: name, method: "PATCH", path: path, headers: []string{bearer(who)}, body: body, status: status, contains: contains}
		}
		remove := func(name, path, who string, status int, contains ...string) call {
			return call{name: name, method: "DELETE", path: path, headers: []string{bearer(who)}, status: status, contains: contains}
		}
		s.run(t, []call{
			{name: "anonymous change", method: "PATCH", path: public, body: `{"title":"X"}`, status: 401},
			{name: "anonymous deletion", method: "DELETE", path: public, status: 401},
			change("another's published", public, stranger, `{"title":"X"}`, 403, "Required role: moderator or admin", "role_required"),
			change("another's draft is not there", draft, stranger, `{"title":"X"}`, 404),
			change("author", draft, token, `{"title":"Mine"}`, 200, `"title":"Mine"`, `"content":"Content"`, `"published":false`, `"mine":true`),
			change("one member leaves the others", draft, token, `{"published":true}`, 200, `"title":"Mine"`, `"published":true`),
			change("nothing", draft, token, `{}`, 200, `"title":"Mine"`),
			change("moderator", draft, moderator, `{"content":""}`, 200, `"content":""`, `"mine":false`, `"author_id":"`+author+`"`),
			change("admin", draft, admin, `{"title":"Ours"}`, 200, `"title":"Ours"`),
			change("empty title", draft, token, `{"title":""}`, 422, `"field":"title"`),
			change("no such post", "/api/posts/999999", admin, `{"title":"X"}`, 404),
			remove("the author may not delete", public, token, 403, "Required role: moderator or admin"),
			remove("nor somebody with a role that only looks so", public, stranger, 403),
			remove("moderator", public, moderator, 200, `{"deleted":`+number(public)+`}`),
			remove("twice", public, moderator, 404),
			remove("admin", draft, admin, 200),
		})
		if n := s.one(t, `SELECT count(*) FROM `+s.own("posts")); n != "0" {
			t.Errorf("%s posts left", n)
		}
	})
}

func TestPostsListIsPersonalized(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		author, token := s.signedIn(t, "")
		banned, bannedToken := s.signedIn(t, "")
		s.post(t, author, "Old", true)
		s.post(t, author, "Draft of A", false)
		s.post(t, banned, "Draft of B", false)
		s.post(t, banned, "New", true)
		s.setUser(t, banned, `banned = true`)
		s.run(t, []call{
			{name: "anonymous", method: "GET", path: "/api/posts", status: 200, contains: []string{`"personalized":false`, `"next_cursor":null`, "Old", "New"}, lacks: []string{"Draft", "user_id"}},
			{name: "user", method: "GET", path: "/api/posts", headers: []string{cookie(token)}, status: 200, contains: []string{`"personalized":true`, `"user_id":"` + author + `"`, "Draft of A"}, lacks: []string{"Draft of B"}},
			{name: "a banned user is anonymous", method: "GET", path: "/api/posts", headers: []string{cookie(bannedToken)}, status: 200, contains: []string{`"personalized":false`}, lacks: []string{"Draft", "user_id"}},
			{name: "credentials that do not hold are anonymous", method: "GET", path: "/api/posts", headers: []string{bearer("a.b.c")}, status: 200, contains: []string{`"personalized":false`}},
		})
		if titles := s.titles(t, "/api/posts", bearer(token)); strings.Join(titles, ",") != "New,Draft of A,Old" {
			t.Errorf("%q, want newest first", titles)
		}
	})
}

// A reader who turns pages sees every post that was there, once, whatever is written in between.
func TestPostsArePagedUnderInserts(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		author := s.user(t, "")
		var want []string
		for i := range 21 {
			want = append([]string{fmt.Sprintf("Post %d", i)}, want...)
			s.post(t, author, want[0], true)
		}
		if first := s.titles(t, "/api/posts"); len(first) != 20 {
			t.Errorf("%d posts without a limit, want 20", len(first))
		}
		for _, limit := range []string{"1", "7", "20", "21", "100"} {
			var got []string
			for cursor, pages := "", 0; pages < 30; pages++ {
				a := s.do(t, "GET", "/api/posts?limit="+limit+"&cursor="+url.QueryEscape(cursor), "")
				got = append(got, titlesOf(t, a)...)
				s.post(t, author, "Late", false)
				s.exec(t, `UPDATE `+s.own("posts")+` SET published = true WHERE title = 'Late'`)
				var more bool
				if cursor, more = a.JSON(t)["next_cursor"].(string); !more {
					break
				}
			}
			if strings.Join(got, ",") != strings.Join(want, ",") {
				t.Errorf("limit %s: %q", limit, got)
			}
			s.exec(t, `DELETE FROM `+s.own("posts")+` WHERE title = 'Late'`)
		}
	})
}

// signedIn stores a user with a role and a session, and gives the user's id and the session's token.
func (s *server) signedIn(t *testing.T, role string) (id, token string) {
	t.Helper()
	id = s.user(t, role)
	return id, s.session(t, id)
}

// setUser changes a user's row.
func (s *server) setUser(t *testing.T, id, change string, values ...any) {
	t.Helper()
	s.exec(t, `UPDATE "user" SET `+change+` WHERE id = '`+id+`'`, values...)
}

// byCookie gives the header lines of a write from the front end's page.
func byCookie(token string) []string { return []string{cookie(token), origin} }

// post stores a post, of nobody where the author is "", and gives its path.
func (s *server) post(t *testing.T, author, title string, published bool) string {
	t.Helper()
	var by any
	if author != "" {
		by = author
	}
	return "/api/posts/" + s.one(t, `INSERT INTO `+s.own("posts")+` (title, content, published, author_id, created_at, updated_at)
		VALUES ($1, 'Content', $2, $3, $4, $4) RETURNING id`, title, published, by, iso(s.Clock.Now()))
}

// number gives the last part of a path.
func number(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

func (s *server) titles(t *testing.T, path string, headers ...string) []string {
	t.Helper()
	return titlesOf(t, s.do(t, "GET", path, "", headers...))
}

func titlesOf(t *testing.T, a answer) (titles []string) {
	t.Helper()
	for _, p := range a.JSON(t)["posts"].([]any) {
		titles = append(titles, p.(map[string]any)["title"].(string))
	}
	return titles
}
