package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"countersign/config"
)

// appliedVersion is the newest step that the database has; 0 where it has none.
func appliedVersion(ctx context.Context, pool *sql.DB, settings config.Database) (int64, error) {
	there := "SELECT to_regclass($1) IS NOT NULL"
	if settings.Dialect == config.SQLite {
		there = "SELECT count(*) > 0 FROM sqlite_schema WHERE name = $1"
	}
	var ok bool
	if err := pool.QueryRowContext(ctx, there, migrationsTable(settings)).Scan(&ok); err != nil || !ok {
		return 0, err
	}
	var version int64
	query := "SELECT coalesce(max(version_id), 0) FROM " + quote(migrationsTable(settings)) + " WHERE is_applied"
	err := pool.QueryRowContext(ctx, query).Scan(&version)
	return version, err
}

// requireMigrated refuses a schema that is behind this program; one that is ahead is served, so that
// instances can be replaced one by one.
func requireMigrated(ctx context.Context, pool *sql.DB, settings config.Database, names *Names) error {
	if names.Empty() {
		return errNoTables
	}
	if err := requireVersion(ctx, pool, settings); err != nil {
		return err
	}
	return requireOurs(ctx, pool, settings, names)
}

func requireVersion(ctx context.Context, pool *sql.DB, settings config.Database) error {
	applied, err := appliedVersion(ctx, pool, settings)
	if err != nil {
		return err
	}
	steps := history(settings.Dialect)
	if newest := versionOf(steps[len(steps)-1]); applied < newest {
		return &SchemaError{
			Problem: fmt.Sprintf("the database's schema is behind: version %d, this program needs %d", applied, newest),
			Mend:    "run: countersign migrate up",
		}
	}
	return nil
}

const postgresReferred = `SELECT c.confrelid::regclass::text = to_regclass($2)::text FROM pg_catalog.pg_constraint c
WHERE c.conrelid = to_regclass($1) AND c.contype = 'f' AND c.confrelid <> c.conrelid`

const sqliteReferred = `SELECT lower("table") = lower(?2) FROM pragma_foreign_key_list(?1) WHERE "table" <> ?1`

// requireOurs refuses tables of ours that were made beside other tables of Better Auth's than those found: in
// another schema of the same database, say.
func requireOurs(ctx context.Context, pool *sql.DB, settings config.Database, names *Names) error {
	query, ours, theirs := sqliteReferred, names.TableName("RefreshToken"), names.TableName("Session")
	if settings.Dialect == config.Postgres {
		query, ours, theirs = postgresReferred, quote(ours), quote(theirs)
	}
	var right bool
	err := pool.QueryRowContext(ctx, query, ours, theirs).Scan(&right)
	if errors.Is(err, sql.ErrNoRows) || err == nil && right {
		return nil // an application may have taken the reference away
	}
	if err != nil {
		return err
	}
	return &SchemaError{
		Problem: fmt.Sprintf("our tables in %q belong to another session table than %s", settings.Schema, quote(names.TableName("Session"))),
		Mend:    "mend BETTER_AUTH_SCHEMA (or ?schema= in DATABASE_URL), or give this one a DATABASE_SCHEMA of its own",
	}
}

var errNoTables = &SchemaError{Problem: "the database has none of Better Auth's tables", Mend: "run: countersign migrate up, or let Better Auth migrate"}
