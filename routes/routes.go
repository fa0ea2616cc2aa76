// Package routes is the whole API on one screen: which path, which guard, which handler.
package routes

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"countersign/config"
	"countersign/handlers"
	"countersign/middleware"
	"countersign/models"
)

// Handlers are the resources that the routes lead to.
type Handlers struct {
	Service    *handlers.Service
	Me         *handlers.Me
	Posts      *handlers.Posts
	AdminUsers *handlers.AdminUsers
	AdminAudit *handlers.AdminAudit
	Sessions   *handlers.Sessions
	LocalAuth  *handlers.LocalAuth
	Protected  *handlers.Protected
}

// Route is one path with its guard. Groups give their paths a prefix, and their guard to every route in them.
type Route struct {
	Method, Path string
	Guard        Guard
	Handler      echo.HandlerFunc
	// Form lets the body be a form too.
	Form bool
	// Limit is API unless it says otherwise.
	Limit Limit
}

// Limit says by which of RATE_LIMIT's figures a route's requests are counted.
type Limit int

// The limits of routes.
const (
	// API is per user, or per client where there is none.
	API Limit = iota
	// SignIn is for routes that try passwords or make users: per client and path.
	SignIn
	// Unlimited is for those who watch the program.
	Unlimited
)

// String is the figure's name in RATE_LIMIT.
func (l Limit) String() string { return [...]string{"api", "sign-in", "none"}[l] }

// Table lists every route. Settings may leave some out: those do not exist.
func Table(h Handlers, local config.LocalAuth) []Route {
	admin := Role(models.AdminRole)
	table := []Route{
		{Method: GET, Path: "/", Guard: Public, Handler: h.Service.Home, Limit: Unlimited},
		{Method: GET, Path: "/healthz", Guard: Public, Handler: h.Service.Live, Limit: Unlimited},
		{Method: GET, Path: "/readyz", Guard: Public, Handler: h.Service.Ready, Limit: Unlimited},
	}
	table = append(table, group("/api/me", User, []Route{
		{Method: GET, Handler: h.Me.Get},
		{Method: PATCH, Handler: h.Me.Update},
	})...)
	table = append(table, group("/api/posts", Optional, []Route{
		{Method: GET, Handler: h.Posts.List},
		{Method: POST, Guard: User, Handler: h.Posts.Create},
		{Method: GET, Path: "/:id", Handler: h.Posts.Get},
		{Method: PATCH, Path: "/:id", Guard: User, Handler: h.Posts.Update},
		{Method: DELETE, Path: "/:id", Guard: Role(handlers.Editors...), Handler: h.Posts.Delete},
	})...)
	table = append(table, group("/api/admin/users", admin, []Route{
		{Method: GET, Handler: h.AdminUsers.List},
		{Method: GET, Path: "/:id", Handler: h.AdminUsers.Get},
		{Method: PATCH, Path: "/:id", Handler: h.AdminUsers.Update},
		{Method: DELETE, Path: "/:id", Handler: h.AdminUsers.Delete},
		{Method: GET, Path: "/:id/sessions", Handler: h.AdminUsers.ListSessions},
		{Method: DELETE, Path: "/:id/sessions", Handler: h.AdminUsers.EndSessions},
		{Method: DELETE, Path: "/:id/sessions/:sid", Handler: h.AdminUsers.EndSession},
	})...)
	table = append(table, Route{Method: GET, Path: "/api/admin/audit", Guard: admin, Handler: h.AdminAudit.List})
	table = append(table, group("/protected", User, []Route{
		{Method: GET, Path: "/data", Handler: h.Protected.Data},
		{Method: POST, Path: "/action", Handler: h.Protected.Action},
	})...)
	if local.Enabled {
		table = append(table, group("/auth", User, []Route{
			{Method: POST, Path: "/login", Guard: Public, Handler: h.LocalAuth.Login, Form: true, Limit: SignIn},
			{Method: POST, Path: "/refresh", Guard: Public, Handler: h.LocalAuth.Refresh},
			{Method: POST, Path: "/logout", Guard: Optional, Handler: h.LocalAuth.Logout},
			{Method: GET, Path: "/sessions", Handler: h.Sessions.List},
			{Method: DELETE, Path: "/sessions", Handler: h.Sessions.EndOthers},
			{Method: DELETE, Path: "/sessions/:id", Handler: h.Sessions.End},
			{Method: POST, Path: "/password", Handler: h.LocalAuth.ChangePassword, Limit: SignIn},
		})...)
	}
	if local.Enabled && local.Register {
		table = append(table, Route{Method: POST, Path: "/auth/register", Guard: Public, Handler: h.LocalAuth.Register, Limit: SignIn})
	}
	return table
}

// The methods of the table.
const (
	GET    = http.MethodGet
	POST   = http.MethodPost
	PATCH  = http.MethodPatch
	DELETE = http.MethodDelete
)

// group gives routes a prefix, and its guard to those that declare none of their own.
func group(prefix string, guard Guard, routes []Route) []Route {
	for i := range routes {
		routes[i].Path = prefix + routes[i].Path
		if routes[i].Guard.level == undeclared {
			routes[i].Guard = guard
		}
	}
	return routes
}

// Register puts the table on a server. Guards stand on each route and not on Echo's groups: those would answer
// for unknown paths and wrong methods too, with 401 where the contract wants 404 and 405.
func Register(e *echo.Echo, table []Route, guards Guards) {
	for _, r := range table {
		handler := middleware.Join(r.Handler, guards.chain(r)...)
		e.Add(r.Method, r.Path, handler)
		if r.Method == GET {
			e.Add(http.MethodHead, r.Path, handler)
		}
	}
}

func bodyTypes(r Route) []string {
	if r.Form {
		return []string{middleware.JSON, middleware.Form}
	}
	return []string{middleware.JSON}
}
