package tests

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"countersign/cmd"
	"countersign/routes"
)

// conforming is the program, each of whose answers is held against its own /openapi.json: what is answered and not
// described fails the test that got it.
type conforming struct {
	*cmd.App
	t    *testing.T
	once sync.Once
	said *description
}

func (c *conforming) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	kept := &keeper{ResponseWriter: w, status: http.StatusOK}
	c.App.ServeHTTP(kept, r)
	c.once.Do(func() {
		text, err := c.Document()
		if err != nil {
			c.t.Errorf("the description cannot be made: %v", err)
			return
		}
		c.said = describe(c.t, text)
	})
	unknown := r.Method != strings.ToUpper(r.Method) // "get" is no method of HTTP's, and so not described
	if c.said == nil || unknown || kept.status < 400 && c.page(r.URL.Path) {
		return
	}
	if err := c.said.check(r, kept.status, kept.Header(), kept.body.Bytes()); err != nil {
		c.t.Errorf("%s %.200s is not answered as /openapi.json says: %v\n%d %.2000s", r.Method, r.URL, err, kept.status, kept.body.String())
	}
}

// page says whether a path is one of the pages, which are not the API's: only their errors are held against it.
func (c *conforming) page(path string) bool {
	return slices.ContainsFunc(c.Routes, func(r routes.Route) bool {
		return r.Page && matches(strings.Replace(r.Path, ":file", "{file}", 1), path)
	})
}

// keeper remembers what it writes.
type keeper struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (k *keeper) WriteHeader(status int) {
	k.status = status
	k.ResponseWriter.WriteHeader(status)
}

func (k *keeper) Write(p []byte) (int, error) {
	k.body.Write(p)
	return k.ResponseWriter.Write(p)
}

// description is an OpenAPI document, read as somebody reads it who knows nothing of the program.
type description struct {
	doc       map[string]any
	schemas   *jsonschema.Compiler
	compiling sync.Mutex
}

// describe reads a document. Members that it does not name are forbidden in answers, so that drift shows.
func describe(t *testing.T, text []byte) *description {
	t.Helper()
	d := &description{schemas: jsonschema.NewCompiler()}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	d.doc = doc.(map[string]any)
	closeObjects(doc)
	d.schemas.AssertFormat()
	if err := d.schemas.AddResource("openapi.json", doc); err != nil {
		t.Fatal(err)
	}
	return d
}

func closeObjects(v any) {
	switch v := v.(type) {
	case map[string]any:
		if _, closed := v["additionalProperties"]; v["type"] == "object" && !closed {
			v["additionalProperties"] = false
		}
		for _, member := range v {
			closeObjects(member)
		}
	case []any:
		for _, item := range v {
			closeObjects(item)
		}
	}
}

// check says what of an answer is not as the document has it.
func (d *description) check(r *http.Request, status int, header http.Header, body []byte) error {
	if r.Method == http.MethodOptions && status == http.StatusNoContent {
		return nil // CORS, which no operation is about
	}
	pointer, operation := d.operation(r)
	response, described := d.at(pointer + "/responses/" + strconv.Itoa(status)).(map[string]any)
	bodyUnasked := operation["requestBody"] == nil && r.ContentLength != 0 && (status == 413 || status == 415)
	if operation == nil || bodyUnasked {
		return d.checkBody("/components/schemas/Problem", "application/problem+json", header, body)
	}
	if !described {
		return fmt.Errorf("the operation %v has no answer %d", operation["operationId"], status)
	}
	pointer += "/responses/" + strconv.Itoa(status)
	if ref, shared := response["$ref"].(string); shared {
		pointer = strings.TrimPrefix(ref, "#")
		response = d.at(pointer).(map[string]any)
	}
	for name := range response["headers"].(map[string]any) {
		if name != "Set-Cookie" && header.Get(name) == "" {
			return fmt.Errorf("the header %s is missing", name)
		}
	}
	content, _ := response["content"].(map[string]any)
	for media := range content {
		if said, _, _ := mime.ParseMediaType(header.Get("Content-Type")); media == "text/html" && said == media {
			return nil // what is in a page is not the document's to say
		}
	}
	for media := range content {
		if media != "text/html" {
			return d.checkBody(pointer+"/content/"+escape(media)+"/schema", media, header, body)
		}
	}
	if len(body) > 0 || header.Get("Content-Type") != "" {
		return fmt.Errorf("there should be no body")
	}
	return nil
}

// operation finds that of a request, nil for a path or a method that the document does not have. HEAD is GET.
func (d *description) operation(r *http.Request) (pointer string, operation map[string]any) {
	method := strings.ToLower(r.Method)
	if r.Method == http.MethodHead {
		method = "get"
	}
	paths := d.doc["paths"].(map[string]any)
	for path := range paths {
		if matches(path, r.URL.EscapedPath()) {
			operation, _ := paths[path].(map[string]any)[method].(map[string]any)
			return "/paths/" + escape(path) + "/" + method, operation
		}
	}
	return "", nil
}

