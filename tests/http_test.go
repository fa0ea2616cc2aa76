package tests

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/handlers"
	"countersign/middleware"
	"countersign/routes"
)

func TestRow110_PathsAreTakenAsTheyStand(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		_, admin := s.signedIn(t, "admin")
		for _, path := range []string{"//api/me", "/api//me", "/api/me/", "/api/me//", "/x/../api/me", "/api/./me", "/%2e%2e/api/me", "/x/%2e%2e/api/me", "/api%2fme", "/api%2Fme", "/api/me%00", "/api/me%20", "/api/me;x=1", "/api/me%3fx", "/api\\me", "/api%5cme", "/API/ME", "/api/m%65", "/api/me.json",
			"/healthz/../api/me", "/api/posts/../me", "/api/posts/..%2fme", "//evil.example/api/me", "/%252e%252e/api/me", "/auth/login/../../api/me", "//protected/data", "/protected//data", "/x/../protected/data", "/protected%2fdata", "//api/admin/users", "/api/posts/../admin/users", "/api%2fadmin%2fusers"} {
			if a := s.do(t, "GET", path, ""); a.Status != 401 && a.Status != 404 && a.Status != 400 {
				t.Errorf("%s without credentials: %d %s", path, a.Status, a.Body)
			}
			if a := s.do(t, "GET", path, "", bearer(admin)); a.Status < 400 || a.Status >= 500 {
				t.Errorf("%s with credentials: %d %s", path, a.Status, a.Body)
			}
		}
	})
}

// Row 111: HEAD is GET without the body, on a real connection.
func TestRow111_Methods(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id, admin := s.signedIn(t, "admin")
		post := s.post(t, id, "Post", true)
		at := httptest.NewServer(s.app)
		t.Cleanup(at.Close)
		send := func(method, path, authorization string) (*http.Response, string) {
			r, err := http.NewRequestWithContext(t.Context(), method, at.URL+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", authorization)
			answer, err := at.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			text, err := io.ReadAll(answer.Body)
			if err != nil {
				t.Fatal(err)
			}
			return answer, string(text)
		}
		for _, path := range []string{"/", "/healthz", "/readyz", "/api/me", "/api/posts", post, "/api/posts/999", "/api/admin/users", "/api/admin/users/" + id, "/api/admin/users/" + id + "/sessions", "/protected/data", "/auth/sessions", "/none"} {
			for _, authorization := range []string{"", "Bearer " + admin} {
				get, text := send("GET", path, authorization)
				head, none := send("HEAD", path, authorization)
				if head.StatusCode != get.StatusCode || none != "" || text == "" || head.Header.Get("Content-Type") != get.Header.Get("Content-Type") || head.ContentLength != int64(len(text)) {
					t.Errorf("HEAD %s: %d with %q and length %d; GET: %d with %d bytes", path, head.StatusCode, none, head.ContentLength, get.StatusCode, len(text))
				}
			}
			for _, method := range []string{"TRACE", "FOO", "get", "PROPFIND"} {
				want := 405
				if path == "/none" {
					want = 404
				}
				if a, text := send(method, path, "Bearer "+admin); a.StatusCode != want || strings.Contains(text, admin) || want == 405 && !strings.Contains(a.Header.Get("Allow"), "GET") {
					t.Errorf("%s %s: %d %s", method, path, a.StatusCode, text)
				}
			}
		}
	})
}

func TestRow112_BodiesTooLarge(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		_, token := s.signedIn(t, "")
		at := httptest.NewServer(s.app)
		t.Cleanup(at.Close)
		atLimit := `{"name":"` + strings.Repeat("n", 100) + `"}`
		for _, c := range []struct {
			name, method, path, body string
			status                   int
		}{
			{"2 MiB", "PATCH", "/api/me", `{"name":"` + strings.Repeat("n", 2<<20) + `"}`, 413}, {"2 MiB of a post", "POST", "/api/posts", `{"title":"T","content":"` + strings.Repeat("c", 2<<20) + `"}`, 413},
			{"one byte too many", "PATCH", "/api/me", atLimit + strings.Repeat(" ", 1<<20-len(atLimit)+1), 413}, {"exactly the limit", "PATCH", "/api/me", atLimit + strings.Repeat(" ", 1<<20-len(atLimit)), 200},
			{"login", "POST", "/auth/login", `{"email":"` + strings.Repeat("n", 2<<20) + `"}`, 413}, {"logout", "POST", "/auth/logout", `{"refresh_token":"` + strings.Repeat("n", 2<<20) + `"}`, 413},
		} {
			for name, body := range map[string]io.Reader{"with its length": strings.NewReader(c.body), "chunked": io.MultiReader(strings.NewReader(c.body))} {
				r, err := http.NewRequestWithContext(t.Context(), c.method, at.URL+c.path, body)
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Content-Type", "application/json")
				r.Header.Set("Authorization", "Bearer "+token)
				a, err := at.Client().Do(r)
				if err != nil {
					t.Fatal(err)
				}
				text, _ := io.ReadAll(a.Body)
				a.Body.Close()
				if a.StatusCode != c.status || c.status == 413 && !strings.Contains(string(text), `"code":"too_large"`) {
					t.Errorf("%s %s: %d %s", c.name, name, a.StatusCode, text)
				}
			}
		}
	})
}

