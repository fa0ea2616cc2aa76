package auth

import (
	"encoding/base64"
	"math"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/golang-jwt/jwt/v5"

	"countersign/models"
)

// clockSkew is how far the clock of another issuer may be ahead of ours, for iat and nbf only: an expired
// token is expired.
const clockSkew = 30 * time.Second

// header is what is read of a JWT's header (RFC 7515, section 4.1). The members after the first three refuse
// the token by being there: Crit and B64 would change what the rest of it means, the others would let it
// bring its own key.
type header struct {
	Algorithm string         `json:"alg"`
	Type      string         `json:"typ"`
	KeyID     string         `json:"kid"`
	Crit      jsontext.Value `json:"crit"`
	B64       jsontext.Value `json:"b64"`
	JWK       jsontext.Value `json:"jwk"`
	JWKSetURL jsontext.Value `json:"jku"`
	X509      jsontext.Value `json:"x5c"`
	X509URL   jsontext.Value `json:"x5u"`
}

// times are the claims that say when a token counts (RFC 7519, section 4.1).
type times struct {
	IssuedAt  *float64 `json:"iat"`
	NotBefore *float64 `json:"nbf"`
	ExpiresAt *float64 `json:"exp"`
}

// claims is what is read of the tokens of the local auth routes.
type claims struct {
	times
	Subject   string `json:"sub"`
	Type      string `json:"type"`
	ID        string `json:"jti"`
	SessionID string `json:"sid"`
}

// rawJWT is a token taken apart and not yet believed.
type rawJWT struct {
	header            header
	payload           []byte
	signed, signature string
}

// splitJWT takes a token apart more strictly than JWT libraries do: three parts that are not empty, canonical
// base64, and a header that is one JSON object without repeated members. The reason is empty when it is well-formed.
func splitJWT(token string) (t rawJWT, reason string) { return splitJWTUpTo(maxBearer, token) }

// splitJWTUpTo is splitJWT for tokens of another size, in bytes.
func splitJWTUpTo(limit int, token string) (t rawJWT, reason string) {
	if len(token) > limit {
		return t, "not three parts, or too long"
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 || parts[0] == "" || parts[1] == "" || parts[2] == "" {
		return t, "not three parts, or too long"
	}
	decoded := make([][]byte, len(parts))
	for i, p := range parts {
		var err error
		// The decoder passes over line breaks, also in the middle of a part.
		if decoded[i], err = base64.RawURLEncoding.Strict().DecodeString(p); err != nil || strings.ContainsAny(p, "\r\n") {
			return t, "a part is not base64url"
		}
	}
	if err := json.Unmarshal(decoded[0], &t.header); err != nil {
		return t, "the header is not one JSON object with each member once"
	}
	if h := t.header; h.Crit != nil || h.B64 != nil {
		return t, "the header asks for an extension (crit, b64)"
	} else if h.JWK != nil || h.JWKSetURL != nil || h.X509 != nil || h.X509URL != nil {
		return t, "the header brings a key of its own (jwk, jku, x5c, x5u)"
	}
	t.payload, t.signed, t.signature = decoded[1], parts[0]+"."+parts[1], string(decoded[2])
	return t, ""
}

// sharedSecretJWT checks a token that is signed with the shared secret and returns its claims. Only the one
// algorithm that the settings name is accepted: the header does not get to choose.
func sharedSecretJWT(t rawJWT, algorithm string, secret []byte, now time.Time) (c claims, reason string) {
	if t.header.Algorithm != algorithm {
		return c, "alg is not JWT_ALGORITHM"
	}
	if reason := t.verifyHMAC(algorithm, secret); reason != "" {
		return c, reason
	}
	if err := json.Unmarshal(t.payload, &c); err != nil {
		return c, badClaims
	}
	return c, c.check(now)
}

// badClaims is the reason when a payload cannot be read.
const badClaims = "the claims are not one JSON object with each member once and of its type"

// verifyHMAC says whether the token is of no special kind and signed with the secret.
func (t *rawJWT) verifyHMAC(algorithm string, secret []byte) (reason string) {
	method, ok := jwt.GetSigningMethod(algorithm).(*jwt.SigningMethodHMAC)
	switch {
	case !ok || t.header.Algorithm != algorithm:
		return "alg is not " + algorithm
	case !t.header.isPlain():
		return "typ is that of another kind of token"
	case method.Verify(t.signed, []byte(t.signature), secret) != nil:
		return "signature does not match: BETTER_AUTH_SECRET differs from the one that signed it"
	}
	return ""
}

// isPlain says that typ is none, or one that access tokens have. Better Auth gives other kinds one of their own.
func (h *header) isPlain() bool {
	return h.Type == "" || strings.EqualFold(h.Type, "JWT") || strings.EqualFold(h.Type, "at+jwt")
}

func (c *claims) check(now time.Time) (reason string) {
	reason = c.times.check(now)
	switch {
	case reason != "":
		return reason
	case !plain(c.Subject):
		return "sub is missing or not an id"
	case c.SessionID != "" && !plain(c.SessionID):
		return "sid is not an id"
	}
	return ""
}

func (t *times) check(now time.Time) (reason string) {
	latest := float64(now.Add(clockSkew).UnixMilli()) / 1000
	switch {
	case t.ExpiresAt == nil || *t.ExpiresAt > 1<<53:
		return "exp is missing or not a moment"
	case *t.ExpiresAt <= float64(now.UnixMilli())/1000:
		return "expired"
	case t.IssuedAt != nil && (*t.IssuedAt > latest || math.Abs(*t.IssuedAt) > 1<<53):
		return "iat is in the future"
	case t.NotBefore != nil && *t.NotBefore > latest:
		return "nbf is in the future"
	}
	return ""
}

// until says in a principal when its token, whose times were checked, runs out.
func (p *Principal) until(t *times) *Principal {
	if p != nil {
		p.Expires = time.UnixMilli(int64(*t.ExpiresAt * 1000))
	}
	return p
}

// signJWT writes claims the same way each time, byte for byte: a refresh token that was answered once can
// be answered again without having been kept.
func signJWT(c jwt.MapClaims, algorithm string, secret []byte) (models.Secret, error) {
	text, err := jwt.NewWithClaims(jwt.GetSigningMethod(algorithm), c).SignedString(secret)
	return models.Secret(text), err
}
