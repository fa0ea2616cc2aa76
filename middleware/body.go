package middleware

import (
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"countersign/models"
)

// The media types a body may have, and that of errors.
const (
	JSON    = echo.MIMEApplicationJSON
	Form    = echo.MIMEApplicationForm
	Problem = "application/problem+json"
)

// Body refuses bodies that are not of one of the media types, in UTF-8 and not encoded. A form or plain
// text is what a page on another site can send without asking. A request without a body needs no type.
func Body(types ...string) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			if r.ContentLength != 0 && !acceptable(r, types) {
				return models.ContentTypeError(types...)
			}
			return next(c)
		}
	}
}

func acceptable(r *http.Request, types []string) bool {
	kind, parameters, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	charset, given := parameters["charset"]
	return err == nil && slices.Contains(types, kind) && (!given || strings.EqualFold(charset, "utf-8")) &&
		r.Header.Get(echo.HeaderContentEncoding) == ""
}
