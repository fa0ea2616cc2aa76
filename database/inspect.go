package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
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
	pool, err := openPool(settings, settings.URL, new(atomic.Pointer[sqliteDates]), sql.OpenDB)
	if err != nil {
		return []Finding{{"database", false, err.Error(), "mend DATABASE_URL"}}
	}
	defer func() { _ = pool.Close() }()
	reached := reach(ctx, pool, settings, now)
	if slices.ContainsFunc(reached, func(f Finding) bool { return !f.OK && f.What == "database" }) {
		return reached
	}
	names, err := findNames(ctx, pool, settings)
	if err == nil && names.Empty() {
		err = errNoTables
	}
	if err != nil {
		return append(reached, failed("tables", err))
	}
	reached = append(reached, Finding{"tables", true, names.String(), ""})
	reached = append(reached, names.plugins()...)
	return append(reached, inspectIndexes(ctx, pool, names), inspectSchema(ctx, pool, settings, names), inspectRights(ctx, pool, names))
}

func failed(what string, err error) Finding {
	var wrong *SchemaError
	if errors.As(undeclaredPooler(err), &wrong) {
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
	for _, model := range []string{"User", "Account", "Session"} {
		if unfilled := n.tables[model].unfilled; unfilled != nil {
			findings = append(findings, Finding{
				"local auth", false, fmt.Sprintf("rows of %s need a value for %s", quote(n.TableName(model)), strings.Join(unfilled, ", ")),
				"give the column a default, or set LOCAL_AUTH=off and sign up and in through Better Auth",
			})
		}
	}
	return findings
}

const postgresIndexed = `SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
WHERE i.indrelid = to_regclass($1) AND a.attname = $2 AND i.indisvalid AND i.indpred IS NULL
  AND (NOT $3 OR i.indisunique AND i.indnkeyatts = 1))`

const sqliteIndexed = `SELECT EXISTS (SELECT 1 FROM pragma_index_list($1) l JOIN pragma_index_info(l.name) c
WHERE c.seqno = 0 AND c.name = $2 AND l.partial = 0 AND (NOT $3 OR l."unique"))`

// inspectIndexes looks for the indexes that every request needs: without them each reads the whole table.
func inspectIndexes(ctx context.Context, pool *sql.DB, n *Names) Finding {
	var missing []string
	for _, wanted := range []struct {
		model, field string
		unique       bool
	}{{"Session", "Token", true}, {"Session", "UserID", false}, {"User", "Email", true}, {"Account", "UserID", false}} {
		query, table, column := sqliteIndexed, n.TableName(wanted.model), n.column(wanted.model, wanted.field)
		if n.dialect == config.Postgres {
			query, table = postgresIndexed, quote(table)
		}
		var there bool
		if err := pool.QueryRowContext(ctx, query, table, column, wanted.unique).Scan(&there); err != nil {
			return failed("indexes", err)
		}
		if !there {
			create := map[bool]string{true: "CREATE UNIQUE INDEX", false: "CREATE INDEX"}[wanted.unique]
			name := n.tables[wanted.model].name + "_" + column + "_idx"
			missing = append(missing, fmt.Sprintf("%s %s ON %s (%s);", create, quote(name), quote(n.TableName(wanted.model)), quote(column)))
		}
	}
	if missing != nil {
		return Finding{"indexes", false, "without them look-ups read a whole table, and two users may get one address", strings.Join(missing, " ")}
	}
	return Finding{"indexes", true, "on session tokens, e-mail addresses and users", ""}
}

// inspectSchema asks what the start will ask, and whether migrations go to the same database.
func inspectSchema(ctx context.Context, pool *sql.DB, settings config.Database, n *Names) Finding {
	err := requireMigrated(ctx, pool, settings, n)
	if err == nil {
		return Finding{"our tables", true, fmt.Sprintf("%d steps applied", len(history(settings.Dialect))), ""}
	}
	f := failed("our tables", err)
	if m, err := OpenMigrator(settings); err == nil && settings.DirectURL != settings.URL {
		defer func() { _ = m.Close() }()
		if there, err := appliedVersion(ctx, m.pool, settings); err == nil && there > 0 {
			f.Mend = "DIRECT_URL leads to another database than DATABASE_URL, where our tables are: let both lead to the same"
		}
	}
	return f
}

// inspectRights asks PostgreSQL whether the role may do what requests will ask for.
func inspectRights(ctx context.Context, pool *sql.DB, n *Names) Finding {
	if n.dialect == config.SQLite {
		return Finding{"rights", true, "the file's", ""}
	}
	var missing []string
	for _, model := range []string{"User", "Session", "Account", "Post", "RefreshToken", "AuditEvent"} {
		for _, right := range []string{"SELECT", "INSERT", "UPDATE", "DELETE"} {
			var granted sql.NullBool
			table := quote(n.TableName(model))
			err := pool.QueryRowContext(ctx, "SELECT has_table_privilege(to_regclass($1), $2)", table, right).Scan(&granted)
			if err != nil {
				return failed("rights", err)
			}
			if granted.Valid && !granted.Bool {
				missing = append(missing, "GRANT "+right+" ON "+table+" TO CURRENT_USER;")
			}
		}
	}
	if missing != nil {
		return Finding{"rights", false, "the role of DATABASE_URL may not do all that requests ask for", "as the tables' owner, with the role's name: " + strings.Join(missing, " ")}
	}
	return Finding{"rights", true, "to read and write what requests ask for", ""}
}
