package middleware

import "github.com/labstack/echo/v4"

// Around makes one middleware of several, the first outermost, for Echo.Use. Echo would join them anew for each
// request. It goes straight to the route's handler: nothing that is given to Use after it is ever called.
func Around(several ...echo.MiddlewareFunc) echo.MiddlewareFunc {
	whole := Join(func(c echo.Context) error { return c.Handler()(c) }, several...)
	return func(echo.HandlerFunc) echo.HandlerFunc { return whole }
}

// Join puts middleware around a handler, the first outermost.
func Join(handler echo.HandlerFunc, several ...echo.MiddlewareFunc) echo.HandlerFunc {
	for i := len(several) - 1; i >= 0; i-- {
		handler = several[i](handler)
	}
	return handler
}
