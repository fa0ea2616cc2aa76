package cmd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"countersign/config"
	"countersign/database"
)

const (
	// noticeTime is how long requests are still taken in production after /readyz turned: whoever passes them on must
	// have seen it, since a request on its way to a port that closes is lost. Docker kills after 10 seconds.
	noticeTime = 5 * time.Second
	// drainTime is how long requests under way may take after the program was told to stop.
	drainTime = 15 * time.Second
	// retryTime is between two tries to reach a database that is away.
	retryTime = time.Second
	// maxHeader is what net/http adds 4 KiB to: 20 KB of headers are too many.
	maxHeader = 15 << 10
)

func (p *program) serveCommand() *cobra.Command {
	return &cobra.Command{
		Use: "serve", Short: "Serve the API (what countersign does without a subcommand)", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return p.serve(c.Context()) },
	}
}

// serve runs until the context ends.
func (p *program) serve(ctx context.Context) error {
	settings, err := p.settings()
	if err != nil {
		return err
	}
	log := p.logger(settings.Log)
	// First of all, so that a port that is taken leaves nothing behind.
	listeners, err := listen(ctx, settings.Host, settings.Port)
	if err != nil {
		return err
	}
	var metrics net.Listener
	if settings.MetricsAddr != "" {
		if metrics, err = new(net.ListenConfig).Listen(ctx, "tcp", settings.MetricsAddr); err != nil {
			return fmt.Errorf("cannot listen on METRICS_ADDR: %w", err)
		}
	}
	for _, w := range settings.Warnings {
		log.Warn(w)
	}
	if settings.BetterAuth.Secret == "" {
		if settings.BetterAuth.Secret, err = p.developmentSecret(ctx, settings.Database); err != nil {
			return err
		}
	}
	app, err := NewApp(settings, log, time.Now)
	if err != nil {
		return err
	}
	err = app.Connect(ctx)
	var wrong *database.SchemaError
	if errors.As(err, &wrong) {
		return errors.Join(err, app.Close())
	}
	if err != nil {
		log.Error("the database cannot be used; the API answers 503 and tries again each second", "database", settings.Database.String(), "error", err.Error())
		app.background(app.connectLater)
	}
	app.background(app.purgeEach)
	app.background(app.collect)
	if metrics != nil {
		app.background(func(ctx context.Context) {
			if err := app.serveMetrics(ctx, metrics); err != nil {
				log.Error("metrics are not served any more", "error", err.Error())
			}
		})
	}
	return errors.Join(p.serveOn(ctx, listeners, app, settings, log), app.Close())
}

// developmentSecret makes a secret and keeps it, but never beside somebody's users: their cookies are signed
// with a secret that exists already.
func (p *program) developmentSecret(ctx context.Context, settings config.Database) (secret config.Secret, err error) {
	m, err := database.OpenMigrator(settings)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	users, err := m.AnyUser(ctx)
	if err != nil {
		return "", fmt.Errorf("%w: BETTER_AUTH_SECRET: is not set, and whether the database has users already cannot be asked (%w); set it to the secret of your Better Auth", errSettings, err)
	}
	if users {
		return "", fmt.Errorf("%w: BETTER_AUTH_SECRET: is not set, and the database has users whose cookies were signed with one; set it to the secret of your Better Auth", errSettings)
	}
	if secret, err = config.KeepSecret("."); err == nil {
		_, err = fmt.Fprintln(p.stdout, "Made a development secret and kept it in .env.local; give your Better Auth the same one.")
	}
	return secret, err
}

// connectLater tries until the database is there and right, and says each new reason why it is not.
func (a *App) connectLater(ctx context.Context) {
	for said := ""; ; {
		select {
		case <-ctx.Done():
			return
		case <-time.After(retryTime):
		}
		err := a.Connect(ctx)
		if err == nil {
			return
		}
		if err.Error() != said {
			said = err.Error()
			a.log.Error("the database cannot be used yet", "error", said)
		}
	}
}

func (p *program) serveOn(ctx context.Context, listeners []net.Listener, app *App, settings *config.Config, log *slog.Logger) (err error) {
	server := &http.Server{
		Handler:           app,
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, len(listeners))
	for _, l := range listeners {
		go func() { failed <- server.Serve(l) }()
	}
	if settings.Production {
		log.Info("listening", "address", listeners[0].Addr().String(), "version", version())
	} else {
		p.greet(settings, listeners[0].Addr())
	}
	select {
	case err = <-failed:
	case <-ctx.Done():
		app.Stop()
		if settings.Production {
			time.Sleep(noticeTime)
		}
	}
	drain, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	return errors.Join(err, server.Shutdown(drain))
}

// listen opens the port on a host; on both loopbacks for localhost, since browsers choose either.
func listen(ctx context.Context, host string, port int) ([]net.Listener, error) {
	hosts := []string{host}
	if host == "localhost" {
		hosts = []string{"127.0.0.1", "::1"}
	}
	var listeners []net.Listener
	for i, h := range hosts {
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(h, strconv.Itoa(port)))
		if err != nil && i > 0 {
			break // a machine without IPv6
		}
		if err != nil {
			return nil, fmt.Errorf("cannot listen on port %d: %w; end what uses it, or set PORT to another", port, err)
		}
		listeners = append(listeners, l)
		port = l.Addr().(*net.TCPAddr).Port
	}
	return listeners, nil
}

// greet says where the program is and what to try next.
func (p *program) greet(s *config.Config, at net.Addr) {
	port := at.(*net.TCPAddr).Port
	_, _ = fmt.Fprintf(p.stdout, "Countersign is listening on http://localhost:%d\n", port)
	_, _ = fmt.Fprintf(p.stdout, "  database   %s\n", s.Database)
	_, _ = fmt.Fprintf(p.stdout, "  cookie     %s\n", s.BetterAuth.CookieName)
	_, _ = fmt.Fprintf(p.stdout, "  front end  %s\n", s.Frontends.First())
	_, _ = fmt.Fprintf(p.stdout, "Try: curl http://localhost:%d/api/posts\n", port)
}
