package auth

import (
	"context"
	"errors"
	"time"

	"countersign/models"
)

// SessionFinder finds a session and its user by the session's token, in one statement.
type SessionFinder interface {
	// ByToken answers models.ErrNotFound when there is no such session.
	ByToken(ctx context.Context, token models.Secret) (*models.Session, *models.User, error)
}

// Sessions turns a session token, once its signature is checked where it has one, into a principal.
type Sessions struct {
	Find  SessionFinder
	Clock func() time.Time
}

func (s *Sessions) principal(ctx context.Context, token models.Secret, method Method) (*Principal, error) {
	session, user, err := s.Find.ByToken(ctx, token)
	switch {
	case errors.Is(err, models.ErrNotFound):
		return nil, &Refusal{method, "the session is not there: signed out, revoked, or of another database"}
	case err != nil:
		return nil, err
	case session.ExpiredAt(s.Clock()):
		return nil, &Refusal{method, "the session has expired"}
	}
	return &Principal{User: *user, Session: session, Method: method}, nil
}
