package handlers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"countersign/models"
)

// What fails since a client left is no trouble that anybody should look at; the same with a client that waits is.
func TestErrorHandlerTellsWhoWentAway(t *testing.T) {
	t.Parallel()
	away := fmt.Errorf("look-up: %w", models.StoreUnavailable(fmt.Errorf("asking: %w", context.Canceled)))
	for name, c := range map[string]struct {
		err    error
		leaves bool
		level  string
	}{
		"left":             {away, true, "DEBUG"},
		"waits":            {away, false, "ERROR"},
		"left, own reason": {models.StoreUnavailable(errors.New("connection refused")), true, "ERROR"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			if c.leaves {
				leave()
			}
			w := httptest.NewRecorder()
			e := echo.New()
			handler := ErrorHandler(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
			handler(c.err, e.NewContext(httptest.NewRequestWithContext(ctx, http.MethodGet, "/", http.NoBody), w))
			if w.Code != http.StatusServiceUnavailable || !strings.Contains(log.String(), "level="+c.level) {
				t.Errorf("%d %s, want %s", w.Code, log.String(), c.level)
			}
		})
	}
}
