package database

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"countersign/models"
)

// errTried ends a transaction of which nothing is to be kept.
var errTried = &models.Error{Code: "tried", Detail: "everything worked and nothing was kept"}

// Import stores a user of another application as Register does; with try it does all of that and keeps nothing.
// models.ErrEmailTaken, models.ColumnsUnfilled; models.ColumnsMissing where the tables have no place for the
// user's role or ban, which must not be lost.
func (s *Accounts) Import(ctx context.Context, user *models.User, account *models.Account, try bool) error {
	return s.add(ctx, user, account, "imported", try)
}

// Create stores a user whom an administrator makes, with the role that was chosen; errors as Import.
func (s *Accounts) Create(ctx context.Context, user *models.User, account *models.Account) error {
	return s.add(ctx, user, account, "created", false)
}

// add stores a user and says in the audit trail how it came; with try it keeps nothing.
func (s *Accounts) add(ctx context.Context, user *models.User, account *models.Account, how string, try bool) error {
	err := s.db.write(ctx, func(tx *gorm.DB, n *Names) error {
		if err := requireAdminColumns(n, administered(user)); err != nil {
			return err
		}
		var taken int64 // not every project's table has a unique index
		if err := tx.Model(&models.User{}).Where(n.SQL("{User.Email} = ?"), user.Email).Count(&taken).Error; err != nil {
			return err
		}
		if taken > 0 {
			return models.ErrEmailTaken
		}
		if err := register(tx, n, user, account); err != nil {
			return err
		}
		if err := recordAdded(tx, user, how); err != nil || !try {
			return err
		}
		return errTried
	})
	if errors.Is(err, errTried) {
		return nil
	}
	return err
}

// administered is what of a user an admin must have given.
func administered(user *models.User) (change models.UserChange) {
	if user.RoleText() != models.DefaultRole {
		change.Role = user.Role
	}
	if user.Banned != nil && *user.Banned {
		change.Banned = user.Banned
	}
	return change
}

// recordAdded records also what made the user more, or less, than a plain one.
func recordAdded(tx *gorm.DB, user *models.User, how string) error {
	given := administered(user)
	events := []models.AuditEvent{{Type: models.AuditRegistered}}
	if given.Role != nil {
		events = append(events, models.AuditEvent{Type: models.AuditRoleChanged})
	}
	if given.Banned != nil {
		events = append(events, models.AuditEvent{Type: models.AuditBanned})
	}
	for _, event := range events {
		detail := how
		if event.Type == models.AuditRoleChanged {
			detail = how + " as " + user.RoleText()
		}
		event.UserID, event.Detail = &user.ID, &detail
		if err := record(tx, event); err != nil {
			return err
		}
	}
	return nil
}
