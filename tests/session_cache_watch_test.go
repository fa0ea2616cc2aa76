package tests

import (
	"strings"
	"testing"
	"time"

	"countersign/tests/betterauth"
	"countersign/tests/postgres"
	"countersign/tests/redis"
)

// A server that answers too late must switch the cache off until it is in time again.
func TestListenerThatIsSlow(t *testing.T) {
	t.Parallel()
	s, between := throughProxy(t)
	token := s.session(t, s.user(t, ""))
	s.awaitCache(t)
	between.Delay(100 * time.Millisecond) // and as much on the way back
	s.eventually(t, "the reason in the log", func() bool { return strings.Contains(s.Log.String(), "takes longer than 150ms") })
	hits := s.app.CacheStats().Hits
	for range 3 {
		s.expect(t, 200, "GET", "/api/me", "", cookie(token))
	}
	if stats := s.app.CacheStats(); stats.Hits != hits || stats.Current {
		t.Errorf("%+v", stats)
	}
	between.Resume()
	s.awaitCache(t)
}

// A DIRECT_URL that leads to another database hears nothing, and says nothing either.
func TestListenerOfAnotherDatabase(t *testing.T) {
	t.Parallel()
	s := start(t, postgres.Database(t), cached)
	s.awaitCache(t)
	elsewhere := start(t, postgres.Database(t), "SESSION_CACHE=off")
	wrong := startConnected(t, s.URL, cached, "DIRECT_URL="+elsewhere.URL)
	wrong.eventually(t, "the reason in the log", func() bool { return strings.Contains(wrong.Log.String(), "did not come back in time") })
	if wrong.app.CacheStats().Current {
		t.Error("trusted")
	}
}

// startConnected starts a production server, which migrates nothing.
func startConnected(t *testing.T, databaseURL string, settings ...string) *server {
	t.Helper()
	return start(t, databaseURL, append([]string{"APP_ENV=production", "FRONTEND_URL=http://localhost:3000", "SECURE_COOKIES=off", "RATE_LIMIT=off"}, settings...)...)
}

// While the session table decides, Redis changes nothing; once a session lives in Redis nothing is cached.
func TestCacheBesideRedis(t *testing.T) {
	t.Parallel()
	for name, databaseURL := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			besideRedis(t, databaseURL(t))
		})
	}
}

func besideRedis(t *testing.T, database string) {
	r := redis.Start(t)
	s := start(t, database, cached, "REDIS_URL="+r.URL)
	token := s.session(t, s.user(t, ""))
	s.awaitCache(t)
	s.expect(t, 200, "GET", "/api/me", "", cookie(token))
	hits := s.app.CacheStats().Hits
	s.expect(t, 200, "GET", "/api/me", "", cookie(token))
	if s.app.CacheStats().Hits != hits+1 {
		t.Errorf("%+v", s.app.CacheStats())
	}
	ba := betterauth.Start(t, betterauth.Options{DatabaseURL: baDatabase(database), Secret: testSecret, Plugins: []string{"admin"}, RedisURL: r.URL})
	ada := ba.SignUp(t, "ada@example.com", password, "Ada")
	header := "Cookie: " + ada.Cookie
	s.expect(t, 200, "GET", "/api/me", "", header)
	if s.app.CacheStats().Current {
		t.Error("cached, though a session lives in Redis")
	}
	ba.Do(t, "POST", "/api/auth/sign-out", map[string]string{"Cookie": ada.Cookie}, nil)
	s.expect(t, 401, "GET", "/api/me", "", header)
}

// Triggers that somebody takes away or switches off under a listener tell of nothing any more.
func TestTriggersThatGoUnderAListener(t *testing.T) {
	t.Parallel()
	for name, statement := range map[string]string{
		"dropped":  `DROP FUNCTION "countersign".notice() CASCADE`,
		"disabled": `ALTER TABLE "session" DISABLE TRIGGER USER`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, postgres.Database(t), cached)
			token := s.session(t, s.user(t, ""))
			s.awaitCache(t)
			s.expect(t, 200, "GET", "/api/me", "", cookie(token))
			s.exec(t, statement)
			s.exec(t, `DELETE FROM "session"`)
			s.soon(t, 401, cookie(token))
			s.eventually(t, "the reason in the log", func() bool { return strings.Contains(s.Log.String(), "our triggers are gone, or were disabled") })
			if s.app.CacheStats().Current {
				t.Error("the cache is in use")
			}
			if name == "disabled" { // as doctor and the log say
				said, code := tell(t, "", "migrate up", "DATABASE_URL="+s.URL, "BETTER_AUTH_SECRET="+testSecret)
				says(t, said, code, 0, "applied our triggers")
				start(t, s.URL, cached).awaitCache(t)
			}
		})
	}
}

// A schema that falls behind a program that serves is not ready, whichever step it is that went.
func TestReadyKnowsOfASchemaThatFellBehind(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		s.expect(t, 200, "GET", "/readyz", "")
		said, code := tell(t, "", "migrate down", "DATABASE_URL="+s.URL, "BETTER_AUTH_SECRET="+testSecret)
		says(t, said, code, 0, "took back")
		s.expect(t, 503, "GET", "/readyz", "")
		s.expect(t, 200, "GET", "/healthz", "")
		said, code = tell(t, "", "migrate up", "DATABASE_URL="+s.URL, "BETTER_AUTH_SECRET="+testSecret)
		says(t, said, code, 0, "applied")
		s.expect(t, 200, "GET", "/readyz", "")
	})
}
