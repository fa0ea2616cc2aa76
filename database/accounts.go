package database

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"countersign/models"
)

// Accounts keeps Better Auth's account table, as far as it holds passwords.
type Accounts struct{ db *DB }

// NewAccounts makes the store.
func NewAccounts(db *DB) *Accounts { return &Accounts{db} }

// localIssuer is what 1.7.0 to 1.7.2 of Better Auth wrote beside a password.
var localIssuer = "local:" + models.CredentialProvider

// Register stores a new user and the account with the password, both or neither, and fills in their ids.
// models.ErrEmailTaken; models.ColumnsUnfilled when the tables want what nobody was asked for.
func (s *Accounts) Register(ctx context.Context, user *models.User, account *models.Account) error {
	return s.db.write(ctx, func(tx *gorm.DB, n *Names) error {
		if err := register(tx, n, user, account); err != nil {
			return err
		}
		return record(tx, models.AuditEvent{Type: models.AuditRegistered, UserID: &user.ID, ActorID: &user.ID})
	})
}

func register(tx *gorm.DB, n *Names, user *models.User, account *models.Account) error {
	for _, model := range []string{"User", "Account"} {
		if unfilled := n.tables[model].unfilled; unfilled != nil {
			return models.ColumnsUnfilled(n.TableName(model), unfilled...)
		}
	}
	err := n.create(tx, "User", user, &user.ID)
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return models.ErrEmailTaken
	}
	if err != nil {
		return err
	}
	account.UserID, account.AccountID, account.Issuer = user.ID, user.ID, &localIssuer
	return n.create(tx, "Account", account, &account.ID)
}

// WithPassword gives the account that holds a user's password; models.ErrNotFound for a user without one.
func (s *Accounts) WithPassword(ctx context.Context, userID string) (*models.Account, error) {
	var account models.Account
	err := s.db.read(ctx, func(tx *gorm.DB, n *Names) error {
		return tx.Select(n.Fields("Account")).
			Where(n.SQL("{Account.UserID} = ? AND {Account.ProviderID} = ? AND {Account.Password} IS NOT NULL"), n.id("User", userID), models.CredentialProvider).
			Take(&account).Error
	})
	return &account, err
}

// ChangePassword stores a new hash in the place of the one that was checked and ends the user's sessions but the
// one to keep, both or neither. models.ErrWrongPassword when another change was faster.
func (s *Accounts) ChangePassword(ctx context.Context, userID string, checked, hash models.Secret, keep string) error {
	return s.db.change(ctx, userID, func(tx *gorm.DB, n *Names) error {
		if err := s.replace(tx, n, userID, checked, hash); err != nil {
			return err
		}
		if err := endAll(tx, n, userID, keep); err != nil {
			return err
		}
		return record(tx, models.AuditEvent{Type: models.AuditPasswordChanged, UserID: &userID, SessionID: orNull(keep)})
	})
}

// Rehash stores another hash of the same password in the place of the one that was checked.
// models.ErrWrongPassword when a change was faster.
func (s *Accounts) Rehash(ctx context.Context, userID string, checked, hash models.Secret) error {
	return s.db.write(ctx, func(tx *gorm.DB, n *Names) error { return s.replace(tx, n, userID, checked, hash) })
}

func (s *Accounts) replace(tx *gorm.DB, n *Names, userID string, checked, hash models.Secret) error {
	r := tx.Model(&models.Account{}).
		Where(n.SQL("{Account.UserID} = ? AND {Account.ProviderID} = ? AND {Account.Password} = ?"),
			n.id("User", userID), models.CredentialProvider, checked.Reveal()).
		Updates(map[string]any{"Password": hash, "UpdatedAt": timestamp(s.db.clock())})
	if r.Error == nil && r.RowsAffected == 0 {
		return models.ErrWrongPassword
	}
	return r.Error
}
