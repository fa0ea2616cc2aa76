package middleware

import (
	"github.com/labstack/echo/v4"

	"countersign/models"
)

// Actor leaves in the context who is about to change something, for the audit trail.
func Actor() echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			actor := models.Actor{IPAddress: c.RealIP(), RequestID: c.Response().Header().Get(echo.HeaderXRequestID)}
			if p := principal(c); p != nil {
				actor.UserID = p.User.ID
				if p.Impersonated() {
					actor.ImpersonatorID = *p.Session.ImpersonatedBy
				}
			}
			r := c.Request()
			c.SetRequest(r.WithContext(models.WithActor(r.Context(), actor)))
			return next(c)
		}
	}
}
