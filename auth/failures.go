package auth

import (
	"context"
	"errors"
	"strings"

	"countersign/models"
)

// FailureLimit limits wrong passwords by e-mail address, of users and of nobody alike.
type FailureLimit interface {
	// Reserve counts a wrong password that release makes not have been; models.RateLimited.
	Reserve(ctx context.Context, email string) (release func(), err error)
}

// countFailure runs a check of a password for an address. The failure is counted before it is known, so that many
// tries at once do not all pass before the first is counted; whatever is not a wrong password is given back.
func (l *Local) countFailure(ctx context.Context, email string, check func() error) error {
	if l.Failures == nil {
		return check()
	}
	release, err := l.Failures.Reserve(ctx, strings.ToLower(email))
	if err != nil {
		return err
	}
	err = check()
	if !errors.Is(err, models.ErrBadLogin) && !errors.Is(err, models.ErrWrongPassword) {
		release()
	}
	return err
}
