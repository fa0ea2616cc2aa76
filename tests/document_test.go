package tests

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"countersign/routes"
)

func TestDocumentIsServed(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		every := []string{"Content-Type: application/json", "Cache-Control: no-store"}
		s.run(t, []call{
			{name: "anybody", method: "GET", path: "/openapi.json", status: 200, contains: append([]string{`"openapi":"3.1.1"`, `"name":"better-auth.session_token"`, `"url":"http://localhost:8080"`}, every...)},
			{name: "HEAD", method: "HEAD", path: "/openapi.json", status: 200, contains: every},
			{name: "a page of the front end's", method: "GET", path: "/openapi.json", headers: []string{origin}, status: 200, contains: []string{"Access-Control-Allow-Origin: http://localhost:3000"}},
			{name: "another method", method: "POST", path: "/openapi.json", status: 405, contains: []string{"Allow: OPTIONS, GET, HEAD"}},
			{name: "found from the start page", method: "GET", path: "/", status: 200, contains: []string{`"/openapi.json"`}},
		})
	})
}

// The standard's own schema says whether it is an OpenAPI document.
func TestDocumentIsOpenAPI(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/openapi-3.1.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	standard, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("standard.json", standard); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("standard.json")
	if err != nil {
		t.Fatal(err)
	}
	doc := document(t)
	if err := schema.Validate(doc); err != nil {
		t.Error(err)
	}
	doc["info"] = "none" // so that a schema that takes everything shows
	if schema.Validate(doc) == nil {
		t.Error("what is no OpenAPI document passes")
	}
}

// A route without a description is a hole in the reference.
func TestEveryRouteIsDescribed(t *testing.T) {
	t.Parallel()
	s := start(t, databases["sqlite"](t))
	doc := document(t)
	known := map[string]string{}
	for _, r := range s.app.Routes {
		name := r.Method + " " + r.Path
		if r.Page {
			continue
		}
		if r.About.ID == "" || r.About.Summary == "" {
			t.Errorf("%s has no description: give its route an About with an ID and a Summary", name)
		}
		if other, taken := known[r.About.ID]; taken {
			t.Errorf("%s and %s have one ID, %q", name, other, r.About.ID)
		}
		known[r.About.ID] = name
		operation := at(doc, "paths", strings.NewReplacer(":id", "{id}", ":sid", "{sid}").Replace(r.Path), strings.ToLower(r.Method))
		if operation == nil || at(operation, "operationId") != r.About.ID || at(operation, "x-guard") != r.Guard.String() {
			t.Errorf("%s: %v", name, operation)
		}
	}
}

// What follows from a route is derived from it: who may ask, and what comes of it.
func TestDocumentFollowsTheRoutes(t *testing.T) {
	t.Parallel()
	doc := document(t, "RATE_LIMIT=on")
	for operation, want := range map[string]struct {
		path, method, security string
		statuses               string
	}{
		"public":       {"/healthz", "get", `[]`, "200 500"},
		"optional":     {"/api/posts/{id}", "get", `[{"bearer":[]},{"apiKey":[]},{"cookie":[]},{}]`, "200 404 429 500 503"},
		"user":         {"/api/me", "get", `[{"bearer":[]},{"apiKey":[]},{"cookie":[]}]`, "200 401 403 429 500 503"},
		"with a query": {"/api/admin/audit", "get", `[{"bearer":[]},{"apiKey":[]},{"cookie":[]}]`, "200 400 401 403 429 500 503"},
		"with a body":  {"/api/posts", "post", `[{"bearer":[]},{"apiKey":[]},{"cookie":[]}]`, "201 400 401 403 413 415 422 429 500 503"},
		"sign-in":      {"/auth/login", "post", `[]`, "200 400 401 403 409 413 415 422 429 500 503"},
	} {
		o := at(doc, "paths", want.path, want.method)
		security, err := json.Marshal(at(o, "security"))
		var statuses []string
		for status := range at(o, "responses").(map[string]any) {
			statuses = append(statuses, status)
		}
		slices.Sort(statuses)
		if got := strings.Join(statuses, " "); err != nil || string(security) != want.security || got != want.statuses {
			t.Errorf("%s: %s %s, want %s %s", operation, security, got, want.security, want.statuses)
		}
	}
	limits := at(doc, "components", "schemas", "PostCreate", "properties", "title")
	if text := fmt.Sprint(limits); text != "map[examples:[First post] maxLength:200 minLength:1 type:string]" {
		t.Error(text)
	}
}

