package tests

import (
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/scrypt"
)

func TestRegister(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		taken := s.user(t, "") + "@example.com"
		register := func(name, body string, status int, contains ...string) call {
			return call{name: name, method: "POST", path: "/auth/register", body: body, status: status, contains: contains, lacks: []string{password, "token"}}
		}
		s.run(t, []call{
			register("with a name", `{"email":"New@Example.com","password":"`+password+`","name":"Zoë"}`, 201, `{"id":"`, `"email":"new@example.com","name":"Zoë"}`),
			register("without", `{"email":"no@example.com","password":"`+password+`"}`, 201, `"name":null`),
			register("taken", `{"email":"`+taken+`","password":"`+password+`"}`, 400, `"detail":"Email already registered"`, "email_taken"),
			register("taken, in other letters", `{"email":"`+strings.ToUpper(taken)+`","password":"`+password+`"}`, 400, "email_taken"),
			register("everything wrong is named", `{"email":"no","password":"short","name":"`+strings.Repeat("n", 201)+`"}`, 422, `"field":"email"`, `"field":"password"`, `"field":"name"`),
			register("nothing given", `{}`, 422, `"field":"email"`, `"field":"password"`),
			{name: "a form is not taken", method: "POST", path: "/auth/register", headers: []string{form}, body: "email=a@example.com&password=" + password, status: 415, contains: []string{"content_type"}},
			{name: "from the front end", method: "POST", path: "/auth/register", headers: []string{origin}, body: `{"email":"front@example.com","password":"` + password + `"}`, status: 201},
			{name: "from elsewhere", method: "POST", path: "/auth/register", headers: []string{"Origin: https://evil.example"}, body: `{"email":"evil@example.com","password":"` + password + `"}`, status: 403, contains: []string{"cross_site"}},
		})
		row := s.one(t, `SELECT u.name || '|' || u.role || '|' || a."providerId" || '|' || (a."accountId" = u.id AND u.banned = false AND u."emailVerified" = false)
			FROM "user" u JOIN "account" a ON a."userId" = u.id WHERE u.email = 'new@example.com'`)
		if row != "Zoë|user|credential|true" && row != "Zoë|user|credential|1" {
			t.Errorf("the rows are not as Better Auth writes them: %s", row)
		}
		if n := s.one(t, `SELECT count(*) FROM "user"`); n != "4" {
			t.Errorf("%s users, want 4", n)
		}
	})
}

func TestLocalAuthCanBeOff(t *testing.T) {
	t.Parallel()
	url := databases["sqlite"](t)
	closed, off := start(t, url, "LOCAL_REGISTER=off"), start(t, url, "LOCAL_AUTH=off")
	closed.run(t, []call{
		{name: "register off", method: "POST", path: "/auth/register", body: `{}`, status: 404},
		{name: "login on", method: "POST", path: "/auth/login", body: `{}`, status: 401},
	})
	for _, path := range []string{"POST /auth/register", "POST /auth/login", "POST /auth/refresh", "POST /auth/logout", "POST /auth/password", "GET /auth/sessions"} {
		method, path, _ := strings.Cut(path, " ")
		if a := off.do(t, method, path, `{}`); a.Status != 404 {
			t.Errorf("%s %s: %d, want 404", method, path, a.Status)
		}
	}
}

func TestLogin(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id, social := s.user(t, ""), s.user(t, "")
		s.setPassword(t, id, passwordHash())
		s.exec(t, `INSERT INTO "account" (id, "accountId", "providerId", "userId", "createdAt", "updatedAt") VALUES ($1, 'x', 'github', $1, $2, $2)`, social, iso(s.Clock.Now()))
		email := id + "@example.com"
		tokens := []string{`"access_token":"`, `"refresh_token":"`, `"token_type":"bearer"`, `"expires_in":1800`}
		bad := []string{`"detail":"Incorrect email or password"`, "bad_login", "Www-Authenticate: Bearer"}
		byForm := func(name, body string, status int, contains ...string) call {
			return call{name: name, method: "POST", path: "/auth/login", headers: []string{form}, body: body, status: status, contains: contains}
		}
		byJSON := func(name, body string, status int, contains ...string) call {
			return call{name: name, method: "POST", path: "/auth/login", body: body, status: status, contains: contains}
		}
		fields := url.Values{"username": {email}, "password": {password}}.Encode()
		s.run(t, []call{
			byJSON("JSON", loginBody(email, password), 200, tokens...),
			byJSON("in other letters", loginBody(strings.ToUpper(email), password), 200),
			byForm("OAuth2's password form", fields, 200, tokens...),
			byForm("with all that may stand beside", fields+"&grant_type=password&scope=&client_id=x&client_secret=y", 200),
			{name: "with a charset", method: "POST", path: "/auth/login", headers: []string{"Content-Type: Application/X-WWW-Form-Urlencoded; charset=UTF-8"}, body: fields, status: 200},
			byForm("another grant", fields+"&grant_type=client_credentials", 400, "bad_request"),
			byForm("another member", fields+"&role=admin", 400),
			byForm("no password", "username="+email, 400),
			byForm("not a form", "username=%zz&password=x", 400),
			byForm("form, wrong password", "username="+email+"&password=wrong-password", 401, bad...),
			byJSON("wrong password", loginBody(email, "wrong-password"), 401, bad...),
			byJSON("password in other letters", loginBody(email, strings.ToUpper(password)), 401, bad...),
			byJSON("no such user", loginBody("nobody@example.com", password), 401, bad...),
			byJSON("user without a password", loginBody(social+"@example.com", password), 401, bad...),
			byJSON("malformed address", loginBody("not an address", password), 401, bad...),
			byJSON("nothing given", `{}`, 401, bad...),
			byJSON("unknown member", `{"email":"a@example.com","password":"x","remember":true}`, 400, "bad_request"),
			byJSON("address not text", `{"email":1,"password":"x"}`, 422, `"field":"email"`),
		})
		if n := s.one(t, `SELECT count(*) FROM "session" WHERE "userId" = $1`, id); n != "5" {
			t.Errorf("%s sessions, want one for each login that was answered 200", n)
		}
		s.setUser(t, id, `banned = true`)
		s.run(t, []call{
			byJSON("banned", loginBody(email, password), 403, `"detail":"Inactive user"`, "inactive_user"),
			byJSON("banned, wrong password", loginBody(email, "wrong-password"), 401, bad...),
		})
	})
}

