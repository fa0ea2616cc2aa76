package auth

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"countersign/models"
)

// maxCookieCache bounds a session_data value in bytes, its parts joined. All headers of a request have 19 KB.
const maxCookieCache = 16 << 10

// CacheVerifier reads Better Auth's cookie cache (session.cookieCache): the session and its user as they were
// some minutes ago, signed or encrypted, in a cookie beside the session cookie. It saves the database for reads
// that may be as far behind; whatever of it does not hold is passed over, and the row decides.
type CacheVerifier struct {
	// Name is the session_data cookie's; longer values come in parts, Name.0 and on.
	Name string
	// Version is Better Auth's session.cookieCache.version.
	Version string
	// Cookie checks the session cookie, without which the cache does not count.
	Cookie *CookieVerifier
	// Issuer is Better Auth's origin, for caches that are signed with the JWT plugin's key.
	Issuer string
	Keys   *Keys
	// Decrypt are the keys of encrypted caches.
	Decrypt CacheKeys
	Clock   func() time.Time
}

// Kind is CookieCache.
func (v *CacheVerifier) Kind() Method { return CookieCache }

// Verify answers from the cache, for a session cookie whose signature holds and whose token the cache names.
func (v *CacheVerifier) Verify(ctx context.Context, r *http.Request) (*Principal, error) {
	value := v.value(r)
	if value == "" {
		return nil, ErrAbsent
	}
	token, err := v.Cookie.token(r)
	if err != nil {
		return nil, ErrAbsent // the verifier of session cookies says why
	}
	text, reason := v.open(ctx, value)
	if reason != "" {
		return nil, &Refusal{CookieCache, reason}
	}
	var c cached
	if err := json.Unmarshal(text, &c); err != nil {
		return nil, &Refusal{CookieCache, badClaims}
	}
	p := &Principal{User: c.user(), Session: c.session(), Method: CookieCache}
	if reason := v.check(p, &c, token); reason != "" {
		return nil, &Refusal{CookieCache, reason}
	}
	return p, nil
}

// open gives what a value says once its strategy, which its form tells, has vouched for it.
func (v *CacheVerifier) open(ctx context.Context, value string) (text []byte, reason string) {
	if len(value) > maxCookieCache {
		return nil, "value too long"
	}
	switch strings.Count(value, ".") {
	case 0:
		return openCompactCache(v.Cookie.Secret, value, v.Clock())
	case 2:
		return v.openJWTCache(ctx, value)
	case 4:
		return v.Decrypt.open(value, v.Clock())
	}
	return nil, "a form that no strategy has"
}

func (v *CacheVerifier) check(p *Principal, c *cached, token models.Secret) (reason string) {
	now := v.Clock()
	switch {
	case p.Session.Token != token:
		return "it is of another session than the session cookie"
	case cmp.Or(c.Version, "1") != v.Version:
		return "version is not COOKIE_CACHE_VERSION"
	case !plain(p.User.ID) || p.Session.UserID != p.User.ID || !plain(p.Session.ID):
		return "its session has no id, or another user's"
	case p.Session.ExpiredAt(now):
		return "its session has expired"
	case p.User.BannedAt(now):
		return "its user was banned, and may not be any more"
	}
	return ""
}

// value gives the cookie's value, or that of its parts in the order of their numbers; "" for none.
func (v *CacheVerifier) value(r *http.Request) string {
	if whole := CookieValue(r, v.Name); whole != "" {
		return whole
	}
	parts := map[int]string{}
	for _, c := range r.Cookies() {
		suffix, ok := strings.CutPrefix(c.Name, v.Name+".")
		n, err := strconv.Atoi(suffix)
		if !ok || err != nil || n < 0 || strconv.Itoa(n) != suffix {
			continue
		}
		if _, twice := parts[n]; !twice {
			parts[n] = c.Value
		}
	}
	var all strings.Builder
	for _, n := range slices.Sorted(maps.Keys(parts)) {
		all.WriteString(parts[n])
	}
	return all.String()
}
