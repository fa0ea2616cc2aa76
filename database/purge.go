package database

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"countersign/models"
)

// purgeBatch is how many rows one transaction removes: few enough that nobody waits for it.
const purgeBatch = 1000

// Purge removes the refresh tokens that are past their end, and with them the rows that stand for sessions in
// Redis and are over. It gives how many tokens there were. A token whose row somebody holds waits for the next
// time.
func (s *RefreshTokens) Purge(ctx context.Context) (purged int64, err error) {
	for batch := int64(purgeBatch); batch == purgeBatch && err == nil; purged += batch {
		batch, err = s.purge(ctx)
	}
	return purged, err
}

func (s *RefreshTokens) purge(ctx context.Context) (int64, error) {
	var tokens []models.RefreshToken
	err := s.db.write(ctx, func(tx *gorm.DB, n *Names) error {
		now := timestamp(s.db.clock())
		free := clause.Locking{Strength: "UPDATE", Options: "SKIP LOCKED"}
		if err := tx.Clauses(free).Where("expires_at <= ?", now).Limit(purgeBatch).Find(&tokens).Error; err != nil || len(tokens) == 0 {
			return err
		}
		var ids []int64
		var sessions []string
		for _, t := range tokens {
			ids, sessions = append(ids, t.ID), append(sessions, t.SessionID)
		}
		if err := tx.Where("id IN ?", ids).Delete(&models.RefreshToken{}).Error; err != nil {
			return err
		}
		return tx.Where(n.SQL("{Session.ID} IN ? AND {Session.Token} LIKE ? AND {Session.ExpiresAt} <= ?"), sessions, placeholder+"%", now).
			Delete(&models.Session{}).Error
	})
	return int64(len(tokens)), err
}
