package auth

import (
	"context"
	"net/http"

	"countersign/models"
)

// CookieVerifier checks Better Auth's signed session cookie. The signature is checked before the
// database is asked, so that only who holds a cookie can make it work.
type CookieVerifier struct {
	// Name is the one cookie that is read: with __Secure- before it or without, never both.
	Name     string
	Secret   []byte
	Sessions *Sessions
}

// Kind is SessionCookie.
func (v *CookieVerifier) Kind() Method { return SessionCookie }

// Verify reads the first cookie of the name, as Better Auth does.
func (v *CookieVerifier) Verify(ctx context.Context, r *http.Request) (*Principal, error) {
	token, err := v.token(r)
	if err != nil {
		return nil, err
	}
	return v.Sessions.principal(ctx, token, SessionCookie)
}

// token gives the session token once its signature is checked; ErrAbsent, *Refusal.
func (v *CookieVerifier) token(r *http.Request) (models.Secret, error) {
	value := CookieValue(r, v.Name)
	if value == "" {
		return "", ErrAbsent
	}
	token, reason := unsign(v.Secret, value)
	if reason != "" {
		return "", &Refusal{SessionCookie, reason}
	}
	return token, nil
}
