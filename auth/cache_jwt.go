package auth

import (
	"context"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
)

// The typ and aud of caches that are signed with the JWT plugin's key (SESSION_COOKIE_JWT_… in
// dist/cookies/jwt.mjs): by them such a cache is no access token, and an access token no cache.
const (
	cacheType     = "better-auth.session-cache+jwt"
	cacheAudience = "better-auth:session-cache"
)

// openJWTCache gives what a value of the strategy jwt says. It is signed with the shared secret, or with the JWT
// plugin's key where that is set to (sessionCookieCache).
func (v *CacheVerifier) openJWTCache(ctx context.Context, value string) (text []byte, reason string) {
	t, reason := splitJWTUpTo(maxCookieCache, value)
	if reason != "" {
		return nil, reason
	}
	if t.header.Type == cacheType {
		return v.openPluginCache(ctx, t)
	}
	if reason := t.verifyHMAC("HS256", v.Cookie.Secret); reason != "" {
		return nil, reason
	}
	return t.payload, checkTimes(t.payload, v.Clock())
}

// checkTimes looks at a payload's times only.
func checkTimes(payload []byte, now time.Time) (reason string) {
	var c times
	if err := json.Unmarshal(payload, &c); err != nil {
		return badClaims
	}
	return c.check(now)
}

// pluginCache is what a cache signed with the JWT plugin's key says twice.
type pluginCache struct {
	times
	Issuer   string   `json:"iss"`
	Audience audience `json:"aud"`
	Subject  string   `json:"sub"`
	Token    string   `json:"sid"`
	Session  struct {
		Token string `json:"token"`
	} `json:"session"`
	User struct {
		ID string `json:"id"`
	} `json:"user"`
}

// openPluginCache does not wait for a key that is not at hand: the row is there sooner.
func (v *CacheVerifier) openPluginCache(ctx context.Context, t rawJWT) (text []byte, reason string) {
	var c pluginCache
	if err := json.Unmarshal(t.payload, &c); err != nil {
		return nil, badClaims
	}
	reason = c.check(v.Clock())
	switch {
	case reason != "":
		return nil, reason
	case v.Issuer == "" || c.Issuer != v.Issuer || !slices.Contains(c.Audience, cacheAudience):
		return nil, "iss is not the origin of BETTER_AUTH_URL, or aud not that of a cache"
	case c.Subject != c.User.ID || c.Token != c.Session.Token:
		return nil, "sub or sid is not that of its session"
	}
	if reason := t.header.namesKey(); reason != "" {
		return nil, reason
	}
	key, err := v.Keys.findSoon(ctx, t.header.KeyID)
	if err != nil {
		return nil, "the key of its kid is not at hand"
	}
	return t.payload, key.verify(t)
}
