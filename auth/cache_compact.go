package auth

import (
	"crypto/hmac"
	"encoding/base64"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// compactCache is the cache's default form, in base64url.
type compactCache struct {
	Session   jsontext.Value `json:"session"`
	ExpiresAt jsontext.Value `json:"expiresAt"`
	Signature string         `json:"signature"`
}

// openCompactCache gives what a value of the strategy compact says. It is signed as JavaScript writes it, so
// what stands in the cookie is taken as it stands: decoded and encoded again, another order of members or
// another way to write a letter would break it.
func openCompactCache(secret []byte, value string, now time.Time) (text []byte, reason string) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(value)
	if err != nil {
		return nil, "value is not base64url"
	}
	var c compactCache
	if err := json.Unmarshal(raw, &c, json.RejectUnknownMembers(true)); err != nil || c.Session.Kind() != '{' || c.ExpiresAt.Kind() != '0' {
		return nil, "value has not the form of a cache"
	}
	signature, err := base64.RawURLEncoding.Strict().DecodeString(c.Signature)
	if err != nil || !hmac.Equal(signature, mac(secret, c.signed())) {
		return nil, "signature does not match: BETTER_AUTH_SECRET differs from the one that signed it"
	}
	expires, err := strconv.ParseInt(string(c.ExpiresAt), 10, 64)
	if err != nil || now.UnixMilli() >= expires {
		return nil, "expired"
	}
	return c.Session, ""
}

// signed is the text of session with expiresAt as its last member.
func (c *compactCache) signed() string {
	open := c.Session[:len(c.Session)-1]
	return string(slices.Concat(open, []byte(`,"expiresAt":`), c.ExpiresAt, []byte("}")))
}
