// Package config turns the environment, .env.local and .env into typed
// settings, and reports every problem at once, by name and never by value.
package config

import (
	"log/slog"
	"net/netip"
	"time"
)

// Config holds every setting, checked. It is read once at start and never
// changes; nothing else in the program asks the environment.
type Config struct {
	// Production is APP_ENV=production: the strict checks are on.
	Production bool
	// Host is where to listen: "localhost" means both loopbacks, "" all addresses.
	Host string
	// Port is 0 to 65535; 0 lets the system pick a free one, for tests.
	Port int
	// APIURL is the API's own public origin without a trailing slash. It is ""
	// when API_URL is unset in production, or in development with port 0, where
	// the port is not known before listening.
	APIURL   string
	Database Database
	// Redis is Better Auth's secondary storage.
	Redis Redis
	// BetterAuth is what must agree with the Better Auth server.
	BetterAuth BetterAuth
	// Frontends are the origins of FRONTEND_URL, then http://localhost:3000 in
	// development, then APIURL.
	Frontends Origins
	// AdminUserIDs are admins whatever their role says.
	AdminUserIDs []string
	Tokens       Tokens
	LocalAuth    LocalAuth
	Passwords    Passwords
	SessionCache SessionCache
	// RateLimits are off in development unless RATE_LIMIT says otherwise.
	RateLimits RateLimits
	// TrustedProxies are those whose X-Forwarded-For is believed; none by default.
	TrustedProxies []netip.Prefix
	Log            Log
	// MetricsAddr is where metrics and profiles are served, "" for nowhere.
	MetricsAddr string
	// Tracing is off unless the usual OTEL_ variables ask for it.
	Tracing Tracing
	// Warnings are lines to log once at start: settings that work and that
	// their owner may regret.
	Warnings []string
}

// Tokens describes the access and refresh tokens of the local auth routes.
type Tokens struct {
	// Algorithm is HS256 (the default), HS384 or HS512.
	Algorithm string
	// Access is how long an access token lives: 30 minutes by default, at most a day.
	Access time.Duration
	// Refresh is how long a refresh token lives: 7 days by default, at most 365.
	Refresh time.Duration
	// RefreshAbsolute is the age no rotation passes: 30 days by default, never
	// less than Refresh, at most 3650 days.
	RefreshAbsolute time.Duration
	// ReuseInterval is how long a spent refresh token still gives its
	// successor: 10 seconds by default, at most 60; 0 turns the grace off.
	ReuseInterval time.Duration
}

// LocalAuth says which of the /auth routes exist.
type LocalAuth struct {
	// Enabled is LOCAL_AUTH, on by default.
	Enabled bool
	// Register is LOCAL_REGISTER, on in development and off in production: a
	// sign-up form nobody knew of must not open with a deployment.
	Register bool
	// RequireEmailVerification refuses a login with an unverified e-mail. Off by default.
	RequireEmailVerification bool
}

// Log says how the log is written.
type Log struct {
	// JSON is LOG_FORMAT=json, the default in production.
	JSON bool
	// Level is info unless LOG_LEVEL says otherwise.
	Level slog.Level
}

// Load reads the settings from env (the form of os.Environ; of a repeated name
// the last counts, as in os/exec), then dir/.env.local, then dir/.env: the
// first that has a setting wins, and an empty value counts as unset. A file
// that is not there is no problem. The error, if any, is a *Problems with every
// problem found.
func Load(env []string, dir string) (*Config, error) {
	r := newReader(env, dir)
	c := &Config{Production: r.choice("APP_ENV", "development", "production") == "production"}
	r.server(c)
	c.Frontends = r.frontends(c.Production, c.APIURL)
	c.Database = r.database(c.Production)
	c.Redis = r.redis()
	c.Database.SessionsElsewhere = c.Redis.URL != ""
	c.BetterAuth = r.betterAuth(c.Production, c.Frontends.First())
	c.AdminUserIDs = r.list("ADMIN_USER_IDS")
	c.Tokens = r.tokens()
	c.LocalAuth = r.localAuth(c.Production)
	c.SessionCache = r.sessionCache()
	c.Database.Triggers = c.SessionCache.Triggers
	c.RateLimits = r.rateLimits(c.Production)
	c.TrustedProxies = r.trustedProxies()
	c.Passwords = r.passwords()
	c.MetricsAddr = r.metricsAddr(c.Port)
	c.Tracing = r.tracing()
	c.Log = r.log(c.Production)
	if len(r.problems) > 0 {
		return nil, &Problems{List: r.problems}
	}
	c.Warnings = r.warnings
	return c, nil
}

func (r *reader) server(c *Config) {
	c.Port = r.number("PORT", 8080, 0, 65535)
	c.Host = r.host(c.Production)
	c.APIURL = r.apiURL(c.Production, c.Port)
}

const day = 24 * time.Hour

func (r *reader) tokens() Tokens {
	const refresh, absolute = "REFRESH_TOKEN_EXPIRE_DAYS", "REFRESH_TOKEN_ABSOLUTE_DAYS"
	t := Tokens{
		Algorithm:       r.choice("JWT_ALGORITHM", "HS256", "HS384", "HS512"),
		Access:          time.Duration(r.number("ACCESS_TOKEN_EXPIRE_MINUTES", 30, 1, 1440)) * time.Minute,
		Refresh:         time.Duration(r.number(refresh, 7, 1, 365)) * day,
		RefreshAbsolute: time.Duration(r.number(absolute, 30, 1, 3650)) * day,
		ReuseInterval:   r.duration("REFRESH_REUSE_INTERVAL", 10*time.Second, time.Minute),
	}
	switch {
	case t.RefreshAbsolute >= t.Refresh || r.refused(refresh) || r.refused(absolute):
	case r.text(absolute) == "":
		r.refuse(refresh, "is more than "+absolute+", which is 30 unless set; set "+absolute+" to at least as many days")
	default:
		r.refuse(absolute, "is less than "+refresh+"; raise it, or lower "+refresh)
	}
	return t
}

func (r *reader) localAuth(production bool) LocalAuth {
	return LocalAuth{
		Enabled:                  r.onOff("LOCAL_AUTH", true),
		Register:                 r.onOff("LOCAL_REGISTER", !production),
		RequireEmailVerification: r.onOff("REQUIRE_EMAIL_VERIFICATION", false),
	}
}

func (r *reader) log(production bool) Log {
	formats := []string{"text", "json"}
	if production {
		formats = []string{"json", "text"}
	}
	levels := map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
	}
	return Log{
		JSON:  r.choice("LOG_FORMAT", formats...) == "json",
		Level: levels[r.choice("LOG_LEVEL", "info", "debug", "warn", "error")],
	}
}
