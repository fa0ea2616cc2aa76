package config

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func TestSQLiteURL(t *testing.T) {
	tests := []struct{ text, want string }{
		{"sqlite:data/app.db", "data/app.db"},
		{"sqlite:./data/app.db", "data/app.db"},
		{"sqlite:/abs/app.db", "/abs/app.db"},
		{"sqlite:///data/app.db", "data/app.db"},
		{"sqlite:////abs/app.db", "/abs/app.db"},
		{"sqlite://data/app.db", "data/app.db"},
		{"sqlite+aiosqlite:///./app.db", "app.db"},
		{"sqlite:///../app.db", "../app.db"},
		{"SQLite:app.db", "app.db"},
		{"file:./dev.db?connection_limit=1", "dev.db"},
		{"file:dev.db#x", "dev.db"},
		{"file:///abs/my%20app.db", "/abs/my app.db"},
		{" file:dev.db\n", "dev.db"},
	}
	for _, test := range tests {
		d, err := parseDatabaseURL(test.text)
		if err != nil || d.Dialect != SQLite || d.Path != test.want || d.String() != "sqlite "+test.want || d.URL != "" {
			t.Errorf("%s: %v, %v", test.text, d, err)
		}
	}
}

func TestDatabaseURLProblems(t *testing.T) {
	tests := []struct{ text, want string }{
		{"app.db", "is not a database this program speaks; "},
		{"mysql://u:p@h/d", "is not a database this program speaks; "},
		{"libsql://h", "is not a database this program speaks; "},
		{"prisma://h/?api_key=x", "is an address that only Prisma can open; "},
		{"prisma+postgres://h/?api_key=x", "is an address that only Prisma can open; "},
		{"\"postgres://h/d\"", "is not a database this program speaks; "},
		{"sqlite:", "names no file; "},
		{"sqlite:data/", "names no file; "},
		{"sqlite:..", "names no file; "},
		{"file:100%.db", "has a path that cannot be read; "},
		{"file:a%00b", "has a path that cannot be read; "},
		{"sqlite::memory:", "is a database in memory"},
		{"file::memory:?cache=shared", "is a database in memory"},
		{"postgres:h/d", "is not a URL that can be read; "},
		{"postgres://u:p/w@h/d", "is not a URL that can be read; "},
		{"postgres://u:1/w@h/d", "is not a URL that can be read; "},
		{"postgres://u:1?w@h/d", "is not a URL that can be read; "},
		{"postgres://u:1#w@h/d", "is not a URL that can be read; "},
		{"postgres://u:p%@h/d", "is not a URL that can be read; "},
		{"postgres://u:p%00@h/d", "is not a URL that can be read; "},
		{"postgres://u:p@h:x/d", "is not a URL that can be read; "},
		{"postgres://u:p@h:0/d", "is not a URL that can be read; "},
		{"postgres://u:p@h/d?a=%zz", "is not a URL that can be read; "},
		{"postgres://a,b/d?host=c", "is not a URL that can be read; "},
		{"postgres://h/d?host=a@b", "is not a URL that can be read; "},
		{"postgres://h/d?host=a%40b", "is not a URL that can be read; "},
		{"postgres://h/d?port=x", "is not a URL that can be read; "},
		{"postgres://h/d?sslmode=on", "has an unknown sslmode; "},
		{"postgres://h/d?ssl=maybe", "has an unknown sslmode; "},
		{"postgres://h/d?connect_timeout=2s", "has a connect_timeout that is not a number"},
		{"postgres://h/d?target_session_attrs=x", "has unknown target_session_attrs; "},
		{"postgres://h/d?schema=" + strings.Repeat("a", 64), "has a schema of more than 63 bytes; "},
	}
	for _, test := range tests {
		if _, err := parseDatabaseURL(test.text); err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s: %v", test.text, err)
		}
	}
}

