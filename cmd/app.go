package cmd

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
	echomiddleware "github.com/labstack/echo/v4/middleware"
	"github.com/prometheus/client_golang/prometheus"

	"countersign/auth"
	"countersign/config"
	"countersign/database"
	"countersign/handlers"
	"countersign/limits"
	"countersign/middleware"
	"countersign/routes"
)

// App is the whole program, built: settings in, an HTTP handler out.
type App struct {
	// Routes is the table that the handler serves.
	Routes []routes.Route

	settings *config.Config
	log      *slog.Logger
	db       *database.DB
	stores   *stores
	echo     *echo.Echo
	// reading are the verifiers of a read, and policy what follows: explain asks them too.
	reading  []auth.OneKind
	policy   *auth.Policy
	stopping atomic.Bool
	// metrics is nil where the settings want none.
	metrics  *prometheus.Registry
	limiters []*limits.Limiter
	// tracing is nil where the settings want none, and handler what is around echo then.
	tracing *tracing
	handler http.Handler

	cache    *sessionCache
	watching sync.Once
	// ctx ends, and jobs are waited for, when the app is closed.
	ctx  context.Context
	stop context.CancelFunc
	jobs sync.WaitGroup
}

// background runs something beside the requests until the app is closed.
func (a *App) background(f func(ctx context.Context)) {
	a.jobs.Go(func() { f(a.ctx) })
}

// NewApp builds the program without asking the database anything; Connect does. The settings must have a
// secret. Close the app after its server has drained.
func NewApp(settings *config.Config, log *slog.Logger, clock func() time.Time) (*App, error) {
	if settings.BetterAuth.Secret == "" {
		return nil, errors.New("the settings have no BETTER_AUTH_SECRET")
	}
	traced, err := newTracing(settings.Tracing, log)
	if err != nil {
		return nil, err
	}
	db, err := database.Open(settings.Database, clock, log, traced.openPool())
	if err != nil {
		return nil, errors.Join(err, traced.close())
	}
	a := &App{settings: settings, log: log, db: db, stores: newStores(settings, db, log, clock), echo: echo.New(), tracing: traced}
	a.ctx, a.stop = context.WithCancel(context.Background())
	a.cache = a.newSessionCache(clock)
	if err := a.build(clock); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// build joins the rooms: stores, who is asking, handlers, routes.
func (a *App) build(clock func() time.Time) error {
	s, secret := a.settings, []byte(a.settings.BetterAuth.Secret.Reveal())
	users, sessions, audit := a.stores.users, a.stores.sessions, database.NewAudit(a.db)

	policy := &auth.Policy{AdminIDs: s.AdminUserIDs, Clock: clock}
	a.policy = policy
	local := a.stores.local(s, audit, a.log, clock)
	var limited *routes.Limits
	if !s.RateLimits.Off() {
		limited, local.Failures = a.limits(clock)
	}
	var seen auth.Seen
	if s.MetricsAddr != "" {
		a.metrics = a.newMetrics(local.Hasher)
		seen = middleware.Credentials(a.metrics)
	}
	verifier, lagging, err := a.identify(clock, seen)
	if err != nil {
		return err
	}

	me := &handlers.Me{Users: users, Policy: policy}
	if a.cache != nil {
		a.cache.Prepare = me.Prepare
	}
	cursors := handlers.NewCursors(secret)
	a.Routes = routes.Table(routes.Handlers{
		Service:    &handlers.Service{Version: version(), URL: s.APIURL, Store: a.ready, Stopping: &a.stopping, Document: sync.OnceValues(a.Document)},
		Me:         me,
		Posts:      &handlers.Posts{Posts: database.NewPosts(a.db), Policy: policy, Cursors: cursors},
		AdminUsers: &handlers.AdminUsers{Users: users, Sessions: sessions, Policy: policy, Cursors: cursors, Clock: clock},
		AdminAudit: &handlers.AdminAudit{Audit: audit, Cursors: cursors},
		Sessions:   &handlers.Sessions{Sessions: sessions},
		LocalAuth:  &handlers.LocalAuth{Local: local, Policy: policy, Cookie: s.BetterAuth.CookieName, Secure: s.BetterAuth.SecureCookies},
		Protected:  &handlers.Protected{},
	}, s.LocalAuth)

	a.echo.HTTPErrorHandler = handlers.ErrorHandler(a.log)
	a.echo.IPExtractor = middleware.ClientAddress(s.TrustedProxies, a.log)
	around := []echo.MiddlewareFunc{
		middleware.RequestID(), middleware.Log(a.log, a.tracing.traceID()), middleware.Headers(s.Production && hasHTTPS(s.APIURL)),
		middleware.CORS(s.Frontends), middleware.Recover(), echomiddleware.BodyLimit("1MiB"),
	}
	if a.metrics != nil {
		around = slices.Insert(around, 1, middleware.Metrics(a.metrics))
	}
	if limited != nil {
		around = append(around, middleware.LimitUnknown(limited.API))
	}
	if a.tracing != nil {
		around = slices.Insert(around, 0, middleware.NameSpan)
	}
	a.echo.Use(middleware.Around(around...))
	a.handler = a.tracing.around(a.echo)
	routes.Register(a.echo, a.Routes, routes.Guards{Verifier: verifier, Lagging: lagging, Policy: policy, Origins: s.Frontends, Limits: limited})
	return nil
}

// identify makes what answers "who is asking": one line for each credential, in the order in which they are
// tried. The second chain has Better Auth's cookie cache before the session cookie; nil where that is off.
func (a *App) identify(clock func() time.Time, seen auth.Seen) (verifier, lagging auth.Verifier, err error) {
	s, secret := a.settings.BetterAuth, []byte(a.settings.BetterAuth.Secret.Reveal())
	sessions := a.stores.sessions
	bySession := &auth.Sessions{Find: sessions, Clock: clock}
	keys := &auth.Keys{Table: database.NewJWKs(a.db), Remote: auth.NewRemoteKeys(s.JWKSURL, clock, a.log).Through(a.tracing.transport()), Clock: clock}
	cookie := &auth.CookieVerifier{Name: s.CookieName, Secret: secret, Sessions: bySession}
	verifiers := []auth.OneKind{
		&auth.AccessTokenVerifier{Algorithm: a.settings.Tokens.Algorithm, Secret: secret, Find: sessions, Clock: clock},
		&auth.PluginJWTVerifier{Issuer: s.URL, Keys: keys, Find: sessions, Clock: clock, Log: a.log},
		&auth.TokenVerifier{Secret: secret, Sessions: bySession},
		&auth.APIKeyVerifier{Keys: database.NewAPIKeys(a.db), Clock: clock},
		cookie,
	}
	verifier = &auth.Chain{Log: a.log, Seen: seen, Verifiers: a.cache.remember(verifiers)}
	a.reading = verifiers
	if !s.CookieCache.Enabled {
		return verifier, nil, nil
	}
	decrypt, err := auth.NewCacheKeys(s.Decrypting()...)
	cache := &auth.CacheVerifier{
		Name: s.CookieCache.Name, Version: s.CookieCache.Version, Cookie: cookie,
		Issuer: s.URL, Keys: keys, Decrypt: decrypt, Clock: clock,
	}
	a.reading = slices.Insert(slices.Clone(verifiers), len(verifiers)-1, auth.OneKind(cache))
	return verifier, &auth.Chain{Log: a.log, Seen: seen, Verifiers: a.cache.remember(a.reading)}, err
}

// Document describes the API in OpenAPI 3.1, as JSON. It is made anew each time.
func (a *App) Document() ([]byte, error) {
	s := a.settings
	return routes.Document(a.Routes, routes.About{URL: s.APIURL, Version: version(), Cookie: s.BetterAuth.CookieName, Limited: !s.RateLimits.Off()})
}

func hasHTTPS(origin string) bool { return len(origin) > 8 && origin[:8] == "https://" }

// ServeHTTP makes the app an http.Handler.
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.handler.ServeHTTP(w, r) }

