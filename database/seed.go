package database

import (
	"context"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"countersign/models"
)

// seedChunk is how many rows one statement inserts; SQLite takes 32,766 values.
const seedChunk = 1000

// Seed stores made-up users for load tests, the account with the password of each, and the sessions that begin
// makes once a user's id is known; all or none of them. The audit trail does not hear of it.
func (db *DB) Seed(ctx context.Context, users []models.User, accounts []models.Account, begin func(userID string) []models.Session) ([]models.Session, error) {
	var sessions []models.Session
	err := db.write(ctx, func(tx *gorm.DB, n *Names) error {
		for _, model := range []string{"User", "Account", "Session"} {
			if unfilled := n.tables[model].unfilled; unfilled != nil {
				return models.ColumnsUnfilled(n.TableName(model), unfilled...)
			}
		}
		if err := createAll(tx, n, "User", users, func(u *models.User) *string { return &u.ID }); err != nil {
			return err
		}
		for i := range users {
			accounts[i].UserID, accounts[i].AccountID, accounts[i].Issuer = users[i].ID, users[i].ID, &localIssuer
			sessions = append(sessions, begin(users[i].ID)...)
		}
		if err := createAll(tx, n, "Account", accounts, func(a *models.Account) *string { return &a.ID }); err != nil || len(sessions) == 0 {
			return err
		}
		return createAll(tx, n, "Session", sessions, func(s *models.Session) *string { return &s.ID })
	})
	return sessions, err
}

// createAll inserts many rows of one of Better Auth's models as create does one. Numbers that the database gives come
// back in an order of its own, so that rows which are told apart by more than their id are to be read back whole.
func createAll[T any](tx *gorm.DB, n *Names, model string, rows []T, id func(*T) *string) error {
	switch n.idKind(model) {
	case uuidID:
		for i := range rows {
			*id(&rows[i]) = uuid.NewString()
		}
	case integerID:
		for i := range rows {
			*id(&rows[i]) = ""
		}
		tx = tx.Omit("ID").Clauses(clause.Returning{})
	}
	return tx.Select(n.Fields(model)).CreateInBatches(rows, seedChunk).Error
}
