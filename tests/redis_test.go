package tests

import (
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

// shadow is the table that refresh tokens hang on.
func (b stored) shadow() string {
	if !b.inTable && b.prefix == "better-auth:" {
		return b.own("sessions")
	}
	return `"session"`
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
