package betterauth

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

var client = &http.Client{
	Timeout:       30 * time.Second,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// Response is an answer read to its end. JSON is nil unless Body is an object.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
	JSON   map[string]any
}

// Do sends a request to a path such as /api/auth/get-session. A body that is
// not nil is sent as JSON. The Origin is the server's own unless headers say
// otherwise, since Better Auth refuses a write with a cookie and no Origin.
func (s *Server) Do(t testing.TB, method, path string, headers map[string]string, body any) Response {
	t.Helper()
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, content)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Origin", origin(s.BaseURL))
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	response := Response{Status: answer.StatusCode, Header: answer.Header, Body: text}
	_ = json.Unmarshal(text, &response.JSON) // an answer may be text, null or a list
	return response
}

func origin(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return base
	}
	return u.Scheme + "://" + u.Host
}

// must is Do for calls that have to succeed.
func (s *Server) must(t testing.TB, method, path string, body any) Response {
	t.Helper()
	r := s.Do(t, method, path, nil, body)
	if r.Status != http.StatusOK {
		t.Fatalf("%s %s: %d %s", method, path, r.Status, r.Body)
	}
	return r
}

// Change is a table the planner would make, or add columns to.
type Change struct {
	Table   string   `json:"table"`
	Columns []string `json:"columns"` // without id
}

// Plan is what Better Auth's own migration would do to the database.
type Plan struct {
	ToBeCreated      []Change `json:"toBeCreated"`
	ToBeAdded        []Change `json:"toBeAdded"`
	ToBeAddedIndexes []any    `json:"toBeAddedIndexes"`
	SchemaProblems   []string `json:"schemaProblems"`
	SQL              string   `json:"sql"`
}

// Plan asks the planner and changes nothing.
func (s *Server) Plan(t testing.TB) Plan {
	t.Helper()
	var plan Plan
	if err := json.Unmarshal(s.must(t, http.MethodGet, "/test/plan", nil).Body, &plan); err != nil {
		t.Fatal(err)
	}
	return plan
}

// Migrate runs Better Auth's own migration.
func (s *Server) Migrate(t testing.TB) {
	t.Helper()
	s.must(t, http.MethodPost, "/test/migrate", nil)
}

// Signed is what a sign-up or sign-in leaves in the client's hands.
type Signed struct {
	Cookie    string // value of a Cookie header
	Token     string // signed and not percent-encoded, as in the set-auth-token header
	BareToken string // as in session.token
	UserID    string
}

// SignUp makes a user, who is then signed in.
func (s *Server) SignUp(t testing.TB, email, password, name string) Signed {
	t.Helper()
	body := map[string]string{"email": email, "password": password, "name": name}
	return signed(t, s.must(t, http.MethodPost, "/api/auth/sign-up/email", body))
}

// SignIn makes a session for a user who has a password.
func (s *Server) SignIn(t testing.TB, email, password string) Signed {
	t.Helper()
	body := map[string]string{"email": email, "password": password}
	return signed(t, s.must(t, http.MethodPost, "/api/auth/sign-in/email", body))
}

func signed(t testing.TB, r Response) Signed {
	t.Helper()
	var body struct {
		Token string
		User  struct{ ID string }
	}
	if err := json.Unmarshal(r.Body, &body); err != nil {
		t.Fatal(err)
	}
	result := Signed{BareToken: body.Token, UserID: body.User.ID}
	var pairs []string
	for _, cookie := range (&http.Response{Header: r.Header}).Cookies() {
		if cookie.MaxAge < 0 {
			continue
		}
		pairs = append(pairs, cookie.Name+"="+cookie.Value)
		value, err := url.PathUnescape(cookie.Value)
		if err == nil && strings.HasPrefix(value, body.Token+".") {
			result.Token = value
		}
	}
	result.Cookie = strings.Join(pairs, "; ")
	return result
}

// Call asks what only a server may ask: auth.api.NAME(arguments). The JSON of the answer has a result or an error.
func (s *Server) Call(t testing.TB, name string, arguments map[string]any) Response {
	t.Helper()
	return s.must(t, http.MethodPost, "/test/api/"+name, arguments)
}
