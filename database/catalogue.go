package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm/schema"

	"countersign/config"
)

// column is one of the catalogue.
type column struct {
	schema, table, name string
	// kind is the type as the database writes it.
	kind string
	// wanted says that a row cannot be inserted without a value for it.
	wanted bool
}

const postgresCatalogue = `
SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
  a.attnotnull AND NOT a.atthasdef AND a.attidentity = ''
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'f') AND a.attnum > 0 AND NOT a.attisdropped
  AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> $1
  AND ($2 = '' OR n.nspname = $2)
ORDER BY 1, 2, a.attnum`

const sqliteCatalogue = `
SELECT '', m.name, p.name, p.type, p."notnull" AND p.dflt_value IS NULL AND p.pk = 0
FROM sqlite_schema m JOIN pragma_table_info(m.name) p
WHERE m.type IN ('table', 'view') AND substr(m.name, 1, length($1)) <> $1 AND $2 = ''
ORDER BY m.name, p.cid`

// findNames reads the catalogue once and freezes what Better Auth's tables are called and have. A database
// without any of them gives names to make them by. *SchemaError says what is missing, or which setting
// decides where two readings are possible.
func findNames(ctx context.Context, pool *sql.DB, settings config.Database) (*Names, error) {
	n := &Names{
		NamingStrategy: schema.NamingStrategy{IdentifierMaxLength: 63},
		dialect:        settings.Dialect, own: settings.Schema, schema: settings.SearchPath,
	}
	columns, err := catalogue(ctx, pool, settings)
	if err != nil {
		return nil, err
	}
	found, err := choose(columns, settings)
	if err != nil {
		return nil, err
	}
	if found != nil {
		n.schema, n.tables, n.unread = found.schema, found.tables, found.unread
		return n, n.checkKinds()
	}
	if settings.SearchPath != "" {
		return n, elsewhere(ctx, pool, settings)
	}
	if n.schema == "" && settings.Dialect == config.Postgres {
		err = pool.QueryRowContext(ctx, "SELECT coalesce(current_schema(), 'public')").Scan(&n.schema)
	}
	return n, err
}

// elsewhere refuses a schema without any of Better Auth's tables where another one has them: it was mistyped,
// and a second set of tables would be served that nobody is in.
func elsewhere(ctx context.Context, pool *sql.DB, settings config.Database) error {
	everywhere := settings
	everywhere.SearchPath = ""
	columns, err := catalogue(ctx, pool, everywhere)
	if err != nil {
		return err
	}
	for _, s := range slices.Compact(schemasOf(columns)) {
		if r := read(s, columns, everywhere); len(r.tables) > 0 && len(r.problems) == 0 {
			return &SchemaError{
				Problem: fmt.Sprintf("Better Auth's tables are not in the schema %q but in %q", settings.SearchPath, s),
				Mend:    fmt.Sprintf("set BETTER_AUTH_SCHEMA=%s, or take it away (and ?schema= in DATABASE_URL) to let them be found; for a second set let Better Auth make its tables first", s),
			}
		}
	}
	return nil
}

func catalogue(ctx context.Context, pool *sql.DB, settings config.Database) ([]column, error) {
	query, own := sqliteCatalogue, settings.Schema+"_" //nolint:gosec // own is one of its values
	if settings.Dialect == config.Postgres {
		query, own = postgresCatalogue, settings.Schema
	}
	rows, err := pool.QueryContext(ctx, query, own, settings.SearchPath)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var all []column
	for rows.Next() {
		var c column
		if err := rows.Scan(&c.schema, &c.table, &c.name, &c.kind, &c.wanted); err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, rows.Err()
}

func isDate(t reflect.Type) bool {
	return t == reflect.TypeFor[time.Time]() || t == reflect.TypeFor[*time.Time]()
}

// checkKinds refuses ids and dates in forms that would be written wrongly. A plugin's table that has them is
// left alone.
func (n *Names) checkKinds() error {
	for model, found := range n.tables {
		err := n.checkTable(model, found)
		switch {
		case err == nil:
		case !betterAuthModels[model].plugin:
			return err
		default:
			delete(n.tables, model)
			n.unread = append(n.unread, err.Error())
		}
	}
	return nil
}

func (n *Names) checkTable(model string, found table) error {
	for _, f := range reflect.VisibleFields(betterAuthModels[model].row) {
		c, ok := found.columns[f.Name]
		if !ok {
			continue
		}
		if f.Name == "ID" && kindOf(c.kind) == "" {
			return &SchemaError{fmt.Sprintf("%s.%s is of type %s", c.table, c.name, c.kind), "ids may be text, uuid or integers"}
		}
		if isDate(f.Type) && n.dialect == config.Postgres && !strings.HasPrefix(c.kind, "timestamp") {
			return &SchemaError{fmt.Sprintf("%s.%s is of type %s", c.table, c.name, c.kind), "dates may be timestamps, with time zone or without"}
		}
	}
	return nil
}

// findDates says how a SQLite database keeps its dates, nil for text: in columns declared as integers they
// are milliseconds, in others a row tells, since Prisma declares them DATETIME whatever it writes. Not known
// is what such a database without a user will have.
func findDates(ctx context.Context, pool *sql.DB, n *Names) (d *sqliteDates, known bool, err error) {
	created, known := n.tables["User"].columns["CreatedAt"], true
	millis := kindOf(created.kind) == integerID
	if !millis {
		var kind string
		row := pool.QueryRowContext(ctx, n.SQL("SELECT typeof({User.CreatedAt}) FROM {User} LIMIT 1"))
		if err := row.Scan(&kind); errors.Is(err, sql.ErrNoRows) {
			known = !strings.EqualFold(created.kind, "DATETIME")
		} else if err != nil {
			return nil, false, err
		}
		millis = kind == "integer"
	}
	if !millis {
		return nil, known, nil
	}
	d = &sqliteDates{}
	for model, found := range n.tables {
		for _, f := range reflect.VisibleFields(betterAuthModels[model].row) {
			if c, ok := found.columns[f.Name]; ok && isDate(f.Type) {
				d.columns = append(d.columns, c.name)
			}
		}
	}
	return d, true, nil
}
