package middleware

import (
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
)

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
			took.WithLabelValues(method(c.Request().Method), c.Path(), strconv.Itoa(c.Response().Status)).Observe(time.Since(start).Seconds())
			return nil
		}
	}
}

// method is one of those that routes have, or "other".
func method(m string) string {
	switch m {
	case "GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS":
		return m
	}
	return "other"
}
