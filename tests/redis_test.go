package tests

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/tests/betterauth"
	"countersign/tests/redis"
)

// stored is the program beside a Better Auth with a secondary storage.
type stored struct {
	both
	redis  *redis.Server
	prefix string
	// inTable says that Better Auth keeps sessions in the table too.
	inTable bool
}

// storages are the ways in which Better Auth uses a secondary storage.
var storages = map[string]struct {
	session map[string]any
	prefix  string
	// tablesHere says that Countersign made the tables, so that there is a session table nobody needs.
	tablesHere bool
	advanced   map[string]any
}{
	"Redis alone":                   {nil, "", false, nil},
	"Redis alone, numbers for ids":  {nil, "", false, map[string]any{"database": map[string]any{"generateId": "serial"}}},
	"Redis, and a table left over":  {nil, "app:", true, nil},
	"table and Redis":               {map[string]any{"storeSessionInDatabase": true}, "", false, nil},
	"table and Redis, rows outlive": {map[string]any{"storeSessionInDatabase": true, "preserveSessionInDatabase": true}, "", true, nil},
}

func startStored(t *testing.T, storage, databaseURL string) stored {
	t.Helper()
	how, r := storages[storage], redis.Start(t)
	options := betterauth.Options{
		DatabaseURL: baDatabase(databaseURL), Secret: testSecret, RedisURL: r.URL, RedisPrefix: how.prefix, Plugins: []string{"admin", "bearer"},
		Extra: map[string]any{"user": map[string]any{"deleteUser": map[string]any{"enabled": true}}},
	}
	for name, more := range map[string]map[string]any{"session": how.session, "advanced": how.advanced} {
		if more != nil {
			options.Extra[name] = more
		}
	}
	settings := []string{"REDIS_URL=" + r.URL, "REDIS_PREFIX=" + how.prefix}
	b := stored{redis: r, prefix: how.prefix, inTable: how.session != nil}
	if b.prefix == "" {
		b.prefix = "better-auth:"
	}
	if how.tablesHere {
		b.server = start(t, databaseURL, settings...)
	}
	b.ba = betterauth.Start(t, options)
	b.ba.Migrate(t)
	if !how.tablesHere {
		b.server = start(t, databaseURL, settings...)
	}
	return b
}

// What one of the two does to a session the other knows at its next request, wherever sessions are kept.
func TestSessionsInRedis(t *testing.T) {
	t.Parallel()
	for storage := range storages {
		for name, databaseURL := range databases {
			t.Run(storage+"/"+name, func(t *testing.T) {
				t.Parallel()
				b := startStored(t, storage, databaseURL(t))
				for _, c := range []struct {
					name string
					f    func(*testing.T, stored)
				}{
					{"signed in and out there", stSignOut}, {"banned by SQL", stBan}, {"login here", stLogin},
					{"revoked there", stRevoked}, {"all revoked there", stWatermark}, {"ended here", stEnded}, {"all ended here", stAllEnded},
					{"password changed here", stPassword}, {"administered here", stAdminister}, {"impersonated there", stImpersonated},
					{"a refresh token used twice", stReuse}, {"values that are no sessions", stStrange},
				} {
					b.Clock.Set(time.Now().UTC().Truncate(time.Millisecond))
					t.Run(c.name, func(t *testing.T) { c.f(t, b) })
				}
				baSilent(t, b.server, testSecret, "correct horse", "battery staple")
				if strings.Contains(b.Log.String(), "level=ERROR") {
					t.Error(b.Log)
				}
			})
		}
	}
}

// there says whether Better Auth knows a session by its cookie.
func (b stored) there(t *testing.T, cookies string) bool {
	t.Helper()
	return b.ask(t, "GET", "/get-session", cookies, nil, 200).JSON != nil
}

// signUp makes a user there, who is signed in there, and gives the e-mail address too.
func (b stored) signUp(t *testing.T) (betterauth.Signed, string) {
	t.Helper()
	email := next("redis") + "@example.com"
	return b.ba.SignUp(t, email, "correct horse", "Zoë"), email
}

