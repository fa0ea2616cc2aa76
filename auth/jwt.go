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

// header is what is read of a JWT's header (RFC 7515, section 4.1). Crit and B64 would change what the rest
// of the token means, so their mere presence refuses it.
type header struct {
	Algorithm string         `json:"alg"`
	Type      string         `json:"typ"`
	KeyID     string         `json:"kid"`
	Crit      jsontext.Value `json:"crit"`
	B64       jsontext.Value `json:"b64"`
}

// claims is what is read of the tokens of the local auth routes.
type claims struct {
	Subject   string   `json:"sub"`
	Type      string   `json:"type"`
	ID        string   `json:"jti"`
	SessionID string   `json:"sid"`
	IssuedAt  *float64 `json:"iat"`
	NotBefore *float64 `json:"nbf"`
	ExpiresAt *float64 `json:"exp"`
}

// rawJWT is a token taken apart and not yet believed.
type rawJWT struct {
	header            header
	payload           []byte
	signed, signature string
}

// splitJWT takes a token apart more strictly than JWT libraries do: three parts that are not empty, canonical
// base64, and a header that is one JSON object without repeated members. The reason is empty when it is well-formed.
func splitJWT(token string) (t rawJWT, reason string) {
	parts := strings.Split(token, ".")
	if len(token) > maxBearer || len(parts) != 3 || parts[0] == "" || parts[1] == "" || parts[2] == "" {
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
	if t.header.Crit != nil || t.header.B64 != nil {
		return t, "the header asks for an extension (crit, b64)"
	}
	t.payload, t.signed, t.signature = decoded[1], parts[0]+"."+parts[1], string(decoded[2])
	return t, ""
}

// sharedSecretJWT checks a token that is signed with the shared secret and returns its claims. Only the one
// algorithm that the settings name is accepted: the header does not get to choose.
func sharedSecretJWT(t rawJWT, algorithm string, secret []byte, now time.Time) (c claims, reason string) {
	method, ok := jwt.GetSigningMethod(algorithm).(*jwt.SigningMethodHMAC)
	switch {
	case !ok || t.header.Algorithm != algorithm:
		return c, "alg is not JWT_ALGORITHM"
	case t.header.Type != "" && !strings.EqualFold(t.header.Type, "JWT") && !strings.EqualFold(t.header.Type, "at+jwt"):
		return c, "typ is that of another kind of token"
	case method.Verify(t.signed, []byte(t.signature), secret) != nil:
		return c, "signature does not match: BETTER_AUTH_SECRET differs from the one that signed it"
	}
	if err := json.Unmarshal(t.payload, &c); err != nil {
		return c, "the claims are not one JSON object with each member once and of its type"
	}
	return c, c.check(now)
}

func (c *claims) check(now time.Time) (reason string) {
	latest := float64(now.Add(clockSkew).UnixMilli()) / 1000
	switch {
	case c.ExpiresAt == nil || *c.ExpiresAt > 1<<53:
		return "exp is missing or not a moment"
	case *c.ExpiresAt <= float64(now.UnixMilli())/1000:
		return "expired"
	case c.IssuedAt != nil && (*c.IssuedAt > latest || math.Abs(*c.IssuedAt) > 1<<53):
		return "iat is in the future"
	case c.NotBefore != nil && *c.NotBefore > latest:
		return "nbf is in the future"
	case !plain(c.Subject):
		return "sub is missing or not an id"
	case c.SessionID != "" && !plain(c.SessionID):
		return "sid is not an id"
	}
	return ""
}

// signJWT writes claims the same way each time, byte for byte: a refresh token that was answered once can
// be answered again without having been kept.
func signJWT(c jwt.MapClaims, algorithm string, secret []byte) (models.Secret, error) {
	text, err := jwt.NewWithClaims(jwt.GetSigningMethod(algorithm), c).SignedString(secret)
	return models.Secret(text), err
}
