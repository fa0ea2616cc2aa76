package tests

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// Keys that cannot be asked for are "could not check", and cost nobody else anything.
func TestRow204_AwayAtStart(t *testing.T) {
	t.Parallel()
	onEachWithKeys(t, func(t *testing.T, s *server, endpoint *keyServer) {
		user, k := s.user(t, ""), newPluginKey(t, "EdDSA", "k1")
		session := s.session(t, user)
		endpoint.says(http.StatusBadGateway, "away")
		token := bearer(k.token(t, s, user))
		for range 3 {
			a := s.do(t, "GET", "/api/me", "", token)
			if a.Status != 503 || a.Header.Get("Retry-After") == "" || !strings.Contains(a.Body, `"store_unavailable"`) || strings.Contains(a.Body, "502") {
				t.Errorf("a token whose key cannot be asked for: %d %v %s", a.Status, a.Header, a.Body)
			}
		}
		if n := endpoint.fetches.Load(); n != 1 {
			t.Errorf("%d fetches of an endpoint that failed a moment ago", n)
		}
		if status := s.status(t, token, cookie(session)); status != 503 {
			t.Errorf("beside a cookie, which may be another's: %d", status)
		}
		s.run(t, []call{
			{name: "cookies work", method: "GET", path: "/api/me", headers: []string{cookie(session)}, status: 200},
			{name: "expired is refused without a key", method: "GET", path: "/api/me", headers: []string{bearer(k.sign(t, k.header(), strings.Replace(pluginPayload(s, user), `"exp":`, `"exp":1,"e":`, 1)))}, status: 401},
			{name: "public routes do not look", method: "GET", path: "/healthz", headers: []string{token}, status: 200},
		})
		endpoint.publish(t, k)
		s.Clock.Add(5 * time.Second)
		if status := s.status(t, token); status != 200 {
			t.Errorf("once it is back: %d", status)
		}
	})
}

func TestRow204_AwayLaterAndRotated(t *testing.T) {
	t.Parallel()
	onEachWithKeys(t, func(t *testing.T, s *server, endpoint *keyServer) {
		user, k, rotated := s.user(t, ""), newPluginKey(t, "EdDSA", "k1"), newPluginKey(t, "ES256", "k2")
		endpoint.publish(t, k)
		want := func(what string, key *pluginKey, status int, fetches int64) {
			t.Helper()
			if got := s.status(t, bearer(key.token(t, s, user))); got != status || endpoint.fetches.Load() != fetches {
				t.Errorf("%s: %d after %d fetches, want %d after %d", what, got, endpoint.fetches.Load(), status, fetches)
			}
		}
		want("at first", k, 200, 1)
		endpoint.publish(t, k, rotated)
		want("the new key", rotated, 200, 2)
		want("the old key", k, 200, 2)
		unknown := newPluginKey(t, "EdDSA", "k3")
		want("an unknown key", unknown, 401, 3)
		want("again", unknown, 401, 3)
		endpoint.says(http.StatusOK, "<html>")
		s.Clock.Add(30 * time.Second)
		want("garbage, a known key", k, 200, 3)
		want("garbage, an unknown key", unknown, 503, 4)
		endpoint.Close()
		s.Clock.Add(time.Hour)
		for _, key := range []*pluginKey{k, rotated} {
			if got := s.status(t, bearer(key.token(t, s, user))); got != 200 {
				t.Errorf("away for an hour, %s: %d", key.kid, got)
			}
		}
	})
}

// Keys of some age are fetched again beside a request, which does not wait; one that is gone then counts no more.
func TestRow204_KeysAge(t *testing.T) {
	t.Parallel()
	onEachWithKeys(t, func(t *testing.T, s *server, endpoint *keyServer) {
		user, withdrawn, next := s.user(t, ""), newPluginKey(t, "EdDSA", "k1"), newPluginKey(t, "EdDSA", "k2")
		endpoint.publish(t, withdrawn)
		token := bearer(withdrawn.token(t, s, user))
		if status := s.status(t, token); status != 200 {
			t.Fatal(status)
		}
		endpoint.publish(t, next)
		s.Clock.Add(10 * time.Minute)
		if status := s.status(t, token); status != 200 {
			t.Errorf("the request that has the keys fetched: %d", status)
		}
		if status := s.status(t, bearer(next.token(t, s, user))); status != 200 { // waits for that fetch
			t.Errorf("the new key: %d", status)
		}
		if status := s.status(t, token); status != 401 {
			t.Errorf("the withdrawn key: %d", status)
		}
	})
}

