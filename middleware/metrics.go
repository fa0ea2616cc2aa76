package middleware

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"countersign/auth"
	"countersign/models"
)

// statusGone is what requests are counted by whose client did not wait for the answer, as nginx has it.
const statusGone = 499

// Metrics counts requests by method, route and status, and how long they took. Unknown paths are one route, so that
// nobody can make up series.
func Metrics(registry prometheus.Registerer) echo.MiddlewareFunc {
	took := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "countersign_http_request_duration_seconds", Help: "Time from the request to the end of its answer.",
		Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5},
	}, []string{"method", "route", "status"})
	registry.MustRegister(took)
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			start := time.Now()
			if err := next(c); err != nil {
				c.Error(err) // its status is known when the answer is written
			}
			status := c.Response().Status
			if gone(c.Request().Context()) {
				status = statusGone
			}
			took.WithLabelValues(method(c.Request().Method), c.Path(), strconv.Itoa(status)).Observe(time.Since(start).Seconds())
			return nil
		}
	}
}

// gone says whether the client went away before its request was answered: what it was answered says nothing then.
func gone(ctx context.Context) bool { return errors.Is(ctx.Err(), context.Canceled) }

// method is one of those that routes have, or "other".
func method(m string) string {
	switch m {
	case "GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS":
		return m
	}
	return "other"
}

// credentials counts what came of credentials.
type credentials struct{ seen *prometheus.CounterVec }

// Credentials counts credentials by their kind, what came of them, and why. Reasons are the constants of package auth,
// as far as their first colon: what follows explains.
func Credentials(registry prometheus.Registerer) auth.Seen {
	seen := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "countersign_credentials_total", Help: "Credentials that were looked at, by kind, outcome (accepted, refused, unchecked) and reason.",
	}, []string{"credential", "outcome", "reason"})
	registry.MustRegister(seen)
	return credentials{seen}
}

func (c credentials) Accepted(m auth.Method) {
	c.seen.WithLabelValues(string(m), "accepted", "").Inc()
}

func (c credentials) Refused(m auth.Method, reason string) {
	reason, _, _ = strings.Cut(reason, ":")
	c.seen.WithLabelValues(string(m), "refused", reason).Inc()
}

func (c credentials) Unchecked(m auth.Method, err error) {
	var known *models.Error
	outcome, reason := "unchecked", "could not be asked"
	switch {
	case errors.Is(err, context.Canceled):
		reason = "the client has gone"
	case errors.As(err, &known) && known.Kind == models.TooManyRequests:
		outcome, reason = "refused", "its quota or rate is spent"
	}
	c.seen.WithLabelValues(string(m), outcome, reason).Inc()
}