// Connect takes the database into use; in development it migrates first. *database.SchemaError means that
// waiting will not help, anything else that the database is away.
func (a *App) Connect(ctx context.Context) error {
	if !a.settings.Production {
		if err := migrate(ctx, a.settings.Database, a.log); err != nil {
			return err
		}
	}
	if err := a.db.Connect(ctx); err != nil {
		return err
	}
	if s := a.stores.inRedis; s != nil {
		if err := s.Connect(ctx); err != nil {
			a.log.ErrorContext(ctx, "Redis is away, sessions are answered with 503 until it has been asked once", "redis", a.settings.Redis.Place, "error", err.Error())
		}
	}
	a.log.InfoContext(ctx, "database in use", "database", a.settings.Database.String(), "tables", a.db.Names().String())
	a.watchChanges()
	return nil
}

// Stop says that no new requests are wanted: /readyz turns.
func (a *App) Stop() { a.stopping.Store(true) }

// ready says whether requests can be served.
func (a *App) ready(ctx context.Context) error {
	err := a.db.Ready(ctx)
	if s := a.stores.inRedis; err == nil && s != nil {
		err = s.Ready(ctx)
	}
	return err
}

// Close ends what runs beside the requests and gives the connections back.
func (a *App) Close() error {
	a.stop()
	a.jobs.Wait()
	if a.cache != nil {
		a.cache.Close()
	}
	return errors.Join(a.stores.close(), a.db.Close(), a.tracing.close())
}

func migrate(ctx context.Context, settings config.Database, log *slog.Logger) (err error) {
	m, err := database.OpenMigrator(settings)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	applied, err := m.Up(ctx)
	for _, step := range applied {
		if step.Applied {
			log.InfoContext(ctx, "migrated", "step", step.Name)
		}
	}
	return err
}
