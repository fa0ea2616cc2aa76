package middleware

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"countersign/auth"
	"countersign/models"
)

// Whatever becomes of a request, it has one line with its status; of a client that went away it is said.
func TestOneLineForEachRequest(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		path          string
		want, metered string
		lacks         string
	}{
		"good":        {"/good", "method=GET route=/good path=/good status=204", "204", "aborted"},
		"known":       {"/known", "status=204 took_ms=", "204", "aborted"},
		"failed":      {"/failed", "route=/failed path=/failed status=500", "500", "aborted"},
		"panic":       {"/panic", "route=/panic path=/panic status=500", "500", "aborted"},
		"not found":   {"/none", `route="" path=/none status=404`, "404", "aborted"},
		"went away":   {"/gone", "aborted=true", "499", "a secret"},
		"with a user": {"/known", "user_id=ada credential=session_cookie", "204", "aborted"},
		"in a trace":  {"/good", "trace_id=abc", "204", "aborted"},
	} {
		var log bytes.Buffer
		registry := prometheus.NewRegistry()
		ctx, leave := context.WithCancel(t.Context())
		e := echo.New()
		e.Use(Around(RequestID(), Metrics(registry), Log(slog.New(slog.NewTextHandler(&log, nil)), func(context.Context) string { return "abc" }), Recover()))
		e.GET("/good", func(c echo.Context) error { return c.NoContent(http.StatusNoContent) })
		e.GET("/known", func(c echo.Context) error {
			setPrincipal(c, &auth.Principal{User: models.User{ID: "ada"}, Method: auth.SessionCookie})
			return c.NoContent(http.StatusNoContent)
		})
		e.GET("/failed", func(echo.Context) error { return errors.New("a secret") })
		e.GET("/panic", func(echo.Context) error { panic("a secret") })
		e.GET("/gone", func(c echo.Context) error {
			leave()
			return c.Request().Context().Err()
		})
		e.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, c.path+"?token=x", nil))
		leave()
		if n := strings.Count(log.String(), "msg=request "); n != 1 || !strings.Contains(log.String(), c.want) || strings.Contains(log.String(), c.lacks) || !strings.Contains(log.String(), "request_id=") {
			t.Errorf("%s: %d lines: %s", name, n, &log)
		}
		families, err := registry.Gather()
		if err != nil || len(families) != 1 || families[0].GetMetric()[0].GetLabel()[2].GetValue() != c.metered {
			t.Errorf("%s: %v %v", name, err, families)
		}
	}
}
