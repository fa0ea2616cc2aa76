package config

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

const goodSecret = "0123456789abcdef0123456789abcdef"

// settings are the names of API.md, in its order.
var settings = []string{
	"APP_ENV", "HOST", "PORT", "API_URL", "DATABASE_URL", "DIRECT_URL", "DATABASE_SCHEMA",
	"BETTER_AUTH_SCHEMA", "BETTER_AUTH_NAMES", "BETTER_AUTH_SECRET", "BETTER_AUTH_SECRETS", "AUTH_SECRET",
	"BETTER_AUTH_URL", "BETTER_AUTH_JWKS_URL", "COOKIE_PREFIX", "COOKIE_NAME", "SECURE_COOKIES", "FRONTEND_URL",
	"ADMIN_USER_IDS", "JWT_ALGORITHM", "ACCESS_TOKEN_EXPIRE_MINUTES", "REFRESH_TOKEN_EXPIRE_DAYS",
	"REFRESH_REUSE_INTERVAL", "REFRESH_TOKEN_ABSOLUTE_DAYS", "LOCAL_AUTH", "LOCAL_REGISTER",
	"REQUIRE_EMAIL_VERIFICATION", "PASSWORD_HASH", "PASSWORD_REHASH", "REFUSE_COMMON_PASSWORDS", "COOKIE_CACHE", "COOKIE_CACHE_VERSION",
	"SESSION_CACHE", "SESSION_CACHE_ENTRIES", "SESSION_TRIGGERS", "SESSION_CANARY", "REDIS_URL", "REDIS_PREFIX",
	"RATE_LIMIT", "TRUSTED_PROXIES", "METRICS_ADDR", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_TRACES_EXPORTER", "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG", "OTEL_SDK_DISABLED", "LOG_FORMAT", "LOG_LEVEL",
}

// production gives what production needs, and then more.
func production(more ...string) []string {
	return append([]string{
		"APP_ENV=production", "BETTER_AUTH_SECRET=" + goodSecret,
		"FRONTEND_URL=https://app.example.com", "DATABASE_URL=postgres://u:p@h/d",
	}, more...)
}

func mustLoad(t *testing.T, dir string, env ...string) *Config {
	t.Helper()
	c, err := Load(env, dir)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	return c
}

func problems(t *testing.T, dir string, env ...string) []string {
	t.Helper()
	_, err := Load(env, dir)
	if err == nil {
		return nil
	}
	var p *Problems
	if !errors.As(err, &p) {
		t.Fatalf("error is a %T, want *Problems", err)
	}
	return strings.Split(p.Error(), "\n")
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDefaultsOfDevelopment(t *testing.T) {
	c := mustLoad(t, t.TempDir())
	want := &Config{
		Host: "localhost", Port: 8080, APIURL: "http://localhost:8080",
		Database:   Database{Dialect: SQLite, Path: "data/app.db", Schema: "countersign", Triggers: true},
		Redis:      Redis{Prefix: "better-auth:"},
		BetterAuth: BetterAuth{CookieName: "better-auth.session_token", CookieCache: CookieCache{Name: "better-auth.session_data", Version: "1"}},
		Frontends: Origins{[]origin{
			{scheme: "http", host: "localhost", port: "3000"}, {scheme: "http", host: "localhost", port: "8080"},
		}},
		Tokens: Tokens{
			Algorithm: "HS256", Access: 30 * time.Minute, Refresh: 7 * day,
			RefreshAbsolute: 30 * day, ReuseInterval: 10 * time.Second,
		},
		LocalAuth:    LocalAuth{Enabled: true, Register: true},
		SessionCache: SessionCache{Enabled: true, Entries: 100_000, Triggers: true, Canary: true},
		Passwords:    Passwords{Hash: Scrypt},
		Log:          Log{Level: slog.LevelInfo},
	}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got  %+v\nwant %+v", c, want)
	}
}

func TestDefaultsOfProduction(t *testing.T) {
	c := mustLoad(t, t.TempDir(), production()...)
	if !c.Production || c.Host != "" || c.APIURL != "" || c.LocalAuth.Register || !c.Log.JSON {
		t.Errorf("got %+v", c)
	}
	if got := c.Frontends.List(); !reflect.DeepEqual(got, []string{"https://app.example.com"}) {
		t.Errorf("Frontends = %v", got)
	}
	if got := c.BetterAuth.CookieName; got != "__Secure-better-auth.session_token" {
		t.Errorf("CookieName = %q", got)
	}
	if len(c.Warnings) != 0 {
		t.Errorf("Warnings = %v", c.Warnings)
	}
}

