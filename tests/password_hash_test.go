package tests

import (
	"strings"
	"testing"

	"countersign/tests/betterauth"
)

// hashKinds are the values of PASSWORD_HASH and how what they write begins.
var hashKinds = map[string]string{"bcrypt": "$2a$10$", "argon2id": "$argon2id$v=19$m=19456,t=2,p=1$"}

// importedHashes are password as Python's bcrypt and argon2-cffi store it.
var importedHashes = map[string]string{
	"bcrypt":   "$2b$04$5ngVa4R0I1EEKKRXx6tr/e5dgBtwW4LAbd0jdIyUjXcZUpxKwFc7u",
	"argon2id": "$argon2id$v=19$m=65536,t=3,p=4$pAqAjtIbo7Vo3jINpcz1WQ$Ybz4lWu1Jak5hCPkzV8Q9qvtJF+YtdXc117MuG2jRSg",
}

// Beside a Better Auth that was told to hash otherwise, a user made by either signs in at the other, with the
// password as it was typed: Better Auth normalizes in its own scrypt only.
func TestPasswordHashBesideBetterAuth(t *testing.T) {
	t.Parallel()
	for kind, begin := range hashKinds {
		for name, databaseURL := range databases {
			t.Run(kind+"/"+name, func(t *testing.T) {
				t.Parallel()
				url := databaseURL(t)
				ba := betterauth.Start(t, betterauth.Options{DatabaseURL: baDatabase(url), Secret: testSecret, Plugins: []string{"admin"}, PasswordHash: kind})
				ba.Migrate(t)
				b := both{start(t, url, "PASSWORD_HASH="+kind), ba}
				const typed, otherwise = "pässwörd-①", "pässwörd-1"
				id, access, _ := baSignUp(t, b.server, "here@example.com", typed)
				if stored := b.one(t, `SELECT password FROM "account"`); !strings.HasPrefix(stored, begin) {
					t.Errorf("stored as %.10q", stored)
				}
				ba.SignUp(t, "there@example.com", typed, "N")
				baLogin(t, b.server, "there@example.com", typed)
				for _, email := range []string{"here@example.com", "there@example.com"} {
					if here := b.do(t, "POST", "/auth/login", loginBody(email, otherwise)).Status; here != 401 || b.signInThere(t, email, otherwise) {
						t.Errorf("%s: another spelling signs in, here %d", email, here)
					}
				}
				if in := ba.SignIn(t, "here@example.com", typed); in.UserID != id {
					t.Errorf("there: %q, want %q", in.UserID, id)
				}
				b.expect(t, 204, "POST", "/auth/password", passwordBody(typed, "another one"), bearer(access))
				ba.SignIn(t, "here@example.com", "another one")
			})
		}
	}
}

// All kinds are verified whatever is written, and none is rewritten unless PASSWORD_REHASH says so.
func TestPasswordHashesOfAllKinds(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id := s.user(t, "")
		s.setPassword(t, id, passwordHash())
		for kind, hash := range importedHashes {
			s.exec(t, `UPDATE "account" SET password = $1`, hash)
			s.run(t, []call{
				{name: kind + ", right", method: "POST", path: "/auth/login", body: loginBody(id+"@example.com", password), status: 200},
				{name: kind + ", wrong", method: "POST", path: "/auth/login", body: loginBody(id+"@example.com", password+"y"), status: 401},
			})
			if s.one(t, `SELECT password FROM "account"`) != hash {
				t.Errorf("%s: was rewritten", kind)
			}
		}
	})
}

// bcrypt looks at 72 bytes: a longer new password would be good with any ending.
func TestBcryptTakesNoLongPassword(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id, token := s.signedIn(t, "")
		s.setPassword(t, id, importedHashes["bcrypt"])
		long, accents := strings.Repeat("x", 73), strings.Repeat("ä", 37)
		s.run(t, []call{
			{name: "73 bytes", method: "POST", path: "/auth/register", body: loginBody("a@example.com", long), status: 422, contains: []string{`"code":"invalid"`, `"field":"password"`, "at most 72 bytes"}, lacks: []string{long}},
			{name: "37 letters of 2 bytes", method: "POST", path: "/auth/register", body: loginBody("a@example.com", accents), status: 422, contains: []string{`"field":"password"`}},
			{name: "72 bytes", method: "POST", path: "/auth/register", body: loginBody("a@example.com", long[1:]), status: 201},
			{name: "change to 73", method: "POST", path: "/auth/password", headers: []string{bearer(token)}, body: passwordBody(password, long), status: 422, contains: []string{`"field":"new_password"`, "at most 72 bytes"}},
			{name: "change to 72", method: "POST", path: "/auth/password", headers: []string{bearer(token)}, body: passwordBody(password, long[1:]), status: 204},
			{name: "73 at a login is a password like others", method: "POST", path: "/auth/login", body: loginBody("b@example.com", long), status: 401},
		})
	}, "PASSWORD_HASH=bcrypt")
}

func TestCommonPasswordsRefused(t *testing.T) {
	t.Parallel()
	common := func(name, common string, status int) call {
		c := call{name: name, method: "POST", path: "/auth/register", body: loginBody(strings.ReplaceAll(name, " ", "")+"@example.com", common), status: status}
		if status == 422 {
			c.contains = []string{`"code":"invalid"`, `"field":"password"`, "most common"}
		}
		return c
	}
	onEach(t, func(t *testing.T, s *server) {
		id, token := s.signedIn(t, "")
		s.setPassword(t, id, importedHashes["bcrypt"])
		s.run(t, []call{
			common("common", "football", 422), common("in other letters", "FootBall", 422), common("in wide letters", "ｆｏｏｔｂａｌｌ", 422), common("longer", "football!x", 201),
			{name: "change", method: "POST", path: "/auth/password", headers: []string{bearer(token)}, body: passwordBody(password, "football"), status: 422, contains: []string{`"field":"new_password"`}},
		})
	}, "REFUSE_COMMON_PASSWORDS=on")
	t.Run("taken unless told otherwise", func(t *testing.T) {
		start(t, databases["sqlite"](t)).run(t, []call{common("off", "football", 201)})
	})
}
