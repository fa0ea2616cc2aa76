package tests

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"countersign/tests/betterauth"
)

// compatRow is one way in which Better Auth's tables come about: a database, a version of Better Auth, the
// adapter that writes, what tables and columns are called, and of what kind ids are.
type compatRow struct {
	Database, Version, Adapter, Naming, IDs string
	// rare rows run only in a pipeline and when the document is written.
	rare bool
}

// compatVersion is the version that everything is checked with; folders of older ones have two parts.
const compatVersion = "1.7.25"

var compatDatabases = []string{"PostgreSQL", "SQLite"}

// compatRows are all rows, in the document's order.
func compatRows() (rows []compatRow) {
	for _, database := range compatDatabases {
		add := func(rare bool, version, adapter, naming string, ids ...string) {
			for _, id := range ids {
				rows = append(rows, compatRow{database, version, adapter, naming, id, rare})
			}
		}
		add(false, compatVersion, "Kysely", "camelCase", "text", "uuid", "serial")
		add(true, compatVersion, "Kysely", "camelCase, plural", "text")
		add(false, compatVersion, "Kysely", "snake_case", "text")
		add(true, compatVersion, "Kysely", "snake_case, plural", "serial")
		add(true, compatVersion, "Kysely", "renamed", "text")
		if database == "PostgreSQL" {
			add(false, compatVersion, "Kysely", "camelCase, a schema of its own", "text")
		}
		add(false, compatVersion, "Drizzle", "snake_case", "text")
		add(true, compatVersion, "Drizzle", "snake_case", "uuid", "serial")
		add(true, compatVersion, "Drizzle", "snake_case, plural", "text")
		add(true, compatVersion, "Prisma", "camelCase", "text", "uuid", "serial")
		if database == "SQLite" {
			add(true, compatVersion, "Prisma", "camelCase, dates as milliseconds", "text")
		}
		for _, version := range []string{"1.6", "1.5", "1.4"} {
			add(true, version, "Kysely", "camelCase", "text")
		}
	}
	return rows
}

func (r compatRow) String() string {
	return strings.Join([]string{r.Database, r.Version, r.Adapter, r.Naming, r.IDs}, "/")
}

// compatColumn is a kind of credential, or what one of the two does that the other must see.
type compatColumn struct {
	name  string
	check func(t *testing.T, c *compat)
	// without says in words why a row cannot have it; nil or "" where it can.
	without func(compatRow) string
}

// compatColumns are checked in this order on one user: those that end sessions come last.
var compatColumns = []compatColumn{
	{name: "session cookie", check: compatCookie},
	{name: "bearer, bare", check: compatBare},
	{name: "bearer, signed", check: compatSigned},
	{name: "cookie cache", check: compatCache},
	{name: "JWT of the plugin", check: compatJWT},
	{name: "API key", check: compatAPIKey},
	{name: "login here: access token", check: compatAccess},
	{name: "refresh token", check: compatRefresh},
	{name: "registered here, signs in there", check: compatRegistered},
	{name: "role changed there", check: compatRole},
	{name: "sign-out there", check: compatSignOut},
	{name: "ban there", check: compatBan},
}

// compatResults are the cells, by row and column.
type compatResults struct {
	sync.Mutex
	cells map[string]map[string]string
}

func (r *compatResults) set(row compatRow, column, result string) {
	r.Lock()
	defer r.Unlock()
	if r.cells[row.String()] == nil {
		r.cells[row.String()] = map[string]string{}
	}
	r.cells[row.String()][column] = result
}

// Better Auth makes and writes each kind of database, and every credential holds here. With
// COUNTERSIGN_WRITE_DOCS=1 the results become docs/compatibility.md.
func TestCompatibility(t *testing.T) {
	t.Parallel()
	write := os.Getenv("COUNTERSIGN_WRITE_DOCS") == "1"
	rows := compatRows()
	if !write && os.Getenv("CI") != "true" {
		rows = slices.DeleteFunc(rows, func(r compatRow) bool { return r.rare })
	}
	results := &compatResults{cells: map[string]map[string]string{}}
	t.Run("rows", func(t *testing.T) {
		for _, row := range rows {
			t.Run(row.String(), func(t *testing.T) {
				t.Parallel()
				c := compatStart(t, row)
				for _, column := range compatColumns {
					compatCell(t, c, column, results)
				}
			})
		}
	})
	switch {
	case !write:
	case t.Failed() || len(results.cells) < len(rows):
		t.Error("docs/compatibility.md is not written: a cell failed, or a row could not be run")
	default:
		if err := os.WriteFile("../docs/compatibility.md", []byte(compatDocument(rows, results.cells)), 0o644); err != nil {
			t.Error(err)
		}
	}
}

func compatCell(t *testing.T, c *compat, column compatColumn, results *compatResults) {
	t.Helper()
	if column.without != nil {
		if reason := column.without(c.row); reason != "" {
			results.set(c.row, column.name, reason)
			return
		}
	}
	if t.Run(column.name, func(t *testing.T) { column.check(t, c) }) {
		results.set(c.row, column.name, "passed")
	}
}

// compatDocument is the table as Markdown. It says nothing of when or where it was made, so that a run that
// finds the same leaves the file as it is.
func compatDocument(rows []compatRow, cells map[string]map[string]string) string {
	text, err := os.ReadFile("testdata/compatibility.md")
	if err != nil {
		return err.Error()
	}
	var out strings.Builder
	line := func(values ...string) { fmt.Fprintf(&out, "| %s |\n", strings.Join(values, " | ")) }
	head := []string{"database", "Better Auth", "adapter", "naming", "ids"}
	for _, column := range compatColumns {
		head = append(head, column.name)
	}
	line(head...)
	line(slices.Repeat([]string{"---"}, len(head))...)
	for _, row := range rows {
		values := []string{row.Database, betterauth.VersionOf(row.folder()), row.Adapter, row.Naming, row.IDs}
		for _, column := range compatColumns {
			values = append(values, cells[row.String()][column.name])
		}
		line(values...)
	}
	return strings.Replace(string(text), "TABLE\n", out.String(), 1)
}
