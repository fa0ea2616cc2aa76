package middleware

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/labstack/echo/v4"
)

// Log writes one line for each request when its answer is written. The query is left out: some clients put
// secrets there. A client that went away before the end is told by aborted; the status says nothing then. The trace's id
// is asked for where traceID is not nil.
func Log(log *slog.Logger, traceID func(context.Context) string) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			start := time.Now()
			if err := next(c); err != nil {
				c.Error(err) // the error handler writes the answer now, so that its status is known below
			}
			r, answer, now := c.Request(), c.Response(), time.Now()
			attributes := append(make([]slog.Attr, 0, 11),
				slog.String("request_id", answer.Header().Get(echo.HeaderXRequestID)),
				slog.String("method", r.Method), slog.String("route", c.Path()), slog.String("path", r.URL.Path),
				slog.Int("status", answer.Status), slog.Float64("took_ms", float64(now.Sub(start).Microseconds())/1000), slog.String("client", c.RealIP()),
			)
			if p := principal(c); p != nil {
				attributes = append(attributes, slog.String("user_id", p.User.ID), slog.String("credential", string(p.Method)))
			}
			if traceID != nil {
				attributes = append(attributes, slog.String("trace_id", traceID(r.Context())))
			}
			if gone(r.Context()) {
				attributes = append(attributes, slog.Bool("aborted", true))
			}
			write(r.Context(), log.Handler(), now, attributes)
			return nil
		}
	}
}

// write goes past slog.Logger, which would look for the line of the program each time.
func write(ctx context.Context, to slog.Handler, now time.Time, attributes []slog.Attr) {
	if !to.Enabled(ctx, slog.LevelInfo) {
		return
	}
	line := slog.NewRecord(now, slog.LevelInfo, "request", 0)
	line.AddAttrs(attributes...)
	_ = to.Handle(ctx, line) // a log that cannot be written has nowhere to be told
}

// Recover turns a panic in a handler into an error with the stack, so that the client gets a problem
// document and the process lives.
func Recover() echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) (err error) {
			defer func() {
				if r := recover(); r != nil {
					err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
				}
			}()
			return next(c)
		}
	}
}
