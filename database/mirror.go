package database

import (
	"context"
	"reflect"
	"time"

	"gorm.io/gorm"

	"countersign/models"
)

// Tokens says which of some session tokens have a row.
func (s *Sessions) Tokens(ctx context.Context, tokens []string) (map[string]bool, error) {
	var found []string
	err := s.db.read(ctx, func(tx *gorm.DB, n *Names) error {
		return tx.Model(&models.Session{}).Where(n.SQL("{Session.Token} IN ?"), tokens).Pluck(n.column("Session", "Token"), &found).Error
	})
	there := map[string]bool{}
	for _, token := range found {
		there[token] = true
	}
	return there, err
}

// Session gives the session's row that the refresh token with that hash hangs on; models.ErrNotFound.
func (s *RefreshTokens) Session(ctx context.Context, hash []byte) (*models.Session, error) {
	var session models.Session
	err := s.db.read(ctx, func(tx *gorm.DB, n *Names) error {
		return tx.Select(n.Fields("Session")).
			Where(n.SQL("{Session.ID} = (SELECT session_id FROM {RefreshToken} WHERE hash = ?)"), hash).Take(&session).Error
	})
	return &session, err
}

// Whole gives every column of a user's row under the field names of Better Auth, dates as JavaScript writes
// them: what Better Auth mirrors into Redis and answers from there. models.ErrNotFound.
func (s *Users) Whole(ctx context.Context, id string) (map[string]any, error) {
	row, whole := map[string]any{}, map[string]any{}
	err := s.db.read(ctx, func(tx *gorm.DB, n *Names) error {
		if err := tx.Model(&models.User{}).Where(n.SQL("{User.ID} = ?"), n.id("User", id)).Take(&row).Error; err != nil {
			return err
		}
		for column, value := range row {
			whole[n.field(column)] = mirrored(value)
		}
		var user models.User
		if err := tx.Select(n.Fields("User")).Where(n.SQL("{User.ID} = ?"), n.id("User", id)).Take(&user).Error; err != nil {
			return err
		}
		for field, value := range n.Mirror(&user) {
			whole[field] = value
		}
		return nil
	})
	return whole, err
}

// field gives the name of a column of the user table as Better Auth has it in its own objects. That of a
// column that is not known here follows the naming of those that are.
func (n *Names) field(column string) string {
	for field, c := range n.tables["User"].columns {
		if c.name == column {
			return camel(field)
		}
	}
	if n.column("User", "EmailVerified") == snake("EmailVerified") {
		return camel(column)
	}
	return column
}

// Mirror gives the fields of a user that the database has columns for, under Better Auth's names.
func (n *Names) Mirror(u *models.User) map[string]any {
	fields := map[string]any{}
	for _, name := range n.Fields("User") {
		value := reflect.ValueOf(u).Elem().FieldByName(name)
		if value.Kind() == reflect.Pointer {
			if value.IsNil() {
				fields[camel(name)] = nil
				continue
			}
			value = value.Elem()
		}
		fields[camel(name)] = mirrored(value.Interface())
	}
	return fields
}

func mirrored(value any) any {
	switch v := value.(type) {
	case time.Time:
		return v.UTC().Format(sqliteTime)
	case []byte:
		return string(v)
	}
	return value
}
