package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"countersign/config"
)

// Finding is one thing that Inspect looked at.
type Finding struct {
	What string `json:"what"`
	OK   bool   `json:"ok"`
	// Detail says what was found.
	Detail string `json:"detail"`
	// Mend is the line that mends it, or says what one misses; empty where all is well.
	Mend string `json:"mend,omitempty"`
}

// maxClockDifference is what the ends of sessions and bans may be off by.
const maxClockDifference = 5 * time.Second

// Inspect asks a database everything that could keep it from being served, changing nothing. It goes on after
// a finding as far as that makes sense.
func Inspect(ctx context.Context, settings config.Database, now time.Time) []Finding {
	m, err := OpenMigrator(settings)
	if err != nil {
		return []Finding{{"database", false, err.Error(), "mend DATABASE_URL"}}
	}
	defer func() { _ = m.Close() }()
	reached := reach(ctx, m.pool, settings, now)
	if slices.ContainsFunc(reached, func(f Finding) bool { return !f.OK && f.What == "database" }) {
		return reached
	}
	names, err := findNames(ctx, m.pool, settings)
	if err == nil && names.Empty() {
		err = errNoTables
	}
	if err != nil {
		return append(reached, failed("tables", err))
	}
	reached = append(reached, Finding{"tables", true, names.String(), ""})
	reached = append(reached, names.plugins()...)
	return append(reached, inspectIndexes(ctx, m.pool, names), inspectSchema(ctx, m))
}

func failed(what string, err error) Finding {
	var wrong *SchemaError
	if errors.As(err, &wrong) {
		return Finding{what, false, wrong.Problem, wrong.Mend}
	}
	return Finding{what, false, err.Error(), "see that the database answers and that the role may read its catalogue"}
}

// reach says whether the database answers and its clock agrees with ours.
func reach(ctx context.Context, pool *sql.DB, settings config.Database, now time.Time) []Finding {
	if err := pool.PingContext(ctx); err != nil {
		return []Finding{{"database", false, settings.String() + ": " + err.Error(), "see that it runs and that DATABASE_URL leads to it, from here"}}
	}
	findings := []Finding{{"database", true, settings.String(), ""}}
	if settings.Dialect == config.SQLite {
		return findings
	}
	var theirs time.Time
	if err := pool.QueryRowContext(ctx, "SELECT clock_timestamp()").Scan(&theirs); err != nil {
		return append(findings, failed("clock", err))
	}
	off := theirs.Sub(now).Round(time.Millisecond)
	clock := Finding{"clock", off.Abs() <= maxClockDifference, fmt.Sprintf("the database's is %s off", off), ""}
	if !clock.OK {
		clock.Mend = "set both clocks by NTP: sessions would end too early or too late"
	}
	findings = append(findings, clock)
	if settings.Pooled {
		findings = append(findings, Finding{"pooler", settings.DirectURL != settings.URL, "DATABASE_URL leads to a pooler", ""})
		if settings.DirectURL == settings.URL {
			findings[len(findings)-1].Mend = "set DIRECT_URL to the unpooled connection, for migrations"
		}
	}
	return findings
}

// plugins says what is missing that a plugin of Better Auth would bring, and what stops a registration.
func (n *Names) plugins() []Finding {
	var missing []string
	for _, field := range []string{"Role", "Banned", "BanReason", "BanExpires"} {
		if !n.Has("User", field) {
			missing = append(missing, n.column("User", field))
		}
	}
	admin := Finding{"admin columns", true, "roles and bans are read", ""}
	if missing != nil {
		admin.Detail = fmt.Sprintf("%s has no %s: every user is a plain one, nobody is banned", quote(n.TableName("User")), strings.Join(missing, ", "))
		admin.Mend = "for roles and bans add the admin plugin to Better Auth and let it migrate"
	}
	findings := []Finding{admin}
	for _, model := range []string{"User", "Account"} {
		if unfilled := n.tables[model].unfilled; unfilled != nil {
			findings = append(findings, Finding{
				"registration", false, fmt.Sprintf("rows of %s need a value for %s", quote(n.TableName(model)), strings.Join(unfilled, ", ")),
				"give the column a default, or set LOCAL_REGISTER=off and register through Better Auth",
			})
		}
	}
	return findings
}

const postgresIndexed = `SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
WHERE i.indrelid = to_regclass($1) AND a.attname = $2 AND i.indisvalid AND i.indpred IS NULL)`

const sqliteIndexed = `SELECT EXISTS (SELECT 1 FROM pragma_index_list($1) l JOIN pragma_index_info(l.name) c
WHERE c.seqno = 0 AND c.name = $2 AND l.partial = 0)`

// inspectIndexes looks for the indexes that every request needs: without them each reads the whole table.
func inspectIndexes(ctx context.Context, pool *sql.DB, n *Names) Finding {
	var missing []string
	for _, wanted := range [][2]string{{"Session", "Token"}, {"Session", "UserID"}, {"User", "Email"}, {"Account", "UserID"}} {
		query, table, column := sqliteIndexed, n.TableName(wanted[0]), n.column(wanted[0], wanted[1])
		if n.dialect == config.Postgres {
			query, table = postgresIndexed, quote(table)
		}
		var there bool
		if err := pool.QueryRowContext(ctx, query, table, column).Scan(&there); err != nil {
			return failed("indexes", err)
		}
		if !there {
			name := n.tables[wanted[0]].name + "_" + column + "_idx"
			missing = append(missing, fmt.Sprintf("CREATE INDEX %s ON %s (%s);", quote(name), quote(n.TableName(wanted[0])), quote(column)))
		}
	}
	if missing != nil {
		return Finding{"indexes", false, "each look-up would read a whole table", strings.Join(missing, " ")}
	}
	return Finding{"indexes", true, "on session tokens, e-mail addresses and users", ""}
}

func inspectSchema(ctx context.Context, m *Migrator) Finding {
	steps, err := m.Status(ctx)
	if err != nil {
		return failed("our tables", err)
	}
	for _, step := range steps {
		if !step.Applied {
			return Finding{"our tables", false, step.Name + " is not applied", "run: countersign migrate up"}
		}
	}
	return Finding{"our tables", true, fmt.Sprintf("%d steps applied", len(steps)), ""}
}