func TestSettings(t *testing.T) {
	tests := []struct {
		env  string // NAME=value, split at |
		got  func(c *Config) any
		want any
	}{
		{"PORT=0", func(c *Config) any { return c.Port }, 0},
		{"PORT=0", func(c *Config) any { return c.APIURL }, ""},
		{"PORT=9000", func(c *Config) any { return c.APIURL }, "http://localhost:9000"},
		{"PORT=9000", func(c *Config) any { return c.Frontends.Allows("http://localhost:9000") }, true},
		{"PORT= 9000 ", func(c *Config) any { return c.Port }, 9000},
		{"PORT=1|PORT=2", func(c *Config) any { return c.Port }, 2},
		{"PORT=", func(c *Config) any { return c.Port }, 8080},
		{"HOST=0.0.0.0", func(c *Config) any { return c.Host }, "0.0.0.0"},
		{"HOST=[::1]", func(c *Config) any { return c.Host }, "::1"},
		{"HOST=api", func(c *Config) any { return c.Host }, "api"},
		{"PASSWORD_HASH=Argon2id|PASSWORD_REHASH=on|REFUSE_COMMON_PASSWORDS=on", func(c *Config) any { return c.Passwords }, Passwords{Argon2id, true, true}},
		{"API_URL=https://API.example.com:443/", func(c *Config) any { return c.APIURL }, "https://api.example.com"},
		{"APP_ENV=Development", func(c *Config) any { return c.Production }, false},
		{"ADMIN_USER_IDS= a, b ,,a", func(c *Config) any { return c.AdminUserIDs }, []string{"a", "b"}},
		{"FRONTEND_URL=https://a.com/, https://*.b.com", func(c *Config) any { return c.Frontends.List() },
			[]string{"https://a.com", "https://*.b.com", "http://localhost:3000", "http://localhost:8080"}},
		{"FRONTEND_URL=https://a.com", func(c *Config) any { return c.Frontends.First() }, "https://a.com"},
		{"JWT_ALGORITHM=hs512", func(c *Config) any { return c.Tokens.Algorithm }, "HS512"},
		{"ACCESS_TOKEN_EXPIRE_MINUTES=1440", func(c *Config) any { return c.Tokens.Access }, day},
		{"REFRESH_TOKEN_EXPIRE_DAYS=30", func(c *Config) any { return c.Tokens.Refresh }, 30 * day},
		{"REFRESH_TOKEN_EXPIRE_DAYS=365|REFRESH_TOKEN_ABSOLUTE_DAYS=3650", func(c *Config) any { return c.Tokens.RefreshAbsolute }, 3650 * day},
		{"REFRESH_REUSE_INTERVAL=0s", func(c *Config) any { return c.Tokens.ReuseInterval }, time.Duration(0)},
		{"REFRESH_REUSE_INTERVAL=0", func(c *Config) any { return c.Tokens.ReuseInterval }, time.Duration(0)},
		{"REFRESH_REUSE_INTERVAL=1m", func(c *Config) any { return c.Tokens.ReuseInterval }, time.Minute},
		{"LOCAL_AUTH=OFF", func(c *Config) any { return c.LocalAuth.Enabled }, false},
		{"LOCAL_REGISTER=0", func(c *Config) any { return c.LocalAuth.Register }, false},
		{"REQUIRE_EMAIL_VERIFICATION=True", func(c *Config) any { return c.LocalAuth.RequireEmailVerification }, true},
		{"LOG_FORMAT=json|LOG_LEVEL=DEBUG", func(c *Config) any { return c.Log }, Log{true, slog.LevelDebug}},
		{"DATABASE_SCHEMA=own_2", func(c *Config) any { return c.Database.Schema }, "own_2"},
		// Another program's variables are none of ours, and values are not expanded.
		{"PATH=/bin|ADMIN_USER_IDS=$PATH", func(c *Config) any { return c.AdminUserIDs }, []string{"$PATH"}},
	}
	for _, test := range tests {
		t.Run(test.env, func(t *testing.T) {
			c := mustLoad(t, t.TempDir(), strings.Split(test.env, "|")...)
			if got := test.got(c); !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %#v, want %#v", got, test.want)
			}
		})
	}
}

func TestWarnings(t *testing.T) {
	c := mustLoad(t, t.TempDir(), production("DATABASE_URL=sqlite:a.db")...)
	if len(c.Warnings) != 1 || !strings.HasPrefix(c.Warnings[0], "DATABASE_URL: is SQLite") {
		t.Errorf("SQLite in production: %v", c.Warnings)
	}
	const pooled = "DATABASE_URL=postgres://u:p@h/d?pgbouncer=true"
	c = mustLoad(t, t.TempDir(), pooled)
	if len(c.Warnings) != 1 || !strings.HasPrefix(c.Warnings[0], "DIRECT_URL: is not set") {
		t.Errorf("pooler alone: %v", c.Warnings)
	}
	if c := mustLoad(t, t.TempDir(), pooled, "DIRECT_URL=postgres://u:p@h2/d"); len(c.Warnings) != 0 {
		t.Errorf("pooler and direct: %v", c.Warnings)
	}
}

// The committed .env must change nothing, hold no secret and name every setting.
func TestCommittedFile(t *testing.T) {
	data, err := os.ReadFile("../.env")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write(t, dir, ".env", string(data))
	if got, want := mustLoad(t, dir), mustLoad(t, t.TempDir()); !reflect.DeepEqual(got, want) {
		t.Errorf("with .env %+v\nwithout %+v", got, want)
	}
	for _, name := range settings {
		if !strings.Contains(string(data), name) {
			t.Errorf("%s is not in .env", name)
		}
	}
	uncommented := strings.NewReplacer("\n#", "\n").Replace(string(data))
	for line := range strings.SplitSeq(uncommented, "\n") {
		name, value, found := strings.Cut(line, "=")
		if !found || strings.ContainsAny(name, " :") {
			continue
		}
		if got := problems(t, t.TempDir(), name+"="+value); got != nil {
			t.Errorf("the value shown is refused: %v", got)
		}
	}
}
