package tests

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// eachStrategy gives a cache in every form that Better Auth writes.
func eachStrategy(t *testing.T, s *server, k *pluginKey, c *cacheOf) map[string]string {
	t.Helper()
	return map[string]string{
		"compact": c.compact(t, testSecret, s.Clock.Now().Add(5*time.Minute)), "jwt": c.jwt(t, s, testSecret),
		"jwt of the plugin's key": c.pluginJWT(t, k, c.pluginCacheClaims(s)), "jwe": c.jwe(t, s, testSecret),
	}
}

// onEachStrategy runs a test with a session of a user; strategies writes a cache in every form.
func onEachStrategy(t *testing.T, f func(t *testing.T, s *server, user, session string, strategies func(*cacheOf) map[string]string), settings ...string) {
	t.Helper()
	t.Parallel()
	onEachWithKeys(t, func(t *testing.T, s *server, endpoint *keyServer) {
		k, user := newPluginKey(t, "EdDSA", "k1"), s.user(t, "")
		endpoint.publish(t, k)
		// A cache does not wait for a key that is not known yet.
		if status := s.status(t, bearer(k.token(t, s, user))); status != 200 {
			t.Fatalf("the key: %d", status)
		}
		f(t, s, user, s.session(t, user), func(c *cacheOf) map[string]string { return eachStrategy(t, s, k, c) })
	}, append(settings, "COOKIE_CACHE=on")...)
}

// inParts cuts a value into cookies and sends the last first: part 10 comes after 9 and not after 1.
func inParts(value string) []string {
	var headers []string
	for i := range 11 {
		headers = append(headers, fmt.Sprintf("Cookie: better-auth.session_data.%d=%s", i, value[i*len(value)/11:(i+1)*len(value)/11]))
	}
	slices.Reverse(headers)
	return headers
}

// A cache counts beside its session's cookie, whole or in parts, and then the database is not asked.
func TestRow038_CacheCounts(t *testing.T) {
	onEachStrategy(t, func(t *testing.T, s *server, user, session string, strategies func(*cacheOf) map[string]string) {
		for strategy, value := range strategies(cacheFor(s, user, session)) {
			asked := baStatements(s)
			a := s.do(t, "GET", "/api/me", "", cookie(session), data(value))
			if a.Status != 200 || a.JSON(t)["name"] != "From the cache" || a.JSON(t)["id"] != user || !strings.Contains(a.Body, sessionID(session)) {
				t.Errorf("%s: %d %s", strategy, a.Status, a.Body)
			}
			if got := s.byCache(t, append(inParts(value), cookie(session))...); got != "cache" {
				t.Errorf("%s in parts: %s", strategy, got)
			}
			if a := s.do(t, "HEAD", "/api/me", "", cookie(session), data(value)); a.Status != 200 {
				t.Errorf("%s, HEAD: %d", strategy, a.Status)
			}
			if n := baStatements(s) - asked; n != 0 {
				t.Errorf("%s: %d statements", strategy, n)
			}
			if strings.Contains(s.Log.String(), value) {
				t.Errorf("%s is in the log", strategy)
			}
		}
	})
}

// A cache that is signed and says the wrong thing is passed over, and the row decides.
func TestRow038_CacheOfAnother(t *testing.T) {
	onEachStrategy(t, func(t *testing.T, s *server, user, session string, strategies func(*cacheOf) map[string]string) {
		now, c := s.Clock.Now(), cacheFor(s, user, session)
		other := s.user(t, "admin")
		otherSession := s.session(t, other)
		for name, changed := range map[string]*cacheOf{
			"other token": c.with("session", "token", otherSession), "no token": c.with("session", "token", ""),
			"other user": c.with("user", "id", other), "no user": c.with("user", "id", ""), "session of another user": c.with("session", "userId", other),
			"id with NUL": c.with("session", "id", "a\x00"), "role a list": c.with("user", "role", []string{"admin"}),
			"session expired": c.with("session", "expiresAt", iso(now)), "no expiry": c.with("session", "expiresAt", nil), "expiry no date": c.with("session", "expiresAt", "soon"),
			"version": {c.Session, c.User, c.UpdatedAt, "2"}, "no members": {Version: "1"}, "banned": c.with("user", "banned", true),
		} {
			for strategy, value := range strategies(changed) {
				if got := s.byCache(t, cookie(session), data(value)); got != "row" {
					t.Errorf("%s, %s: %s", name, strategy, got)
				}
			}
		}
		for strategy, value := range strategies(c) {
			if got := s.byCache(t, cookie(otherSession), data(value)); got != "row" {
				t.Errorf("beside another session, %s: %s", strategy, got)
			}
			for name, headers := range map[string][]string{
				"alone": {data(value)}, "unsigned": {"Cookie: better-auth.session_token=" + session, data(value)}, "secure name": {"Cookie: __Secure-" + strings.TrimPrefix(cookie(session), "Cookie: "), data(value)},
			} {
				if got := s.byCache(t, headers...); got != "401" {
					t.Errorf("%s, %s: %s", name, strategy, got)
				}
			}
		}
	})
}

