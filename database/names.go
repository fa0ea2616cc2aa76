package database

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"

	"gorm.io/gorm/schema"

	"countersign/config"
	"countersign/models"
)

// betterAuthTables are the rows that belong to Better Auth, with the fields that only some of its plugins bring.
var betterAuthTables = map[string]struct {
	model    reflect.Type
	optional []string
}{
	"User":    {reflect.TypeFor[models.User](), []string{"Role", "Banned", "BanReason", "BanExpires"}},
	"Session": {reflect.TypeFor[models.Session](), []string{"ImpersonatedBy"}},
	"Account": {reflect.TypeFor[models.Account](), nil},
}

// Names says what tables and columns are called in this database. It is GORM's namer, and SQL written by
// hand asks it too, so that a name stands in one place. Better Auth's tables are singular with camelCase
// columns; ours are plural with snake_case ones, in a schema (PostgreSQL) or under a prefix (SQLite) of their own.
type Names struct {
	schema.NamingStrategy
	dialect config.Dialect
	// schema is where Better Auth's tables stand; empty for SQLite.
	schema string
	// own is the schema, or the prefix less its underscore, of our tables.
	own string
	// columns are those found, by table: a plugin's may be missing.
	columns map[string][]string
	written sync.Map
}

// TableName gives the table of a model.
func (n *Names) TableName(model string) string {
	if _, ok := betterAuthTables[model]; ok {
		return n.qualify(n.betterAuth(model))
	}
	table := n.NamingStrategy.TableName(model)
	if n.dialect == config.SQLite {
		return n.own + "_" + table
	}
	return n.own + "." + table
}

// betterAuth gives the bare table name of one of Better Auth's models.
func (n *Names) betterAuth(model string) string { return strings.ToLower(model) }

func (n *Names) qualify(table string) string {
	if n.schema == "" {
		return table
	}
	return n.schema + "." + table
}

// ColumnName gives the column of a model's field, of a table as TableName gave it.
func (n *Names) ColumnName(table, field string) string {
	snake := n.NamingStrategy.ColumnName("", field)
	for model := range betterAuthTables {
		if table == n.TableName(model) {
			return camel(snake)
		}
	}
	return snake
}

func camel(snake string) string {
	words := strings.Split(snake, "_")
	for i, w := range words[1:] {
		words[i+1] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, "")
}

// Has says whether the database has the column of a field of one of Better Auth's models.
func (n *Names) Has(model, field string) bool {
	table := n.TableName(model)
	return n.Empty() || slices.Contains(n.columns[n.betterAuth(model)], n.ColumnName(table, field))
}

// Fields are the fields of one of Better Auth's models that the database has columns for. Every statement
// that GORM writes for these models selects them, so that a missing plugin is no error.
func (n *Names) Fields(model string) []string {
	var fields []string
	for _, f := range reflect.VisibleFields(betterAuthTables[model].model) {
		if n.Has(model, f.Name) {
			fields = append(fields, f.Name)
		}
	}
	return fields
}

// List writes the columns of every field of one of Better Auth's models for a SELECT by hand, with NULL
// for those that the database does not have.
func (n *Names) List(alias, model string) string {
	var columns []string
	for _, f := range reflect.VisibleFields(betterAuthTables[model].model) {
		column := "NULL"
		if n.Has(model, f.Name) {
			column = alias + "." + quote(n.ColumnName(n.TableName(model), f.Name))
		}
		columns = append(columns, column)
	}
	return strings.Join(columns, ", ")
}

var named = regexp.MustCompile(`\{([A-Z]\w*)(?:\.(\w+))?\}`)

// SQL writes the names of this database into text: {User} is the model's table, {User.Email} the field's
// column, both quoted; NULL for a plugin's column that is not there.
func (n *Names) SQL(text string) string {
	if done, ok := n.written.Load(text); ok {
		return done.(string)
	}
	done := named.ReplaceAllStringFunc(text, func(m string) string {
		part := named.FindStringSubmatch(m)
		if part[2] == "" {
			return quote(n.TableName(part[1]))
		}
		if _, theirs := betterAuthTables[part[1]]; theirs && !n.Has(part[1], part[2]) {
			return "NULL"
		}
		return quote(n.ColumnName(n.TableName(part[1]), part[2]))
	})
	n.written.Store(text, done)
	return done
}

// quote writes an identifier, qualified or not; both databases quote alike, and "user" must be quoted in PostgreSQL.
func quote(name string) string {
	parts := strings.Split(name, ".")
	for i, p := range parts {
		parts[i] = `"` + strings.ReplaceAll(p, `"`, `""`) + `"`
	}
	return strings.Join(parts, ".")
}

// String says for people which tables are read.
func (n *Names) String() string {
	return quote(n.TableName("User")) + ", " + quote(n.TableName("Session")) + ", " + quote(n.TableName("Account"))
}
