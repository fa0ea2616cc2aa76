package database

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"countersign/models"
)

// RefreshTokens keeps the chains of refresh tokens.
type RefreshTokens struct{ db *DB }

// NewRefreshTokens makes the store.
func NewRefreshTokens(db *DB) *RefreshTokens { return &RefreshTokens{db} }

// Rotate spends the refresh token with that hash and stores its successor, which next makes; the session
// row then lives as long as the successor. A token that was spent no longer than grace ago gives the
// successor it already has, so that a lost answer costs nobody their login. One spent earlier was stolen
// or replayed: its session is ended, and the whole chain with it.
//
// Of any number of calls with one token exactly one makes a successor. models.ErrBadRefreshToken when the
// token is unknown, expired or reused, or its session is over or another user's.
func (s *RefreshTokens) Rotate(ctx context.Context, hash []byte, userID string, grace time.Duration,
	next func(*models.Session) *models.RefreshToken,
) (*models.RefreshToken, error) {
	var successor *models.RefreshToken
	err := s.db.change(ctx, userID, func(tx *gorm.DB, n *Names) error {
		spent, session, err := lockChain(tx, n, hash, userID)
		if err != nil {
			return err
		}
		now := timestamp(s.db.clock())
		switch {
		case spent == nil || session.ExpiredAt(now) || !now.Before(spent.ExpiresAt):
			return nil
		case spent.SpentAt == nil:
			successor = next(session)
			successor.ParentID = &spent.ID
			if err := spend(tx, n, spent, successor, now); err != nil {
				return err
			}
			return record(tx, models.AuditEvent{Type: models.AuditRefreshed, UserID: &userID, ActorID: &userID, SessionID: &session.ID})
		case now.Before(spent.SpentAt.Add(grace)):
			return tx.Where("parent_id = ?", spent.ID).Take(&successor).Error
		default:
			if err := tx.Where(n.SQL("{Session.ID} = ?"), session.ID).Delete(&models.Session{}).Error; err != nil {
				return err
			}
			return record(tx, models.AuditEvent{Type: models.AuditRefreshReused, UserID: &userID, SessionID: &session.ID})
		}
	})
	if err == nil && successor == nil {
		err = models.ErrBadRefreshToken
	}
	return successor, err
}

// lockChain gives a token and its session, nil when either is not there or the session is another user's.
// The session's row is locked before the token is read for good: sign-out takes them in that order too.
func lockChain(tx *gorm.DB, n *Names, hash []byte, userID string) (*models.RefreshToken, *models.Session, error) {
	var token models.RefreshToken
	if err := tx.Where("hash = ?", hash).Take(&token).Error; err != nil {
		return nil, nil, orNone(err)
	}
	session, err := lockSession(tx, n, token.SessionID)
	if err != nil || session.UserID != userID {
		return nil, nil, orNone(err)
	}
	var now models.RefreshToken
	if err := tx.Where("id = ?", token.ID).Take(&now).Error; err != nil {
		return nil, nil, orNone(err)
	}
	return &now, session, nil
}

func orNone(err error) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil
	}
	return err
}

func spend(tx *gorm.DB, n *Names, spent, successor *models.RefreshToken, now time.Time) error {
	if err := tx.Model(spent).Update("SpentAt", now).Error; err != nil {
		return err
	}
	if err := tx.Create(successor).Error; err != nil {
		return err
	}
	return tx.Model(&models.Session{}).Where(n.SQL("{Session.ID} = ?"), successor.SessionID).
		Updates(map[string]any{"ExpiresAt": timestamp(successor.ExpiresAt), "UpdatedAt": now}).Error
}

// EndSessionOf signs out from the session that the refresh token with that hash hangs on; no such token is no error.
func (s *RefreshTokens) EndSessionOf(ctx context.Context, hash []byte) error {
	session, err := s.Session(ctx, hash)
	if err == nil {
		err = NewSessions(s.db).End(ctx, session.UserID, session.ID, models.AuditSignedOut)
	}
	if errors.Is(err, models.ErrNotFound) {
		return nil
	}
	return err
}
