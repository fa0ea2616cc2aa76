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

// OneKind is a verifier of one kind of credential.
type OneKind interface {
	Verifier
	Kind() Method
}

// ErrAbsent says that a request has no credential of a verifier's kind.
var ErrAbsent = errors.New("no credential of this kind")

// Refusal says why a credential does not hold, for the log; it never contains the credential.
type Refusal struct {
	Method Method
	Reason string
}

func (r *Refusal) Error() string { return string(r.Method) + " refused: " + r.Reason }

// Seen hears what came of a credential. A reason is one of the constants of this package, never text from outside.
type Seen interface {
	Accepted(Method)
	Refused(method Method, reason string)
	// Unchecked is told of an error that is neither; the client may have gone meanwhile.
	Unchecked(Method, error)
}

// Chain asks its verifiers in order. The first credential that holds decides who is asking; one that does
// not hold is passed over; one that cannot be checked ends the search, since the next one may be somebody else's.
type Chain struct {
	Verifiers []OneKind
	Log       *slog.Logger
	// Seen hears of every credential that was looked at; nil where nobody wants to know.
	Seen Seen
}

// Verify gives the principal, ErrAbsent when no credential holds, or the error of the one that could not be checked.
func (c *Chain) Verify(ctx context.Context, r *http.Request) (*Principal, error) {
	for _, v := range c.Verifiers {
		p, err := v.Verify(ctx, r)
		switch {
		case err == nil:
			if c.Seen != nil {
				c.Seen.Accepted(p.Method)
			}
			return p, nil
		case errors.Is(err, ErrAbsent):
		case !c.refused(ctx, r, err):
			if c.Seen != nil {
				c.Seen.Unchecked(v.Kind(), err)
			}
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
	if c.Seen != nil {
		c.Seen.Refused(refusal.Method, refusal.Reason)
	}
	c.Log.DebugContext(ctx, "credential refused", "request_id", r.Header.Get("X-Request-Id"), "method", refusal.Method, "reason", refusal.Reason)
	return true
}
