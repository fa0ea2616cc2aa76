package models

import "time"

// JWK is a row of the jwks table of Better Auth's JWT plugin, as far as it is public: the private half stands
// in the same row and is never read.
type JWK struct {
	ID string
	// PublicKey is a JSON Web Key as JSON text.
	PublicKey string
	// Alg is the algorithm that the key signs with; older versions of the plugin kept none.
	Alg *string
	// ExpiresAt is when Better Auth stops signing with the key; nil for never.
	ExpiresAt *time.Time
}

// jwkGrace is how long past its end Better Auth goes on publishing a key, so that what was signed with it
// lives out its time (jwks.gracePeriod, 30 days unless set).
const jwkGrace = 30 * 24 * time.Hour

// PublishedAt says whether the key still counts at a moment.
func (k *JWK) PublishedAt(now time.Time) bool {
	return k.ExpiresAt == nil || now.Before(k.ExpiresAt.Add(jwkGrace))
}