// A slow endpoint is asked once for all who wait, and who needs no new key does not wait.
func TestRow204_Slow(t *testing.T) {
	t.Parallel()
	onEachWithKeys(t, func(t *testing.T, s *server, endpoint *keyServer) {
		user, known, unknown := s.user(t, ""), newPluginKey(t, "EdDSA", "k1"), newPluginKey(t, "EdDSA", "k2")
		endpoint.publish(t, known)
		token := bearer(known.token(t, s, user))
		if status := s.status(t, token); status != 200 {
			t.Fatal(status)
		}
		answer, asked := make(chan struct{}), make(chan struct{}, 100)
		both := keySet(t, known, unknown)
		endpoint.answers(func(w http.ResponseWriter, _ *http.Request) {
			asked <- struct{}{}
			<-answer
			_, _ = w.Write([]byte(both))
		})
		var waiting sync.WaitGroup
		waits := bearer(unknown.token(t, s, user))
		for range 50 {
			waiting.Go(func() {
				if status := s.status(t, waits); status != 200 {
					t.Errorf("who waited: %d", status)
				}
			})
		}
		<-asked
		for range 20 {
			if status := s.status(t, token); status != 200 {
				t.Errorf("a known key while another is fetched: %d", status)
			}
		}
		close(answer)
		waiting.Wait()
		if n := endpoint.fetches.Load(); n != 2 {
			t.Errorf("%d fetches", n)
		}
	})
}

// An endpoint that hangs is told as 503 after two seconds; a cookie cache does not wait for it at all.
func TestRow204_Hanging(t *testing.T) {
	t.Parallel()
	onEachWithKeys(t, func(t *testing.T, s *server, endpoint *keyServer) {
		user, k := s.user(t, ""), newPluginKey(t, "EdDSA", "k1")
		session := s.session(t, user)
		end := make(chan struct{})
		endpoint.answers(func(http.ResponseWriter, *http.Request) { <-end })
		defer close(end)
		begin := time.Now()
		c := cacheFor(s, user, session)
		if got := s.byCache(t, cookie(session), data(c.pluginJWT(t, k, c.pluginCacheClaims(s)))); got != "row" || time.Since(begin) > time.Second {
			t.Errorf("a cache: %s after %v", got, time.Since(begin))
		}
		if status := s.status(t, bearer(k.token(t, s, user))); status != 503 || time.Since(begin) > 4*time.Second {
			t.Errorf("a token: %d after %v", status, time.Since(begin))
		}
	}, "COOKIE_CACHE=on")
}

// Where the shared database has the keys, nobody is asked by HTTP.
func TestRow204_KeysOfTheDatabase(t *testing.T) {
	t.Parallel()
	onEachWithKeys(t, func(t *testing.T, s *server, endpoint *keyServer) {
		k, old, past, alone := newPluginKey(t, "RS256", "k1"), newPluginKey(t, "ES256", "old"), newPluginKey(t, "EdDSA", "past"), newPluginKey(t, "PS256", "alone")
		endpoint.publish(t, alone)
		settings := []string{"BETTER_AUTH_URL=" + pluginIssuer, "BETTER_AUTH_JWKS_URL=" + endpoint.URL}
		s = withKeyTable(t, s, settings, k, old, past, alone)
		user := s.user(t, "")
		s.exec(t, `UPDATE "jwks" SET "expiresAt" = $1 WHERE id = 'old'`, iso(s.Clock.Now().Add(-29*24*time.Hour)))
		s.exec(t, `UPDATE "jwks" SET "expiresAt" = $1 WHERE id = 'past'`, iso(s.Clock.Now().Add(-31*24*time.Hour)))
		s.exec(t, `UPDATE "jwks" SET alg = NULL WHERE id IN ('old', 'alone')`)
		for kid, key := range map[string]*pluginKey{"k1": k, "old": old} {
			asked := baStatements(s)
			for range 2 {
				if status := s.status(t, bearer(key.token(t, s, user))); status != 200 {
					t.Errorf("%s: %d", kid, status)
				}
			}
			if n := baStatements(s) - asked; n != 3 {
				t.Errorf("%s: %d statements, want the key once and the user twice", kid, n)
			}
		}
		if n := endpoint.fetches.Load(); n != 0 {
			t.Errorf("%d fetches", n)
		}
		// An RSA key whose row does not say RS256 or PS256: the endpoint does.
		if status := s.status(t, bearer(alone.token(t, s, user))); status != 200 || endpoint.fetches.Load() != 1 {
			t.Errorf("RSA without its algorithm: %d after %d fetches", status, endpoint.fetches.Load())
		}
		if status := s.status(t, bearer(past.token(t, s, user))); status != 401 {
			t.Errorf("past its grace: %d", status)
		}
		s.exec(t, `DELETE FROM "jwks" WHERE id = 'k1'`)
		s.Clock.Add(time.Minute)
		if status := s.status(t, bearer(k.token(t, s, user))); status != 401 {
			t.Errorf("deleted a minute ago: %d", status)
		}
	})
}

// A database that is away is 503, for a token too.
func TestRow204_DatabaseAway(t *testing.T) {
	t.Parallel()
	onEachWithKeys(t, func(t *testing.T, s *server, endpoint *keyServer) {
		user, k := s.user(t, ""), newPluginKey(t, "EdDSA", "k1")
		endpoint.publish(t, k)
		token := bearer(k.token(t, s, user))
		if status := s.status(t, token); status != 200 {
			t.Fatal(status)
		}
		_ = s.app.Close()
		if status := s.status(t, token); status != 503 {
			t.Errorf("with the database away: %d", status)
		}
	})
}
