package tests

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/cmd"
	"countersign/config"
)

// nobody is an answer that is thrown away, and costs nothing.
type nobody struct{ header http.Header }

func (n *nobody) Header() http.Header         { return n.header }
func (n *nobody) Write(p []byte) (int, error) { return len(p), nil }
func (n *nobody) WriteHeader(int)             {}

// allocations is how many a request costs in a handler.
func allocations(h http.Handler, r *http.Request) float64 {
	w := &nobody{http.Header{}}
	return testing.AllocsPerRun(2000, func() {
		clear(w.header)
		h.ServeHTTP(w, r.Clone(r.Context()))
	})
}

// bareEcho answers the same bytes with nothing around them.
func bareEcho(text []byte) http.Handler {
	e := echo.New()
	e.GET("/api/me", func(c echo.Context) error { return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, text) })
	return e
}

// production starts the program as it runs in production, its log thrown away.
func production(t testing.TB, databaseURL string, settings ...string) *cmd.App {
	t.Helper()
	c, err := config.Load(append([]string{
		"APP_ENV=production", "FRONTEND_URL=https://app.example.com", "SECURE_COOKIES=off",
		"DATABASE_URL=" + databaseURL, "BETTER_AUTH_SECRET=" + testSecret,
	}, settings...), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	app, err := cmd.NewApp(c, slog.New(slog.NewJSONHandler(io.Discard, nil)), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = app.Close() })
	if err := app.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	return app
}

// A cached request must stay cheap: no statement, no signature, nothing encoded again. A bound, not a figure.
func TestCachedRequestAllocatesLittle(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates too; .ci/run runs this test without it")
	}
	for name, databaseURL := range databases {
		t.Run(name, func(t *testing.T) {
			url := databaseURL(t)
			s := start(t, url)
			token := s.session(t, s.user(t, ""))
			app := production(t, url, "RATE_LIMIT=api=10000/1s")
			s.eventually(t, "the cache", func() bool { return app.CacheStats().Current })
			r := httptest.NewRequest(http.MethodGet, "/api/me", http.NoBody)
			r.Header.Set("Cookie", cookie(token)[len("Cookie: "):])
			r.Header.Set("Origin", "https://app.example.com")
			w := httptest.NewRecorder()
			app.ServeHTTP(w, r.Clone(r.Context()))
			if w.Code != 200 {
				t.Fatal(w.Code, w.Body)
			}
			bare := allocations(bareEcho(w.Body.Bytes()), r)
			with := allocations(app, r)
			t.Logf("bare Echo %v, cached in production %v", bare, with)
			if stats := app.CacheStats(); stats.Hits < 2000 {
				t.Fatalf("not cached: %+v", stats)
			}
			if with > bare+20 {
				t.Errorf("%v allocations, bare Echo %v: more than 20 above", with, bare)
			}
		})
	}
}