// login signs in here and gives the cookie that the session would have there.
func (b stored) login(t *testing.T, up betterauth.Signed, email string) (access, refresh, cookies string) {
	t.Helper()
	access, refresh = baLogin(t, b.server, email, "correct horse")
	a := b.expect(t, 200, "GET", "/api/me", "", bearer(access)).JSON(t)
	token := baListed(t, b.both, up.Cookie, a["session"].(map[string]any)["id"].(string))
	if token == "" {
		t.Fatal("a login here is not listed there")
	}
	return access, refresh, "better-auth.session_token=" + signed(testSecret, token)
}

func (b stored) statuses(t *testing.T, want int, headers ...string) {
	t.Helper()
	for _, line := range headers {
		if status := baMe(t, b.server, line); status != want {
			t.Errorf("%.25s: %d, want %d", line, status, want)
		}
	}
}

// catchUp puts the clock past what Better Auth has just written.
func (b stored) catchUp() { b.Clock.Set(time.Now().UTC().Add(2 * time.Millisecond)) }

func stSignOut(t *testing.T, b stored) {
	up, _ := b.signUp(t)
	lines := []string{"Cookie: " + up.Cookie, bearer(up.Token), bearer(up.BareToken)}
	b.statuses(t, 200, lines...)
	a := b.expect(t, 200, "GET", "/auth/sessions", "", lines[0])
	if strings.Count(a.Body, `"id"`) != 1 || !strings.Contains(a.Body, `"current":true`) || strings.Contains(a.Body, up.BareToken) {
		t.Errorf("sessions: %s", a.Body)
	}
	b.ask(t, "POST", "/sign-out", up.Cookie, map[string]any{}, 200)
	b.catchUp()
	b.statuses(t, 401, lines...)
}

func stBan(t *testing.T, b stored) {
	up, email := b.signUp(t)
	access, _, _ := b.login(t, up, email)
	b.exec(t, `UPDATE "user" SET banned = $1 WHERE id = $2`, true, up.UserID)
	b.statuses(t, 403, "Cookie: "+up.Cookie, bearer(up.BareToken), bearer(access))
	b.exec(t, `UPDATE "user" SET banned = $1, role = 'admin' WHERE id = $2`, false, up.UserID)
	b.expect(t, 200, "GET", "/api/admin/users", "", "Cookie: "+up.Cookie)
}

func stLogin(t *testing.T, b stored) {
	up, email := b.signUp(t)
	access, refresh, cookies := b.login(t, up, email)
	theirs := b.ask(t, "GET", "/get-session", cookies, nil, 200).JSON
	user, mine := theirs["user"].(map[string]any), b.ask(t, "GET", "/get-session", up.Cookie, nil, 200).JSON["user"].(map[string]any)
	if fmt.Sprint(user) != fmt.Sprint(mine) {
		t.Errorf("the user of a session made here: %v, there: %v", user, mine)
	}
	if strings.Count(b.expect(t, 200, "GET", "/auth/sessions", "", bearer(access)).Body, `"id"`) != 2 {
		t.Error("both sessions are not listed here")
	}
	b.Clock.Add(5 * time.Minute)
	next := b.expect(t, 200, "POST", "/auth/refresh", `{"refresh_token":"`+refresh+`"}`).JSON(t)
	later := b.ask(t, "GET", "/get-session", cookies, nil, 200).JSON["session"].(map[string]any)
	if grown := baTime(t, later["expiresAt"]).Sub(baTime(t, theirs["session"].(map[string]any)["expiresAt"])); grown != 5*time.Minute {
		t.Errorf("a refresh here let the session live %s longer there", grown)
	}
	b.statuses(t, 200, bearer(next["access_token"].(string)), "Cookie: "+cookies)
	if a := b.expect(t, 204, "POST", "/auth/logout", `{"refresh_token":"`+next["refresh_token"].(string)+`"}`); b.there(t, cookies) {
		t.Error("logged out here, alive there", a)
	}
	b.statuses(t, 401, bearer(access), "Cookie: "+cookies)
	b.statuses(t, 200, "Cookie: "+up.Cookie)
}

