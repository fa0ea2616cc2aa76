package tests

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestPasswordChange(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id, token := s.signedIn(t, "")
		_, social := s.signedIn(t, "")
		s.setPassword(t, id, passwordHash())
		change := func(name, who, body string, status int, contains ...string) call {
			return call{name: name, method: "POST", path: "/auth/password", headers: []string{bearer(who)}, body: body, status: status, contains: contains, lacks: []string{password}}
		}
		s.run(t, []call{
			{name: "anonymous", method: "POST", path: "/auth/password", body: passwordBody(password, "new-password"), status: 401},
			{name: "cookie without an origin", method: "POST", path: "/auth/password", headers: []string{cookie(token)}, body: passwordBody(password, "new-password"), status: 403, contains: []string{"cross_site"}},
			change("wrong current password", token, passwordBody("wrong-password", "new-password"), 400, "wrong_password"),
			change("no password to change", social, passwordBody(password, "new-password"), 409, "no_password"),
			change("new one too short", token, passwordBody(password, "seven77"), 422, `"field":"new_password"`),
			change("nothing given", token, `{}`, 422, `"field":"current_password"`, `"field":"new_password"`),
			change("right", token, passwordBody(password, "new-password"), 204),
			{name: "the old one is no more", method: "POST", path: "/auth/login", body: loginBody(id+"@example.com", password), status: 401},
			{name: "the new one is", method: "POST", path: "/auth/login", body: loginBody(id+"@example.com", "new-password"), status: 200},
		})
	})
}

func TestRow075_PasswordLimits(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id, token := s.signedIn(t, "")
		s.setPassword(t, id, passwordHash())
		lengths := []struct {
			name, password string
			ok             bool
		}{
			{"7", "seven77", false}, {"8", "eight888", true}, {"128", strings.Repeat("p", 128), true}, {"129", strings.Repeat("p", 129), false},
			{"64 characters of two units", strings.Repeat("😀", 64), true}, {"65 characters of two units", strings.Repeat("😀", 65), false},
			{"4 characters of two units", strings.Repeat("😀", 4), true}, {"7 letters that normalize to 14", strings.Repeat("ﬁ", 7), false},
			{"129 that normalize to fewer", strings.Repeat("e\u0301", 64) + "e", false},
			{"8 spaces", strings.Repeat(" ", 8), true},
		}
		for i, l := range lengths {
			email := fmt.Sprintf("length%d@example.com", i)
			status := map[bool]int{true: 201, false: 422}[l.ok]
			a := s.do(t, "POST", "/auth/register", loginBody(email, l.password))
			if a.Status != status || !l.ok && !strings.Contains(a.Body, `"field":"password"`) {
				t.Errorf("register %s: %d %s", l.name, a.Status, a.Body)
			}
			if l.ok {
				continue
			}
			if a := s.do(t, "POST", "/auth/password", passwordBody("wrong-password", l.password), bearer(token)); a.Status != 422 {
				t.Errorf("change to %s: %d %s", l.name, a.Status, a.Body)
			}
		}
		big := strings.Repeat("p", 2<<20)
		s.run(t, []call{
			{name: "2 MiB to register", method: "POST", path: "/auth/register", body: loginBody("a@example.com", big), status: 413, contains: []string{"too_large"}},
			{name: "2 MiB to log in", method: "POST", path: "/auth/login", body: loginBody("a@example.com", big), status: 413},
			{name: "2 MiB in a form", method: "POST", path: "/auth/login", headers: []string{form}, body: "username=a&password=" + big, status: 413},
			{name: "too long to be anybody's", method: "POST", path: "/auth/login", body: loginBody(id+"@example.com", strings.Repeat("p", 129)), status: 401},
		})
	})
}

// Row 75: a password is the same whichever way its letters are typed (NFKC), as Better Auth decides.
func TestRow075_PasswordForms(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		if a := s.do(t, "POST", "/auth/register", loginBody("forms@example.com", "pässwörd ＡＢＣ")); a.Status != 201 {
			t.Fatal(a)
		}
		login := func(name, password string, status int) call {
			return call{name: name, method: "POST", path: "/auth/login", body: loginBody("forms@example.com", password), status: status}
		}
		s.run(t, []call{
			login("composed", "pässwörd ABC", 200), login("decomposed", "pa\u0308sswo\u0308rd ABC", 200),
			login("space at the end counts", "pässwörd ABC ", 401), login("case counts", "pässwörd abc", 401),
		})
	})
}

