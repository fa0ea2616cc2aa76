package routes

import (
	"fmt"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"countersign/auth"
	"countersign/config"
	"countersign/middleware"
)

// Guard says who a route answers. Every route declares one: the zero value refuses to be registered.
type Guard struct {
	level       level
	roles       []string
	permissions []permission
}

type permission struct{ resource, action string }

type level int

const (
	undeclared level = iota
	public
	optional
	user
	anyRole
	allRoles
)

// The guards without roles.
var (
	// Public answers everybody and does not look at credentials.
	Public = Guard{level: public}
	// Optional answers everybody, and more to users.
	Optional = Guard{level: optional}
	// User answers users who are not banned.
	User = Guard{level: user}
)

// Role answers users with any one of the roles.
func Role(roles ...string) Guard { return Guard{level: anyRole, roles: roles} }

// AllRoles answers users with every one of the roles.
func AllRoles(roles ...string) Guard { return Guard{level: allRoles, roles: roles} }

// Permission gives a guard that asks of API keys, besides, that they were given a permission:
// Role("admin").Permission("posts", "delete"). Other credentials are not limited by it.
func (g Guard) Permission(resource, action string) Guard {
	g.permissions = append(slices.Clone(g.permissions), permission{resource, action})
	return g
}

// Anonymous says whether the guard lets a request without credentials on.
func (g Guard) Anonymous() bool { return g.level == public || g.level == optional }

// String names the guard for people.
func (g Guard) String() string {
	var text string
	switch g.level {
	case anyRole:
		text = strings.Join(g.roles, " or ")
	case allRoles:
		text = strings.Join(g.roles, " and ")
	default:
		text = [...]string{"undeclared", "anyone", "optional user", "user"}[g.level]
	}
	for _, p := range g.permissions {
		text += ", API keys with " + p.action + " on " + p.resource
	}
	return text
}

// Guards is what guards are made of.
type Guards struct {
	Verifier auth.Verifier
	// Lagging also believes what may be some minutes behind the database, Better Auth's cookie cache; nil
	// where the settings want none of that.
	Lagging auth.Verifier
	Policy  *auth.Policy
	Origins config.Origins
	// Limits is nil where nothing is limited.
	Limits *Limits
}

// Limits are what requests are held to.
type Limits struct {
	SignIn, API middleware.Limiter
	// Flood is what a client may send that nobody is found for.
	Flood middleware.FloodLimiter
}

// verifier chooses who identifies a route's requests. What may be behind the database counts for reads only,
// not where a role decides, and not in the groups that promise to know of a ban at once.
func (g Guards) verifier(r Route) auth.Verifier {
	if g.Lagging == nil || r.Method != GET || r.Guard.roles != nil || within(r.Path, "/api/admin") || within(r.Path, "/protected") {
		return g.Verifier
	}
	return g.Lagging
}

func within(path, group string) bool { return path == group || strings.HasPrefix(path, group+"/") }

// identify finds out who asks, where a route wants to know, and counts the request where it costs least: sign-ins
// before anything is asked, others when it is known whose they are.
func (g Guards) identify(r Route) []echo.MiddlewareFunc {
	var limit, chain []echo.MiddlewareFunc
	switch {
	case g.Limits == nil || r.Limit == Unlimited:
	case r.Limit == SignIn:
		chain = append(chain, middleware.LimitSignIn(g.Limits.SignIn))
	default:
		limit = append(limit, middleware.LimitAPI(g.Limits.API, g.Limits.Flood))
	}
	if r.Guard.level == public {
		return append(chain, limit...)
	}
	if limit != nil {
		chain = append(chain, middleware.LimitFlood(g.Limits.Flood))
	}
	chain = append(chain, middleware.Identify(g.verifier(r)))
	return append(append(chain, limit...), middleware.ProtectCookie(g.Origins))
}

// chain is what a request to a route passes before the handler: who is it, may it, is the body one we read.
func (g Guards) chain(r Route) []echo.MiddlewareFunc {
	var chain []echo.MiddlewareFunc
	if strings.HasPrefix(r.Path, "/auth/") {
		chain = append(chain, middleware.ProtectLogin(g.Origins))
	}
	chain = append(chain, g.identify(r)...)
	switch r.Guard.level {
	case public:
		if r.Guard.permissions != nil {
			panic(fmt.Sprintf("the route %s %s asks a permission of nobody: a public route does not look at credentials", r.Method, r.Path))
		}
	case optional:
		chain = append(chain, middleware.OptionalUser(g.Policy))
	case user:
		chain = append(chain, middleware.RequireUser(g.Policy))
	case anyRole:
		chain = append(chain, middleware.RequireRole(g.Policy, r.Guard.roles...))
	case allRoles:
		chain = append(chain, middleware.RequireAllRoles(g.Policy, r.Guard.roles...))
	default:
		panic(fmt.Sprintf("the route %s %s declares no guard", r.Method, r.Path))
	}
	for _, p := range r.Guard.permissions {
		chain = append(chain, middleware.RequirePermission(p.resource, p.action))
	}
	if r.Method != GET {
		chain = append(chain, middleware.Actor())
	}
	return append(chain, middleware.Body(bodyTypes(r)...))
}
