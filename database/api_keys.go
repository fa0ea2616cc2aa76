package database

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"gorm.io/gorm"

	"countersign/models"
)

// APIKeys keeps the table of Better Auth's API-key plugin, where there is one.
type APIKeys struct{ db *DB }

// NewAPIKeys makes the store.
func NewAPIKeys(db *DB) *APIKeys { return &APIKeys{db} }

// ByHash gives a key and its user in one statement; models.ErrNotFound. The user is nil when nobody has the
// id in the key, and when an organization has it: the key may then be the organization's.
func (s *APIKeys) ByHash(ctx context.Context, hash models.Secret) (*models.APIKey, *models.User, error) {
	var key models.APIKey
	var user models.User
	err := s.db.read(ctx, func(tx *gorm.DB, n *Names) error {
		if !n.HasTable("APIKey") {
			return models.ErrNotFound
		}
		owner := n.SQL("u.{User.ID} = ") + n.reference("k", "APIKey", "ReferenceID", "User")
		if n.HasTable("Organization") {
			owner += n.SQL(" AND NOT EXISTS (SELECT 1 FROM {Organization} o WHERE o.{Organization.ID} = ") + n.reference("k", "APIKey", "ReferenceID", "Organization") + ")"
		}
		query := n.SQL("SELECT {k:APIKey}, {u:User} FROM {APIKey} k LEFT JOIN {User} u ON ") + owner + n.SQL(" WHERE k.{APIKey.Key} = ?")
		return scanOne(tx.Raw(query, hash.Reveal()), append(apiKeyFields(&key), orZero(userFields(&user))...))
	})
	if user.ID == "" {
		return &key, nil, err
	}
	return &key, &user, err
}

// countTries bounds how often a use is counted anew because other uses changed the key's row meanwhile.
// Each such change leaves fewer ways for the next one: three are enough.
const countTries = 5

// Count counts one use of a key as it was found, against its quota and its window, in the row that Better
// Auth counts in too. The one statement that does it holds only while both allow it, so that no burst passes
// either, here and there together. models.ErrNotFound when the key is gone; models.KeyQuotaExceeded and
// models.KeyRateLimited, which write nothing.
func (s *APIKeys) Count(ctx context.Context, key *models.APIKey, now time.Time) error {
	return s.db.read(ctx, func(tx *gorm.DB, n *Names) error {
		k, now := *key, timestamp(now)
		for range countTries {
			if err := k.CheckUse(now); err != nil {
				return err
			}
			if r := countOne(tx, n, &k, now); r.Error != nil || r.RowsAffected == 1 {
				return r.Error
			}
			k = models.APIKey{}
			if err := tx.Select(n.Fields("APIKey")).Where(n.SQL("{APIKey.ID} = ?"), n.id("APIKey", key.ID)).Take(&k).Error; err != nil {
				return err
			}
		}
		return models.StoreUnavailable(errors.New("an API key's row changed each time a use was to be counted"))
	})
}

// countOne counts as Better Auth does (validateApiKey), in one statement instead of three: what was read says
// how the key is limited, the row as it is now whether there is room.
func countOne(tx *gorm.DB, n *Names, k *models.APIKey, now time.Time) *gorm.DB {
	set := map[string]any{"UpdatedAt": now}
	row := tx.Model(&models.APIKey{}).Where(n.SQL("{APIKey.ID} = ?"), n.id("APIKey", k.ID))
	if k.Remaining != nil {
		row = countQuota(row, n, k, now, set)
	}
	if k.Limited() {
		row = countWindow(row, n, k, now, set)
	}
	if k.Limited() || k.Unlimited() {
		set["LastRequest"] = now
	}
	return row.Updates(set)
}

// countQuota takes one off, or fills up first where that is due.
func countQuota(row *gorm.DB, n *Names, k *models.APIKey, now time.Time, set map[string]any) *gorm.DB {
	if !k.Refills() {
		set["Remaining"] = gorm.Expr(n.SQL("{APIKey.Remaining} - 1"))
		return row.Where(n.SQL("{APIKey.Remaining} > 0"))
	}
	due := n.SQL("coalesce({APIKey.LastRefillAt}, {APIKey.CreatedAt}) < ?")
	before := k.RefillBefore(now)
	set["Remaining"] = gorm.Expr("CASE WHEN "+due+n.SQL(" THEN ? ELSE {APIKey.Remaining} - 1 END"), before, *k.RefillAmount-1)
	set["LastRefillAt"] = gorm.Expr("CASE WHEN "+due+n.SQL(" THEN ? ELSE {APIKey.LastRefillAt} END"), before, now)
	return row.Where(n.SQL("({APIKey.Remaining} > 0 OR ")+due+")", before)
}

// countWindow adds one, or begins a new window where the last one is over.
func countWindow(row *gorm.DB, n *Names, k *models.APIKey, now time.Time, set map[string]any) *gorm.DB {
	over := n.SQL("({APIKey.LastRequest} IS NULL OR {APIKey.LastRequest} < ?)")
	start := k.WindowStart(now)
	set["RequestCount"] = gorm.Expr("CASE WHEN "+over+n.SQL(" THEN 1 ELSE coalesce({APIKey.RequestCount}, 0) + 1 END"), start)
	return row.Where("("+over+n.SQL(" OR coalesce({APIKey.RequestCount}, 0) < ?)"), start, *k.RateLimitMax)
}

// apiKeyFields are the places to scan Names.List("APIKey") into.
func apiKeyFields(k *models.APIKey) []any {
	return []any{
		&k.ID, (*string)(&k.Key), &k.ReferenceID, &k.Enabled, &k.ExpiresAt, &k.Permissions, &k.Remaining, &k.RefillInterval, &k.RefillAmount, &k.LastRefillAt,
		&k.RateLimitEnabled, &k.RateLimitTimeWindow, &k.RateLimitMax, &k.RequestCount, &k.LastRequest, &k.CreatedAt, &k.UpdatedAt,
	}
}

// orZero lets a LEFT JOIN find nothing: places stay as they are where the database has NULL.
func orZero(places []any) []any {
	for i, p := range places {
		switch place := p.(type) {
		case *string:
			places[i] = unlessNull[string]{place}
		case *bool:
			places[i] = unlessNull[bool]{place}
		case *time.Time:
			places[i] = unlessNull[time.Time]{place}
		}
	}
	return places
}

type unlessNull[T any] struct{ to *T }

// Scan implements sql.Scanner.
func (u unlessNull[T]) Scan(value any) error {
	var found sql.Null[T]
	err := found.Scan(value)
	if found.Valid {
		*u.to = found.V
	}
	return err
}
