package auth

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// PluginJWTVerifier checks the JWTs of Better Auth's JWT plugin, which are signed with a key of its own and say
// for whom they are. What they say of their user beyond the id does not count.
type PluginJWTVerifier struct {
	// Issuer is Better Auth's origin, which both iss and aud must name; without it no token holds.
	Issuer string
	Keys   *Keys
	Find   UserFinder
	Clock  func() time.Time
	Log    *slog.Logger

	once sync.Once
}

// Kind is PluginJWT.
func (v *PluginJWTVerifier) Kind() Method { return PluginJWT }

// Verify takes bearer tokens of three parts whose header does not say HS*.
func (v *PluginJWTVerifier) Verify(ctx context.Context, r *http.Request) (*Principal, error) {
	token := bearer(r)
	if strings.Count(token, ".") != 2 {
		return nil, ErrAbsent
	}
	t, reason := splitJWT(token)
	if reason != "" || strings.HasPrefix(t.header.Algorithm, "HS") {
		return nil, ErrAbsent // the verifier of access tokens has taken it, or refused it
	}
	c, reason := v.read(t)
	if reason != "" {
		return nil, &Refusal{PluginJWT, reason}
	}
	key, err := v.Keys.find(ctx, t.header.KeyID)
	if errors.Is(err, errUnknownKey) {
		return nil, &Refusal{PluginJWT, "no key that can be used has its kid"}
	} else if err != nil {
		return nil, err
	}
	if reason := key.verify(t); reason != "" {
		return nil, &Refusal{PluginJWT, reason}
	}
	p, err := principalOf(ctx, v.Find, v.Clock(), c.Subject, c.sessionID(), PluginJWT)
	return p.until(&c.times), err
}

// pluginClaims is what is read of the plugin's tokens. The user's columns stand beside these, under any name.
type pluginClaims struct {
	times
	Subject   string         `json:"sub"`
	Issuer    string         `json:"iss"`
	Audience  audience       `json:"aud"`
	SessionID jsontext.Value `json:"sid"`
}

// read checks what needs no key, so that a token that cannot hold costs no look-up.
func (v *PluginJWTVerifier) read(t rawJWT) (c pluginClaims, reason string) {
	reason = t.header.namesKey()
	switch {
	case reason != "":
		return c, reason
	case !t.header.isPlain():
		return c, "typ is that of another kind of token"
	case v.Issuer == "":
		v.once.Do(func() {
			v.Log.Warn("JWTs of Better Auth's JWT plugin are refused: set BETTER_AUTH_URL, whose origin they must name")
		})
		return c, "BETTER_AUTH_URL is not set, so whom it is for cannot be checked"
	}
	if err := json.Unmarshal(t.payload, &c); err != nil {
		return c, badClaims
	}
	return c, c.check(v.Issuer, v.Clock())
}

func (c *pluginClaims) check(issuer string, now time.Time) (reason string) {
	reason = c.times.check(now)
	switch {
	case reason != "":
		return reason
	case c.Issuer != issuer:
		return "iss is not the origin of BETTER_AUTH_URL"
	case !slices.Contains(c.Audience, issuer):
		return "aud is not the origin of BETTER_AUTH_URL"
	case !plain(c.Subject):
		return "sub is missing or not an id"
	case c.sessionID() != "" && !plain(c.sessionID()):
		return "sid is not an id"
	}
	return ""
}

// sessionID is the session that the token lives by, where the project lets the plugin write one
// (definePayload). A sid that is not text is a column of the user's.
func (c *pluginClaims) sessionID() string {
	var id string
	if c.SessionID.Kind() == '"' {
		_ = json.Unmarshal(c.SessionID, &id) // it was read as JSON text already
	}
	return id
}

// audience is who a token is for: one text, or a list of them (RFC 7519, section 4.1.3).
type audience []string

// UnmarshalJSON reads either form.
func (a *audience) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '"' {
		*a = audience{""}
		return json.Unmarshal(text, &(*a)[0])
	}
	return json.Unmarshal(text, (*[]string)(a))
}
