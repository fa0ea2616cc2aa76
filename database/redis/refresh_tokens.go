package redis

import (
	"context"
	"errors"
	"time"

	"countersign/database"
	"countersign/models"
)

// RefreshTokens keeps the chains of refresh tokens of sessions that are in Redis too.
type RefreshTokens struct {
	Rows     *database.RefreshTokens
	Sessions *Sessions
}

// Rotate spends a refresh token as database.RefreshTokens does; the session must be there, and lives as long
// as the successor in Redis too.
func (r *RefreshTokens) Rotate(ctx context.Context, hash []byte, userID string, grace time.Duration,
	next func(*models.Session) *models.RefreshToken,
) (*models.RefreshToken, error) {
	s := r.Sessions
	row, err := r.Rows.Session(ctx, hash)
	if err != nil {
		return nil, unknownToken(err)
	}
	source, e, err := r.there(ctx, row)
	if err != nil {
		return nil, err
	}
	if e == nil && (source == storage || database.IsPlaceholder(row)) {
		return nil, errors.Join(models.ErrBadRefreshToken, unlessNotFound(s.rows.End(ctx, row.UserID, row.ID, "")))
	}
	successor, err := r.Rows.Rotate(ctx, hash, userID, grace, next)
	if e == nil {
		return successor, err
	}
	if errors.Is(err, models.ErrBadRefreshToken) {
		return nil, errors.Join(err, r.endWithRow(ctx, hash, e))
	}
	if err != nil {
		return nil, err
	}
	if err := s.redis.extend(ctx, e, successor.ExpiresAt); err != nil && source == storage {
		return nil, err
	}
	return successor, nil
}

// there gives a row's session as Redis has it. Where the row decides, a Redis that is away is no error.
func (r *RefreshTokens) there(ctx context.Context, row *models.Session) (source, *entry, error) {
	source, err := r.Sessions.asked(ctx)
	if err != nil || source == table && !database.IsPlaceholder(row) {
		return source, nil, err
	}
	e, err := r.Sessions.find(ctx, row.UserID, row.ID, row)
	if source == both && !database.IsPlaceholder(row) {
		err = nil
	}
	return source, e, err
}

// endWithRow ends a session in Redis whose row has just been ended: a refresh token was used twice.
func (r *RefreshTokens) endWithRow(ctx context.Context, hash []byte, e *entry) error {
	_, err := r.Rows.Session(ctx, hash)
	if errors.Is(err, models.ErrNotFound) {
		return r.Sessions.redis.end(ctx, &e.session)
	}
	return err
}

func unknownToken(err error) error {
	if errors.Is(err, models.ErrNotFound) {
		return models.ErrBadRefreshToken
	}
	return err
}

// EndSessionOf ends the session that a refresh token hangs on; no such token is no error.
func (r *RefreshTokens) EndSessionOf(ctx context.Context, hash []byte) error {
	row, err := r.Rows.Session(ctx, hash)
	if err != nil {
		return unlessNotFound(err)
	}
	return unlessNotFound(r.Sessions.End(ctx, row.UserID, row.ID, models.AuditSignedOut))
}
