package auth

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"countersign/models"
)

// UserFinder finds the user that a token names, and the session that it lives by, in one statement.
type UserFinder interface {
	// WithUser answers models.ErrNotFound when the user is gone, and no session when it is not the user's or not there.
	WithUser(ctx context.Context, userID, sessionID string) (*models.User, *models.Session, error)
}

// AccessTokenVerifier checks JWTs that are signed with the shared secret, ours and those that a Next.js
// server issues: claims sub, type "access" and exp. Roles and bans are read from the store; what a token
// says of them does not count.
type AccessTokenVerifier struct {
	Algorithm string
	Secret    []byte
	Find      UserFinder
	Clock     func() time.Time
}

// Kind is AccessToken.
func (v *AccessTokenVerifier) Kind() Method { return AccessToken }

// Verify takes bearer tokens of three parts whose header says HS*.
func (v *AccessTokenVerifier) Verify(ctx context.Context, r *http.Request) (*Principal, error) {
	token := bearer(r)
	if strings.Count(token, ".") != 2 {
		return nil, ErrAbsent
	}
	t, reason := splitJWT(token)
	if reason != "" {
		return nil, &Refusal{AccessToken, reason}
	}
	if !strings.HasPrefix(t.header.Algorithm, "HS") {
		return nil, ErrAbsent
	}
	c, reason := sharedSecretJWT(t, v.Algorithm, v.Secret, v.Clock())
	if reason == "" && c.Type != "access" {
		reason = "type is not access"
	}
	if reason != "" {
		return nil, &Refusal{AccessToken, reason}
	}
	p, err := principalOf(ctx, v.Find, v.Clock(), c.Subject, c.SessionID, AccessToken)
	return p.until(&c.times), err
}

// principalOf asks the store for the user that a token names, and for the session that it lives by when it
// names one. A banned user is a principal even when the ban has ended the session: the answer is then 403 and
// not 401.
func principalOf(ctx context.Context, find UserFinder, now time.Time, userID, sessionID string, method Method) (*Principal, error) {
	user, session, err := find.WithUser(ctx, userID, sessionID)
	switch {
	case errors.Is(err, models.ErrNotFound):
		return nil, &Refusal{method, "its user is not there"}
	case err != nil:
		return nil, err
	case user.BannedAt(now):
	case sessionID != "" && (session == nil || session.ExpiredAt(now)):
		return nil, &Refusal{method, "its session is over"}
	}
	return &Principal{User: *user, Session: session, Method: method}, nil
}
