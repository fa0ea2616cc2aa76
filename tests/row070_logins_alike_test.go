package tests

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Row 70: who does not know the password learns nothing of whether there is such a user, and of what kind. What
// time tells is measured by make oracle.
func TestRow070_LoginsAlike(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		kinds := map[string]string{"unknown": "nobody00000000000000000000000000"}
		for name, change := range map[string]string{
			"wrong password": "", "banned": `banned = true, "banReason" = 'Spam'`, "banned until later": `banned = true, "banExpires" = '2999-01-01T00:00:00.000Z'`,
			"verified": `"emailVerified" = true`, "admin": `role = 'admin'`,
		} {
			kinds[name] = s.user(t, "")
			s.setPassword(t, kinds[name], passwordHash())
			if change != "" {
				s.setUser(t, kinds[name], change)
			}
		}
		kinds["no account"], kinds["only GitHub"], kinds["no password"] = s.user(t, ""), s.user(t, ""), s.user(t, "")
		for _, a := range []struct{ name, provider string }{{"only GitHub", "github"}, {"no password", "credential"}} {
			s.exec(t, `INSERT INTO "account" (id, "accountId", "providerId", "userId", "createdAt", "updatedAt") VALUES ($1, $1, $2, $3, $4, $4)`,
				next("acco"), a.provider, kinds[a.name], iso(s.Clock.Now()))
		}
		for kind, hash := range map[string]string{"bcrypt": importedHashes["bcrypt"], "argon2id": importedHashes["argon2id"], "malformed": "a:b"} {
			kinds[kind] = s.user(t, "")
			s.setPassword(t, kinds[kind], hash)
		}
		before := baDump(t, s)
		for _, byForm := range []bool{false, true} {
			want := s.wrongLogin(t, kinds["wrong password"], byForm)
			if !strings.HasPrefix(want, "401") || !strings.Contains(want, "Incorrect email or password") {
				t.Fatal(want)
			}
			for name, id := range kinds {
				if got := s.wrongLogin(t, id, byForm); got != want {
					t.Errorf("%s answers\n%s\na wrong password\n%s", name, got, want)
				}
			}
		}
		if baDump(t, s) != before {
			t.Error("the database changed")
		}
	})
}

var requestID = regexp.MustCompile(`"request_id":"[^"]*"`)

// wrongLogin is all of an answer to a wrong password but what differs from any request to the next.
func (s *server) wrongLogin(t *testing.T, id string, byForm bool) string {
	t.Helper()
	body, headers := loginBody(id+"@example.com", "wrong-password"), []string{origin}
	if byForm {
		body, headers = "username="+id+"@example.com&password=wrong-password", append(headers, form)
	}
	a := s.do(t, "POST", "/auth/login", body, headers...)
	text := fmt.Sprintln(a.Status)
	for _, name := range slices.Sorted(maps.Keys(a.Header)) {
		if name != "X-Request-Id" && name != "Date" {
			text += fmt.Sprintln(name, a.Header[name])
		}
	}
	return text + requestID.ReplaceAllString(a.Body, "")
}
