package redis

import (
	"context"
	"errors"
	"slices"

	"countersign/database"
	"countersign/models"
)

// reach says where Better Auth keeps a user's sessions and gives all that it could know them by. It is asked
// before anything is changed: what cannot be ended in Redis must not look ended here. Where Redis has had no
// sessions so far, that it is away is no error.
func (s *Sessions) reach(ctx context.Context, userID string) (source, []models.Session, error) {
	source, err := s.asked(ctx)
	if err != nil {
		return source, nil, err
	}
	entries, err := s.redis.listed(ctx, userID)
	if err == nil {
		err = s.weigh(ctx, userID, entries)
	}
	if source = s.source(); source == table {
		return table, nil, nil
	}
	if err != nil {
		return source, nil, err
	}
	rows, err := s.rows.OfUser(ctx, userID)
	all := slices.DeleteFunc(rows, func(row models.Session) bool { return database.IsPlaceholder(&row) })
	for _, e := range entries {
		if !slices.ContainsFunc(all, func(row models.Session) bool { return row.Token == e.session.Token }) {
			all = append(all, e.session)
		}
	}
	return source, all, err
}

// End ends one session of a user as database.Sessions does; models.ErrNotFound when the user has none with that id.
func (s *Sessions) End(ctx context.Context, userID, id string, as models.AuditType) error {
	_, sessions, err := s.reach(ctx, userID)
	if err != nil {
		return err
	}
	known := false
	for _, session := range sessions {
		if session.ID == id {
			known = true
			if err := s.redis.end(ctx, &session); err != nil {
				return err
			}
		}
	}
	err = s.rows.End(ctx, userID, id, as)
	if known && errors.Is(err, models.ErrNotFound) { // Redis alone had it
		return s.audit.Record(ctx, models.AuditEvent{Type: as, UserID: &userID, SessionID: &id})
	}
	return err
}

// EndAll ends a user's sessions but the one to keep; an empty id keeps none.
func (s *Sessions) EndAll(ctx context.Context, userID, keep string) error {
	source, sessions, err := s.reach(ctx, userID)
	if err != nil {
		return err
	}
	if err := s.endThere(ctx, source, userID, sessions, keep); err != nil {
		return err
	}
	return s.rows.EndAll(ctx, userID, keep)
}

// endThere ends sessions in Redis; with none to keep, those too that the list does not name.
func (s *Sessions) endThere(ctx context.Context, source source, userID string, sessions []models.Session, keep string) error {
	if source != table && keep == "" {
		if err := s.redis.revokeBefore(ctx, userID); err != nil {
			return err
		}
	}
	for _, session := range sessions {
		if session.ID == keep {
			continue
		}
		if err := s.redis.end(ctx, &session); err != nil {
			return err
		}
	}
	return nil
}

// Accounts keeps passwords, and ends sessions in Redis with a change.
type Accounts struct {
	*database.Accounts
	Sessions *Sessions
}

// ChangePassword stores a new hash and ends the user's sessions but the one to keep.
func (a *Accounts) ChangePassword(ctx context.Context, userID string, checked, hash models.Secret, keep string) error {
	source, sessions, err := a.Sessions.reach(ctx, userID)
	if err != nil {
		return err
	}
	if err := a.Accounts.ChangePassword(ctx, userID, checked, hash, keep); err != nil {
		return err
	}
	return a.Sessions.endThere(ctx, source, userID, sessions, keep)
}

// Users keeps users, and what Redis has of them.
type Users struct {
	*database.Users
	Sessions *Sessions
}

// Update changes a user's own profile; models.ErrNotFound.
func (u *Users) Update(ctx context.Context, id string, change models.UserChange) (*models.User, error) {
	if _, _, err := u.Sessions.reach(ctx, id); err != nil {
		return nil, err
	}
	user, err := u.Users.Update(ctx, id, change)
	if err != nil {
		return nil, err
	}
	return user, u.rewrite(ctx, user)
}

// Administer changes a user for an admin. A ban ends the user's sessions.
func (u *Users) Administer(ctx context.Context, id string, change models.UserChange) (*models.User, error) {
	source, sessions, err := u.Sessions.reach(ctx, id)
	if err != nil {
		return nil, err
	}
	user, err := u.Users.Administer(ctx, id, change)
	if err != nil {
		return nil, err
	}
	if user.BannedAt(u.Sessions.redis.clock()) {
		return user, u.Sessions.endThere(ctx, source, id, sessions, "")
	}
	return user, u.rewrite(ctx, user)
}

// Delete removes a user and all that is the user's.
func (u *Users) Delete(ctx context.Context, id string) error {
	source, sessions, err := u.Sessions.reach(ctx, id)
	if err != nil {
		return err
	}
	if err := u.Users.Delete(ctx, id); err != nil {
		return err
	}
	return u.Sessions.endThere(ctx, source, id, sessions, "")
}

// rewrite puts a changed user into each of the user's sessions: Better Auth answers from there.
func (u *Users) rewrite(ctx context.Context, user *models.User) error {
	if u.Sessions.source() == table {
		return nil
	}
	entries, err := u.Sessions.redis.listed(ctx, user.ID)
	fields := u.Sessions.db.Names().Mirror(user)
	for _, e := range entries {
		err = errors.Join(err, u.Sessions.redis.change(ctx, e, nil, fields))
	}
	return err
}
