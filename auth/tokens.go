package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"countersign/config"
	"countersign/models"
)

// Pair is what a login or a refresh answers with. ExpiresIn is the access token's life.
type Pair struct {
	Access, Refresh models.Secret
	ExpiresIn       time.Duration
}

// Issuer makes the tokens of the local auth routes, signed with the shared secret. They never carry an
// e-mail address: Better Auth would take an HS256 token with one as a confirmed e-mail link.
type Issuer struct {
	Settings config.Tokens
	Secret   []byte
	Clock    func() time.Time
}

// access makes an access token that lives as long as its session row, and no longer than the setting.
func (i *Issuer) access(userID, sessionID string) (models.Secret, error) {
	now := i.Clock()
	return signJWT(jwt.MapClaims{
		"sub": userID, "type": "access", "sid": sessionID, "jti": randomText(16),
		"iat": now.Unix(), "exp": now.Add(i.Settings.Access).Unix(),
	}, i.Settings.Algorithm, i.Secret)
}

// WithoutSession makes an access token that no session row stands behind: before its end only the user's ban or
// deletion, or another secret, makes it worthless. Keep its life short.
func (i *Issuer) WithoutSession(userID string, life time.Duration) (models.Secret, error) {
	now := i.Clock()
	return signJWT(jwt.MapClaims{
		"sub": userID, "type": "access", "jti": randomText(16), "iat": now.Unix(), "exp": now.Add(life).Unix(),
	}, i.Settings.Algorithm, i.Secret)
}

// refresh makes the refresh token of a row. The same row and jti give the same bytes.
func (i *Issuer) refresh(userID, jti string, row *models.RefreshToken) (models.Secret, error) {
	return signJWT(jwt.MapClaims{
		"sub": userID, "type": "refresh", "sid": row.SessionID, "jti": jti,
		"iat": row.CreatedAt.Unix(), "exp": row.ExpiresAt.Unix(),
	}, i.Settings.Algorithm, i.Secret)
}

// successorID is the jti of the refresh token that follows the one with this jti. Who holds a token cannot
// compute it, and it need not be kept.
func (i *Issuer) successorID(jti string) string {
	h := hmac.New(sha256.New, i.Secret)
	h.Write([]byte("countersign refresh successor\x00" + jti))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16])
}

// readRefresh checks a refresh token's form, signature and times; the store decides the rest.
func (i *Issuer) readRefresh(token models.Secret) (c claims, ok bool) {
	t, reason := splitJWT(token.Reveal())
	if reason == "" {
		c, reason = sharedSecretJWT(t, i.Settings.Algorithm, i.Secret, i.Clock())
	}
	return c, reason == "" && c.Type == "refresh"
}

func hashToken(token models.Secret) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// randomText makes an id or a session token as Better Auth does: letters and digits, 5.95 bits each.
func randomText(length int) string {
	text := make([]byte, 0, length)
	var raw [64]byte
	for len(text) < length {
		_, _ = rand.Read(raw[:]) // it never fails: the runtime stops the program instead
		for _, b := range raw {
			// 248 is the largest multiple of 62 in a byte; what lies above would favour the first letters.
			if b < 248 && len(text) < length {
				text = append(text, alphabet[b%62])
			}
		}
	}
	return string(text)
}
