package tests

import (
	"strings"
	"testing"
)

// A login with a hash of another kind rewrites it: sessions go on, the password stays.
func TestRehash(t *testing.T) {
	t.Parallel()
	for kind, begin := range hashKinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			onEach(t, func(t *testing.T, s *server) {
				id, other := s.signedIn(t, "")
				s.setPassword(t, id, passwordHash())
				stored := func() string { return s.one(t, `SELECT password FROM "account"`) }
				login := func(p string, status int) call {
					return call{name: "login", method: "POST", path: "/auth/login", body: loginBody(id+"@example.com", p), status: status}
				}
				s.run(t, []call{login(password+"y", 401)})
				if stored() != passwordHash() {
					t.Fatal("a wrong password rewrites the hash")
				}
				s.run(t, []call{login(password, 200)})
				rewritten := stored()
				if !strings.HasPrefix(rewritten, begin) {
					t.Fatalf("stored as %.10q", rewritten)
				}
				s.run(t, []call{login(password, 200), login(password+"y", 401), {name: "another session", method: "GET", path: "/api/me", headers: []string{cookie(other)}, status: 200}})
				if stored() != rewritten {
					t.Error("a hash of the right kind is rewritten")
				}
				baSilent(t, s, rewritten, password)
			}, "PASSWORD_HASH="+kind, "PASSWORD_REHASH=on")
		})
	}
}

// bcrypt would lose the end of a longer password, so its hash stays what it is.
func TestRehashLeavesLongPasswords(t *testing.T) {
	t.Parallel()
	url, long := databases["sqlite"](t), strings.Repeat("x", 73)
	s := start(t, url)
	baSignUp(t, s, "a@example.com", long)
	was := s.one(t, `SELECT password FROM "account"`)
	baLogin(t, start(t, url, "PASSWORD_HASH=bcrypt", "PASSWORD_REHASH=on"), "a@example.com", long)
	if s.one(t, `SELECT password FROM "account"`) != was {
		t.Error("a password of 73 bytes was rehashed")
	}
}

// Whoever has a common password keeps it, and may have it in another hash.
func TestRehashOfACommonPassword(t *testing.T) {
	t.Parallel()
	url := databases["sqlite"](t)
	baSignUp(t, start(t, url), "a@example.com", "football")
	s := start(t, url, "PASSWORD_HASH=argon2id", "PASSWORD_REHASH=on", "REFUSE_COMMON_PASSWORDS=on")
	baLogin(t, s, "a@example.com", "football")
	if stored := s.one(t, `SELECT password FROM "account"`); !strings.HasPrefix(stored, "$argon2id$") {
		t.Errorf("stored as %.10q", stored)
	}
}

// Logins at once all hold, though the first of them rewrites the hash that the others were checked against.
func TestRehashAtOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id := s.user(t, "")
		s.setPassword(t, id, passwordHash())
		for round := range 4 {
			s.exec(t, `UPDATE "account" SET password = $1`, importedHashes["bcrypt"])
			for i, a := range atOnce(6, func(int) answer { return s.do(t, "POST", "/auth/login", loginBody(id+"@example.com", password)) }) {
				if a.Status != 200 {
					t.Errorf("round %d, login %d: %d %s", round, i, a.Status, a.Body)
				}
			}
		}
		if stored := s.one(t, `SELECT password FROM "account"`); !strings.HasPrefix(stored, "$argon2id$") {
			t.Errorf("stored as %.10q", stored)
		}
	}, "PASSWORD_HASH=argon2id", "PASSWORD_REHASH=on")
}

// A login stands although the new hash could not be written, and the log says so.
func TestRehashThatFails(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id := s.user(t, "")
		s.setPassword(t, id, passwordHash())
		if strings.HasPrefix(s.URL, "sqlite:") {
			s.exec(t, `CREATE TRIGGER refuse BEFORE UPDATE ON "account" BEGIN SELECT RAISE(ABORT, 'no'); END`)
		} else {
			s.exec(t, `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$`)
			s.exec(t, `CREATE TRIGGER refuse BEFORE UPDATE ON "account" FOR EACH ROW EXECUTE FUNCTION refuse()`)
		}
		s.run(t, []call{{name: "login", method: "POST", path: "/auth/login", body: loginBody(id+"@example.com", password), status: 200}})
		if !strings.Contains(s.Log.String(), "a password was not rehashed") || s.one(t, `SELECT password FROM "account"`) != passwordHash() {
			t.Error("the failure is not in the log, or the hash changed")
		}
		baSilent(t, s, password, passwordHash())
	}, "PASSWORD_HASH=argon2id", "PASSWORD_REHASH=on")
}