// As Prisma, Drizzle, SQLAlchemy, asyncpg and the hosts write them.
func TestPostgresURL(t *testing.T) {
	const more = "connect_timeout=2"
	tests := []struct {
		text, clean, place string
		schema             string
		pooled             bool
	}{
		{text: "postgres://u:p@localhost:5432/app", clean: "postgres://u:p@localhost:5432/app?" + more, place: "localhost:5432/app"},
		{text: "postgresql://u:p@db/app?schema=public&connection_limit=5&pool_timeout=0&socket_timeout=3&sslaccept=strict",
			clean: "postgres://u:p@db/app?" + more, place: "db:5432/app", schema: "public"},
		{text: "postgresql+asyncpg://u:p@db:6000/app?ssl=require&prepared_statement_cache_size=0&statement_cache_size=0",
			clean: "postgres://u:p@db:6000/app?" + more + "&sslmode=require", place: "db:6000/app"},
		{text: "postgres+psycopg2://u@db/app?ssl=false", clean: "postgres://u@db/app?" + more + "&sslmode=disable", place: "db:5432/app"},
		{text: "POSTGRESQL://u:p@db/app?ssl=verify-full", clean: "postgres://u:p@db/app?" + more + "&sslmode=verify-full", place: "db:5432/app"},
		{text: "postgres://u:p@db/app?sslmode=no-verify&uselibpqcompat=true", clean: "postgres://u:p@db/app?" + more + "&sslmode=require", place: "db:5432/app"},
		{text: "postgres://u:p@db/app?ssl=true&sslmode=disable", clean: "postgres://u:p@db/app?" + more + "&sslmode=disable", place: "db:5432/app"},
		{text: "postgresql://neondb_owner:npg_x@ep-cool-fog-123456-pooler.eu-central-1.aws.neon.tech/neondb?sslmode=require&channel_binding=require",
			clean: "postgres://neondb_owner:npg_x@ep-cool-fog-123456-pooler.eu-central-1.aws.neon.tech/neondb?" + more + "&sslmode=require",
			place: "ep-cool-fog-123456-pooler.eu-central-1.aws.neon.tech:5432/neondb", pooled: true},
		{text: "postgresql://o:x@h/neondb?options=endpoint%3Dep-cool+fog&connect_timeout=10",
			clean: "postgres://o:x@h/neondb?connect_timeout=10&options=endpoint%3Dep-cool%20fog", place: "h:5432/neondb"},
		{text: "postgresql://postgres.ref:p@aws-0-eu-central-1.pooler.supabase.com:6543/postgres?pgbouncer=true",
			clean: "postgres://postgres.ref:p@aws-0-eu-central-1.pooler.supabase.com:6543/postgres?" + more,
			place: "aws-0-eu-central-1.pooler.supabase.com:6543/postgres", pooled: true},
		{text: "postgresql://postgres.ref:p@aws-0-eu-central-1.pooler.supabase.com:6543/postgres",
			clean: "postgres://postgres.ref:p@aws-0-eu-central-1.pooler.supabase.com:6543/postgres?" + more,
			place: "aws-0-eu-central-1.pooler.supabase.com:6543/postgres", pooled: true},
		{text: "postgresql://postgres.ref:p@aws-0-eu-central-1.pooler.supabase.com:5432/postgres",
			clean: "postgres://postgres.ref:p@aws-0-eu-central-1.pooler.supabase.com:5432/postgres?" + more,
			place: "aws-0-eu-central-1.pooler.supabase.com:5432/postgres"},
		{text: "postgres://u:p@[::1]:5433/app?timezone=UTC&search_path=x&_evil=1", clean: "postgres://u:p@[::1]:5433/app?" + more, place: "[::1]:5433/app"},
		{text: "postgres://u:p@a:1,b/app?target_session_attrs=read-write",
			clean: "postgres://u:p@a:1,b/app?" + more + "&target_session_attrs=read-write", place: "a:1,b:5432/app"},
		{text: "postgresql:///app?host=/var/run/postgresql&user=u", clean: "postgres:///app?" + more + "&host=%2Fvar%2Frun%2Fpostgresql&user=u",
			place: "/var/run/postgresql/app"},
		{text: "postgres://u:p@db?dbname=app&application_name=a&application_name=b",
			clean: "postgres://u:p@db/?application_name=b&" + more + "&dbname=app", place: "db:5432/app"},
		{text: "postgres://u:p@db/app?sslkey=/nowhere", clean: "postgres://u:p@db/app?" + more, place: "db:5432/app"},
		{text: "postgres://", clean: "postgres:///?" + more, place: "localhost:5432"},
	}
	for _, test := range tests {
		d, err := parseDatabaseURL(test.text)
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		if got := d.URL.Reveal(); got != test.clean {
			t.Errorf("%s:\n got %s\nwant %s", test.text, got, test.clean)
		}
		if d.String() != "postgres "+test.place || d.SearchPath != test.schema || d.Pooled != test.pooled {
			t.Errorf("%s: got %s, %q, %v", test.text, d, d.SearchPath, d.Pooled)
		}
		c, err := pgx.ParseConfig(d.URL.Reveal())
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		for name := range c.RuntimeParams {
			if name != "application_name" && name != "options" {
				t.Errorf("%s: %s goes to the server", test.text, name)
			}
		}
		if c.ConnectTimeout != 2*time.Second && !strings.Contains(test.text, "connect_timeout=10") {
			t.Errorf("%s: timeout %v", test.text, c.ConnectTimeout)
		}
	}
}

