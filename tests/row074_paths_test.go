package tests

import "testing"

// Row 74: no spelling of a path is a way around its limit: it is no path, or the same bucket.
func TestRow074_PathsThatLookAlike(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		for range 3 {
			s.do(t, "POST", "/auth/login", `{`)
		}
		for _, path := range []string{
			"//auth/login", "/auth//login", "/AUTH/LOGIN", "/Auth/login", "/auth/login/", "/auth/./login", "/x/../auth/login", "/auth/login%2f", "/auth%2flogin",
			"/auth/login%00", "/auth/login%20", "/auth/login;a=b", "/auth/%6cogin", "/auth/login?a=b", "/auth/login?", "/%61uth/login",
		} {
			a := s.do(t, "POST", path, `{"email":"ada@example.com","password":"wrong"}`)
			if a.Status != 404 && a.Status != 429 {
				t.Errorf("%s: %d %s", path, a.Status, a.Body)
			}
		}
		for _, method := range []string{"post", "GET", "PUT", "HEAD"} {
			if a := s.do(t, method, "/auth/login", `{"email":"ada@example.com","password":"wrong"}`); a.Status != 404 && a.Status != 405 && a.Status != 429 {
				t.Errorf("%s: %d %s", method, a.Status, a.Body)
			}
		}
		// The limit is one for each path: registering has three of its own.
		counts(t, "register", inTurn(4, func(int) answer { return s.do(t, "POST", "/auth/register", `{`) }), map[int]int{400: 3, 429: 1})
	}, "RATE_LIMIT=on")
}
