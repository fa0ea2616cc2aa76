package database

import (
	"cmp"
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

// PrivateKey gives a private key of the JWT plugin as Better Auth keeps it, encrypted with the shared secret:
// doctor tries the secret on it. models.ErrNotFound without the plugin, or before its first key.
func (m *Migrator) PrivateKey(ctx context.Context) (models.Secret, error) {
	names, err := findNames(ctx, m.pool, m.settings)
	if err != nil {
		return "", err
	}
	if _, ok := names.tables["JWK"]; !ok {
		return "", models.ErrNotFound
	}
	rows, err := m.pool.QueryContext(ctx, names.SQL("SELECT * FROM {JWK} ORDER BY {JWK.ID} LIMIT 1"))
	if err != nil {
		return "", err
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil || !rows.Next() {
		return "", cmp.Or(err, rows.Err(), error(models.ErrNotFound))
	}
	var key string
	places := make([]any, len(columns))
	for i, c := range columns {
		places[i] = new(any)
		if c == camel("PrivateKey") || c == snake("PrivateKey") {
			places[i] = &key
		}
	}
	return models.Secret(key), rows.Scan(places...)
}