// Row 76: what is stored may be anything, also what no program of ours wrote, and whatever is written here. No delay
// is seen in what it costs: a hash that wants more than one login may have is never begun.
func TestRow076_MalformedHashes(t *testing.T) {
	t.Parallel()
	malformed := func(t *testing.T, s *server) {
		id, token := s.signedIn(t, "")
		s.setPassword(t, id, "")
		good := passwordHash()
		for name, hash := range map[string]string{
			"empty": "", "a": "a", "colon": ":", "three parts": "a:b:c", "1 MB": strings.Repeat("a", 1<<19) + ":" + strings.Repeat("b", 1<<19),
			"not hex": strings.Repeat("x", 32) + ":" + strings.Repeat("z", 128), "cut short": good[:160], "line break": good + "\n",
			"argon2id that wants 4 TB":  "$argon2id$v=19$m=4294967295,t=4294967295,p=255$AAAAAAAAAAA$AAAAAAAAAAA",
			"argon2id that wants 4 GiB": "$argon2id$v=19$m=4194304,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
			"argon2id without a pass":   "$argon2id$v=19$m=65536,t=0,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
			"argon2id without a lane":   "$argon2id$v=19$m=65536,t=1,p=0$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
			"argon2id cut short":        importedHashes["argon2id"][:60],
			"argon2id, 1 MB":            importedHashes["argon2id"] + strings.Repeat("a", 1<<20),
			"bcrypt that wants a year":  "$2b$31" + importedHashes["bcrypt"][6:],
			"bcrypt cut short":          importedHashes["bcrypt"][:59],
			"bcrypt, 1 MB":              importedHashes["bcrypt"] + strings.Repeat("a", 1<<20),
		} {
			s.exec(t, `UPDATE "account" SET password = $1`, hash)
			begun := time.Now()
			if a := s.do(t, "POST", "/auth/login", loginBody(id+"@example.com", password)); a.Status != 401 || !strings.Contains(a.Body, "Incorrect email or password") {
				t.Errorf("%s: %d %s", name, a.Status, a.Body)
			}
			if took := time.Since(begun); took > 20*time.Second {
				t.Errorf("%s: took %v", name, took)
			}
		}
		if a := s.do(t, "POST", "/auth/password", passwordBody(password, "new-password"), bearer(token)); a.Status != 400 {
			t.Errorf("password change: %d %s", a.Status, a.Body)
		}
		if n := s.one(t, `SELECT count(*) FROM "session"`); n != "1" {
			t.Errorf("%s sessions", n)
		}
	}
	onEach(t, malformed)
	for kind := range hashKinds { // what stands for nobody's hash is of that kind
		t.Run(kind, func(t *testing.T) { malformed(t, start(t, databases["sqlite"](t), "PASSWORD_HASH="+kind)) })
	}
}

func TestRow077_Addresses(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		for name, email := range map[string]string{
			"CRLF": "a@example.com\r\nBcc: b@example.com", "line break at the end": "a@example.com\n", "space at the end": "a@example.com ", "space before": " a@example.com", "255 characters": strings.Repeat("a", 255-12) + "@example.com",
			"two @": "a@b@example.com", "full-width @": "a＠example.com", "letters of another script": "а@example.com", "domain of another script": "a@exämple.com",
			"no domain": "a@", "no name": "@example.com", "no dot": "a@localhost", "dots together": "a..b@example.com", "dot before": ".a@example.com", "dot behind": "a.@example.com",
			"name": "Anna <a@example.com>", "quotes": `"a b"@example.com`, "address": "a@[127.0.0.1]", "nothing": "", "Kelvin sign": "\u212A@example.com",
		} {
			a := s.do(t, "POST", "/auth/register", loginBody(email, password))
			if a.Status != 422 || !strings.Contains(a.Body, `"field":"email"`) {
				t.Errorf("%s: %d %s", name, a.Status, a.Body)
			}
		}
		s.run(t, []call{
			{name: "NUL in JSON is 400", method: "POST", path: "/auth/register", body: `{"email":"a\u0000@example.com","password":"` + password + `"}`, status: 400},
			{name: "stored in lower case", method: "POST", path: "/auth/register", body: loginBody("A@Ex.com", password), status: 201, contains: []string{`"email":"a@ex.com"`}},
			{name: "signs in as typed", method: "POST", path: "/auth/login", body: loginBody("A@Ex.com", password), status: 200},
			{name: "signs in as stored", method: "POST", path: "/auth/login", body: loginBody("a@ex.com", password), status: 200},
			{name: "254 characters", method: "POST", path: "/auth/register", body: loginBody(strings.Repeat("a", 254-12)+"@example.com", password), status: 201},
		})
	})
}

func TestRow078_RegistrationsAtOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		created := 0
		for i, a := range atOnce(20, func(i int) answer {
			return s.do(t, "POST", "/auth/register", loginBody([]string{"one@example.com", "One@Example.com"}[i%2], password))
		}) {
			if a.Status == 201 {
				created++
			} else if a.Status != 400 || !strings.Contains(a.Body, "email_taken") {
				t.Errorf("%d: %d %s", i, a.Status, a.Body)
			}
		}
		users, accounts := s.one(t, `SELECT count(*) FROM "user"`), s.one(t, `SELECT count(*) FROM "account" a JOIN "user" u ON u.id = a."userId"`)
		if created != 1 || users != "1" || accounts != "1" || s.one(t, `SELECT count(*) FROM "account"`) != "1" {
			t.Errorf("%d answered 201, %s users, %s accounts", created, users, accounts)
		}
	})
}

