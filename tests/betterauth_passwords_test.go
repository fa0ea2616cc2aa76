package tests

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// baRegisteredHere: who registers here signs in there, with any spelling that Better Auth takes for the same.
func baRegisteredHere(t *testing.T, b both) {
	email := next("reg") + "@example.com"
	id, access, _ := baSignUp(t, b.server, strings.ToUpper(email), "pa\u0308ssword-①") // decomposed
	for _, password := range []string{"pässword-①", "pa\u0308ssword-①", "ｐässword-1", "pässword-1"} {
		if in := b.ba.SignIn(t, strings.ToUpper(email), password); in.UserID != id {
			t.Errorf("%q signs in %q, want %q", password, in.UserID, id)
		} else if status := baMe(t, b.server, "Cookie: "+in.Cookie); status != 200 {
			t.Errorf("its cookie here: %d", status)
		}
	}
	for _, password := range []string{"Pässword-1", "password-1", " pässword-1", "pässword-1 "} {
		if b.signInThere(t, email, password) {
			t.Errorf("%q signs in", password)
		}
	}
	me := b.do(t, "GET", "/api/me", "", bearer(access)).JSON(t)
	r := b.ask(t, "GET", "/get-session", b.ba.SignIn(t, email, "pässword-1").Cookie, nil, 200)
	user := r.JSON["user"].(map[string]any)
	if user["email"] != email || me["email"] != email || user["role"] != me["role"] || user["emailVerified"] != false || user["name"] != "N" || user["banned"] != false {
		t.Errorf("%v here, %v there", me, user)
	}
	// The rows are such as Better Auth itself makes, but for what the two users must differ in.
	there := b.ba.SignUp(t, next("reg")+"@example.com", "pässword-1", "N")
	queries := []string{
		`SELECT length(id), name, image, "emailVerified", role, banned, "banReason", "banExpires", "createdAt" = "updatedAt" FROM "user" WHERE id = $1`,
		`SELECT length(id), "accountId" = "userId", "providerId", "accessToken", "refreshToken", "idToken", "accessTokenExpiresAt", "refreshTokenExpiresAt", scope, length(password) FROM "account" WHERE "userId" = $1`,
	}
	if strings.HasPrefix(b.URL, "sqlite:") {
		queries = append(queries, `SELECT typeof("createdAt"), length("createdAt"), substr("createdAt", 11, 1), substr("createdAt", 20, 1), substr("createdAt", 24), typeof(banned), typeof("emailVerified") FROM "user" WHERE id = $1`)
	}
	for _, query := range queries {
		if ours, theirs := fmt.Sprint(baRows(t, b.server, query, id)), fmt.Sprint(baRows(t, b.server, query, there.UserID)); ours != theirs {
			t.Errorf("%s\nhere  %s\nthere %s", query, ours, theirs)
		}
	}
}

func baPasswordHere(t *testing.T, b both) {
	email := next("pwhere") + "@example.com"
	up := b.ba.SignUp(t, email, "correct horse", "N")
	access, refresh := baLogin(t, b.server, email, "correct horse")
	b.run(t, []call{
		{name: "wrong", method: "POST", path: "/auth/password", headers: []string{bearer(access)}, body: `{"current_password":"correct house","new_password":"battery staple"}`, status: 400, contains: []string{"wrong_password"}},
		{name: "right", method: "POST", path: "/auth/password", headers: []string{bearer(access)}, body: `{"current_password":"correct horse","new_password":"battery staple"}`, status: 204},
		{name: "the current session", method: "GET", path: "/api/me", headers: []string{bearer(access)}, status: 200},
		{name: "the other session", method: "GET", path: "/api/me", headers: []string{"Cookie: " + up.Cookie}, status: 401},
	})
	if was, is := b.signInThere(t, email, "correct horse"), b.signInThere(t, email, "battery staple"); was || !is {
		t.Errorf("there: the old password %v, the new one %v", was, is)
	}
	if r := b.ask(t, "GET", "/get-session", up.Cookie, nil, 200); r.JSON != nil {
		t.Errorf("the other session lives there: %s", r.Body)
	}
	if status := baRefresh(t, b.server, refresh); status != 200 {
		t.Errorf("the current session's refresh token: %d", status)
	}
}