// matches says whether a path is one of a template, whose parameters are never empty. The API has no two templates
// for one path.
func matches(template, path string) bool {
	return slices.EqualFunc(strings.Split(template, "/"), strings.Split(path, "/"), func(a, b string) bool {
		return a == b || strings.HasPrefix(a, "{") && b != ""
	})
}

func escape(name string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(name) }

// at gives what a JSON pointer points to, nil for nothing.
func (d *description) at(pointer string) any {
	var v any = d.doc
	for _, name := range strings.Split(pointer, "/")[1:] {
		object, _ := v.(map[string]any)
		v = object[strings.NewReplacer("~1", "/", "~0", "~").Replace(name)]
	}
	return v
}

func (d *description) checkBody(pointer, media string, header http.Header, body []byte) error {
	if got, _, _ := mime.ParseMediaType(header.Get("Content-Type")); got != media {
		return fmt.Errorf("the content type is %q, not %q", got, media)
	}
	d.compiling.Lock()
	schema, err := d.schemas.Compile("openapi.json#" + strings.NewReplacer("{", "%7B", "}", "%7D").Replace(pointer))
	d.compiling.Unlock()
	if err != nil {
		return err
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return err
	}
	return schema.Validate(v)
}

// Who holds answers against a document must notice each kind of departure.
func TestDeparturesAreNoticed(t *testing.T) {
	t.Parallel()
	s := start(t, databases["sqlite"](t))
	text, err := s.app.Document()
	if err != nil {
		t.Fatal(err)
	}
	d := describe(t, text)
	post := `{"id":1,"title":"T","content":"C","published":true,"author_id":null,"mine":false,"created_at":"2026-11-23T09:30:00Z","updated_at":"2026-11-23T09:30:00Z"}`
	problem := func(status int, code string) string {
		return fmt.Sprintf(`{"type":"about:blank","title":"T","status":%d,"detail":"D","code":%q,"request_id":"R"}`, status, code)
	}
	const jsonType, problemType = "application/json", "application/problem+json"
	for name, c := range map[string]struct {
		method, path string
		status       int
		media, body  string
		fine         bool
	}{
		"as it should be":     {"GET", "/api/posts/1", 200, jsonType, post, true},
		"HEAD":                {"HEAD", "/api/posts/1", 200, jsonType, post, true},
		"a problem":           {"GET", "/api/posts/1", 404, problemType, problem(404, "not_found"), true},
		"unknown path":        {"GET", "/none", 404, problemType, problem(404, "not_found"), true},
		"other method":        {"PUT", "/api/posts/1", 405, problemType, problem(405, "method_not_allowed"), true},
		"unknown status":      {"GET", "/api/posts/1", 418, problemType, problem(418, "not_found"), false},
		"another's status":    {"GET", "/api/posts/1", 409, problemType, problem(409, "self"), false},
		"unknown code":        {"GET", "/api/posts/1", 404, problemType, problem(404, "gone"), false},
		"unknown member":      {"GET", "/api/posts/1", 200, jsonType, strings.Replace(post, `"id"`, `"secret":1,"id"`, 1), false},
		"member missing":      {"GET", "/api/posts/1", 200, jsonType, strings.Replace(post, `"mine":false,`, ``, 1), false},
		"wrong type":          {"GET", "/api/posts/1", 200, jsonType, strings.Replace(post, `"mine":false`, `"mine":"no"`, 1), false},
		"null":                {"GET", "/api/posts/1", 200, jsonType, strings.Replace(post, `"title":"T"`, `"title":null`, 1), false},
		"not a time":          {"GET", "/api/posts/1", 200, jsonType, strings.Replace(post, `T09:30:00Z`, ` 09:30`, 1), false},
		"in a list":           {"GET", "/api/posts", 200, jsonType, `{"posts":[{}],"personalized":false,"next_cursor":null}`, false},
		"other media type":    {"GET", "/api/posts/1", 200, "text/html", post, false},
		"a problem as JSON":   {"GET", "/api/posts/1", 404, jsonType, problem(404, "not_found"), false},
		"unknown path, plain": {"GET", "/none", 404, "text/plain", "404 page not found", false},
		"a body with 204":     {"DELETE", "/auth/sessions", 204, jsonType, `{}`, false},
		"another header":      {"GET", "/api/me", 401, problemType, problem(401, "not_authenticated"), false}, // WWW-Authenticate is not there
	} {
		r, err := http.NewRequestWithContext(t.Context(), c.method, c.path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.check(r, c.status, http.Header{"Content-Type": {c.media}, "X-Request-Id": {"R"}}, []byte(c.body)); (err == nil) != c.fine {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !json.Valid(text) {
		t.Error("not JSON")
	}
}
