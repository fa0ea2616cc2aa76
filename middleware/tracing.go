package middleware

import (
	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// NameSpan names the span of a request, which was begun before it had a route, and says who was found.
func NameSpan(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		err := next(c)
		r := c.Request()
		span := trace.SpanFromContext(r.Context())
		span.SetName(method(r.Method) + " " + c.Path())
		span.SetAttributes(attribute.String("http.route", c.Path()), attribute.String("countersign.request_id", r.Header.Get(echo.HeaderXRequestID)))
		if p := principal(c); p != nil {
			span.SetAttributes(attribute.String("user.id", p.User.ID), attribute.String("countersign.credential", string(p.Method)))
		}
		return err
	}
}
