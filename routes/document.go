package routes

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"countersign/handlers"
	"countersign/middleware"
	"countersign/openapi"
)

// About is what the API's description says beyond the table.
type About struct {
	// URL is the API's own origin, "" where it is not known: the document's own place counts then.
	URL, Version string
	// Cookie is the session cookie's name.
	Cookie string
	// Limited says whether requests are counted.
	Limited bool
}

// description is for the reader of the page, in Markdown.
const description = `JSON in and out, in UTF-8. Times are RFC 3339 in UTC.

**Who may ask** stands at each operation (` + "`x-guard`" + `). One request has one identity: a bearer token is looked at first, then an API key,
then the session cookie; one that does not hold is passed over. A write by cookie must come from an allowed ` + "`Origin`" + `.

**Errors** are problem documents (RFC 9457). ` + "`code`" + ` is stable and for programs, ` + "`request_id`" + ` stands in the log too. An unknown path
is 404, another method of a known path 405 with ` + "`Allow`" + `; HEAD answers where GET does. 503 means that nobody could be asked, and never "no".

**Requests**: unknown and repeated members of a body are refused, and NUL in any text; names in the query that an operation does not know are
ignored, and a value that is empty counts as missing.`

// describer makes the document of a table.
type describer struct {
	about   About
	schemas openapi.Schemas
	problem *jsonschema.Schema
	// shared are the answers that several operations may give.
	shared map[string]openapi.Response
}

// Document describes a table in OpenAPI 3.1, as JSON. It fails for a type or a rule that nobody has said in the
// words of JSON Schema.
func Document(table []Route, about About) ([]byte, error) {
	d := &describer{about: about, schemas: openapi.Schemas{Limit: handlers.Limit}, shared: map[string]openapi.Response{}}
	var err error
	if d.problem, err = d.schemas.Answer(handlers.Problem{}); err != nil {
		return nil, err
	}
	doc := openapi.Document{
		OpenAPI: "3.1.1",
		Info:    openapi.Info{Title: "Countersign", Version: about.Version, Description: description},
		Servers: []openapi.Server{{URL: cmp.Or(about.URL, "/")}},
		Tags:    tags(table),
	}
	for _, r := range table {
		if r.Page {
			continue
		}
		operation, err := d.operation(r)
		if err != nil {
			return nil, fmt.Errorf("the description of %s %s: %w", r.Method, r.Path, err)
		}
		*doc.Paths.At(template(r.Path)).At(strings.ToLower(r.Method)) = operation
	}
	doc.Components = openapi.Components{Schemas: d.schemas.Components, Responses: d.shared, Headers: headers, SecuritySchemes: credentials(about.Cookie)}
	return json.Marshal(doc)
}

func tags(table []Route) (all []openapi.Tag) {
	seen := map[string]bool{}
	for _, r := range table {
		if !seen[r.Tag] {
			seen[r.Tag] = true
			all = append(all, openapi.Tag{Name: r.Tag})
		}
	}
	return all
}

// parameters are the names in a path, /posts/:id.
func parameters(path string) (names []string) {
	for part := range strings.SplitSeq(path, "/") {
		if name, is := strings.CutPrefix(part, ":"); is {
			names = append(names, name)
		}
	}
	return names
}

// template writes a path as OpenAPI does, /posts/{id}.
func template(path string) string {
	for _, name := range parameters(path) {
		path = strings.Replace(path, ":"+name, "{"+name+"}", 1)
	}
	return path
}

func (d *describer) operation(r Route) (o openapi.DocumentOperation, err error) {
	o = openapi.DocumentOperation{
		OperationID: r.About.ID, Summary: r.About.Summary, Tags: []string{r.Tag}, Guard: r.Guard.String(),
		Description: strings.TrimSpace(r.About.Description + "\n\nFor: " + r.Guard.String() + "."),
		Security:    security(r.Guard), Parameters: described(r),
	}
	if o.RequestBody, err = d.body(r); err != nil {
		return o, err
	}
	o.Responses = d.failures(r)
	status, success, err := d.success(r)
	o.Responses[status] = success
	return o, err
}

func described(r Route) (all []openapi.DocumentParameter) {
	for _, name := range parameters(r.Path) {
		p := openapi.DocumentParameter{Name: name, In: "path", Required: true, Schema: idSchema()}
		for _, number := range r.About.Numbers {
			if number == name {
				p.Schema = &jsonschema.Schema{Type: "integer", Format: "int64"}
			}
		}
		all = append(all, p)
	}
	for _, q := range r.About.Query {
		all = append(all, openapi.DocumentParameter{Name: q.Name, In: "query", Description: q.Description, AllowEmptyValue: true, Schema: q.Schema})
	}
	return all
}

// idSchema is what handlers take as an id in a path.
func idSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", MinLength: jsonschema.Ptr(1), MaxLength: jsonschema.Ptr(255), Pattern: "^[!-~]+$"}
}

func (d *describer) body(r Route) (*openapi.RequestBody, error) {
	body := &openapi.RequestBody{Required: !r.About.BodyOptional}
	for _, b := range []struct {
		kind string
		of   any
		read func(any) (*jsonschema.Schema, error)
	}{{middleware.JSON, r.About.Body, d.schemas.Request}, {middleware.Form, r.About.Form, d.schemas.Form}} {
		if b.of == nil {
			continue
		}
		schema, err := b.read(b.of)
		if err != nil {
			return nil, err
		}
		*body.Content.At(b.kind) = openapi.MediaType{Schema: schema, Examples: d.sample(schema)}
	}
	if body.Content == nil {
		return nil, nil
	}
	return body, nil
}

func (d *describer) sample(schema *jsonschema.Schema) (examples openapi.List[openapi.Example]) {
	if sample := d.schemas.Sample(schema); sample != nil {
		*examples.At("sample") = openapi.Example{Value: sample}
	}
	return examples
}

func (d *describer) success(r Route) (string, openapi.Response, error) {
	status := r.About.Status
	if status == 0 {
		status = http.StatusOK
	}
	answer := openapi.Response{Description: http.StatusText(status), Headers: refer(append([]string{"X-Request-Id"}, r.About.Headers...))}
	if r.About.Answer == nil {
		return fmt.Sprint(status), answer, nil
	}
	schema, err := d.schemas.Answer(r.About.Answer)
	answer.Content = map[string]openapi.MediaType{middleware.JSON: {Schema: schema}}
	if r.About.Page {
		answer.Content["text/html"] = openapi.MediaType{Schema: &jsonschema.Schema{Type: "string"}}
	}
	return fmt.Sprint(status), answer, err
}
