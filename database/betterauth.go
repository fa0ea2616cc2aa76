package database

import (
	"context"
	"database/sql"
	"embed"
	"errors"

	"countersign/config"
)

// The statements that Better Auth's own planner compiles for an empty database with the admin plugin.
//
//go:embed betterauth
var betterAuthSQL embed.FS

// createBetterAuth makes Better Auth's tables exactly as it would, in one transaction, where none of them
// is there, and says whether it did. A new SQLite file is put in WAL mode, so that readers and the writer do not wait for each other.
func createBetterAuth(ctx context.Context, pool *sql.DB, settings config.Database) (made bool, err error) {
	names, err := findNames(ctx, pool, settings)
	if err != nil || !names.Empty() {
		return false, err
	}
	statements, err := betterAuthSQL.ReadFile("betterauth/" + string(settings.Dialect) + ".sql")
	if err != nil {
		return false, err
	}
	if settings.Dialect == config.SQLite {
		_, err = pool.ExecContext(ctx, "PRAGMA journal_mode = WAL")
	} else {
		err = createSchema(ctx, pool, names.schema)
	}
	if err != nil {
		return false, err
	}
	err = inTransaction(ctx, pool, func(tx *sql.Tx) error {
		if settings.Dialect == config.Postgres {
			// Two processes that start at once: the second waits here, then finds the tables and fails below.
			if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(5837241)"); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, "SET LOCAL search_path TO "+quote(names.schema)); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, string(statements))
		return err
	})
	if err != nil {
		if now, again := findNames(ctx, pool, settings); again == nil && !now.Empty() {
			return false, nil
		}
	}
	return err == nil, err
}

func inTransaction(ctx context.Context, pool *sql.DB, f func(*sql.Tx) error) error {
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}
