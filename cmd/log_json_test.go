package cmd

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"math"
	"testing"
	"time"
)

// both writes a record with slog and with a jsonLog.
func both(t *testing.T, r slog.Record) (want, got string, plain bool) {
	t.Helper()
	var a, b bytes.Buffer
	if err := errors.Join(slog.NewJSONHandler(&a, nil).Handle(t.Context(), r), newJSONLog(&b, nil).Handle(t.Context(), r)); err != nil {
		t.Fatal(err)
	}
	_, plain = appendRecord(nil, r)
	return a.String(), b.String(), plain
}

var at = time.Date(2026, 11, 23, 12, 0, 0, 120_000_000, time.UTC)

// A line of a request is one of those that are written here and not by slog, or all this were for nothing.
func TestJSONLog(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		attr  slog.Attr
		plain bool
	}{
		{"text", slog.String("path", "/api/me"), true}, {"no text", slog.String("path", ""), true},
		{"int", slog.Int("status", -200), true}, {"bool", slog.Bool("aborted", true), true},
		{"float", slog.Float64("took_ms", 0.123), true}, {"zero", slog.Float64("took_ms", 0), true},
		{"tiny", slog.Float64("took_ms", 1e-7), false}, {"huge", slog.Float64("took_ms", -1e21), false},
		{"infinite", slog.Float64("took_ms", math.Inf(1)), false}, {"not a number", slog.Float64("took_ms", math.NaN()), false},
		{"quote", slog.String("path", `/"`), false}, {"backslash", slog.String("path", `\`), false},
		{"line", slog.String("path", "/\n{}"), false}, {"delete", slog.String("path", "\x7f"), false},
		{"not UTF-8", slog.String("path", "\xff"), false}, {"Ada's letter", slog.String("path", "/é"), false},
		{"bad key", slog.String(`a"b`, "c"), false}, {"group", slog.Group("g", "a", 1), false}, {"nothing", slog.Attr{}, false},
		{"error", slog.Any("error", errors.New("away")), false}, {"duration", slog.Duration("wait", time.Second), false},
	} {
		r := slog.NewRecord(at, slog.LevelInfo, "request", 0)
		r.AddAttrs(slog.String("first", "1"), c.attr)
		if want, got, plain := both(t, r); got != want || plain != c.plain {
			t.Errorf("%s: %v, %q, slog writes %q", c.name, plain, got, want)
		}
	}
	for _, r := range []slog.Record{
		slog.NewRecord(time.Time{}, slog.LevelInfo, "no time", 0), slog.NewRecord(at.Local(), slog.LevelWarn+1, "between", 0),
		slog.NewRecord(at, slog.LevelError, `"`, 0),
	} {
		if want, got, _ := both(t, r); got != want {
			t.Errorf("%q, slog writes %q", got, want)
		}
	}
}

func FuzzJSONLog(f *testing.F) {
	f.Add("request", "path", "/api/me", int64(200), 0.5, true)
	f.Add("\u2028", `"`, "\xc3", int64(math.MinInt64), 1e-6, false)
	f.Fuzz(func(t *testing.T, message, key, text string, n int64, x float64, b bool) {
		r := slog.NewRecord(at, slog.LevelInfo, message, 0)
		r.AddAttrs(slog.String(key, text), slog.Int64("n", n), slog.Float64("x", x), slog.Bool(key, b))
		if want, got, _ := both(t, r); got != want {
			t.Errorf("%q, slog writes %q", got, want)
		}
	})
}

func BenchmarkJSONLog(b *testing.B) {
	r := slog.NewRecord(at, slog.LevelInfo, "request", 0)
	r.AddAttrs(
		slog.String("request_id", "EUYNQB6QE237DEFETPXPKCJEWY"), slog.String("method", "GET"), slog.String("route", "/api/me"),
		slog.String("path", "/api/me"), slog.Int("status", 200), slog.Float64("took_ms", 0.057), slog.String("client", "127.0.0.1"),
		slog.String("user_id", "user0000000000000000000000000000"), slog.String("credential", "session_cookie"),
	)
	for name, handler := range map[string]slog.Handler{"slog": slog.NewJSONHandler(io.Discard, nil), "here": newJSONLog(io.Discard, nil)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = handler.Handle(context.Background(), r)
			}
		})
	}
}
