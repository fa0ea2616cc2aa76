package auth

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
)

// Verifier checks one kind of credential. It has four answers and they are never folded into one another:
// a principal (the credential holds), ErrAbsent (the request has none of this kind), *Refusal (it has one
// that does not hold), any other error (could not be checked, as when the database is away).
type Verifier interface {
	Verify(ctx context.Context, r *http.Request) (*Principal, error)
}

// ErrAbsent says that a request has no credential of a verifier's kind.
var ErrAbsent = errors.New("no credential of this kind")

// Refusal says why a credential does not hold, for the log; it never contains the credential.
type Refusal struct {
	Method Method
	Reason string
}

func (r *Refusal) Error() string { return string(r.Method) + " refused: " + r.Reason }

// Chain asks its verifiers in order. The first credential that holds decides who is asking; one that does
// not hold is passed over; one that cannot be checked ends the search, since the next one may be somebody else's.
type Chain struct {
	Verifiers []Verifier
	Log       *slog.Logger
}

// Verify gives the principal, ErrAbsent when no credential holds, or the error of the one that could not be checked.
func (c *Chain) Verify(ctx context.Context, r *http.Request) (*Principal, error) {
	for _, v := range c.Verifiers {
		p, err := v.Verify(ctx, r)
		switch {
		case err == nil:
			return p, nil
		case errors.Is(err, ErrAbsent):
		case !c.refused(ctx, r, err):
			return nil, err
		}
	}
	return nil, ErrAbsent
}

// refused says whether an error is a refusal, and tells the log about it.
func (c *Chain) refused(ctx context.Context, r *http.Request, err error) bool {
	var refusal *Refusal
	if !errors.As(err, &refusal) {
		return false
	}
	c.Log.DebugContext(ctx, "credential refused", "request_id", r.Header.Get("X-Request-Id"), "method", refusal.Method, "reason", refusal.Reason)
	return true
}
