package middleware

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"countersign/auth"
	"countersign/config"
	"countersign/models"
)

// ProtectCookie refuses writes that a browser could be made to send from another site: one that a cookie
// authenticated must come from an allowed origin and say so. Bearer and API-key requests carry no such danger.
// It stands behind Identify.
func ProtectCookie(allowed config.Origins) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			p := principal(c)
			if p != nil && p.Method == auth.SessionCookie && writes(c.Request().Method) && !allowed.Allows(origin(c.Request())) {
				return models.ErrCrossSite
			}
			return next(c)
		}
	}
}

// ProtectLogin refuses writes that say they come from a foreign origin, whoever sends them: a form on
// another site must not be able to log its visitor in. Programs, which say nothing, pass.
func ProtectLogin(allowed config.Origins) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			if said := origin(r); said != "" && writes(r.Method) && !allowed.Allows(said) {
				return models.ErrCrossSite
			}
			return next(c)
		}
	}
}

func writes(method string) bool {
	return method != http.MethodGet && method != http.MethodHead && method != http.MethodOptions
}

// origin is where a request says it comes from: its Origin, else the origin of its Referer, else "".
// More than one Origin, or an empty one, is nobody's.
func origin(r *http.Request) string {
	if said := r.Header["Origin"]; len(said) == 1 && said[0] != "" {
		return said[0]
	} else if len(said) > 0 {
		return "null"
	}
	referer := r.Referer()
	if referer == "" {
		return ""
	}
	u, err := url.Parse(referer)
	if err != nil || u.Scheme == "" || u.Host == "" {
		return "null"
	}
	return u.Scheme + "://" + u.Host
}
