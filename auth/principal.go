// Package auth answers who is asking: one file for each kind of credential, and beside them the tokens,
// the passwords and the rules about roles. It knows no HTTP framework and no database.
package auth

import (
	"context"
	"sync/atomic"
	"time"

	"countersign/models"
)

// Method is the kind of credential that identified a request.
type Method string

// The kinds of credential.
const (
	SessionCookie Method = "session_cookie"
	SessionToken  Method = "session_token"
	AccessToken   Method = "access_token"
	APIKey        Method = "api_key"
	PluginJWT     Method = "plugin_jwt"
	CookieCache   Method = "cookie_cache"
)

// Principal is who a request comes from. The user may be banned: RequireActive says what follows.
type Principal struct {
	User models.User
	// Session is the row behind the credential; nil for a token that names none and for an API key.
	Session *models.Session
	Method  Method
	// Permissions are an API key's. Other credentials have none and are not limited by them: ask May.
	Permissions Permissions
	// Expires is when the credential itself runs out; zero for one that lives as long as its session.
	Expires time.Time

	memo *atomic.Pointer[[]byte]
}

// Remember gives what was made of the principal before, or makes it: a principal that comes from the cache again
// gets the same bytes without the work. There is one such answer, that of GET /api/me.
func (p *Principal) Remember(write func() ([]byte, error)) ([]byte, error) {
	if p.memo == nil {
		return write()
	}
	if known := p.memo.Load(); known != nil {
		return *known, nil
	}
	made, err := write()
	if err == nil {
		p.memo.Store(&made)
	}
	return made, err
}

// SessionID is the id of the session behind the credential, "" when there is none.
func (p *Principal) SessionID() string {
	if p.Session == nil {
		return ""
	}
	return p.Session.ID
}

// Impersonated says whether an admin is acting as the user.
func (p *Principal) Impersonated() bool {
	return p.Session != nil && p.Session.ImpersonatedBy != nil && *p.Session.ImpersonatedBy != ""
}

type principalKey struct{}

// WithPrincipal gives a context that carries who is asking.
func WithPrincipal(ctx context.Context, p *Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// PrincipalFrom gives who is asking, nil for an anonymous request. Behind a guard that requires a user it is never nil.
func PrincipalFrom(ctx context.Context) *Principal {
	p, _ := ctx.Value(principalKey{}).(*Principal)
	return p
}
