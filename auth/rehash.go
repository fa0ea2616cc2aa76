package auth

import (
	"context"
	"errors"

	"countersign/models"
)

// rehash rewrites a password's hash as the kind that is written now, after a login that it must not fail: whatever
// goes wrong is logged, and the next login tries again.
func (l *Local) rehash(ctx context.Context, userID string, stored models.Secret, password string) {
	if !l.Rehash || !l.Hasher.Outdated(stored) || l.Hasher.tooLong(password) > 0 {
		return
	}
	hash, err := l.Hasher.Hash(ctx, password)
	if err == nil {
		err = l.Accounts.Rehash(ctx, userID, stored, hash)
	}
	if err != nil && !errors.Is(err, models.ErrWrongPassword) { // that is a change that was faster
		l.Log.WarnContext(ctx, "a password was not rehashed, the next login tries again", "user", userID, "error", err.Error())
	}
}
