package database

import (
	"context"

	"gorm.io/gorm"

	"countersign/models"
)

// JWKs reads the public keys of Better Auth's JWT plugin.
type JWKs struct{ db *DB }

// NewJWKs makes the store.
func NewJWKs(db *DB) *JWKs { return &JWKs{db} }

// ByID gives a key; models.ErrNotFound, without a statement where the plugin's table is not there.
func (s *JWKs) ByID(ctx context.Context, id string) (*models.JWK, error) {
	var key models.JWK
	err := s.db.read(ctx, func(tx *gorm.DB, n *Names) error {
		if !n.HasTable("JWK") {
			return models.ErrNotFound
		}
		return tx.Select(n.Fields("JWK")).Where(n.SQL("{JWK.ID} = ?"), n.id("JWK", id)).Take(&key).Error
	})
	return &key, err
}
