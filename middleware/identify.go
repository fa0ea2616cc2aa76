// Package middleware holds what a request passes on its way to a handler: who it comes from, whether it may
// go on, and what every answer carries. Each answers by returning an error; one error handler writes it.
package middleware

import (
	"errors"

	"github.com/labstack/echo/v4"

	"countersign/auth"
)

// Identify finds out who a request comes from and leaves it in the request's context. No credential that
// holds is an anonymous request; one that could not be checked is an error, never "anonymous".
func Identify(v auth.Verifier) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			p, err := v.Verify(r.Context(), r)
			if errors.Is(err, auth.ErrAbsent) {
				return next(c)
			}
			if err != nil {
				return err
			}
			setPrincipal(c, p)
			return next(c)
		}
	}
}

// setPrincipal also forgets one, with nil.
func setPrincipal(c echo.Context, p *auth.Principal) {
	r := c.Request()
	c.SetRequest(r.WithContext(auth.WithPrincipal(r.Context(), p)))
}

func principal(c echo.Context) *auth.Principal { return auth.PrincipalFrom(c.Request().Context()) }
