package middleware

import (
	"github.com/labstack/echo/v4"

	"countersign/auth"
	"countersign/models"
)

// OptionalUser lets everybody on, a banned user as an anonymous request.
func OptionalUser(policy *auth.Policy) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if p := principal(c); p != nil && policy.RequireUser(p) != nil {
				setPrincipal(c, nil)
			}
			return next(c)
		}
	}
}

// RequireUser lets users on who are not banned.
func RequireUser(policy *auth.Policy) echo.MiddlewareFunc {
	return require(policy, func(*auth.Principal) error { return nil })
}

// RequireRole lets users on who have any one of the roles.
func RequireRole(policy *auth.Policy, roles ...string) echo.MiddlewareFunc {
	return require(policy, func(p *auth.Principal) error {
		if !policy.HasAny(p, roles...) {
			return models.RoleRequired(roles...)
		}
		return nil
	})
}

// RequireAllRoles lets users on who have every one of the roles.
func RequireAllRoles(policy *auth.Policy, roles ...string) echo.MiddlewareFunc {
	return require(policy, func(p *auth.Principal) error {
		if !policy.HasAll(p, roles...) {
			return models.RolesRequired(roles...)
		}
		return nil
	})
}

// RequirePermission refuses an API key that was not given a permission. Who comes by another credential, or
// by none, passes: what they may do follows from the guard before this one.
func RequirePermission(resource, action string) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if p := principal(c); p != nil && !p.May(resource, action) {
				return models.PermissionRequired(resource, action)
			}
			return next(c)
		}
	}
}

func require(policy *auth.Policy, more func(*auth.Principal) error) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			p := principal(c)
			if err := policy.RequireUser(p); err != nil {
				return err
			}
			if err := more(p); err != nil {
				return err
			}
			return next(c)
		}
	}
}
