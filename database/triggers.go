package database

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"countersign/config"
)

// trigger is one of ours on a table of Better Auth's: it tells of rows that changed, after the fact, and reads
// and changes nothing of the row.
type trigger struct{ name, table, statement string }

// watched are the columns whose change a cached answer must not outlive. A session that is merely touched is
// not among them, nor is a new row: nobody has been answered from it.
var watched = map[string][]string{
	"Session": {"ID", "Token", "UserID", "ExpiresAt", "ImpersonatedBy"},
	"User":    {"ID", "Name", "Email", "EmailVerified", "Image", "CreatedAt", "Role", "Banned", "BanReason", "BanExpires", "TwoFactorEnabled"},
}

// triggers are those that should stand. Each has in its name what it does, so that one that is out of date,
// since a plugin brought a column, has another name.
func (n *Names) triggers() []trigger {
	var all []trigger
	add := func(model, event, when, does string) {
		name := fmt.Sprintf("%s%s_%s", n.triggerPrefix(), strings.ToLower(model), strings.ToLower(event))
		text := n.SQL("AFTER " + event + " ON {" + model + "} " + when + does)
		sum := sha256.Sum256([]byte(text))
		name += "_" + hex.EncodeToString(sum[:4])
		all = append(all, trigger{name, n.TableName(model), "CREATE TRIGGER " + quote(name) + " " + text})
	}
	for _, model := range slices.Sorted(maps.Keys(watched)) {
		each, once := n.tells(model)
		add(model, "UPDATE", "FOR EACH ROW WHEN ("+n.changed(model)+") ", each)
		add(model, "DELETE", "FOR EACH ROW ", each)
		if n.dialect == config.Postgres {
			add(model, "TRUNCATE", "FOR EACH STATEMENT ", once)
		}
	}
	return all
}

// triggerPrefix begins the names of our triggers. Two programs with schemas of their own may share Better
// Auth's tables.
func (n *Names) triggerPrefix() string {
	if n.own == "countersign" {
		return "countersign_"
	}
	return "countersign_" + n.own[:min(len(n.own), 20)] + "_"
}

// triggerRest is what follows the prefix in the name of one of ours, and not of another program's.
var triggerRest = regexp.MustCompile(`^(session|user)_(update|delete|truncate)_[0-9a-f]{8}$`)

// changed writes the condition that an update changed a column that is watched.
func (n *Names) changed(model string) string {
	differs := " IS DISTINCT FROM "
	if n.dialect == config.SQLite {
		differs = " IS NOT "
	}
	var conditions []string
	for _, field := range watched[model] {
		if n.Has(model, field) {
			column := quote(n.column(model, field))
			conditions = append(conditions, "OLD."+column+differs+"NEW."+column)
		}
	}
	return strings.Join(conditions, " OR ")
}

// logLength is how many changes SQLite's log keeps. Who is further behind than that starts anew.
const logLength = 10_000

// tells writes what a trigger does for a row, and for a whole table.
func (n *Names) tells(model string) (each, once string) {
	kind, id := strings.ToLower(model), n.column(model, "ID")
	if n.dialect == config.SQLite {
		log := quote(n.own + "_changes")
		return fmt.Sprintf("BEGIN INSERT INTO %s (kind, row) VALUES ('%s', OLD.%s); DELETE FROM %s WHERE id <= last_insert_rowid() - %d; END",
			log, kind, quote(id), log, logLength), ""
	}
	call := "EXECUTE FUNCTION " + quote(n.own) + ".notice('" + kind + "'"
	return call + ", '" + strings.ReplaceAll(id, "'", "''") + "')", call + ")"
}

const postgresTriggers = `SELECT t.tgname, c.oid::regclass::text FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND starts_with(t.tgname, $1)`

const sqliteTriggers = `SELECT name, tbl_name FROM sqlite_schema WHERE type = 'trigger' AND substr(name, 1, length($1)) = $1`

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// standing gives the names of our triggers that stand, with their tables as SQL has them.
func standing(ctx context.Context, q querier, n *Names) (map[string]string, error) {
	query := postgresTriggers
	if n.dialect == config.SQLite {
		query = sqliteTriggers
	}
	rows, err := q.QueryContext(ctx, query, n.triggerPrefix())
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	there := map[string]string{}
	for rows.Next() {
		var name, table string
		if err := rows.Scan(&name, &table); err != nil {
			return nil, err
		}
		if n.dialect == config.SQLite {
			table = quote(table)
		}
		if triggerRest.MatchString(strings.TrimPrefix(name, n.triggerPrefix())) {
			there[name] = table
		}
	}
	return there, rows.Err()
}

// missingTriggers gives the names of those that should stand and do not.
func missingTriggers(ctx context.Context, q querier, n *Names) ([]string, error) {
	there, err := standing(ctx, q, n)
	var missing []string
	for _, t := range n.triggers() {
		if there[t.name] == "" {
			missing = append(missing, t.name)
		}
	}
	return missing, err
}

// setTriggers puts our triggers where they should stand, all or none, and takes those away that should not.
func setTriggers(ctx context.Context, pool *sql.DB, n *Names, wanted bool) (changed bool, err error) {
	there, err := standing(ctx, pool, n)
	if err != nil {
		return false, err
	}
	var statements []string
	if wanted {
		for _, t := range n.triggers() {
			if there[t.name] == "" { // or it stands and was disabled
				statements = append(statements, n.dropTrigger(t.name, quote(t.table)), t.statement)
			}
			delete(there, t.name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(there)) {
		statements = append(statements, n.dropTrigger(name, there[name]))
	}
	if statements == nil {
		return false, nil
	}
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer func() { _ = tx.Rollback() }()
	if n.dialect == config.Postgres { // who waits for a table's lock makes everybody behind wait too
		statements = append([]string{"SET LOCAL lock_timeout = '3s'"}, statements...)
	}
	for _, statement := range statements {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return false, orDone(ctx, pool, n, wanted, err)
		}
	}
	return true, tx.Commit()
}

func (n *Names) dropTrigger(name, table string) string {
	drop := "DROP TRIGGER IF EXISTS " + quote(name)
	if n.dialect == config.Postgres {
		drop += " ON " + table
	}
	return drop
}

// orDone gives no error where another process has made the triggers meanwhile.
func orDone(ctx context.Context, pool *sql.DB, n *Names, wanted bool, err error) error {
	if missing, again := missingTriggers(ctx, pool, n); wanted && again == nil && missing == nil {
		return nil
	}
	return err
}
