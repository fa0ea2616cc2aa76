// Package auth answers who is asking: one file for each kind of credential, and beside them the tokens,
// the passwords and the rules about roles. It knows no HTTP framework and no database.
package auth

import (
	"context"
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

	prepared []byte
}

// Prepared is the answer that PrincipalCache.Prepare made of the principal; nil where it has to be made.
func (p *Principal) Prepared() []byte { return p.prepared }

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
