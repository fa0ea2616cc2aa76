package database

import (
	"reflect"
	"regexp"
	"strings"
	"sync"

	"gorm.io/gorm/schema"

	"countersign/config"
	"countersign/models"
)

// betterAuthModel is a row that belongs to Better Auth: its table's name there, the fields that only some
// plugins bring, and whether the whole table is one of those.
type betterAuthModel struct {
	row      reflect.Type
	table    string
	optional []string
	plugin   bool
}

var betterAuthModels = map[string]betterAuthModel{
	"User":    {reflect.TypeFor[models.User](), "user", []string{"Role", "Banned", "BanReason", "BanExpires", "TwoFactorEnabled"}, false},
	"Session": {reflect.TypeFor[models.Session](), "session", []string{"ImpersonatedBy"}, false},
	"Account": {reflect.TypeFor[models.Account](), "account", []string{"Issuer"}, false},
	"JWK":     {reflect.TypeFor[models.JWK](), "jwks", []string{"Alg", "ExpiresAt"}, true},
	"APIKey":  {reflect.TypeFor[models.APIKey](), "apikey", []string{"Permissions"}, true},

	"Organization": {reflect.TypeFor[models.Organization](), "organization", nil, true},
}

// olderFields are what earlier versions of Better Auth called a field.
var olderFields = map[string]string{"APIKey.ReferenceID": "UserID"}

// Names says what tables and columns are called in this database. It is GORM's namer, and SQL written by
// hand asks it too, so that a name stands in one place. Better Auth's names are those found in the database;
// our own tables are plural with snake_case columns, in a schema (PostgreSQL) or under a prefix (SQLite) of
// their own.
type Names struct {
	schema.NamingStrategy
	dialect config.Dialect
	// schema is where Better Auth's tables stand; empty for SQLite.
	schema string
	// own is the schema, or the prefix less its underscore, of our tables.
	own string
	// tables are those found, by model: empty where Better Auth's are still to be made.
	tables map[string]table
	// unread say why a plugin's table that is there is not read.
	unread  []string
	written sync.Map
}

// table is one of Better Auth's as it was found.
type table struct {
	name string
	// columns are by field.
	columns map[string]column
	// unfilled are columns that want a value and that no field of ours fills.
	unfilled []string
	// ours says that the table stands for one that Better Auth does without.
	ours bool
}

// TableName gives the table of a model.
func (n *Names) TableName(model string) string {
	if theirs, ok := betterAuthModels[model]; ok && !n.tables[model].ours {
		name := theirs.table
		if found, ok := n.tables[model]; ok {
			name = found.name
		}
		if n.schema != "" {
			name = n.schema + "." + name
		}
		return name
	}
	name := n.NamingStrategy.TableName(model)
	if n.dialect == config.SQLite {
		return n.own + "_" + name
	}
	return n.own + "." + name
}

// ColumnName gives the column of a model's field, of a table as TableName gave it.
func (n *Names) ColumnName(tableName, field string) string {
	for model := range betterAuthModels {
		if tableName == n.TableName(model) {
			return n.column(model, field)
		}
	}
	return n.NamingStrategy.ColumnName("", field)
}

// column gives the column of a field of one of Better Auth's models: the one found, or else its default name.
func (n *Names) column(model, field string) string {
	if found, ok := n.tables[model].columns[field]; ok {
		return found.name
	}
	return camel(field)
}

// snake writes a field as the Drizzle generator names its column: email_verified.
func snake(field string) string { return schema.NamingStrategy{}.ColumnName("", field) }

// camel writes a field as Better Auth names its column unless told otherwise: emailVerified.
func camel(field string) string {
	words := strings.Split(snake(field), "_")
	for i, w := range words[1:] {
		words[i+1] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, "")
}

// Empty says that none of Better Auth's tables is there.
func (n *Names) Empty() bool { return len(n.tables) == 0 }

// HasTable says whether the database has the table of one of Better Auth's models.
func (n *Names) HasTable(model string) bool {
	_, ok := n.tables[model]
	return ok
}

// Has says whether the database has the column of a field of one of Better Auth's models.
func (n *Names) Has(model, field string) bool {
	_, ok := n.tables[model].columns[field]
	return ok || n.Empty()
}

// Fields are the fields of one of Better Auth's models that the database has columns for. Every statement
// that GORM writes for these models selects them, so that a missing plugin is no error.
func (n *Names) Fields(model string) []string {
	var fields []string
	for _, f := range reflect.VisibleFields(betterAuthModels[model].row) {
		if n.Has(model, f.Name) {
			fields = append(fields, f.Name)
		}
	}
	return fields
}

var named = regexp.MustCompile(`\{(?:(\w+):)?([A-Z]\w*)(?:\.(\w+)(:type)?)?\}`)

// SQL writes the names of this database into text: {User} is the model's table, {User.Email} the field's
// column, both quoted, and NULL for a plugin's column that is not there. {u:User} is every field's column of
// the table called u, in the order of the struct; {User.ID:type} is a column's type.
func (n *Names) SQL(text string) string {
	if done, ok := n.written.Load(text); ok {
		return done.(string)
	}
	done := named.ReplaceAllStringFunc(text, func(m string) string {
		part := named.FindStringSubmatch(m)
		alias, model, field := part[1], part[2], part[3]
		_, theirs := betterAuthModels[model]
		switch {
		case alias != "":
			return n.list(alias, model)
		case field == "":
			return quote(n.TableName(model))
		case part[4] != "":
			return n.tables[model].columns[field].kind
		case theirs && !n.Has(model, field):
			return "NULL"
		case theirs:
			return quote(n.column(model, field))
		}
		return quote(n.NamingStrategy.ColumnName("", field))
	})
	n.written.Store(text, done)
	return done
}

// list writes the columns of every field of one of Better Auth's models.
func (n *Names) list(alias, model string) string {
	var columns []string
	for _, f := range reflect.VisibleFields(betterAuthModels[model].row) {
		column := "NULL"
		if n.Has(model, f.Name) {
			column = alias + "." + quote(n.column(model, f.Name))
		}
		columns = append(columns, column)
	}
	return strings.Join(columns, ", ")
}

// quote writes an identifier, qualified or not; both databases quote alike, and "user" must be quoted in PostgreSQL.
func quote(name string) string {
	parts := strings.Split(name, ".")
	for i, p := range parts {
		parts[i] = `"` + strings.ReplaceAll(p, `"`, `""`) + `"`
	}
	return strings.Join(parts, ".")
}

// String says for people which tables and columns are read, as far as they are not Better Auth's defaults.
func (n *Names) String() string {
	var tables []string
	for _, model := range []string{"User", "Session", "Account", "APIKey"} {
		if n.HasTable(model) || !betterAuthModels[model].plugin {
			tables = append(tables, quote(n.TableName(model)))
		}
	}
	style := "camelCase"
	if !n.Empty() && n.column("User", "EmailVerified") == snake("EmailVerified") {
		style = "snake_case"
	}
	text := strings.Join(tables, ", ") + " with " + style + " columns and " + string(n.idKind("User")) + " ids"
	if n.unread != nil {
		text += "; not read: " + strings.Join(n.unread, "; ")
	}
	return text
}
