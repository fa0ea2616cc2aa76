package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
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
	found, err := choose(columns, settings.Names)
	if err != nil {
		return nil, err
	}
	if found != nil {
		n.schema, n.tables = found.schema, found.tables
		return n, n.checkKinds()
	}
	if n.schema == "" && settings.Dialect == config.Postgres {
		err = pool.QueryRowContext(ctx, "SELECT coalesce(current_schema(), 'public')").Scan(&n.schema)
	}
	return n, err
}

func catalogue(ctx context.Context, pool *sql.DB, settings config.Database) ([]column, error) {
	query, own := sqliteCatalogue, settings.Schema+"_"
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

// reading is one way to understand a schema's tables as Better Auth's.
type reading struct {
	schema string
	tables map[string]table
	// problems say what is missing or doubtful; without any the reading is complete.
	problems []string
}

// choose gives the one complete reading of a catalogue, nil when there is not one table like Better Auth's.
func choose(columns []column, names map[string]string) (*reading, error) {
	var complete, partial []*reading
	for _, s := range slices.Compact(schemasOf(columns)) {
		switch r := read(s, columns, names); {
		case len(r.tables) == 0:
		case len(r.problems) == 0:
			complete = append(complete, r)
		default:
			partial = append(partial, r)
		}
	}
	switch {
	case len(complete) == 1:
		return complete[0], nil
	case len(complete) > 1:
		return nil, &SchemaError{
			Problem: fmt.Sprintf("Better Auth's tables stand in the schema %q and in %q", complete[0].schema, complete[1].schema),
			Mend:    "say which in BETTER_AUTH_SCHEMA",
		}
	case len(partial) == 0:
		return nil, nil
	}
	best := slices.MinFunc(partial, func(a, b *reading) int { return len(a.problems) - len(b.problems) })
	return nil, &SchemaError{
		Problem: "Better Auth's tables cannot be read: " + strings.Join(best.problems, "; "),
		Mend:    "let Better Auth migrate the database, or say what is called otherwise: BETTER_AUTH_NAMES=user=app_users,session.userId=owner_id and BETTER_AUTH_SCHEMA",
	}
}

func schemasOf(columns []column) []string {
	var schemas []string
	for _, c := range columns {
		schemas = append(schemas, c.schema)
	}
	return schemas
}

// read tries to understand a schema's tables: singular, or plural as usePlural names them, or as the settings say.
func read(schema string, columns []column, names map[string]string) *reading {
	byTable := map[string][]column{}
	for _, c := range columns {
		if c.schema == schema {
			byTable[c.table] = append(byTable[c.table], c)
		}
	}
	r := &reading{schema: schema, tables: map[string]table{}}
	for _, model := range slices.Sorted(maps.Keys(betterAuthModels)) {
		r.readModel(model, byTable, names)
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !r.used(name) {
			r.problems = append(r.problems, fmt.Sprintf("BETTER_AUTH_NAMES names %q, which is no table or column of Better Auth's that is read", name))
		}
	}
	return r
}

func (r *reading) readModel(model string, byTable map[string][]column, names map[string]string) {
	m := betterAuthModels[model]
	variants := []string{m.table, m.table + "s"}
	if name, ok := names[m.table]; ok {
		variants = []string{name}
	}
	var there []string
	for _, v := range variants {
		if byTable[v] != nil {
			there = append(there, v)
		}
	}
	switch {
	case len(there) == 1:
		found, problems := readTable(model, there[0], byTable[there[0]], names)
		r.tables[model] = found
		r.problems = append(r.problems, problems...)
	case len(there) > 1:
		r.tables[model] = table{}
		r.problems = append(r.problems, fmt.Sprintf("both %q and %q are there: BETTER_AUTH_NAMES=%s=%s says which", there[0], there[1], m.table, there[1]))
	case !m.plugin:
		r.problems = append(r.problems, fmt.Sprintf("the table %q is not there", variants[0]))
	}
}

// readTable finds the column of each field: as Better Auth names it, in snake_case, or as the settings say.
func readTable(model, name string, columns []column, names map[string]string) (t table, problems []string) {
	m := betterAuthModels[model]
	t = table{name: name, columns: map[string]column{}}
	filled := map[string]bool{}
	for _, f := range reflect.VisibleFields(m.row) {
		variants := slices.Compact([]string{camel(f.Name), snake(f.Name)})
		if name, ok := names[m.table+"."+camel(f.Name)]; ok {
			variants = []string{name}
		}
		var there []column
		for _, c := range columns {
			if slices.Contains(variants, c.name) {
				there = append(there, c)
				filled[c.name] = true
			}
		}
		switch {
		case len(there) == 1:
			t.columns[f.Name] = there[0]
		case len(there) > 1:
			problems = append(problems, fmt.Sprintf("%q has both %q and %q: BETTER_AUTH_NAMES=%s.%s=%s says which",
				name, there[0].name, there[1].name, m.table, camel(f.Name), there[1].name))
		case !slices.Contains(m.optional, f.Name):
			problems = append(problems, fmt.Sprintf("%q has no column %q", name, variants[0]))
		}
	}
	for _, c := range columns {
		if c.wanted && !filled[c.name] {
			t.unfilled = append(t.unfilled, c.name)
		}
	}
	return t, problems
}

// used says whether a name of BETTER_AUTH_NAMES was of use: user, or session.userId.
func (r *reading) used(name string) bool {
	tableName, field, isColumn := strings.Cut(name, ".")
	for _, m := range betterAuthModels {
		if m.table != tableName {
			continue
		}
		if !isColumn {
			return true
		}
		return slices.ContainsFunc(reflect.VisibleFields(m.row), func(f reflect.StructField) bool { return camel(f.Name) == field })
	}
	return false
}

func isDate(t reflect.Type) bool {
	return t == reflect.TypeFor[time.Time]() || t == reflect.TypeFor[*time.Time]()
}

// checkKinds refuses ids and dates in forms that would be written wrongly.
func (n *Names) checkKinds() error {
	for model, found := range n.tables {
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
	}
	return nil
}

// findDates says how a SQLite database keeps its dates, nil for text: in columns declared as integers they
// are milliseconds, in others a row tells, since Prisma declares them DATETIME whatever it writes.
func findDates(ctx context.Context, pool *sql.DB, n *Names) (*sqliteDates, error) {
	created := n.tables["User"].columns["CreatedAt"]
	millis := kindOf(created.kind) == integerID
	if !millis {
		var kind string
		row := pool.QueryRowContext(ctx, n.SQL("SELECT typeof({User.CreatedAt}) FROM {User} LIMIT 1"))
		if err := row.Scan(&kind); err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, err
		}
		millis = kind == "integer"
	}
	if !millis {
		return nil, nil
	}
	d := &sqliteDates{}
	for model, found := range n.tables {
		for _, f := range reflect.VisibleFields(betterAuthModels[model].row) {
			if c, ok := found.columns[f.Name]; ok && isDate(f.Type) {
				d.columns = append(d.columns, c.name)
			}
		}
	}
	return d, nil
}
