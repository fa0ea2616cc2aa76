package auth

import (
	"context"
	"net/http"
)

// Cached is a verifier that remembers whom a credential proved to be, under the credential's own text: only
// one that was verified gets in, so one that is found need not be verified again.
type Cached struct {
	Verifier Verifier
	// Method is the kind of credential, and Text gives it as it stands in the request, "" where there is none.
	Method Method
	Text   func(r *http.Request) string
	Cache  *PrincipalCache
}

// Kind is the Method.
func (v *Cached) Kind() Method { return v.Method }

// Verify answers from the cache where it can, with a copy that nobody else has.
func (v *Cached) Verify(ctx context.Context, r *http.Request) (*Principal, error) {
	text := v.Text(r)
	if text == "" {
		return v.Verifier.Verify(ctx, r)
	}
	if p := v.Cache.get(v.Method, text); p != nil {
		return p, nil
	}
	filling := v.Cache.begin()
	p, err := v.Verifier.Verify(ctx, r)
	if err == nil {
		v.Cache.put(v.Method, text, p, filling)
	}
	return p, err
}

// Bearer gives the bearer token of a request, "" where it has none.
func Bearer(r *http.Request) string { return bearer(r) }