func TestLoginWaitsForAVerifiedAddress(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id := s.user(t, "")
		s.setPassword(t, id, passwordHash())
		login := call{name: "not verified", method: "POST", path: "/auth/login", body: loginBody(id+"@example.com", password), status: 403, contains: []string{"email_not_verified"}}
		s.run(t, []call{login})
		s.setUser(t, id, `"emailVerified" = true`)
		login.name, login.status, login.contains = "verified", 200, nil
		s.run(t, []call{login})
	}, "REQUIRE_EMAIL_VERIFICATION=on")
}

func TestLoginGivesTokensOfASession(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id := s.user(t, "")
		tokens := s.signIn(t, id)
		access, refresh := claimsOf(t, tokens.Access), claimsOf(t, tokens.Refresh)
		session := s.one(t, `SELECT id FROM "session" WHERE "userId" = $1`, id)
		now := float64(s.Clock.Now().Unix())
		for name, got := range map[string]any{
			"access sub": access["sub"] == id, "access type": access["type"] == "access", "access sid": access["sid"] == session,
			"access iat": access["iat"] == now, "access exp": access["exp"] == now+1800, "access jti": access["jti"] != refresh["jti"],
			"refresh sub": refresh["sub"] == id, "refresh type": refresh["type"] == "refresh", "refresh sid": refresh["sid"] == session,
			"refresh exp": refresh["exp"] == now+7*24*3600, "no more claims": len(access) == 6 && len(refresh) == 6,
		} {
			if got != true {
				t.Errorf("%s: %v %v", name, access, refresh)
			}
		}
		s.run(t, []call{
			{name: "access", method: "GET", path: "/api/me", headers: []string{bearer(tokens.Access)}, status: 200, contains: []string{`"session":{"id":"` + session}},
			{name: "refresh is not access", method: "GET", path: "/api/me", headers: []string{bearer(tokens.Refresh)}, status: 401},
			{name: "nor is it in a cookie", method: "GET", path: "/api/me", headers: []string{cookie(tokens.Access)}, status: 401},
		})
		s.Clock.Add(30*time.Minute - time.Second)
		s.run(t, []call{{name: "to its last second", method: "GET", path: "/api/me", headers: []string{bearer(tokens.Access)}, status: 200}})
		s.Clock.Add(time.Second)
		s.run(t, []call{{name: "expired", method: "GET", path: "/api/me", headers: []string{bearer(tokens.Access)}, status: 401}})
	})
}

// form is the header line of a form.
const form = "Content-Type: application/x-www-form-urlencoded"

// password is that of every user that setPassword gave passwordHash.
const password = "correct-horse-battery"

// passwordHash is password as Better Auth stores it.
var passwordHash = sync.OnceValue(func() string {
	const salt = "00112233445566778899aabbccddeeff"
	key, err := scrypt.Key([]byte(password), []byte(salt), 16384, 16, 1, 64)
	if err != nil {
		panic(err)
	}
	return salt + ":" + hex.EncodeToString(key)
})

// setPassword stores a credential account with that hash.
func (s *server) setPassword(t *testing.T, userID, hash string) {
	t.Helper()
	s.exec(t, `INSERT INTO "account" (id, "accountId", "providerId", "userId", password, "createdAt", "updatedAt") VALUES ($1, $2, 'credential', $2, $3, $4, $4)`,
		next("acco"), userID, hash, iso(s.Clock.Now()))
}

func loginBody(email, password string) string {
	text, _ := json.Marshal(map[string]string{"email": email, "password": password})
	return string(text)
}

// tokens are what a login or a refresh was answered with.
type tokens struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
}

func (p tokens) refreshBody() string { return `{"refresh_token":"` + p.Refresh + `"}` }

// signIn gives a user the password, where there is none yet, and signs in with it.
func (s *server) signIn(t *testing.T, userID string) tokens {
	t.Helper()
	if s.one(t, `SELECT count(*) FROM "account" WHERE "userId" = $1`, userID) == "0" {
		s.setPassword(t, userID, passwordHash())
	}
	return tokensOf(t, s.do(t, "POST", "/auth/login", loginBody(userID+"@example.com", password)))
}

func tokensOf(t *testing.T, a answer) (p tokens) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.Body), &p); err != nil || a.Status != 200 || p.Access == "" || p.Refresh == "" {
		t.Fatalf("no tokens: %d %s", a.Status, a.Body)
	}
	return p
}