// A cache that was changed, or is of another place or time, is passed over.
func TestRow038_CacheChanged(t *testing.T) {
	onEachStrategy(t, func(t *testing.T, s *server, user, session string, strategies func(*cacheOf) map[string]string) {
		written := strategies(cacheFor(s, user, session))
		for strategy, value := range written {
			for name, headers := range map[string][]string{
				"edited role": {data(edited(value, `"role":"user"`, `"role":"admin"`))}, "edited version": {data(edited(value, `"version":"1"`, `"version":"2"`))}, "edited expiry": {data(edited(value, `"exp`, `"Exp`))},
				"cut": {data(value[:len(value)-3])}, "text after": {data(value + "AA")}, "a dot after": {data(value + ".")}, "quoted by percent": {data("%22" + value)}, "empty": {data("")},
				"secure name": {"Cookie: __Secure-better-auth.session_data=" + value}, "a part missing": inParts(value)[1:], "odd numbers": {"Cookie: better-auth.session_data.00=" + value}, "negative": {"Cookie: better-auth.session_data.-1=" + value},
				"too long": {data(value + strings.Repeat("A", 16<<10))}, "in another form": {data(segment(value))}, "between dots": {data(value + ".." + "..")},
			} {
				if got := s.byCache(t, append(headers, cookie(session))...); got != "row" {
					t.Errorf("%s, %s: %s", name, strategy, got)
				}
			}
		}
		s.Clock.Add(5 * time.Minute)
		for strategy, value := range written {
			if got := s.byCache(t, cookie(session), data(value)); got != "row" {
				t.Errorf("expired, %s: %s", strategy, got)
			}
		}
	})
}

// edited changes the text inside a value and leaves the signature; what is encrypted gets another byte.
func edited(value, from, to string) string {
	parts := strings.Split(value, ".")
	part := &parts[min(1, len(parts)-1)]
	if len(parts) == 5 {
		part, from, to = &parts[3], "A", "B"
		*part = strings.Replace(*part, from, to, 1)
		return strings.Join(parts, ".")
	}
	text, _ := base64.RawURLEncoding.DecodeString(*part)
	*part = segment(strings.Replace(string(text), from, to, 1))
	return strings.Join(parts, ".")
}

// The claims that stand beside a cache of the plugin's key must be those of a cache of ours, and of this one.
func TestRow038_ClaimsOfThePluginsCache(t *testing.T) {
	t.Parallel()
	onEachWithKeys(t, func(t *testing.T, s *server, endpoint *keyServer) {
		k, user := newPluginKey(t, "RS256", "k1"), s.user(t, "")
		endpoint.publish(t, k)
		session := s.session(t, user)
		c := cacheFor(s, user, session)
		good := c.pluginCacheClaims(s)
		if got := s.byCache(t, cookie(session), data(c.pluginJWT(t, k, good))); got != "row" && got != "cache" {
			t.Errorf("before the key is known: %s", got)
		}
		if status := s.status(t, bearer(k.token(t, s, user))); status != 200 {
			t.Fatalf("the key: %d", status)
		}
		if got := s.byCache(t, cookie(session), data(c.pluginJWT(t, k, good))); got != "cache" {
			t.Errorf("the good one: %s", got)
		}
		for name, change := range map[string][2]string{
			"iss": {pluginIssuer, "http://other.example.com"}, "aud": {"better-auth:session-cache", pluginIssuer}, "no aud": {`"aud"`, `"x"`}, "sub": {`"sub":"` + user, `"sub":"x`}, "no sub": {`"sub"`, `"x"`},
			"sid": {`"sid":"` + session, `"sid":"x`}, "no sid": {`"sid"`, `"x"`}, "no exp": {`"exp"`, `"x"`},
		} {
			if value := c.pluginJWT(t, k, strings.Replace(good, change[0], change[1], 1)); s.byCache(t, cookie(session), data(value)) != "row" {
				t.Errorf("%s: by the cache", name)
			}
		}
		unknown := newPluginKey(t, "RS256", "k2")
		if got := s.byCache(t, cookie(session), data(c.pluginJWT(t, unknown, good))); got != "row" {
			t.Errorf("unknown key: %s", got)
		}
		other := newPluginKey(t, "RS256", "k1")
		if got := s.byCache(t, cookie(session), data(c.pluginJWT(t, other, good))); got != "row" {
			t.Errorf("another key under its kid: %s", got)
		}
	}, "COOKIE_CACHE=on")
}

// The cache is off unless it is asked for, and its version is the one that is set.
func TestRow038_Settings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, want string
		settings   []string
	}{
		{"off", "row", nil}, {"on", "cache", []string{"COOKIE_CACHE=on"}}, {"another version", "row", []string{"COOKIE_CACHE=on", "COOKIE_CACHE_VERSION=2"}},
		{"another prefix", "row", []string{"COOKIE_CACHE=on", "COOKIE_PREFIX=app", "COOKIE_NAME=better-auth.session_token"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			onEach(t, func(t *testing.T, s *server) {
				user := s.user(t, "")
				session := s.session(t, user)
				value := cacheFor(s, user, session).compact(t, testSecret, s.Clock.Now().Add(time.Minute))
				if got := s.byCache(t, cookie(session), data(value)); got != c.want {
					t.Errorf("%s, want %s", got, c.want)
				}
			}, c.settings...)
		})
	}
}
