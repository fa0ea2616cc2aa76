package auth

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"

	"countersign/models"
)

// CacheKeys decrypt caches of the strategy jwe: one key for each secret that may have encrypted one.
type CacheKeys []cacheKey

type cacheKey struct {
	id  string
	key []byte
}

// NewCacheKeys derives the keys as Better Auth does (deriveEncryptionSecret in dist/crypto/jwt.mjs). A key's id
// is its thumbprint (RFC 7638). Of errors there is none but where the system forbids HKDF.
func NewCacheKeys(secrets ...models.Secret) (CacheKeys, error) {
	var keys CacheKeys
	for _, s := range secrets {
		key, err := hkdf.Key(sha256.New, []byte(s.Reveal()), []byte("better-auth-session"), "BetterAuth.js Generated Encryption Key", 64)
		if err != nil {
			return nil, err
		}
		id := sha256.Sum256([]byte(`{"k":"` + base64.RawURLEncoding.EncodeToString(key) + `","kty":"oct"}`))
		one := cacheKey{base64.RawURLEncoding.EncodeToString(id[:]), key}
		if !slices.ContainsFunc(keys, func(k cacheKey) bool { return k.id == one.id }) {
			keys = append(keys, one)
		}
	}
	return keys, nil
}

// cacheHeader is every member that Better Auth writes into the header. Another one refuses the value before it
// costs anything: zip would make it larger, p2c slower.
type cacheHeader struct {
	Algorithm  string  `json:"alg"`
	Encryption string  `json:"enc"`
	KeyID      *string `json:"kid"`
}

// open gives what a value of the strategy jwe says.
func (keys CacheKeys) open(value string, now time.Time) (text []byte, reason string) {
	candidates, reason := keys.candidates(value)
	if reason != "" {
		return nil, reason
	}
	// Better Auth allows A256GCM too, but has no key of its length: nothing is ever encrypted by it.
	encrypted, err := jose.ParseEncryptedCompact(value, []jose.KeyAlgorithm{jose.DIRECT}, []jose.ContentEncryption{jose.A256CBC_HS512})
	if err != nil {
		return nil, "value is not a JWE of this kind"
	}
	for _, k := range candidates {
		if text, err := encrypted.Decrypt(k.key); err == nil {
			return text, checkTimes(text, now)
		}
	}
	return nil, "no secret decrypts it"
}

// candidates are the keys that the header allows: the one of its kid, all without a kid.
func (keys CacheKeys) candidates(value string) (CacheKeys, string) {
	part := strings.SplitN(value, ".", 3)
	raw, err := base64.RawURLEncoding.Strict().DecodeString(part[0])
	if err != nil || part[1] != "" {
		return nil, "value is not a JWE of this kind"
	}
	var h cacheHeader
	if err := json.Unmarshal(raw, &h, json.RejectUnknownMembers(true)); err != nil {
		return nil, "the header has members that Better Auth does not write"
	}
	if h.Algorithm != string(jose.DIRECT) || h.Encryption != string(jose.A256CBC_HS512) {
		return nil, "alg is not dir, or enc not A256CBC-HS512"
	}
	if h.KeyID == nil {
		return keys, ""
	}
	for _, k := range keys {
		if k.id == *h.KeyID {
			return CacheKeys{k}, ""
		}
	}
	return nil, "kid is that of no secret: BETTER_AUTH_SECRET differs from the one that encrypted it"
}
