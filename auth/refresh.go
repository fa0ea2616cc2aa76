package auth

import (
	"context"
	"errors"
	"time"

	"countersign/models"
)

// Refresh spends a refresh token and gives a new pair; a token that was spent a moment ago gives the pair it
// gave then, so that a lost answer costs nobody their login. models.ErrUserNotFound (asked first),
// models.ErrInactiveUser, models.ErrBadRefreshToken.
func (l *Local) Refresh(ctx context.Context, token models.Secret) (*Pair, error) {
	c, ok := l.Issuer.readRefresh(token)
	if !ok {
		return nil, models.ErrBadRefreshToken
	}
	user, err := l.Users.ByID(ctx, c.Subject)
	switch {
	case errors.Is(err, models.ErrNotFound):
		return nil, models.ErrUserNotFound
	case err != nil:
		return nil, err
	case user.BannedAt(l.Clock()):
		return nil, models.ErrInactiveUser
	}
	jti := l.Issuer.successorID(c.ID)
	row, err := l.Chains.Rotate(ctx, hashToken(token), user.ID, l.Issuer.Settings.ReuseInterval, func(s *models.Session) *models.RefreshToken {
		return l.link(user.ID, jti, s)
	})
	if err != nil {
		return nil, err
	}
	next, err := l.Issuer.refresh(user.ID, jti, row)
	if err != nil {
		return nil, err
	}
	return l.pair(user.ID, row.SessionID, next)
}

// link makes the next row of a chain. It lives for the refresh time, but not past the absolute limit counted
// from the session's creation.
func (l *Local) link(userID, jti string, s *models.Session) *models.RefreshToken {
	now := l.Clock().UTC().Truncate(time.Millisecond)
	expires := now.Add(l.Issuer.Settings.Refresh)
	if limit := s.CreatedAt.Add(l.Issuer.Settings.RefreshAbsolute); limit.Before(expires) {
		expires = limit
	}
	row := &models.RefreshToken{SessionID: s.ID, CreatedAt: now, ExpiresAt: expires}
	if token, err := l.Issuer.refresh(userID, jti, row); err == nil {
		row.Hash = hashToken(token)
	}
	return row
}

// Logout ends the session of who is asking, when there is one, and that of a refresh token, when one is
// given. Nothing to end is no error: the token may have been spent or its session ended already.
func (l *Local) Logout(ctx context.Context, who *Principal, token models.Secret) error {
	if who != nil && who.Session != nil {
		err := l.Sessions.End(ctx, who.User.ID, who.Session.ID, models.AuditSignedOut)
		if err != nil && !errors.Is(err, models.ErrNotFound) {
			return err
		}
	}
	c, ok := l.Issuer.readRefresh(token)
	if !ok {
		return nil
	}
	if actor := models.ActorFrom(ctx); actor.UserID == "" {
		actor.UserID = c.Subject
		ctx = models.WithActor(ctx, actor)
	}
	return l.Chains.EndSessionOf(ctx, hashToken(token))
}