func TestDocumentFollowsTheSettings(t *testing.T) {
	t.Parallel()
	doc := document(t, "LOCAL_REGISTER=off", "COOKIE_PREFIX=shop", "API_URL=https://api.example.com", "SECURE_COOKIES=on")
	if at(doc, "paths", "/auth/register") != nil || at(doc, "paths", "/auth/login") == nil {
		t.Error("the routes are not those that are served")
	}
	if at(doc, "components", "securitySchemes", "cookie", "name") != "__Secure-shop.session_token" || !strings.Contains(fmt.Sprint(doc["servers"]), "https://api.example.com") {
		t.Errorf("%v %v", at(doc, "components", "securitySchemes"), doc["servers"])
	}
	if at(document(t, "LOCAL_AUTH=off"), "paths", "/auth/login") != nil {
		t.Error("a route that is not there is described")
	}
	if at(document(t), "paths", "/auth/login", "post", "responses", "429") != nil {
		t.Error("a limit that is not there is described")
	}
}

// Whoever copies an example and sends it is answered as the document says.
func TestExamplesOfTheDocumentWork(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		text, err := s.app.Document()
		if err != nil {
			t.Fatal(err)
		}
		d := describe(t, text)
		id, admin := s.signedIn(t, "admin")
		s.post(t, id, "Post", true)
		tried := 0
		try := func(r routes.Route, token string) {
			for media, body := range samples(t, d, r) {
				tried++
				path := strings.NewReplacer("/api/posts/:id", "/api/posts/1", ":id", id).Replace(r.Path)
				want := max(r.About.Status, http.StatusOK)
				if a := s.do(t, r.Method, path, body, "Content-Type: "+media, bearer(token)); a.Status != want {
					t.Errorf("%s %s with the example %s: %d %s", r.Method, r.Path, body, a.Status, a.Body)
				}
			}
		}
		last := func(r routes.Route) int { // register, then login, and the password changed last of all
			return slices.Index([]string{"/auth/password", "/auth/login", "/auth/register"}, r.Path)
		}
		for _, r := range slices.SortedStableFunc(slices.Values(s.app.Routes), func(a, b routes.Route) int { return last(b) - last(a) }) {
			token := admin
			if r.Path == "/auth/password" {
				token = s.login(t, "ada@example.com", "correct horse")
			}
			try(r, token)
		}
		if tried != 8 {
			t.Errorf("%d examples were sent", tried)
		}
	})
}

// login gives an access token.
func (s *server) login(t *testing.T, email, password string) string {
	t.Helper()
	return s.do(t, "POST", "/auth/login", loginBody(email, password)).JSON(t)["access_token"].(string)
}

// samples are the examples of a route's body, by media type.
func samples(t *testing.T, d *description, r routes.Route) map[string]string {
	t.Helper()
	path := strings.NewReplacer(":id", "{id}", ":sid", "{sid}").Replace(r.Path)
	content, _ := at(d.doc, "paths", path, strings.ToLower(r.Method), "requestBody", "content").(map[string]any)
	all := map[string]string{}
	for media := range content {
		value, _ := at(content, media, "examples", "sample", "value").(map[string]any)
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		all[media] = string(text)
		if media == "application/x-www-form-urlencoded" {
			form := url.Values{}
			for name, v := range value {
				form.Set(name, v.(string))
			}
			all[media] = form.Encode()
		}
		if value == nil {
			delete(all, media)
		}
	}
	return all
}

// document is that of a program with settings.
func document(t *testing.T, settings ...string) map[string]any {
	t.Helper()
	text, err := start(t, databases["sqlite"](t), settings...).app.Document()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc.(map[string]any)
}

// at goes down into JSON by names; nil for what is not there.
func at(v any, names ...string) any {
	for _, name := range names {
		object, _ := v.(map[string]any)
		v = object[name]
	}
	return v
}
