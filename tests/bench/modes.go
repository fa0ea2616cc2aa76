package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/labstack/echo/v4"

	"countersign/auth"
	"countersign/config"
	"countersign/database"
	"countersign/handlers"
	"countersign/middleware"
)

// modes are servers that this program is when its first argument says so; the second is the port. They are the
// references: nothing but what their comment names.
var modes = map[string]func(args []string) error{
	"serve-echo": serveEcho, "serve-statement": serveStatement, "serve-bare": serveBare,
}

// serveEcho is bare Echo: one route, the same bytes each time.
func serveEcho(args []string) error {
	body, err := os.ReadFile(args[1])
	if err != nil {
		return err
	}
	e := echo.New()
	e.GET("/api/me", func(c echo.Context) error { return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, body) })
	return listen(e, args[0])
}

const oneStatement = `SELECT s.id, s."expiresAt", u.id, u.name, u.email, u.role, u.banned
	FROM "session" s JOIN "user" u ON u.id = s."userId" WHERE s.token = $1`

// serveStatement is bare Echo that asks PostgreSQL one prepared statement through pgx and returns the same bytes: the
// least that a look-up in each request can cost.
func serveStatement(args []string) error {
	body, err := os.ReadFile(args[1])
	if err != nil {
		return err
	}
	pool, err := pgxpool.New(context.Background(), args[2]+"&pool_max_conns=8")
	if err != nil {
		return err
	}
	e := echo.New()
	e.GET("/api/me", func(c echo.Context) error {
		sent, err := c.Cookie("better-auth.session_token")
		if err != nil {
			return err
		}
		var session, id, name, email string
		var role *string
		var banned *bool
		var expires time.Time
		row := pool.QueryRow(c.Request().Context(), oneStatement, sent.Value[:32])
		if err := row.Scan(&session, &expires, &id, &name, &email, &role, &banned); err != nil {
			return err
		}
		return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, body)
	})
	return listen(e, args[0])
}

// serveBare is the program's own way of GET /api/me, uncached, before any other middleware: the parts that cmd/app.go
// joins for it, and whatever is put between them there belongs here too.
func serveBare(args []string) error {
	c, err := config.Load([]string{"APP_ENV=production", "DATABASE_URL=" + args[1], "BETTER_AUTH_SECRET=" + secret, "FRONTEND_URL=http://localhost:3000"}, os.TempDir())
	if err != nil {
		return err
	}
	db, err := database.Open(c.Database, time.Now, slog.New(slog.NewTextHandler(io.Discard, nil)), sql.OpenDB)
	if err != nil {
		return err
	}
	if err := db.Connect(context.Background()); err != nil {
		return err
	}
	verifier := &auth.CookieVerifier{
		Name: c.BetterAuth.CookieName, Secret: []byte(secret),
		Sessions: &auth.Sessions{Find: database.NewSessions(db), Clock: time.Now},
	}
	policy := &auth.Policy{Clock: time.Now}
	me := &handlers.Me{Policy: policy}
	e := echo.New()
	e.GET("/api/me", me.Get, middleware.Identify(verifier), middleware.RequireUser(policy))
	return listen(e, args[0])
}

func listen(e *echo.Echo, port string) error {
	e.HideBanner, e.HidePort = true, true
	err := e.Start("127.0.0.1:" + port)
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("port %s: %w", port, err)
}
