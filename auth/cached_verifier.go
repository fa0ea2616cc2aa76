package auth

import (
	"context"
	"net/http"

	"countersign/models"
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

// Verify answers from the cache where it can, with a copy that nobody else has.
func (v *Cached) Verify(ctx context.Context, r *http.Request) (*Principal, error) {
	text := v.Text(r)
	if text == "" {
		return v.Verifier.Verify(ctx, r)
	}
	key := credential{v.Method, text}
	if p := v.Cache.get(key); p != nil {
		return p, nil
	}
	filling := v.Cache.begin()
	p, err := v.Verifier.Verify(ctx, r)
	if err != nil {
		return nil, err
	}
	return v.Cache.put(key, p, filling), nil
}

// Bearer gives the bearer token of a request, "" where it has none.
func Bearer(r *http.Request) string { return bearer(r) }

// clone gives a principal that shares nothing with p that a handler could change, in one piece of memory.
func (p *Principal) clone() *Principal {
	c := &struct {
		Principal
		session models.Session
		texts   [5]string
		yes     [2]bool
	}{Principal: *p}
	text := func(i int, from *string) *string {
		if from == nil {
			return nil
		}
		c.texts[i] = *from
		return &c.texts[i]
	}
	yes := func(i int, from *bool) *bool {
		if from == nil {
			return nil
		}
		c.yes[i] = *from
		return &c.yes[i]
	}
	u := &c.User
	u.Image, u.Role = text(0, u.Image), text(1, u.Role)
	u.Banned, u.TwoFactorEnabled = yes(0, u.Banned), yes(1, u.TwoFactorEnabled)
	if u.BanReason != nil {
		reason := *u.BanReason
		u.BanReason = &reason
	}
	if u.BanExpires != nil {
		expires := *u.BanExpires
		u.BanExpires = &expires
	}
	if s := p.Session; s != nil {
		c.session, c.Session = *s, &c.session
		c.session.IPAddress, c.session.UserAgent, c.session.ImpersonatedBy = text(2, s.IPAddress), text(3, s.UserAgent), text(4, s.ImpersonatedBy)
	}
	return &c.Principal
}
