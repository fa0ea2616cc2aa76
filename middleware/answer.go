package middleware

import (
	"crypto/rand"
	"maps"
	"net/http"
	"regexp"

	"github.com/labstack/echo/v4"
	echomiddleware "github.com/labstack/echo/v4/middleware"

	"countersign/config"
)

// Headers sets what every answer carries; https adds HSTS.
func Headers(https bool) echo.MiddlewareFunc {
	always := http.Header{ // under their canonical names, and shared by all answers: nothing appends to them in place
		echo.HeaderCacheControl:          {"no-store"},
		echo.HeaderXContentTypeOptions:   {"nosniff"},
		echo.HeaderReferrerPolicy:        {"no-referrer"},
		echo.HeaderContentSecurityPolicy: {"default-src 'none'; frame-ancestors 'none'"},
	}
	if https {
		always[echo.HeaderStrictTransportSecurity] = []string{"max-age=31536000; includeSubDomains"}
	}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			maps.Copy(c.Response().Header(), always)
			return next(c)
		}
	}
}

// CORS answers browsers on the allowed origins, with credentials.
func CORS(allowed config.Origins) echo.MiddlewareFunc {
	return echomiddleware.CORSWithConfig(echomiddleware.CORSConfig{
		AllowOriginFunc:  func(o string) (bool, error) { return allowed.Allows(o), nil },
		AllowCredentials: true,
		ExposeHeaders:    []string{echo.HeaderLocation, echo.HeaderRetryAfter, echo.HeaderXRequestID},
		MaxAge:           600,
	})
}

var requestID = regexp.MustCompile(`^[A-Za-z0-9_-]{8,64}$`)

// RequestID names each request in the answer's X-Request-Id: with the name a proxy gave it where that is
// plain, else with a new one.
func RequestID() echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			id := c.Request().Header.Get(echo.HeaderXRequestID)
			if id == "" || !requestID.MatchString(id) {
				id = rand.Text()
			}
			value := []string{id}
			c.Request().Header[echo.HeaderXRequestID] = value // for who logs on the way
			c.Response().Header()[echo.HeaderXRequestID] = value
			return next(c)
		}
	}
}
