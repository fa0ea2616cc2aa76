package cmd

import (
	"context"
	"net/http"
	"time"

	"countersign/auth"
	"countersign/database"
)

// sessionCache is the cache of principals and the watch that it lives by; nil where the settings want none.
type sessionCache struct {
	*auth.PrincipalCache
	watch database.Watch
}

func (a *App) newSessionCache(clock func() time.Time) *sessionCache {
	s := a.settings.SessionCache
	if !s.Enabled {
		return nil
	}
	watch := database.NewWatch(a.db, s.Canary, a.log)
	if in := a.stores.inRedis; in != nil {
		watch = tableOnly{watch, in}
	}
	cache := &sessionCache{auth.NewPrincipalCache(s.Entries, watch, clock), watch}
	a.db.Tell(cache)
	return cache
}

// tableOnly is a watch that holds while the session table decides: Redis tells nobody what ends there.
type tableOnly struct {
	database.Watch
	sessions interface{ InTable() bool }
}

func (t tableOnly) Current() bool { return t.sessions.InTable() && t.Watch.Current() }

func (t tableOnly) Status() string {
	if !t.sessions.InTable() {
		return "sessions live in Redis, which tells nobody when one ends"
	}
	return t.Watch.Status()
}

// remember puts the cache before verifiers whose credentials do not change by being used.
func (c *sessionCache) remember(verifiers []auth.OneKind) []auth.OneKind {
	if c == nil {
		return verifiers
	}
	var all []auth.OneKind
	for _, v := range verifiers {
		switch kind := v.(type) {
		case *auth.AccessTokenVerifier:
			v = &auth.Cached{Verifier: v, Method: auth.AccessToken, Text: auth.Bearer, Cache: c.PrincipalCache}
		case *auth.PluginJWTVerifier:
			v = &auth.Cached{Verifier: v, Method: auth.PluginJWT, Text: auth.Bearer, Cache: c.PrincipalCache}
		case *auth.TokenVerifier:
			v = &auth.Cached{Verifier: v, Method: auth.SessionToken, Text: auth.Bearer, Cache: c.PrincipalCache}
		case *auth.CookieVerifier:
			text := func(r *http.Request) string { return auth.CookieValue(r, kind.Name) }
			v = &auth.Cached{Verifier: v, Method: auth.SessionCookie, Text: text, Cache: c.PrincipalCache}
		}
		all = append(all, v)
	}
	return all
}

// CacheStats are the session cache's figures, all zero where there is none.
func (a *App) CacheStats() auth.CacheStats {
	if a.cache == nil {
		return auth.CacheStats{}
	}
	return a.cache.Stats()
}

// watchChanges starts what the cache lives by, once.
func (a *App) watchChanges() {
	if a.cache != nil {
		a.watching.Do(func() {
			a.background(func(ctx context.Context) { a.cache.watch.Run(ctx, a.cache) })
		})
	}
}
