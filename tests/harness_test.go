// Package tests runs the program from outside: HTTP through the real router, on SQLite and on PostgreSQL,
// beside a real Better Auth.
package tests

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/ncruces/go-sqlite3/driver"

	"countersign/cmd"
	"countersign/config"
	"countersign/tests/postgres"
)

const testSecret = "a secret of the tests, longer than 32 characters"

func TestMain(m *testing.M) {
	code := m.Run()
	postgres.Stop()
	_ = os.RemoveAll(built)
	os.Exit(code)
}

// databases are what the whole suite runs on.
var databases = map[string]func(t *testing.T) string{
	"sqlite":   func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "app.db") },
	"postgres": func(t *testing.T) string { return postgres.Database(t) },
}

// onEach runs a test on every database with a server of its own; settings are further NAME=value lines.
func onEach(t *testing.T, f func(t *testing.T, s *server), settings ...string) {
	for name, url := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(t, start(t, url(t), settings...))
		})
	}
}

// server is the program with a database, a clock that a test moves, and a log that it reads.
type server struct {
	app *conforming
	// SQL is a connection of the test's own; write $1, $2 for values, and times as iso gives them.
	SQL   *sql.DB
	Clock *clock
	Log   *buffer
	URL   string // DATABASE_URL
}

// start builds the program on a database and connects it.
func start(t *testing.T, databaseURL string, settings ...string) *server {
	t.Helper()
	env := append([]string{"DATABASE_URL=" + databaseURL, "BETTER_AUTH_SECRET=" + testSecret, "LOG_LEVEL=debug", "SESSION_CACHE=off"}, settings...)
	c, err := config.Load(env, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := &server{Clock: &clock{now: time.Now().UTC().Truncate(time.Millisecond)}, Log: &buffer{}, URL: databaseURL}
	app, err := cmd.NewApp(c, slog.New(slog.NewTextHandler(s.Log, &slog.HandlerOptions{Level: slog.LevelDebug})), s.Clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	s.app = &conforming{App: app, t: t}
	t.Cleanup(func() { _ = s.app.Close() })
	if err := s.app.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.SQL = openSQL(t, databaseURL)
	return s
}

func openSQL(t *testing.T, databaseURL string) *sql.DB {
	t.Helper()
	driver, dsn := "pgx", databaseURL
	if path, ok := strings.CutPrefix(databaseURL, "sqlite:"); ok {
		driver, dsn = "sqlite3", "file:"+path+"?_pragma=busy_timeout(5000)&_pragma=foreign_keys(on)"
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// exec runs a statement that must succeed. {User}-like names are not known here: write "user" as Better Auth names it.
func (s *server) exec(t *testing.T, statement string, args ...any) {
	t.Helper()
	if _, err := s.SQL.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// one gives the one value that a query answers with, as text; "<nil>" for NULL.
func (s *server) one(t *testing.T, query string, args ...any) string {
	t.Helper()
	var value any
	if err := s.SQL.QueryRowContext(t.Context(), query, args...).Scan(&value); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	if text, ok := value.([]byte); ok {
		return string(text)
	}
	return fmt.Sprint(value)
}

// own gives the quoted name of a table of ours.
func (s *server) own(table string) string {
	if strings.HasPrefix(s.URL, "sqlite:") {
		return `"countersign_` + table + `"`
	}
	return `"countersign"."` + table + `"`
}

// iso is a time as Better Auth writes it into SQLite; PostgreSQL reads it too.
func iso(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

var sequence struct {
	sync.Mutex
	n int
}

func next(prefix string) string {
	sequence.Lock()
	defer sequence.Unlock()
	sequence.n++
	return fmt.Sprintf("%s%0*d", prefix, 32-len(prefix), sequence.n)
}

// user stores a user with a role ("" for null) and gives its id. The e-mail is id@example.com in lower case.
func (s *server) user(t *testing.T, role string) string {
	t.Helper()
	id, now := next("user"), iso(s.Clock.Now())
	var r any
	if role != "" {
		r = role
	}
	s.exec(t, `INSERT INTO "user" (id, name, email, "emailVerified", "createdAt", "updatedAt", role) VALUES ($1, $2, $3, false, $4, $4, $5)`,
		id, "Name of "+id, id+"@example.com", now, r)
	return id
}

// session stores a session of a user that lives for an hour and gives its token; sessionID gives its id.
func (s *server) session(t *testing.T, userID string) string {
	t.Helper()
	token, now := next("Token"), s.Clock.Now()
	s.exec(t, `INSERT INTO "session" (id, token, "userId", "expiresAt", "createdAt", "updatedAt", "ipAddress", "userAgent") VALUES ($1, $2, $3, $4, $5, $5, '', 'test')`,
		sessionID(token), token, userID, iso(now.Add(time.Hour)), iso(now))
	return token
}

// sessionID is the id of the row that session stored.
func sessionID(token string) string { return strings.Replace(token, "Token", "Sesid", 1) }

// signed gives token.signature, as Better Auth signs it.
func signed(secret, token string) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(token))
	return token + "." + base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// cookie gives the header line of a session's signed cookie.
func cookie(token string) string {
	return "Cookie: better-auth.session_token=" + url.QueryEscape(signed(testSecret, token))
}

// bearer gives the header line of a bearer token.
func bearer(token string) string { return "Authorization: Bearer " + token }

// origin is the header line of the allowed front end.
const origin = "Origin: http://localhost:3000"

// call is one HTTP case: what is sent and what must come back.
type call struct {
	name         string
	method, path string
	headers      []string // "Name: value"; a body without Content-Type is sent as JSON
	body         string
	status       int
	contains     []string // in the status line's headers or the body
	lacks        []string
}

// answer is what came back.
type answer struct {
	Status int
	Header http.Header
	Body   string
}

// JSON decodes the body.
func (a answer) JSON(t *testing.T) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(a.Body), &m); err != nil {
		t.Fatalf("%v: %s", err, a.Body)
	}
	return m
}

// do sends a request through the router.
func (s *server) do(t *testing.T, method, path, body string, headers ...string) answer {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	if body == "" {
		r.Body, r.ContentLength = http.NoBody, 0
	} else {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		if name == "Content-Type" {
			r.Header.Set(name, value)
		} else {
			r.Header.Add(name, value)
		}
	}
	w := httptest.NewRecorder()
	s.app.ServeHTTP(w, r)
	text, _ := io.ReadAll(w.Result().Body)
	return answer{w.Code, w.Header(), string(text)}
}

// run sends cases one after the other and checks each, and for each the oracle that holds for all: no 5xx
// unless it is expected, and nothing of Go, SQL or paths in the body.
func (s *server) run(t *testing.T, calls []call) {
	t.Helper()
	for _, c := range calls {
		t.Run(c.name, func(t *testing.T) {
			a := s.do(t, c.method, c.path, c.body, c.headers...)
			if a.Status != c.status {
				t.Errorf("%s %s: status %d, want %d: %s", c.method, c.path, a.Status, c.status, a.Body)
			}
			var head bytes.Buffer
			_ = a.Header.Write(&head)
			all := head.String() + a.Body
			for _, text := range c.contains {
				if !strings.Contains(all, text) {
					t.Errorf("%s %s: lacks %q:\n%s", c.method, c.path, text, all)
				}
			}
			for _, text := range append(c.lacks, "goroutine ", "SELECT ", "SQLSTATE", ".go:", "models.", "handlers.") {
				if strings.Contains(all, text) {
					t.Errorf("%s %s: has %q:\n%s", c.method, c.path, text, all)
				}
			}
		})
	}
}

// clock is a clock that stands until a test moves it.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Set puts the clock to a moment, that of a test vector say.
func (c *clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// buffer is a log that several goroutines write.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
