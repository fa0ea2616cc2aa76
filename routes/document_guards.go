package routes

import (
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"countersign/handlers"
	"countersign/middleware"
	"countersign/models"
	"countersign/openapi"
)

// credentials are the kinds that Identify knows.
func credentials(cookie string) map[string]openapi.SecurityScheme {
	return map[string]openapi.SecurityScheme{
		"cookie": {Type: "apiKey", In: "cookie", Name: cookie, Description: "Better Auth's signed session cookie. A write needs an allowed `Origin` beside it."},
		"bearer": {Type: "http", Scheme: "bearer", Description: "An access token of `/auth/login`, a session token of Better Auth's (bare or signed), or a JWT of its JWT plugin."},
		"apiKey": {Type: "apiKey", In: "header", Name: "x-api-key", Description: "A key of Better Auth's API-key plugin."},
	}
}

// security says which credentials a guard takes: any one of them, or none at all where a user is optional.
func security(g Guard) []map[string][]string {
	one := []map[string][]string{{"bearer": {}}, {"apiKey": {}}, {"cookie": {}}}
	switch g.level {
	case public:
		return []map[string][]string{}
	case optional:
		return append(one, map[string][]string{})
	}
	return one
}

// headers are those that answers have beyond what every server sends.
var headers = map[string]openapi.Header{
	"X-Request-Id":     {Description: "The request's name in the log.", Schema: &jsonschema.Schema{Type: "string"}},
	"WWW-Authenticate": {Description: "`Bearer`.", Schema: &jsonschema.Schema{Type: "string"}},
	"Retry-After":      {Description: "Seconds to wait.", Schema: &jsonschema.Schema{Type: "integer"}},
	"X-Retry-After":    {Description: "As `Retry-After`, where Better Auth's clients look for it.", Schema: &jsonschema.Schema{Type: "integer"}},
	"Location":         {Description: "The path of what was made.", Schema: &jsonschema.Schema{Type: "string"}},
	"Set-Cookie":       {Description: "Expires the cookie that identified the request.", Schema: &jsonschema.Schema{Type: "string"}},
}

// headersOf are those of a status.
var headersOf = map[int][]string{
	http.StatusUnauthorized:       {"WWW-Authenticate"},
	http.StatusTooManyRequests:    {"Retry-After", "X-Retry-After"},
	http.StatusServiceUnavailable: {"Retry-After"},
}

func refer(names []string) map[string]openapi.Reference {
	all := map[string]openapi.Reference{}
	for _, name := range names {
		all[name] = openapi.Reference{Ref: "#/components/headers/" + name}
	}
	return all
}

// failures are the problem documents of a route, by status.
func (d *describer) failures(r Route) map[string]any {
	byStatus := map[int][]*models.Error{}
	for _, e := range d.errors(r) {
		status := handlers.StatusOf(e.Kind)
		if !slices.ContainsFunc(byStatus[status], func(known *models.Error) bool { return known.Code == e.Code }) {
			byStatus[status] = append(byStatus[status], e)
		}
	}
	all := map[string]any{}
	for status, errors := range byStatus {
		all[strconv.Itoa(status)] = d.share(status, errors)
	}
	return all
}

// share refers to a problem document with one of the errors. Two with the same codes and other details stand apart.
func (d *describer) share(status int, errors []*models.Error) any {
	answer, name := d.failure(status, errors)
	if known, ok := d.shared[name]; ok && !reflect.DeepEqual(known, answer) {
		return answer
	}
	d.shared[name] = answer
	return openapi.Reference{Ref: "#/components/responses/" + name}
}

func (d *describer) failure(status int, errors []*models.Error) (answer openapi.Response, name string) {
	name = strconv.Itoa(status)
	var codes []any
	var examples openapi.List[openapi.Example]
	for _, e := range errors {
		name += "." + e.Code
		codes = append(codes, e.Code)
		*examples.At(e.Code) = openapi.Example{Summary: e.Detail, Value: handlers.ProblemOf(e, "K5CRQ2NSTDGUPJ6NEWZ6BWMWJW")}
	}
	schema := &jsonschema.Schema{Ref: d.problem.Ref, Properties: map[string]*jsonschema.Schema{"code": {Enum: codes}}}
	return openapi.Response{
		Description: http.StatusText(status), Headers: refer(append([]string{"X-Request-Id"}, headersOf[status]...)),
		Content: map[string]openapi.MediaType{middleware.Problem: {Schema: schema, Examples: examples}},
	}, name
}

// errors are what a request to a route may be answered with: what follows from its chain (see Guards.chain), then
// what its handler says.
func (d *describer) errors(r Route) []*models.Error {
	all := slices.Concat(d.refusals(r), r.About.Errors)
	write := r.Method != GET
	if write && (r.Guard.level != public || strings.HasPrefix(r.Path, "/auth/")) {
		all = append(all, models.ErrCrossSite)
	}
	if parameters(r.Path) != nil {
		all = append(all, models.ErrNotFound)
	}
	if r.About.Query != nil {
		all = append(all, models.BadRequestError("The query must be percent-encoded and have each name once"))
	}
	if r.About.Body != nil {
		all = append(all, models.BadRequestError("The body is not one JSON object in UTF-8 with each member once and no NUL"), models.ErrTooLarge,
			models.ContentTypeError(bodyTypes(r)...), models.InvalidError(models.FieldError{Field: "name", Message: "must have at most 200 characters"}))
	}
	if d.about.Limited && r.Limit != Unlimited {
		all = append(all, models.RateLimited(time.Second))
	}
	if r.Guard.level != public || r.Limit != Unlimited {
		all = append(all, models.StoreUnavailable(nil))
	}
	return append(all, models.ErrInternal)
}

// refusals are those of a route's guard.
func (d *describer) refusals(r Route) (all []*models.Error) {
	if !r.Guard.Anonymous() {
		all = append(all, models.ErrNotAuthenticated, models.ErrInactiveUser)
	}
	switch r.Guard.level {
	case anyRole:
		all = append(all, models.RoleRequired(r.Guard.roles...))
	case allRoles:
		all = append(all, models.RolesRequired(r.Guard.roles...))
	}
	for _, p := range r.Guard.permissions {
		all = append(all, models.PermissionRequired(p.resource, p.action))
	}
	if r.Guard.level != public {
		all = append(all, models.KeyQuotaExceeded(time.Second), models.KeyRateLimited(time.Second))
	}
	return all
}