func stRevoked(t *testing.T, b stored) {
	up, email := b.signUp(t)
	access, refresh, cookies := b.login(t, up, email)
	token, _, _ := strings.Cut(strings.TrimPrefix(cookies, "better-auth.session_token="), ".")
	b.ask(t, "POST", "/revoke-session", up.Cookie, map[string]any{"token": token}, 200)
	b.catchUp()
	b.statuses(t, 401, bearer(access), bearer(token), "Cookie: "+cookies)
	if status := baRefresh(t, b.server, refresh); status != 401 {
		t.Errorf("refresh token: %d", status)
	}
	b.statuses(t, 200, "Cookie: "+up.Cookie)
}

// stWatermark: Better Auth may leave keys behind when it ends all sessions; its watermark ends those too.
func stWatermark(t *testing.T, b stored) {
	up, email := b.signUp(t)
	access, refresh, _ := b.login(t, up, email)
	b.statuses(t, 200, "Cookie: "+up.Cookie)
	value := b.redis.Do(t, "GET", b.prefix+up.BareToken)
	b.ask(t, "POST", "/revoke-sessions", up.Cookie, map[string]any{}, 200)
	b.catchUp()
	b.redis.Do(t, "SET", b.prefix+up.BareToken, value)
	if b.redis.Do(t, "GET", b.prefix+"revoked-sessions-before-"+up.UserID) == "" || b.there(t, up.Cookie) {
		t.Error("no watermark")
	}
	b.statuses(t, 401, "Cookie: "+up.Cookie, bearer(access))
	if status := baRefresh(t, b.server, refresh); status != 401 {
		t.Errorf("refresh token: %d", status)
	}
	b.redis.Do(t, "DEL", b.prefix+up.BareToken)
	again := b.ba.SignIn(t, email, "correct horse")
	b.statuses(t, 200, "Cookie: "+again.Cookie)
	if !b.inTable && b.one(t, `SELECT count(*) FROM `+b.own("refresh_tokens")+` t JOIN `+b.shadow()+` s ON s.id = t.session_id WHERE s.token = $1`, up.BareToken) != "0" {
		t.Error("a row has a token that only Redis may know")
	}
}

// shadow is the table that refresh tokens hang on.
func (b stored) shadow() string {
	if !b.inTable && b.prefix == "better-auth:" {
		return b.own("sessions")
	}
	return `"session"`
}

func stEnded(t *testing.T, b stored) {
	up, email := b.signUp(t)
	access, _, cookies := b.login(t, up, email)
	id := b.expect(t, 200, "GET", "/api/me", "", "Cookie: "+up.Cookie).JSON(t)["session"].(map[string]any)["id"].(string)
	b.expect(t, 404, "DELETE", "/auth/sessions/nobodys", "", bearer(access))
	b.expect(t, 204, "DELETE", "/auth/sessions/"+id, "", bearer(access))
	if b.there(t, up.Cookie) || !b.there(t, cookies) {
		t.Error("ended here, and alive there; or another one ended")
	}
	b.statuses(t, 401, "Cookie: "+up.Cookie)
	third := b.ba.SignIn(t, email, "correct horse")
	b.expect(t, 204, "DELETE", "/auth/sessions", "", bearer(access))
	if b.there(t, third.Cookie) || !b.there(t, cookies) {
		t.Error("all others ended here: alive there, or this one is not")
	}
	b.expect(t, 204, "POST", "/auth/logout", "", bearer(access))
	if b.there(t, cookies) || b.redis.Do(t, "KEYS", b.prefix+"active-sessions-"+up.UserID) != "" {
		t.Error("logged out here, and alive or listed there")
	}
}

func stAllEnded(t *testing.T, b stored) {
	up, email := b.signUp(t)
	admin := "Cookie: " + b.admin(t)
	access, _, cookies := b.login(t, up, email)
	value := b.redis.Do(t, "GET", b.prefix+up.BareToken)
	b.catchUp()
	b.expect(t, 204, "DELETE", "/api/admin/users/"+up.UserID+"/sessions", "", admin, origin)
	b.statuses(t, 401, "Cookie: "+up.Cookie, bearer(access))
	b.redis.Do(t, "SET", b.prefix+up.BareToken, value)
	if b.there(t, up.Cookie) || b.there(t, cookies) {
		t.Error("all were ended here, and one is alive there")
	}
	b.redis.Do(t, "DEL", b.prefix+up.BareToken)
}

