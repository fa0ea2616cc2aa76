package database

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"countersign/config"
)

// reading is one way to understand a schema's tables as Better Auth's.
type reading struct {
	schema string
	tables map[string]table
	// problems say what is missing or doubtful; without any the reading is complete.
	problems []string
	// unread are such problems of plugins' tables: what is called so may be the application's own.
	unread []string
}

// choose gives the one complete reading of a catalogue, nil when there is not one table like Better Auth's.
func choose(columns []column, settings config.Database) (*reading, error) {
	var complete, partial []*reading
	for _, s := range slices.Compact(schemasOf(columns)) {
		switch r := read(s, columns, settings); {
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
		Mend:    "let Better Auth migrate the database, or say what is called otherwise, in BETTER_AUTH_NAMES (user=app_users,session.userId=owner_id, for example) and BETTER_AUTH_SCHEMA",
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
func read(schema string, columns []column, settings config.Database) *reading {
	names := settings.Names
	byTable := map[string][]column{}
	for _, c := range columns {
		if c.schema == schema {
			byTable[c.table] = append(byTable[c.table], c)
		}
	}
	r := &reading{schema: schema, tables: map[string]table{}}
	for _, model := range slices.Sorted(maps.Keys(betterAuthModels)) {
		if model == "Session" && settings.SessionsElsewhere && byTable["session"] == nil && byTable["sessions"] == nil && names["session"] == "" {
			continue
		}
		r.readModel(model, byTable, names)
	}
	r.standIn()
	if !slices.ContainsFunc(slices.Collect(maps.Keys(r.tables)), func(model string) bool { return !betterAuthModels[model].plugin }) {
		r.tables = nil // a table called organization alone is nothing of Better Auth's
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
	_, asked := names[m.table]
	var found table
	var problems []string
	switch {
	case len(there) == 1:
		found, problems = readTable(model, there[0], byTable[there[0]], names)
	case len(there) > 1:
		found, problems = oneOf(model, there, byTable, names)
	case m.plugin && !asked:
		return
	default:
		r.problems = append(r.problems, fmt.Sprintf("the table %q is not there", variants[0]))
		return
	}
	if m.plugin && !asked && problems != nil {
		r.unread = append(r.unread, problems[0])
		return
	}
	r.tables[model] = found
	r.problems = append(r.problems, problems...)
}

// oneOf gives the one of two tables that is whole, when the other is not.
func oneOf(model string, there []string, byTable map[string][]column, names map[string]string) (table, []string) {
	first, wrong := readTable(model, there[0], byTable[there[0]], names)
	second, alsoWrong := readTable(model, there[1], byTable[there[1]], names)
	switch {
	case wrong == nil && alsoWrong != nil:
		return first, nil
	case wrong != nil && alsoWrong == nil:
		return second, nil
	}
	m := betterAuthModels[model].table
	return table{}, []string{fmt.Sprintf("both %q and %q are there: say which is Better Auth's, BETTER_AUTH_NAMES=%s=%s or =%s", there[0], there[1], m, there[0], there[1])}
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
		there := called(columns, variants)
		if older := olderFields[model+"."+f.Name]; there == nil && older != "" {
			there = called(columns, []string{camel(older), snake(older)})
		}
		for _, c := range there {
			filled[c.name] = true
		}
		switch {
		case len(there) == 1:
			t.columns[f.Name] = there[0]
		case len(there) > 1:
			problems = append(problems, fmt.Sprintf("%q has both %q and %q: say which is Better Auth's, BETTER_AUTH_NAMES=%s.%s=%s for example",
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

// called gives the columns that have one of the names.
func called(columns []column, names []string) (there []column) {
	for _, c := range columns {
		if slices.Contains(names, c.name) {
			there = append(there, c)
		}
	}
	return there
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