// Prisma calls the server's root certificate sslcert.
func TestPrismaCertificate(t *testing.T) {
	d, err := parseDatabaseURL("postgres://h/d?sslmode=require&sslcert=ca.pem&sslidentity=x&sslpassword=y")
	want := "postgres://h/d?connect_timeout=2&sslmode=require&sslpassword=y&sslrootcert=ca.pem"
	if err != nil || d.URL.Reveal() != want {
		t.Errorf("got %s, %v", d.URL.Reveal(), err)
	}
	d, err = parseDatabaseURL("postgres://h/d?sslcert=c.pem&sslkey=k.pem")
	if err != nil || d.URL.Reveal() != "postgres://h/d?connect_timeout=2&sslcert=c.pem&sslkey=k.pem" {
		t.Errorf("got %s, %v", d.URL.Reveal(), err)
	}
}

func TestPasswordsSurvive(t *testing.T) {
	for _, password := range []string{"p@ss", "a/b", "a:b", "a?b#c", "100%", "a b", "+&=;,", "$HOME", "ä€", "[x]", "\\\"'", "%41", "a@b:c/d"} {
		for _, text := range []string{
			"postgres://" + url.UserPassword("us@er", password).String() + "@h/d",
			"postgres://us%40er:" + strings.ReplaceAll(url.QueryEscape(password), "+", "%20") + "@h/d",
			"postgres://h/d?user=us%40er&password=" + url.QueryEscape(password),
		} {
			d, err := parseDatabaseURL(text)
			if err != nil {
				t.Errorf("%q: %v", password, err)
				continue
			}
			c, err := pgx.ParseConfig(d.URL.Reveal())
			if err != nil || c.Password != password || c.User != "us@er" || c.Host != "h" || c.Database != "d" {
				t.Errorf("%q came out as %q of %q, %v", password, c.Password, c.User, err)
			}
		}
	}
	// Unencoded, as people write them.
	for _, password := range []string{"p@ss", "a:b", "a b"} {
		d, err := parseDatabaseURL("postgres://u:" + password + "@h/d")
		if err != nil {
			t.Fatal(err)
		}
		if c, err := pgx.ParseConfig(d.URL.Reveal()); err != nil || c.Password != password {
			t.Errorf("%q: %v", password, err)
		}
	}
}

func TestDirectURL(t *testing.T) {
	d := mustLoad(t, t.TempDir(), "DATABASE_URL=postgres://u:p@h/d?schema=app&pgbouncer=true",
		"DIRECT_URL=postgresql+asyncpg://u:p@h2/d?ssl=require").Database
	if d.DirectURL != "postgres://u:p@h2/d?connect_timeout=2&sslmode=require" || d.SearchPath != "app" || !d.Pooled {
		t.Errorf("got %s", d.DirectURL.Reveal())
	}
	d = mustLoad(t, t.TempDir(), "DATABASE_URL=postgres://u:p@h/d").Database
	if d.DirectURL != d.URL || d.URL == "" {
		t.Error("DirectURL is not URL")
	}
	if got := (Database{Dialect: Postgres, URL: "canary"}).String(); got != "postgres" {
		t.Errorf("a URL of another hand prints as %q", got)
	}
}
