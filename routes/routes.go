// Package routes is the whole API on one screen: which path, which guard, which handler.
package routes

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"countersign/config"
	"countersign/handlers"
	"countersign/middleware"
	"countersign/models"
	"countersign/openapi"
)

// Handlers are the resources that the routes lead to.
type Handlers struct {
	Service    *handlers.Service
	Pages      *handlers.Pages
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
	// About is what the handler says of itself, for /openapi.json.
	About openapi.Operation
	// Page is a page for people or a part of one, which /openapi.json leaves out.
	Page bool
	// Form lets the body be a form too.
	Form bool
	// Limit is API unless it says otherwise.
	Limit Limit
	// Tag is the group's name in the API's description.
	Tag string
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
	table := group("", Public, []Route{
		{Method: GET, Path: "/", Handler: h.Service.Home, About: handlers.ShowHome, Limit: Unlimited},
		{Method: GET, Path: "/healthz", Handler: h.Service.Live, About: handlers.ShowLive, Limit: Unlimited},
		{Method: GET, Path: "/readyz", Handler: h.Service.Ready, About: handlers.ShowReady, Limit: Unlimited},
		{Method: GET, Path: "/openapi.json", Handler: h.Service.OpenAPI, About: handlers.ShowDocument, Limit: Unlimited},
		{Method: GET, Path: "/docs", Handler: h.Pages.Docs, Page: true, Limit: Unlimited},
		{Method: GET, Path: "/docs/:file", Handler: h.Pages.File, Page: true, Limit: Unlimited},
	})
	table = append(table, group("/api/me", User, []Route{
		{Method: GET, Handler: h.Me.Get, About: handlers.GetMe},
		{Method: PATCH, Handler: h.Me.Update, About: handlers.UpdateMe},
	})...)
	table = append(table, group("/api/posts", Optional, []Route{
		{Method: GET, Handler: h.Posts.List, About: handlers.ListPosts},
		{Method: POST, Guard: User, Handler: h.Posts.Create, About: handlers.CreatePost},
		{Method: GET, Path: "/:id", Handler: h.Posts.Get, About: handlers.GetPost},
		{Method: PATCH, Path: "/:id", Guard: User, Handler: h.Posts.Update, About: handlers.UpdatePost},
		{Method: DELETE, Path: "/:id", Guard: Role(handlers.Editors...), Handler: h.Posts.Delete, About: handlers.DeletePost},
	})...)
	table = append(table, group("/api/admin/users", admin, []Route{
		{Method: GET, Handler: h.AdminUsers.List, About: handlers.ListUsers},
		{Method: GET, Path: "/:id", Handler: h.AdminUsers.Get, About: handlers.GetUser},
		{Method: PATCH, Path: "/:id", Handler: h.AdminUsers.Update, About: handlers.UpdateUser},
		{Method: DELETE, Path: "/:id", Handler: h.AdminUsers.Delete, About: handlers.DeleteUser},
		{Method: GET, Path: "/:id/sessions", Handler: h.AdminUsers.ListSessions, About: handlers.ListUserSessions},
		{Method: DELETE, Path: "/:id/sessions", Handler: h.AdminUsers.EndSessions, About: handlers.EndUserSessions},
		{Method: DELETE, Path: "/:id/sessions/:sid", Handler: h.AdminUsers.EndSession, About: handlers.EndUserSession},
	})...)
	table = append(table, group("/api/admin/audit", admin, []Route{
		{Method: GET, Handler: h.AdminAudit.List, About: handlers.ListAudit},
	})...)
	table = append(table, group("/protected", User, []Route{
		{Method: GET, Path: "/data", Handler: h.Protected.Data, About: handlers.ReadData},
		{Method: POST, Path: "/action", Handler: h.Protected.Action, About: handlers.DoAction},
	})...)
	if local.Enabled {
		table = append(table, group("/auth", User, []Route{
			{Method: POST, Path: "/login", Guard: Public, Handler: h.LocalAuth.Login, About: handlers.Login, Form: true, Limit: SignIn},
			{Method: POST, Path: "/refresh", Guard: Public, Handler: h.LocalAuth.Refresh, About: handlers.Refresh},
			{Method: POST, Path: "/logout", Guard: Optional, Handler: h.LocalAuth.Logout, About: handlers.Logout},
			{Method: GET, Path: "/sessions", Handler: h.Sessions.List, About: handlers.ListSessions},
			{Method: DELETE, Path: "/sessions", Handler: h.Sessions.EndOthers, About: handlers.EndOtherSessions},
			{Method: DELETE, Path: "/sessions/:id", Handler: h.Sessions.End, About: handlers.EndSession},
			{Method: POST, Path: "/password", Handler: h.LocalAuth.ChangePassword, About: handlers.ChangePassword, Limit: SignIn},
		})...)
	}
	if local.Enabled && local.Register {
		table = append(table, group("/auth", Public, []Route{
			{Method: POST, Path: "/register", Handler: h.LocalAuth.Register, About: handlers.Register, Limit: SignIn},
		})...)
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

// group gives routes a prefix and a tag of it, and its guard to those that declare none of their own.
func group(prefix string, guard Guard, routes []Route) []Route {
	for i := range routes {
		routes[i].Path = prefix + routes[i].Path
		routes[i].Tag = cmp.Or(strings.TrimPrefix(strings.TrimPrefix(prefix, "/api"), "/"), "service")
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
