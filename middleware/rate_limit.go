package middleware

import (
	"context"
	"errors"
	"net/netip"

	"github.com/labstack/echo/v4"
)

// Limiter counts requests; models.RateLimited where somebody sent too many.
type Limiter interface {
	// Take counts one.
	Take(ctx context.Context, who string) error
}

// FloodLimiter also tells what was counted, at no cost.
type FloodLimiter interface {
	Limiter
	// Used says whether any hit was ever counted.
	Used() bool
	// Reached counts none.
	Reached(who string) error
}

// LimitSignIn counts requests per client and path: the route's pattern, so that no spelling is a bucket of its own.
func LimitSignIn(l Limiter) echo.MiddlewareFunc {
	return before(func(c echo.Context) error {
		return l.Take(c.Request().Context(), clientBucket(c.RealIP())+" "+c.Path())
	})
}

// LimitFlood refuses a client that sent far too many requests nobody was found for, before the next costs the
// database a question too. It stands before Identify.
func LimitFlood(flood FloodLimiter) echo.MiddlewareFunc {
	return before(func(c echo.Context) error {
		if !flood.Used() {
			return nil // nobody need be asked for their address
		}
		return flood.Reached(clientBucket(c.RealIP()))
	})
}

// LimitAPI counts requests per user, or per client where there is none, and those for the flood too. It stands behind
// Identify, since many users may share an address.
func LimitAPI(l Limiter, flood FloodLimiter) echo.MiddlewareFunc {
	return before(func(c echo.Context) error {
		ctx := c.Request().Context()
		if p := principal(c); p != nil {
			return l.Take(ctx, "user "+p.User.ID)
		}
		client := clientBucket(c.RealIP())
		if err := l.Take(ctx, client); err != nil {
			_ = flood.Take(ctx, client) // it is refused already; the flood matters to the next one
			return err
		}
		return nil
	})
}

// LimitUnknown counts per client what no route answers. Guards stand on routes and never see it.
func LimitUnknown(l Limiter) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			err := next(c)
			if errors.Is(err, echo.ErrNotFound) || errors.Is(err, echo.ErrMethodNotAllowed) {
				if limited := l.Take(c.Request().Context(), clientBucket(c.RealIP())); limited != nil {
					return limited
				}
			}
			return err
		}
	}
}

// before asks something before the handler.
func before(ask func(echo.Context) error) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if err := ask(c); err != nil {
				return err
			}
			return next(c)
		}
	}
}

// clientBucket is an IPv4 address or the /64 of an IPv6 address, which is what one connection gets.
func clientBucket(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil || a.Is4() {
		return "client " + address
	}
	network, _ := a.Prefix(64) // an IPv6 address has one
	return "client " + network.Addr().String()
}