// Row 79: what a browser or a careless client puts where passwords do not belong.
func TestRow079_LoginForm(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id := s.user(t, "")
		s.setPassword(t, id, passwordHash())
		fields := "username=" + id + "@example.com&password=" + password
		s.run(t, []call{
			{name: "username twice", method: "POST", path: "/auth/login", headers: []string{form}, body: fields + "&username=x", status: 400, contains: []string{"bad_request"}},
			{name: "password twice", method: "POST", path: "/auth/login", headers: []string{form}, body: fields + "&password=x", status: 400},
			{name: "grant_type twice", method: "POST", path: "/auth/login", headers: []string{form}, body: fields + "&grant_type=password&grant_type=refresh_token", status: 400},
			{name: "in the URL", method: "POST", path: "/auth/login?" + fields, headers: []string{form}, status: 400},
			{name: "in the URL, no content type", method: "POST", path: "/auth/login?" + fields, status: 400},
			{name: "one half in the URL", method: "POST", path: "/auth/login?password=" + password, headers: []string{form}, body: "username=" + id + "@example.com", status: 400},
			{name: "by GET", method: "GET", path: "/auth/login?" + fields, status: 405, contains: []string{"Allow: OPTIONS, POST"}},
			{name: "NUL", method: "POST", path: "/auth/login", headers: []string{form}, body: fields + "%00", status: 400},
			{name: "broken UTF-8", method: "POST", path: "/auth/login", headers: []string{form}, body: fields + "%ff", status: 400},
		})
		if n := s.one(t, `SELECT count(*) FROM "session"`); n != "0" || strings.Contains(s.Log.String(), password) {
			t.Errorf("%s sessions, or the password is in the log", n)
		}
	})
}

// Row 80: a page on another site must not log its visitor in.
func TestRow080_LoginFromElsewhere(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id := s.user(t, "")
		s.setPassword(t, id, passwordHash())
		login := func(name string, status int, headers ...string) call {
			c := call{name: name, method: "POST", path: "/auth/login", headers: append(headers, form), body: "username=" + id + "@example.com&password=" + password, status: status}
			if status == 403 {
				c.contains, c.lacks = []string{`"code":"cross_site"`}, []string{"access_token", "refresh_token"}
			}
			return c
		}
		s.run(t, []call{
			login("foreign", 403, "Origin: https://evil.example"), login("null", 403, "Origin: null"), login("the allowed one as http on another port", 403, "Origin: http://localhost:3001"),
			login("foreign Referer", 403, "Referer: https://evil.example/page"), login("Referer that is none", 403, "Referer: about:blank"),
			login("two", 403, origin, "Origin: https://evil.example"), login("empty", 403, "Origin: "),
			login("allowed Referer", 200, "Referer: http://localhost:3000/login?next=/"), login("absent, as programs send it", 200),
		})
	})
}

func TestRow081_PasswordChangeEndsOtherSessions(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id, other := s.signedIn(t, "")
		_, bystander := s.signedIn(t, "")
		mine, elsewhere := s.signIn(t, id), s.signIn(t, id)
		elsewhere = s.refresh(t, elsewhere)
		s.run(t, []call{
			{name: "change", method: "POST", path: "/auth/password", headers: []string{bearer(mine.Access)}, body: passwordBody(password, "new-password"), status: 204},
			{name: "another session", method: "GET", path: "/api/me", headers: []string{cookie(other)}, status: 401},
			{name: "another access token", method: "GET", path: "/api/me", headers: []string{bearer(elsewhere.Access)}, status: 401},
			{name: "another refresh token", method: "POST", path: "/auth/refresh", body: elsewhere.refreshBody(), status: 401},
			{name: "mine lives", method: "GET", path: "/api/me", headers: []string{bearer(mine.Access)}, status: 200},
			{name: "its refresh token too", method: "POST", path: "/auth/refresh", body: mine.refreshBody(), status: 200},
			{name: "another user's session", method: "GET", path: "/api/me", headers: []string{cookie(bystander)}, status: 200},
		})
		if n := s.one(t, `SELECT count(*) FROM `+s.own("refresh_tokens")+` WHERE session_id <> $1`, claimsOf(t, mine.Access)["sid"]); n != "0" {
			t.Errorf("%s refresh tokens of other sessions left", n)
		}
	})
}

func passwordBody(current, next string) string {
	text, _ := json.Marshal(map[string]string{"current_password": current, "new_password": next})
	return string(text)
}
