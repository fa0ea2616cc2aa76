package routes_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/auth"
	"countersign/handlers"
	"countersign/models"
	"countersign/routes"
)

// is identifies every request as one principal; nil is an anonymous request.
type is struct{ who *auth.Principal }

func (v is) Verify(context.Context, *http.Request) (*auth.Principal, error) {
	if v.who == nil {
		return nil, auth.ErrAbsent
	}
	return v.who, nil
}

// asked gives the answer of one route with a guard.
func asked(guard routes.Guard, who *auth.Principal) (status int, body string) {
	e := echo.New()
	e.HTTPErrorHandler = handlers.ErrorHandler(slog.New(slog.DiscardHandler))
	table := []routes.Route{{Method: routes.GET, Path: "/", Guard: guard, Handler: func(c echo.Context) error { return c.NoContent(http.StatusNoContent) }}}
	routes.Register(e, table, routes.Guards{Verifier: is{who}, Policy: &auth.Policy{Clock: time.Now}})
	w := httptest.NewRecorder()
	e.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	return w.Code, w.Body.String()
}

func TestGuardsWithAPermission(t *testing.T) {
	admin := "admin"
	user := func(method auth.Method, role *string, p auth.Permissions) *auth.Principal {
		return &auth.Principal{User: models.User{ID: "ada", Role: role}, Method: method, Permissions: p}
	}
	given := auth.Permissions{"posts": {"read", "delete"}}
	deletes := routes.User.Permission("posts", "delete")
	for name, c := range map[string]struct {
		guard  routes.Guard
		who    *auth.Principal
		status int
		code   string
	}{
		"key with it":             {deletes, user(auth.APIKey, nil, given), 204, ""},
		"key without it":          {deletes, user(auth.APIKey, nil, auth.Permissions{"posts": {"read"}}), 403, "permission_required"},
		"key with another's":      {deletes, user(auth.APIKey, nil, auth.Permissions{"users": {"delete"}}), 403, "permission_required"},
		"key with none":           {deletes, user(auth.APIKey, nil, nil), 403, "permission_required"},
		"session":                 {deletes, user(auth.SessionCookie, nil, nil), 204, ""},
		"access token":            {deletes, user(auth.AccessToken, nil, nil), 204, ""},
		"anonymous":               {deletes, nil, 401, "not_authenticated"},
		"two, one given":          {deletes.Permission("posts", "write"), user(auth.APIKey, nil, given), 403, "permission_required"},
		"two, both given":         {deletes.Permission("posts", "read"), user(auth.APIKey, nil, given), 204, ""},
		"not a role":              {routes.Role("admin").Permission("posts", "delete"), user(auth.APIKey, nil, given), 403, "role_required"},
		"a role is no permission": {routes.Role("admin").Permission("posts", "delete"), user(auth.APIKey, &admin, nil), 403, "permission_required"},
		"a role and it":           {routes.AllRoles("admin").Permission("posts", "delete"), user(auth.APIKey, &admin, given), 204, ""},
		"anybody":                 {routes.Optional.Permission("posts", "read"), nil, 204, ""},
		"anybody, key without it": {routes.Optional.Permission("posts", "write"), user(auth.APIKey, nil, given), 403, "permission_required"},
		"no permission asked":     {routes.User, user(auth.APIKey, nil, nil), 204, ""},
	} {
		t.Run(name, func(t *testing.T) {
			status, body := asked(c.guard, c.who)
			if status != c.status || !strings.Contains(body, c.code) {
				t.Errorf("%d %s, want %d %s", status, body, c.status, c.code)
			}
		})
	}
	if deletes.String() != "user, API keys with delete on posts" || routes.User.String() != "user" {
		t.Errorf("%s; %s", deletes, routes.User)
	}
}

// A route that looks at no credentials cannot ask a permission: it would look guarded and not be.
func TestPublicRoutesAskNoPermission(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("the route was registered")
		}
	}()
	asked(routes.Public.Permission("posts", "read"), nil)
}
