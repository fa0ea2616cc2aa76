package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/cmd"
	"countersign/config"
)

// allocations counts them for one request through the whole program in production, above what bare Echo makes.
func allocations(ctx context.Context, b *bench) error {
	body, err := os.ReadFile(b.body)
	if err != nil {
		return err
	}
	e := echo.New()
	e.GET("/api/me", func(c echo.Context) error { return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, body) })
	reference, err := allocationsOf(ctx, e)
	if err != nil {
		return err
	}
	rows := [][]string{{bareEcho, short(reference), "0"}}
	const goal = "≤ 20 above bare Echo"
	for _, c := range []struct{ name, setting string }{{uncached, "off"}, {cached, "auto"}} {
		if c.setting == "auto" && b.unbuilt["SESSION_CACHE"] {
			rows = append(rows, []string{c.name, "not built", ""})
			b.report.without("allocations: "+c.name, goal, "not built")
			continue
		}
		n, err := b.allocationsOfProgram(ctx, "SESSION_CACHE="+c.setting)
		if err != nil {
			return err
		}
		rows = append(rows, []string{c.name, short(n), short(n - reference)})
		if c.name == cached {
			b.report.find("allocations: "+c.name, goal, short(n-reference), n-reference <= 20)
		}
	}
	b.report.table("Allocations of one GET /api/me", "Through the whole program and no network.", []string{"variant", "allocations", "above bare Echo"}, rows)
	return nil
}

func (b *bench) allocationsOfProgram(ctx context.Context, setting string) (n float64, err error) {
	settings, err := config.Load(b.environment(b.database, 0, setting), b.dir)
	if err != nil {
		return 0, err
	}
	app, err := cmd.NewApp(settings, slog.New(slog.NewJSONHandler(io.Discard, nil)), time.Now)
	if err != nil {
		return 0, err
	}
	defer func() { _ = app.Close() }()
	if err := app.Connect(ctx); err != nil {
		return 0, err
	}
	for started := time.Now(); setting == "SESSION_CACHE=auto" && !app.CacheStats().Current; time.Sleep(10 * time.Millisecond) {
		if time.Since(started) > patience {
			return 0, fmt.Errorf("the session cache is not in use after %v", patience)
		}
	}
	return allocationsOf(ctx, app)
}

// fewRequests is below what RATE_LIMIT lets through.
const fewRequests = 900

func allocationsOf(ctx context.Context, handler http.Handler) (float64, error) {
	status := 0
	n := testing.AllocsPerRun(fewRequests, func() {
		r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/api/me", nil)
		r.Header.Set("Cookie", cookie(0))
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		status = w.Code
	})
	if status != http.StatusOK {
		return 0, fmt.Errorf("GET /api/me through the handler: status %d", status)
	}
	return n, nil
}
