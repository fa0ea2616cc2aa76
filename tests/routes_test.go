package tests

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"countersign/routes"
)

// publicRoutes are the only ones that answer an anonymous caller. A route that is missing here and answers
// one has lost its guard.
var publicRoutes = []string{
	"GET /", "GET /healthz", "GET /readyz", "GET /openapi.json", "GET /docs", "GET /docs/:file",
	"GET /api/posts", "GET /api/posts/:id",
	"POST /auth/register", "POST /auth/login", "POST /auth/refresh", "POST /auth/logout",
}

func TestEveryRouteHasItsGuard(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		var public []string
		for _, r := range s.app.Routes {
			name := r.Method + " " + r.Path
			a := s.do(t, r.Method, routePath(r.Path), "")
			if r.Guard.Anonymous() {
				public = append(public, name)
			} else if a.Status != 401 || a.Header.Get("Www-Authenticate") != "Bearer" {
				t.Errorf("%s (%s) answers an anonymous caller with %d", name, r.Guard, a.Status)
			}
		}
		slices.Sort(public)
		want := slices.Sorted(slices.Values(publicRoutes))
		if !slices.Equal(public, want) {
			t.Errorf("public routes are\n%q, want\n%q", public, want)
		}
	})
}

// Every route but those named here is counted as the API, so that a new one is too.
func TestEveryRouteHasItsLimit(t *testing.T) {
	t.Parallel()
	want := map[string]routes.Limit{
		"GET /": routes.Unlimited, "GET /healthz": routes.Unlimited, "GET /readyz": routes.Unlimited, "GET /openapi.json": routes.Unlimited,
		"GET /docs": routes.Unlimited, "GET /docs/:file": routes.Unlimited,
		"POST /auth/login": routes.SignIn, "POST /auth/register": routes.SignIn, "POST /auth/password": routes.SignIn,
	}
	got := map[string]routes.Limit{}
	for _, r := range start(t, databases["sqlite"](t)).app.Routes {
		if r.Limit != routes.API {
			got[r.Method+" "+r.Path] = r.Limit
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("limits are\n%v, want\n%v", got, want)
	}
}

// routePath is a path that a route of the table answers.
func routePath(path string) string { return strings.NewReplacer(":id", "1", ":sid", "1").Replace(path) }