func stPassword(t *testing.T, b stored) {
	up, email := b.signUp(t)
	access, _, cookies := b.login(t, up, email)
	b.expect(t, 204, "POST", "/auth/password", `{"current_password":"correct horse","new_password":"battery staple"}`, bearer(access))
	if b.there(t, up.Cookie) || !b.there(t, cookies) {
		t.Error("the password was changed here: another session is alive there, or this one is not")
	}
	b.statuses(t, 401, "Cookie: "+up.Cookie)
	b.statuses(t, 200, bearer(access))
}

func stAdminister(t *testing.T, b stored) {
	up, email := b.signUp(t)
	admin := "Cookie: " + b.admin(t)
	access, _, cookies := b.login(t, up, email)
	b.expect(t, 200, "PATCH", "/api/me", `{"name":"Ada"}`, bearer(access))
	b.expect(t, 200, "PATCH", "/api/admin/users/"+up.UserID, `{"role":"editor"}`, admin, origin)
	for _, c := range []string{up.Cookie, cookies} {
		user := b.ask(t, "GET", "/get-session", c, nil, 200).JSON["user"].(map[string]any)
		if user["name"] != "Ada" || user["role"] != "editor" || user["email"] != email {
			t.Errorf("changed here, and there it is %v", user)
		}
	}
	b.expect(t, 200, "PATCH", "/api/admin/users/"+up.UserID, `{"banned":true}`, admin, origin)
	if b.there(t, up.Cookie) || b.there(t, cookies) {
		t.Error("banned here, and signed in there")
	}
	b.statuses(t, 403, bearer(access))
	gone, _ := b.signUp(t)
	b.expect(t, 204, "DELETE", "/api/admin/users/"+gone.UserID, "", admin, origin)
	if b.there(t, gone.Cookie) {
		t.Error("deleted here, and signed in there")
	}
}

func stImpersonated(t *testing.T, b stored) {
	up, _ := b.signUp(t)
	b.admin(t)
	admin := b.ba.SignIn(t, b.one(t, `SELECT email FROM "user" WHERE name = 'Boss' ORDER BY "createdAt" DESC LIMIT 1`), "correct horse")
	r := b.ask(t, "POST", "/admin/impersonate-user", admin.Cookie, map[string]any{"userId": up.UserID}, 200)
	token := r.JSON["session"].(map[string]any)["token"].(string)
	a := b.expect(t, 200, "GET", "/api/me", "", cookie(token))
	if strings.Contains(a.Body, `"impersonated_by":null`) {
		t.Error(a.Body)
	}
}

// stReuse: a refresh token that is used twice ends its session, there too.
func stReuse(t *testing.T, b stored) {
	up, email := b.signUp(t)
	access, refresh, cookies := b.login(t, up, email)
	first := b.expect(t, 200, "POST", "/auth/refresh", `{"refresh_token":"`+refresh+`"}`).JSON(t)
	if again := b.expect(t, 200, "POST", "/auth/refresh", `{"refresh_token":"`+refresh+`"}`).JSON(t); again["refresh_token"] != first["refresh_token"] {
		t.Error("the grace gives another successor")
	}
	b.Clock.Add(time.Minute)
	if status := baRefresh(t, b.server, refresh); status != 401 {
		t.Errorf("used twice: %d", status)
	}
	if b.there(t, cookies) {
		t.Error("a stolen session is alive there")
	}
	b.statuses(t, 401, bearer(access))
}

