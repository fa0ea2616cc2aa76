package database_test

import (
	"strings"

	"countersign/config"
)

// naming is what somebody's ORM called Better Auth's tables and columns.
type naming struct {
	schema string
	// plural adds an s to tables, snake writes columns as the Drizzle generator does.
	plural, snake bool
	// names are called otherwise altogether; settings say so.
	names map[string]string
}

var namings = map[string]naming{
	"camelCase": {}, "snake_case": {snake: true}, "plural": {plural: true}, "plural snake_case": {plural: true, snake: true},
	"other schema": {schema: "Identity"},
	"renamed":      {names: map[string]string{"user": "app_users", "session.userId": "owner_id", "session.token": "session_token"}},
}

// shape is what somebody's ORM made ids and dates of.
type shape struct{ id, reference, date, boolean string }

var shapes = map[config.Dialect]map[string]shape{
	config.SQLite: {
		"text ids":          {"text PRIMARY KEY", "text", "date", "integer"},
		"integer ids":       {"integer PRIMARY KEY AUTOINCREMENT", "integer", "date", "integer"},
		"milliseconds":      {"text PRIMARY KEY", "text", "integer", "integer"},
		"integers all over": {"integer PRIMARY KEY", "integer", "integer", "integer"},
		"DATETIME":          {"TEXT NOT NULL PRIMARY KEY", "TEXT", "DATETIME", "BOOLEAN"},
	},
	config.Postgres: {
		"text ids":              {"text PRIMARY KEY", "text", "timestamptz", "boolean"},
		"uuid ids":              {"uuid PRIMARY KEY DEFAULT gen_random_uuid()", "uuid", "timestamptz", "boolean"},
		"serial ids":            {"serial PRIMARY KEY", "integer", "timestamptz", "boolean"},
		"identity ids":          {"bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "bigint", "timestamptz", "boolean"},
		"without time zone":     {"text PRIMARY KEY", "text", "timestamp", "boolean"},
		"varchar, timestamp(3)": {"varchar(36) PRIMARY KEY", "varchar(36)", "timestamp(3)", "boolean"},
	},
}

// tables writes the DDL of a naming and a shape. {i} id, {r:Model} reference, {d} date, {b} boolean; every name
// that stands in braces otherwise is Better Auth's and is written as the naming has it.
const ddl = `
CREATE TABLE {user} ({user.id} {i}, {user.name} text NOT NULL, {user.email} text NOT NULL UNIQUE, {user.emailVerified} {b} NOT NULL,
  {user.image} text, {user.createdAt} {d} NOT NULL, {user.updatedAt} {d} NOT NULL, {user.role} text, {user.banned} {b}, {user.banReason} text, {user.banExpires} {d});
CREATE TABLE {session} ({session.id} {i}, {session.expiresAt} {d} NOT NULL, {session.token} text NOT NULL UNIQUE, {session.createdAt} {d} NOT NULL,
  {session.updatedAt} {d} NOT NULL, {session.ipAddress} text, {session.userAgent} text, {session.userId} {r} NOT NULL REFERENCES {user} ({user.id}) ON DELETE CASCADE, {session.impersonatedBy} text);
CREATE TABLE {account} ({account.id} {i}, {account.accountId} text NOT NULL, {account.providerId} text NOT NULL, {account.userId} {r} NOT NULL REFERENCES {user} ({user.id}) ON DELETE CASCADE,
  {account.password} text, {account.createdAt} {d} NOT NULL, {account.updatedAt} {d} NOT NULL);`

func (n naming) write(text string, s shape) string {
	text = strings.NewReplacer("{i}", s.id, "{r}", s.reference, "{d}", s.date, "{b}", s.boolean).Replace(text)
	for start := strings.IndexByte(text, '{'); start >= 0; start = strings.IndexByte(text, '{') {
		end := start + strings.IndexByte(text[start:], '}')
		text = text[:start] + n.name(text[start+1:end]) + text[end+1:]
	}
	return text
}

func (n naming) name(name string) string {
	table, column, isColumn := strings.Cut(name, ".")
	if renamed, ok := n.names[name]; ok {
		return `"` + renamed + `"`
	}
	switch {
	case isColumn && n.snake:
		return `"` + snake(column) + `"`
	case isColumn:
		return `"` + column + `"`
	case n.plural:
		table += "s"
	}
	if n.schema != "" {
		return `"` + n.schema + `"."` + table + `"`
	}
	return `"` + table + `"`
}

func snake(camel string) string {
	var out strings.Builder
	for _, r := range camel {
		if r >= 'A' && r <= 'Z' {
			out.WriteByte('_')
		}
		out.WriteRune(r)
	}
	return strings.ToLower(out.String())
}