func baPasswordThere(t *testing.T, b both) {
	email := next("pwthere") + "@example.com"
	id, access, refresh := baSignUp(t, b.server, email, "correct horse")
	in := b.ba.SignIn(t, email, "correct horse")
	b.ask(t, "POST", "/change-password", in.Cookie, map[string]any{"currentPassword": "correct horse", "newPassword": "battery staple", "revokeOtherSessions": true}, 200)
	b.run(t, []call{
		{name: "old", method: "POST", path: "/auth/login", body: `{"email":"` + email + `","password":"correct horse"}`, status: 401},
		{name: "new", method: "POST", path: "/auth/login", body: `{"email":"` + email + `","password":"battery staple"}`, status: 200},
		{name: "access token of a session that was revoked", method: "GET", path: "/api/me", headers: []string{bearer(access)}, status: 401},
		{name: "its refresh token", method: "POST", path: "/auth/refresh", body: `{"refresh_token":"` + refresh + `"}`, status: 401},
	})
	b.ask(t, "POST", "/admin/set-user-password", b.admin(t), map[string]any{"userId": id, "newPassword": "staple battery"}, 200)
	baLogin(t, b.server, email, "staple battery")
}

// baRow009: our access token is no link that confirms an e-mail address (Better Auth 1.7.25 answers 500: it
// does not expect a token of the right signature without an address).
func baRow009(t *testing.T, b both) {
	email := next("row009") + "@example.com"
	id, access, refresh := baSignUp(t, b.server, email, "correct horse")
	verified := func() string { return b.one(t, `SELECT "emailVerified" FROM "user" WHERE id = $1`, id) }
	was := verified()
	for _, token := range []string{access, refresh} {
		if claims, _ := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1]); !strings.Contains(string(claims), id) || strings.Contains(string(claims), "@") {
			t.Errorf("claims: %s", claims)
		}
		r := b.ba.Do(t, http.MethodGet, "/api/auth/verify-email?token="+url.QueryEscape(token), nil, nil)
		if r.Status < 400 || strings.Contains(string(r.Body), "EXPIRED") {
			t.Errorf("verify-email: %d %s", r.Status, r.Body)
		}
		b.ba.Do(t, http.MethodGet, "/api/auth/verify-email?callbackURL=/x&token="+url.QueryEscape(token), nil, nil)
	}
	if is := verified(); is != was {
		t.Errorf("emailVerified is %s", is)
	}
	// The same with an e-mail address would do: that is why our tokens carry none.
	now := b.Clock.Now().Unix()
	link := jwtSign(testSecret, jwtHeader, fmt.Sprintf(`{"sub":%q,"type":"access","email":%q,"iat":%d,"exp":%d}`, id, email, now, now+600))
	b.ask(t, "GET", "/verify-email?token="+link, "", nil, 200)
	if verified() == was {
		t.Error("a token with an e-mail address does not confirm it: this test would see nothing")
	}
}

// baRow054: a role at a sign-up is refused here and counts for nothing there.
func baRow054(t *testing.T, b both) {
	email := next("row054") + "@example.com"
	before := baDump(t, b.server)
	var calls []call
	for _, member := range []string{`"role":"admin"`, `"ROLE":"admin"`, `"banned":false`, `"id":"x"`, `"email_verified":true`, `"emailVerified":true`, `"created_at":"2020-01-01T00:00:00Z"`} {
		calls = append(calls, call{name: member, method: "POST", path: "/auth/register", body: `{"email":"` + email + `","password":"correct horse","name":"N",` + member + `}`, status: 400, contains: []string{"bad_request"}})
	}
	b.run(t, calls)
	if baDump(t, b.server) != before {
		t.Error("the database changed")
	}
	r := b.ba.Do(t, http.MethodPost, "/api/auth/sign-up/email", nil, map[string]any{"email": email, "password": "correct horse", "name": "N", "role": "admin", "emailVerified": true})
	if r.Status == http.StatusOK {
		token := r.JSON["token"].(string)
		b.run(t, []call{{name: "signed up there", method: "GET", path: "/api/me", headers: []string{bearer(token)}, status: 200, contains: []string{`"roles":["user"]`, `"email_verified":false`}}})
	}
	if n := b.one(t, `SELECT count(*) FROM "user" WHERE email = $1 AND (role <> 'user' OR "emailVerified")`, email); n != "0" {
		t.Errorf("there: %d %s", r.Status, r.Body)
	}
}