// Row 112: the real program hangs up on who sends headers without end, or slowly.
func TestRow112_SlowAndLongHeaders(t *testing.T) {
	t.Parallel()
	address := strings.TrimPrefix(serve(t), "http://")
	var group sync.WaitGroup // all at once: the slow ones take the server's own time
	const begin = "GET /api/me HTTP/1.1\r\nHost: localhost\r\n"
	for _, c := range []struct {
		name, sent, status string
		within             time.Duration
	}{
		{"20 KB of headers", begin + "X-Long: " + strings.Repeat("x", 20_000) + "\r\n\r\n", "431", 5 * time.Second},
		{"many headers", begin + strings.Repeat("X-Many: x\r\n", 3000) + "\r\n", "431", 5 * time.Second},
		{"a long line", "GET /" + strings.Repeat("x", 30_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n", "431", 5 * time.Second},
		{"headers that do not end", begin + "X-Slow: ", "", 10 * time.Second},
		{"a body that does not end", "POST /auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{", "400", 20 * time.Second},
		{"a chunked body that does not end", "POST /auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{", "400", 20 * time.Second},
		{"not HTTP", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", "400", 5 * time.Second},
		{"two lengths", "POST /auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}", "400", 5 * time.Second},
		{"no host", "GET / HTTP/1.1\r\n\r\n", "400", 5 * time.Second},
	} {
		group.Go(func() {
			if text := sendRaw(address, c.sent, c.within); strings.HasPrefix(text, "still open") || !strings.HasPrefix(strings.TrimPrefix(text, "HTTP/1.1 "), c.status) || strings.Contains(text, "127.0.0.1") || strings.Contains(text, address) {
				t.Errorf("%s: %s", c.name, text)
			}
		})
	}
	group.Wait()
}

// sendRaw writes bytes to the program and gives what came back until it hung up.
func sendRaw(address, bytes string, within time.Duration) string {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err.Error()
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(within))
	_, _ = io.WriteString(conn, bytes) // a server that hangs up early breaks the pipe
	text, err := io.ReadAll(conn)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Sprintf("still open after %v: %s", within, text)
	}
	return string(text)
}

// Row 115: a route whose handler panics stands beside the others, behind the program's own middleware.
func TestRow115_Panic(t *testing.T) {
	t.Parallel()
	log := &buffer{}
	logger := slog.New(slog.NewTextHandler(log, nil))
	e := echo.New()
	e.HTTPErrorHandler = handlers.ErrorHandler(logger)
	e.Use(middleware.RequestID(), middleware.Log(logger, nil), middleware.Recover())
	routes.Register(e, []routes.Route{
		{Method: "GET", Path: "/text", Guard: routes.Public, Handler: func(echo.Context) error { panic("canary") }},
		{Method: "GET", Path: "/error", Guard: routes.Public, Handler: func(echo.Context) error { panic(fmt.Errorf("canary in %s", "models.User")) }},
		{Method: "GET", Path: "/nil", Guard: routes.Public, Handler: func(echo.Context) error { var p *int; *p = 1; return nil }},
		{Method: "GET", Path: "/fine", Guard: routes.Public, Handler: func(c echo.Context) error { return c.NoContent(204) }},
	}, routes.Guards{})
	at := httptest.NewServer(e)
	t.Cleanup(at.Close)
	for path, status := range map[string]int{"/text": 500, "/error": 500, "/nil": 500, "/fine": 204} {
		a, err := at.Client().Get(at.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(a.Body)
		a.Body.Close()
		id := a.Header.Get("X-Request-Id")
		if a.StatusCode != status || strings.Contains(string(text), "canary") || strings.Contains(string(text), ".go") {
			t.Errorf("%s: %d %s", path, a.StatusCode, text)
		}
		if status == 500 && (!strings.Contains(string(text), `"detail":"Internal server error","code":"internal","request_id":"`+id+`"`) || !strings.Contains(log.String(), id) || !strings.Contains(log.String(), "http_test.go")) {
			t.Errorf("%s: the answer and the log do not meet by %s: %s\n%s", path, id, text, log)
		}
	}
}
