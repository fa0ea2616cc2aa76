package database

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gorm.io/gorm/schema"

	"countersign/config"
)

// found is one column of the catalogue.
type found struct{ schema, table, column, kind string }

const postgresCatalogue = `
SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname IN ('user', 'session', 'account', 'verification') AND c.relkind IN ('r', 'p', 'v', 'f')
  AND a.attnum > 0 AND NOT a.attisdropped
  AND (n.nspname = $1 OR ($1 = '' AND pg_catalog.pg_table_is_visible(c.oid)))`

const sqliteCatalogue = `
SELECT '', m.name, p.name, p.type FROM sqlite_schema m JOIN pragma_table_info(m.name) p
WHERE m.type IN ('table', 'view') AND m.name IN ('user', 'session', 'account', 'verification')`

// findNames reads the catalogue once and freezes what Better Auth's tables are called and have. A database
// without any of them gives names to make them by.
func findNames(ctx context.Context, pool *sql.DB, settings config.Database) (*Names, error) {
	columns, err := catalogue(ctx, pool, settings)
	if err != nil {
		return nil, err
	}
	n := &Names{
		NamingStrategy: schema.NamingStrategy{IdentifierMaxLength: 63},
		dialect:        settings.Dialect, own: settings.Schema, schema: settings.SearchPath,
		columns: map[string][]string{},
	}
	for _, c := range columns {
		n.schema = c.schema
		n.columns[c.table] = append(n.columns[c.table], c.column)
	}
	if n.schema == "" && settings.Dialect == config.Postgres {
		if err := pool.QueryRowContext(ctx, "SELECT coalesce(current_schema(), 'public')").Scan(&n.schema); err != nil {
			return nil, err
		}
	}
	if n.Empty() {
		return n, nil
	}
	return n, n.check(columns)
}

func catalogue(ctx context.Context, pool *sql.DB, settings config.Database) ([]found, error) {
	query, args := sqliteCatalogue, []any(nil)
	if settings.Dialect == config.Postgres {
		query, args = postgresCatalogue, []any{settings.SearchPath}
	}
	rows, err := pool.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var all []found
	for rows.Next() {
		var c found
		if err := rows.Scan(&c.schema, &c.table, &c.column, &c.kind); err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, rows.Err()
}

// Empty says that none of Better Auth's tables is there.
func (n *Names) Empty() bool { return len(n.columns) == 0 }

// check refuses tables that this program would read wrongly, naming what is missing.
func (n *Names) check(columns []found) error {
	for _, model := range slices.Sorted(maps.Keys(betterAuthTables)) {
		if name := n.betterAuth(model); n.columns[name] == nil {
			return &SchemaError{
				Problem: fmt.Sprintf("some of Better Auth's tables are there, but not %q", name),
				Mend:    "let Better Auth migrate the database (npx @better-auth/cli migrate)",
			}
		}
	}
	for model, table := range betterAuthTables {
		for i := range table.model.NumField() {
			field := table.model.Field(i).Name
			if !n.Has(model, field) && !slices.Contains(table.optional, field) {
				return &SchemaError{
					Problem: fmt.Sprintf("the table %q has no column %q", n.betterAuth(model), n.ColumnName(n.TableName(model), field)),
					Mend:    "let Better Auth migrate the database; this version reads its default names (camelCase columns) only",
				}
			}
		}
	}
	return checkKinds(columns)
}

// checkKinds refuses ids and dates in forms that this version would write wrongly.
func checkKinds(columns []found) error {
	for _, c := range columns {
		kind := strings.ToLower(c.kind)
		switch {
		case c.column == "id" && !strings.Contains(kind, "text") && !strings.Contains(kind, "char"):
			return &SchemaError{
				Problem: fmt.Sprintf("%s.id is of type %s", c.table, c.kind),
				Mend:    "this version reads text ids only (Better Auth's default)",
			}
		case strings.HasSuffix(c.column, "At") && !strings.Contains(kind, "date") && !strings.Contains(kind, "timestamp"):
			return &SchemaError{
				Problem: fmt.Sprintf("%s.%s is of type %s", c.table, c.column, c.kind),
				Mend:    "this version reads dates as Better Auth's own migration makes them",
			}
		}
	}
	return nil
}