// baRow076: what either hashes the other verifies, for passwords that are awkward to write.
func baRow076(t *testing.T, b both) {
	for i, password := range []string{"  spaces kept  ", "ﬁligree-①", strings.Repeat("🔐", 64)} {
		here, there := next("here")+"@example.com", next("there")+"@example.com"
		if a := b.do(t, "POST", "/auth/register", fmt.Sprintf(`{"email":%q,"password":%q}`, here, password)); a.Status != 201 {
			t.Fatalf("%d: %d %s", i, a.Status, a.Body)
		}
		b.ba.SignUp(t, there, password, "N")
		baLogin(t, b.server, there, password)
		if !b.signInThere(t, here, password) {
			t.Errorf("%d: made here, refused there", i)
		}
		runes := []rune(password)
		if wrong := string(runes[:len(runes)-1]); b.signInThere(t, here, wrong) {
			t.Errorf("%d: %q signs in there", i, wrong)
		}
	}
	email := next("here") + "@example.com"
	b.ba.SignUp(t, email, "correct horse", "N")
	if a := b.do(t, "POST", "/auth/login", fmt.Sprintf(`{"email":%q,"password":"correct house"}`, email)); a.Status != 401 {
		t.Errorf("another password: %d %s", a.Status, a.Body)
	}
}

// baRow078: of twenty registrations of one address at once, half of them there, one makes a user.
func baRow078(t *testing.T, b both) {
	email := next("row078") + "@example.com"
	var all sync.WaitGroup
	var mu sync.Mutex
	made := 0
	count := func(status, success int) {
		mu.Lock()
		defer mu.Unlock()
		if status == success {
			made++
		}
	}
	for i := range 20 {
		all.Go(func() {
			if i%2 == 0 {
				body := map[string]string{"email": email, "password": "correct horse", "name": "N"}
				count(b.ba.Do(t, http.MethodPost, "/api/auth/sign-up/email", nil, body).Status, 200)
				return
			}
			a := b.do(t, "POST", "/auth/register", fmt.Sprintf(`{"email":%q,"password":"correct horse","name":"N"}`, strings.ToUpper(email[:1])+email[1:]))
			if busy := a.Status == 503 && strings.Contains(a.Body, `"busy"`); !busy && a.Status != 201 && (a.Status != 400 || !strings.Contains(a.Body, "Email already registered")) {
				t.Errorf("%d %s", a.Status, a.Body)
			}
			count(a.Status, 201)
		})
	}
	all.Wait()
	users := b.one(t, `SELECT count(*) FROM "user" WHERE lower(email) = $1`, email)
	accounts := b.one(t, `SELECT count(*) FROM "account" WHERE "userId" IN (SELECT id FROM "user" WHERE lower(email) = $1)`, email)
	if made != 1 || users != "1" || accounts != "1" {
		t.Errorf("%d were told yes, %s users, %s accounts", made, users, accounts)
	}
	if orphans := b.one(t, `SELECT count(*) FROM "account" WHERE "userId" NOT IN (SELECT id FROM "user")`); orphans != "0" {
		t.Errorf("%s accounts without a user", orphans)
	}
	baLogin(t, b.server, email, "correct horse")
	if !b.signInThere(t, email, "correct horse") {
		t.Error("the user does not sign in there")
	}
}
