package tests

import (
	"testing"
)

// What the command line ends is ended in Redis too, and there is nothing of it left in Better Auth.
func TestUserCommandsWithSessionsInRedis(t *testing.T) {
	t.Parallel()
	for _, storage := range []string{"Redis alone", "table and Redis"} {
		for name, databaseURL := range databases {
			t.Run(storage+"/"+name, func(t *testing.T) {
				t.Parallel()
				b := startStored(t, storage, databaseURL(t))
				c := newClerk(b.server, "REDIS_URL="+b.redis.URL)
				again := func(email string) string {
					cookies := b.ba.SignIn(t, email, "correct horse").Cookie
					b.statuses(t, 200, "Cookie: "+cookies)
					return cookies
				}
				gone := func(what, cookies string, status int) {
					t.Helper()
					b.catchUp()
					b.statuses(t, status, "Cookie: "+cookies)
					if b.there(t, cookies) {
						t.Errorf("%s leaves the session alive in Better Auth", what)
					}
				}
				up, email := b.signUp(t)
				session := b.expect(t, 200, "GET", "/api/me", "", "Cookie: "+up.Cookie).JSON(t)["session"].(map[string]any)["id"].(string)
				c.does(t, "", "user sessions "+email, 0, session)
				c.does(t, "", "user sessions "+email+" --end "+session, 0, "ended the session")
				gone("--end", up.Cookie, 401)

				cookies := again(email)
				c.does(t, "", "user sessions "+email+" --end-all", 0, "ended all sessions")
				gone("--end-all", cookies, 401)

				b.catchUp()
				cookies = again(email)
				c.does(t, "", "user role "+email+" editor", 0, "now has the role editor")
				if user := b.ask(t, "GET", "/get-session", cookies, nil, 200).JSON["user"].(map[string]any); user["role"] != "editor" {
					t.Errorf("Better Auth answers with the role %v", user["role"])
				}
				c.does(t, "", "user ban "+email, 0, "all sessions are ended")
				gone("a ban", cookies, 401)
				c.does(t, "", "user unban "+email, 0, "is not banned")

				cookies = again(email)
				c.does(t, "battery staple", "user password "+email, 0, "has another password")
				gone("a password", cookies, 401)
				b.ba.SignIn(t, email, "battery staple")
				c.does(t, "", "seed --users 1 --force", 1, "sessions live in Redis, where none are made")
			})
		}
	}
}

// A Redis that is away ends nothing, and the command says so and changes nothing.
func TestUserCommandsWithRedisAway(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id := s.user(t, "")
		token := s.session(t, id)
		c := newClerk(s, "REDIS_URL=redis://127.0.0.1:1")
		before := baDump(t, s)
		for _, arguments := range []string{"user ban " + id, "user sessions " + id + " --end-all", "user sessions " + id, "seed --users 1 --force"} {
			c.does(t, "", arguments, 1, "again")
		}
		if baDump(t, s) != before {
			t.Error("rows were changed")
		}
		s.expect(t, 200, "GET", "/api/me", "", bearer(token))
	})
}
