package auth

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"time"

	"countersign/models"
)

// maxAPIKey bounds a key in bytes. Better Auth's own have 64 letters and a prefix of up to 32.
const maxAPIKey = 512

// APIKeyStore finds API keys and counts their use.
type APIKeyStore interface {
	// ByHash answers models.ErrNotFound for a hash that no key has, and no user when the key is not a user's.
	ByHash(ctx context.Context, hash models.Secret) (*models.APIKey, *models.User, error)
	// Count counts one use, in one act with whoever else counts. models.ErrNotFound when the key is gone,
	// and an error of kind models.TooManyRequests when it may not be used now.
	Count(ctx context.Context, key *models.APIKey, now time.Time) error
}

// APIKeyVerifier checks the keys of Better Auth's plugin @better-auth/api-key, in the header x-api-key.
type APIKeyVerifier struct {
	Keys  APIKeyStore
	Clock func() time.Time
	// LookOnly checks keys without counting a use: explain must not spend what it explains.
	LookOnly bool
}

// Kind is APIKey.
func (v *APIKeyVerifier) Kind() Method { return APIKey }

// Verify takes the header x-api-key. A key that holds and whose quota is spent is an error of kind
// models.TooManyRequests: an answer, and no reason to try the next credential.
func (v *APIKeyVerifier) Verify(ctx context.Context, r *http.Request) (*Principal, error) {
	given := r.Header["X-Api-Key"]
	if len(given) == 0 || len(given) == 1 && given[0] == "" {
		return nil, ErrAbsent
	}
	if len(given) > 1 || len(given[0]) > maxAPIKey {
		return nil, &Refusal{APIKey, "two keys, or one that is too long"}
	}
	key, user, err := v.Keys.ByHash(ctx, hashAPIKey(given[0]))
	if errors.Is(err, models.ErrNotFound) {
		return nil, &Refusal{APIKey, "there is no such key"}
	}
	if err != nil {
		return nil, err
	}
	if reason := v.reason(key, user); reason != "" {
		return nil, &Refusal{APIKey, reason}
	}
	return v.use(ctx, key, user)
}

func (v *APIKeyVerifier) reason(key *models.APIKey, user *models.User) string {
	switch {
	case key.Disabled():
		return "the key is disabled"
	case key.ExpiredAt(v.Clock()):
		return "the key has expired"
	case user == nil:
		return "no user owns the key: it belongs to an organization, which cannot act here, or its user is not there"
	}
	return ""
}

// use counts, but not for a banned user, who is refused whatever the quota says.
func (v *APIKeyVerifier) use(ctx context.Context, key *models.APIKey, user *models.User) (*Principal, error) {
	p := &Principal{User: *user, Method: APIKey, Permissions: readPermissions(key.Permissions)}
	now := v.Clock()
	if user.BannedAt(now) || v.LookOnly {
		return p, nil
	}
	err := v.Keys.Count(ctx, key, now)
	if errors.Is(err, models.ErrNotFound) {
		return nil, &Refusal{APIKey, "the key was deleted a moment ago"}
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// hashAPIKey is how the plugin keeps a key (its defaultKeyHasher).
func hashAPIKey(key string) models.Secret {
	sum := sha256.Sum256([]byte(key))
	return models.Secret(base64.RawURLEncoding.EncodeToString(sum[:]))
}
