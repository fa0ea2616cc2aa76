package auth

import (
	"context"
	"net/http"
	"strings"

	"countersign/models"
)

// TokenVerifier checks a session token sent as bearer, as Better Auth's bearer plugin takes it: the bare
// token, or signed as in the cookie.
type TokenVerifier struct {
	Secret   []byte
	Sessions *Sessions
}

// Kind is SessionToken.
func (v *TokenVerifier) Kind() Method { return SessionToken }

// Verify takes a bearer token with no dot as bare and with one dot as signed; others are not of this kind.
func (v *TokenVerifier) Verify(ctx context.Context, r *http.Request) (*Principal, error) {
	value := bearer(r)
	if value == "" {
		return nil, ErrAbsent
	}
	switch strings.Count(value, ".") {
	case 0:
		if !plain(value) {
			return nil, &Refusal{SessionToken, "token has characters that no token has"}
		}
		return v.Sessions.principal(ctx, models.Secret(value), SessionToken)
	case 1:
		token, reason := unsign(v.Secret, value)
		if reason != "" {
			return nil, &Refusal{SessionToken, reason}
		}
		return v.Sessions.principal(ctx, token, SessionToken)
	default:
		return nil, ErrAbsent
	}
}
