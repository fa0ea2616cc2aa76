package tests

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/tests/betterauth"
)

// onEachWithTwoFactor is onEach on databases that have the column of Better Auth's two-factor plugin.
func onEachWithTwoFactor(t *testing.T, f func(t *testing.T, s *server), settings ...string) {
	onEach(t, func(t *testing.T, s *server) {
		s.exec(t, `ALTER TABLE "user" ADD COLUMN "twoFactorEnabled" boolean`)
		f(t, start(t, s.URL, settings...))
	})
}

func login(email, password string) string {
	return fmt.Sprintf(`{"email":%q,"password":%q}`, email, password)
}

// What a password alone must not open stays shut, and only who has the right one learns why.
func TestRow071_RightPasswordIsNotEnough(t *testing.T) {
	t.Parallel()
	onEachWithTwoFactor(t, func(t *testing.T, s *server) {
		const email, password = "ada@example.com", "correct horse"
		if a := s.do(t, "POST", "/auth/register", login(email, password)); a.Status != 201 {
			t.Fatal(a)
		}
		for _, c := range []struct{ name, columns, code string }{
			{"two factors", `"emailVerified" = true, "twoFactorEnabled" = true`, "two_factor_required"},
			{"banned", `"emailVerified" = true, banned = true, "twoFactorEnabled" = false`, "inactive_user"},
			{"banned, with two factors and not verified", `"emailVerified" = false, banned = true, "twoFactorEnabled" = true`, "inactive_user"},
			{"a ban that is over, with two factors", `"emailVerified" = true, banned = true, "banExpires" = '` + iso(s.Clock.Now()) + `', "twoFactorEnabled" = true`, "two_factor_required"},
			{"not verified", `"emailVerified" = false, banned = NULL, "twoFactorEnabled" = NULL`, "email_not_verified"},
			{"not verified, with two factors", `"emailVerified" = false, banned = false, "twoFactorEnabled" = true`, "email_not_verified"},
		} {
			s.exec(t, `UPDATE "user" SET "banExpires" = NULL`)
			s.exec(t, `UPDATE "user" SET `+c.columns)
			s.run(t, []call{
				{name: c.name, method: "POST", path: "/auth/login", body: login(email, password), status: 403, contains: []string{`"code":"` + c.code + `"`}, lacks: []string{"token"}},
				{name: c.name + ", wrong password", method: "POST", path: "/auth/login", body: login(email, "wrong horse"), status: 401, contains: []string{`"code":"bad_login"`}, lacks: []string{c.code}},
			})
			if n := s.one(t, `SELECT count(*) FROM "session"`); n != "0" {
				t.Errorf("%s: %s sessions", c.name, n)
			}
			if n := s.one(t, "SELECT count(*) FROM "+s.own("refresh_tokens")); n != "0" {
				t.Errorf("%s: %s refresh tokens", c.name, n)
			}
		}
		s.exec(t, `UPDATE "user" SET "emailVerified" = true, banned = false, "twoFactorEnabled" = false`)
		s.run(t, []call{{name: "one factor", method: "POST", path: "/auth/login", body: login(email, password), status: 200, contains: []string{"access_token"}}})
	}, "REQUIRE_EMAIL_VERIFICATION=on")
}

// Without the setting an address that is not verified signs in, as Better Auth has it; an admin by
// ADMIN_USER_IDS has no way around a second factor.
func TestRow071_SettingsSaySo(t *testing.T) {
	t.Parallel()
	onEachWithTwoFactor(t, func(t *testing.T, s *server) {
		const email, password = "boss@example.com", "correct horse"
		boss, _ := s.do(t, "POST", "/auth/register", login(email, password)).JSON(t)["id"].(string)
		s = start(t, s.URL, "ADMIN_USER_IDS=someone,"+boss)
		access, _ := s.do(t, "POST", "/auth/login", login(email, password)).JSON(t)["access_token"].(string)
		other := s.session(t, s.user(t, ""))
		s.run(t, []call{
			{name: "named", method: "GET", path: "/api/admin/users", headers: []string{bearer(access)}, status: 200},
			{name: "not named", method: "GET", path: "/api/admin/users", headers: []string{cookie(other)}, status: 403, contains: []string{"Required role: admin"}},
		})
		s.exec(t, `UPDATE "user" SET "twoFactorEnabled" = true WHERE id = $1`, boss)
		s.run(t, []call{
			{name: "two factors", method: "POST", path: "/auth/login", body: login(email, password), status: 403, contains: []string{`"code":"two_factor_required"`}},
			{name: "signed in before", method: "GET", path: "/api/admin/users", headers: []string{bearer(access)}, status: 200},
		})
	})
}

// Better Auth's own plugin turns the second factor on, and then gives no session for the password either.
func TestRow071_TwoFactorOfBetterAuth(t *testing.T) {
	t.Parallel()
	for name, url := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			databaseURL := url(t)
			ba := betterauth.Start(t, betterauth.Options{
				DatabaseURL: strings.Replace(databaseURL, "sqlite:", "file:", 1), Secret: testSecret, Plugins: []string{"admin", "twoFactor"},
				PluginOptions: map[string]any{"twoFactor": map[string]any{"skipVerificationOnEnable": true}},
			})
			ba.Migrate(t)
			s := start(t, databaseURL)
			s.Clock.Set(time.Now())
			ada := ba.SignUp(t, "ada@example.com", "correct horse", "Ada")
			s.run(t, []call{{name: "before", method: "POST", path: "/auth/login", body: login("ada@example.com", "correct horse"), status: 200}})
			r := ba.Do(t, http.MethodPost, "/api/auth/two-factor/enable", map[string]string{"Cookie": ada.Cookie}, map[string]string{"password": "correct horse"})
			if r.Status != http.StatusOK {
				t.Fatalf("%d %s", r.Status, r.Body)
			}
			sessions := s.one(t, `SELECT count(*) FROM "session"`)
			s.run(t, []call{
				{name: "after", method: "POST", path: "/auth/login", body: login("ada@example.com", "correct horse"), status: 403, contains: []string{`"code":"two_factor_required"`}, lacks: []string{"token"}},
			})
			there := ba.Do(t, http.MethodPost, "/api/auth/sign-in/email", nil, map[string]string{"email": "ada@example.com", "password": "correct horse"})
			if there.JSON["twoFactorRedirect"] != true || s.one(t, `SELECT count(*) FROM "session"`) != sessions {
				t.Errorf("there: %s; %s sessions, then %s", there.Body, sessions, s.one(t, `SELECT count(*) FROM "session"`))
			}
		})
	}
}
