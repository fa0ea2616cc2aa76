package config

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
)

// Dialect is the kind of database.
type Dialect string

// The databases this program speaks.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// Database says where the database is. Format it with String: the URLs hold
// the password.
type Database struct {
	Dialect Dialect
	// URL is DATABASE_URL with only what pgx understands in it; "" for SQLite.
	URL Secret
	// DirectURL is DIRECT_URL made clean the same way, else URL: a connection
	// of its own, for migrations and LISTEN.
	DirectURL Secret
	// Path is SQLite's file, relative to the working directory unless absolute.
	Path string
	// Schema is where our own tables are (SQLite: the prefix before "_");
	// a plain lower-case identifier of at most 63 characters.
	Schema string
	// SearchPath is the PostgreSQL schema of Better Auth's tables, as
	// BETTER_AUTH_SCHEMA or Prisma's ?schema= says; "" to look in all of them.
	SearchPath string
	// Names are tables and columns that are called otherwise than Better Auth
	// or the Drizzle generator would: "user" to "app_users", "session.userId"
	// to "owner_id".
	Names map[string]string
	// Pooled says that URL leads to a transaction pooler: no session state,
	// no LISTEN, no prepared statements that outlive a transaction.
	Pooled bool
	// SessionsElsewhere says that there is a Redis, so that a database without
	// Better Auth's session table may be whole all the same.
	SessionsElsewhere bool
	// Triggers says that our triggers are to stand on the session and user tables.
	Triggers bool
}

// String is for people and logs: the place, never user or password.
func (d Database) String() string {
	if d.Dialect == SQLite {
		return "sqlite " + d.Path
	}
	p, err := parsePostgres(d.URL.Reveal())
	if err != nil {
		return string(d.Dialect)
	}
	return "postgres " + p.place()
}

func (r *reader) database(production bool) Database {
	const name = "DATABASE_URL"
	text := r.secret(name)
	if text == "" {
		text = "sqlite:data/app.db"
	}
	d, err := parseDatabaseURL(text)
	if err != nil {
		r.refuse(name, err.Error())
	}
	d.Schema = r.schema(d.SearchPath)
	if !r.refused(name) {
		d.DirectURL = r.directURL(d)
		// Somebody who names a way past a pooler has one.
		d.Pooled = d.Pooled || d.DirectURL != d.URL
	}
	d.SearchPath = r.betterAuthSchema(d)
	d.Names = r.names("BETTER_AUTH_NAMES")
	if production && d.Dialect == SQLite {
		r.warn(name, "is SQLite, one file on one machine; for production PostgreSQL is meant")
	}
	return d
}

// betterAuthSchema is where Better Auth's tables are looked for.
func (r *reader) betterAuthSchema(d Database) string {
	const name = "BETTER_AUTH_SCHEMA"
	text := r.text(name)
	switch {
	case text == "":
		return d.SearchPath
	case d.Dialect == SQLite:
		r.refuse(name, "is for PostgreSQL, and DATABASE_URL is not; remove it")
	case text == d.Schema:
		r.refuse(name, "is DATABASE_SCHEMA, where our own tables stand; they must be apart")
	}
	return text
}

// names reads pairs, user=app_users,session.userId=owner_id.
func (r *reader) names(name string) map[string]string {
	var names map[string]string
	for i, entry := range r.list(name) {
		key, value, ok := strings.Cut(entry, "=")
		if key = strings.TrimSpace(key); !ok || key == "" || strings.TrimSpace(value) == "" {
			r.refuse(name, fmt.Sprintf("entry %d is not a pair; write it as user=app_users,session.userId=owner_id", i+1))
			continue
		}
		if names == nil {
			names = map[string]string{}
		}
		names[key] = strings.TrimSpace(value)
	}
	return names
}

// directURL is the way past a pooler. Left out beside one, migrations and
// LISTEN go through the pooler, so that is said.
func (r *reader) directURL(d Database) Secret {
	const name = "DIRECT_URL"
	text := r.secret(name)
	if text == "" {
		if d.Pooled {
			r.warn(name, "is not set although DATABASE_URL leads to a pooler; set it to the unpooled connection")
		}
		return d.URL
	}
	if d.Dialect == SQLite {
		r.refuse(name, "is for PostgreSQL, and DATABASE_URL is not; remove it, or set DATABASE_URL too")
		return ""
	}
	direct, err := parseDatabaseURL(text)
	if err == nil && direct.Dialect != Postgres {
		err = errors.New("is not PostgreSQL as DATABASE_URL is; use the same database's unpooled address")
	}
	if err != nil {
		r.refuse(name, err.Error())
	}
	return direct.URL
}

var identifier = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)

// schema is where our tables go. Beside Better Auth's, Prisma and Drizzle would
// see them and offer to drop them.
func (r *reader) schema(searchPath string) string {
	const name = "DATABASE_SCHEMA"
	value := r.text(name)
	if value == "" {
		value = "countersign"
	}
	switch {
	case !identifier.MatchString(value):
		r.refuse(name, "is not a plain name; use at most 63 of a-z, 0-9 and _, not beginning with a digit")
	case strings.HasPrefix(value, "pg_") || value == "public" || value == "information_schema":
		r.refuse(name, "is a schema of PostgreSQL itself or of everybody; use one of its own, as in countersign")
	case value == searchPath:
		r.refuse(name, "is the schema that DATABASE_URL gives Better Auth's tables; use one of its own")
	}
	return value
}

// parseDatabaseURL reads DATABASE_URL in the forms that Prisma, Drizzle,
// SQLAlchemy and the hosts write it. The error never quotes it.
func parseDatabaseURL(text string) (Database, error) {
	text = strings.TrimSpace(text)
	scheme, rest, _ := strings.Cut(text, ":")
	kind, _, _ := strings.Cut(strings.ToLower(scheme), "+")
	switch kind {
	case "sqlite", "file":
		if kind == "sqlite" {
			// SQLAlchemy's form: a path after three slashes is relative, after four absolute.
			rest = strings.TrimPrefix(rest, "///")
		}
		path, err := sqlitePath(rest)
		return Database{Dialect: SQLite, Path: path}, err
	case "postgres", "postgresql":
		return postgresDatabase("postgres:" + rest)
	case "prisma":
		return Database{}, errors.New("is an address that only Prisma can open; use the database's own, postgresql://…")
	}
	return Database{}, errors.New("is not a database this program speaks; write sqlite:data/app.db or postgresql://user:password@host:5432/name")
}

// sqlitePath reads what follows "sqlite:" or "file:".
func sqlitePath(rest string) (string, error) {
	path, _, _ := strings.Cut(rest, "?")
	path, _, _ = strings.Cut(path, "#")
	if after, found := strings.CutPrefix(path, "//"); found {
		path = after
	}
	path, err := url.PathUnescape(path)
	switch {
	case err != nil || strings.Contains(path, "\x00"):
		return "", errors.New("has a path that cannot be read; write a percent sign in it as %25")
	case strings.HasSuffix(path, ":memory:"):
		return "", errors.New("is a database in memory, which nothing keeps; name a file")
	case path == "" || strings.HasSuffix(path, "/") || filepath.Base(path) == "." || filepath.Base(path) == "..":
		return "", errors.New("names no file; write sqlite:data/app.db")
	}
	return filepath.Clean(path), nil
}
