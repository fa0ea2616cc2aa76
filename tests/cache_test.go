package tests

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// cacheOf is what Better Auth puts into a session_data cookie, under the names of its members.
type cacheOf struct {
	Session   map[string]any `json:"session"`
	User      map[string]any `json:"user"`
	UpdatedAt int64          `json:"updatedAt"`
	Version   string         `json:"version"`
}

// cacheFor is the cache of a session that server.session stored, as Better Auth would have written it now.
func cacheFor(s *server, user, token string) *cacheOf {
	now := s.Clock.Now()
	return &cacheOf{
		Session: map[string]any{
			"id": sessionID(token), "token": token, "userId": user, "expiresAt": iso(now.Add(time.Hour)),
			"createdAt": iso(now), "updatedAt": iso(now), "ipAddress": "", "userAgent": "test", "impersonatedBy": nil,
		},
		User: map[string]any{
			"id": user, "name": "From the cache", "email": user + "@example.com", "emailVerified": false, "image": nil,
			"createdAt": iso(now), "updatedAt": iso(now), "role": "user", "banned": false, "banReason": nil, "banExpires": nil,
		},
		UpdatedAt: now.UnixMilli(), Version: "1",
	}
}

// with gives a copy with one member of session or user replaced.
func (c *cacheOf) with(part, member string, value any) *cacheOf {
	other := *c
	target := map[string]*map[string]any{"session": &other.Session, "user": &other.User}[part]
	changed := map[string]any{member: value}
	for k, v := range *target {
		if k != member {
			changed[k] = v
		}
	}
	*target = changed
	return &other
}

func (c *cacheOf) text(t *testing.T) string {
	t.Helper()
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// claims is the text with more members at its end.
func (c *cacheOf) claims(t *testing.T, more string) string {
	t.Helper()
	text := c.text(t)
	return text[:len(text)-1] + more + "}"
}

func expiresIn(s *server, d time.Duration) string {
	return fmt.Sprintf(`,"iat":%d,"exp":%d`, s.Clock.Now().Unix(), s.Clock.Now().Add(d).Unix())
}

// compact writes the strategy of that name.
func (c *cacheOf) compact(t *testing.T, secret string, expires time.Time) string {
	t.Helper()
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(c.claims(t, fmt.Sprintf(`,"expiresAt":%d`, expires.UnixMilli()))))
	signature := segment(string(h.Sum(nil)))
	return segment(fmt.Sprintf(`{"session":%s,"expiresAt":%d,"signature":%q}`, c.text(t), expires.UnixMilli(), signature))
}

// jwt writes the strategy of that name with the shared secret.
func (c *cacheOf) jwt(t *testing.T, s *server, secret string) string {
	return hs256(secret, `{"alg":"HS256"}`, c.claims(t, expiresIn(s, 5*time.Minute)))
}

// pluginJWT writes the strategy jwt with a key of the JWT plugin; more members replace nothing and come last.
func (c *cacheOf) pluginJWT(t *testing.T, k *pluginKey, more string) string {
	header := fmt.Sprintf(`{"alg":%q,"kid":%q,"typ":"better-auth.session-cache+jwt"}`, k.alg, k.kid)
	return k.sign(t, header, c.claims(t, more))
}

// pluginCacheClaims are those that stand beside the cache in a token of the JWT plugin's key.
func (c *cacheOf) pluginCacheClaims(s *server) string {
	return fmt.Sprintf(`,"sid":%q%s,"iss":%q,"aud":"better-auth:session-cache","sub":%q`, c.Session["token"], expiresIn(s, 5*time.Minute), pluginIssuer, c.User["id"])
}

// cacheKey derives the key that encrypts with a secret, and its id.
func cacheKey(t *testing.T, secret string) (key []byte, kid string) {
	t.Helper()
	key, err := hkdf.Key(sha256.New, []byte(secret), []byte("better-auth-session"), "BetterAuth.js Generated Encryption Key", 64)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(`{"k":"` + segment(string(key)) + `","kty":"oct"}`))
	return key, segment(string(sum[:]))
}

// jwe writes the strategy of that name.
func (c *cacheOf) jwe(t *testing.T, s *server, secret string, options ...func(*jose.EncrypterOptions)) string {
	t.Helper()
	key, kid := cacheKey(t, secret)
	o := (&jose.EncrypterOptions{}).WithHeader("kid", kid)
	for _, f := range options {
		f(o)
	}
	return encrypt(t, jose.DIRECT, jose.A256CBC_HS512, key, o, c.claims(t, expiresIn(s, 5*time.Minute)))
}

func encrypt(t *testing.T, alg jose.KeyAlgorithm, enc jose.ContentEncryption, key any, o *jose.EncrypterOptions, text string) string {
	t.Helper()
	encrypter, err := jose.NewEncrypter(enc, jose.Recipient{Algorithm: alg, Key: key}, o)
	if err != nil {
		t.Fatal(err)
	}
	object, err := encrypter.Encrypt([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	value, err := object.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// data is the header line of a cookie cache.
func data(value string) string { return "Cookie: better-auth.session_data=" + value }

// byCache says who a GET of /api/me was answered from: "cache", "row", or the status.
func (s *server) byCache(t *testing.T, headers ...string) string {
	t.Helper()
	a := s.do(t, "GET", "/api/me", "", headers...)
	switch {
	case a.Status != 200:
		return fmt.Sprint(a.Status)
	case a.JSON(t)["name"] == "From the cache":
		return "cache"
	}
	return "row"
}