// stStrange: what shares the prefix with sessions is none, and neither is what does not hold.
func stStrange(t *testing.T, b stored) {
	up, _ := b.signUp(t)
	value := b.redis.Do(t, "GET", b.prefix+up.BareToken)
	other := strings.Repeat("x", 32)
	for name, text := range map[string]string{
		"another token's": value, "no JSON": "{", "null": "null", "a list": "[]", "no session": `{"session":null,"user":{}}`,
		"expired":          strings.ReplaceAll(strings.ReplaceAll(value, up.BareToken, other), `"expiresAt":"2`, `"expiresAt":"1`),
		"without its user": strings.ReplaceAll(strings.ReplaceAll(value, up.BareToken, other), up.UserID, "nobody"),
	} {
		b.redis.Do(t, "SET", b.prefix+other, text)
		if status := baMe(t, b.server, cookie(other)); status != 401 {
			t.Errorf("%s: %d", name, status)
		}
	}
	b.redis.Do(t, "DEL", b.prefix+other)
	b.redis.Do(t, "SET", b.prefix+"active-sessions-"+up.UserID, `{"no":"list"}`)
	b.expect(t, 200, "GET", "/api/me", "", "Cookie: "+up.Cookie)
	b.expect(t, 200, "GET", "/auth/sessions", "", "Cookie: "+up.Cookie)
	for _, token := range []string{"active-sessions-" + up.UserID, "redis." + other} {
		if status := baMe(t, b.server, cookie(token)); status != 401 {
			t.Errorf("%s: %d", token, status)
		}
	}
}

// A program that starts beside sessions knows at once whose they are: one more on the same Redis, and rows
// that were never in it.
func TestSessionsInRedisAtStart(t *testing.T) {
	t.Parallel()
	for storage, how := range storages {
		t.Run(storage, func(t *testing.T) {
			t.Parallel()
			b := startStored(t, storage, databases["sqlite"](t))
			up, email := b.signUp(t)
			access, refresh, _ := b.login(t, up, email)
			another := start(t, b.URL, "REDIS_URL="+b.redis.URL, "REDIS_PREFIX="+how.prefix)
			for _, line := range []string{"Cookie: " + up.Cookie, bearer(access)} {
				if status := baMe(t, another, line); status != 200 {
					t.Errorf("%.20s: %d", line, status)
				}
			}
			if status := baRefresh(t, another, refresh); status != 200 {
				t.Errorf("refresh token: %d", status)
			}
			if b.shadow() != `"session"` {
				return
			}
			want := 401
			if b.inTable {
				want = 200
			}
			fresh := start(t, b.URL, "REDIS_URL="+b.redis.URL, "REDIS_PREFIX="+how.prefix)
			if status := baMe(t, fresh, cookie(fresh.session(t, up.UserID))); status != want {
				t.Errorf("a row that is not in Redis: %d, want %d", status, want)
			}
		})
	}
}

// A Redis without sessions, for limits say, is not written to and not missed, and decides nothing.
func TestRedisWithoutSessions(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		r := redis.Start(t)
		s = start(t, s.URL, "REDIS_URL="+r.URL)
		id, access, refresh := baSignUp(t, s, "ada@example.com", "correct horse")
		row := s.session(t, id)
		s.expect(t, 200, "PATCH", "/api/me", `{"name":"Ada"}`, bearer(access))
		if keys := r.Do(t, "KEYS", "*"); keys != "" {
			t.Errorf("written: %s", keys)
		}
		r.Stop(t)
		s.expect(t, 200, "GET", "/api/me", "", cookie(row))
		s.expect(t, 401, "GET", "/api/me", "", cookie(next("Nobody")))
		s.expect(t, 200, "POST", "/auth/refresh", `{"refresh_token":"`+refresh+`"}`)
		s.expect(t, 200, "POST", "/auth/login", `{"email":"ada@example.com","password":"correct horse"}`)
		s.expect(t, 204, "DELETE", "/auth/sessions", "", bearer(access))
		s.expect(t, 401, "GET", "/api/me", "", cookie(row))
		s.expect(t, 200, "GET", "/readyz", "")
		// Who starts without it does not know yet what a row is worth.
		s = start(t, s.URL, "REDIS_URL="+r.URL)
		s.expect(t, 503, "GET", "/api/me", "", bearer(access))
		r.Run(t)
		for deadline := time.Now().Add(5 * time.Second); baMe(t, s, bearer(access)) == 503 && time.Now().Before(deadline); {
			time.Sleep(50 * time.Millisecond)
		}
		s.expect(t, 200, "GET", "/api/me", "", bearer(access))
		s.expect(t, 204, "POST", "/auth/logout", "", bearer(access))
	})
}
