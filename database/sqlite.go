package database

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"
	"gorm.io/gorm"
	"gorm.io/gorm/callbacks"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"
	"gorm.io/gorm/schema"
)

// sqliteConnections is how many connections a process has to a file at most.
const sqliteConnections = 8

// openSQLite opens, and where it is not there makes, a database file. Its folder is made too. A database
// that has tables already keeps its journal mode: it is somebody's.
func openSQLite(path string, dates *atomic.Pointer[sqliteDates], open OpenPool) (*sql.DB, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("cannot make the folder of the database: %w", err)
	}
	options := url.Values{
		"_pragma": {"busy_timeout(1400)", "foreign_keys(on)"},
		"_txlock": {"immediate"},
	}
	dsn := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath(), RawQuery: options.Encode()}
	writing, err := new(driver.SQLite).OpenConnector(dsn.String())
	if err != nil {
		return nil, err
	}
	dsn.RawQuery += "&mode=ro"
	reading, err := new(driver.SQLite).OpenConnector(dsn.String())
	if err != nil {
		return nil, err
	}
	pool := open(sqliteConnector{writing, reading, dates})
	pool.SetMaxOpenConns(sqliteConnections)
	pool.SetMaxIdleConns(sqliteConnections)
	return pool, nil
}

// sqliteDialector is the little that GORM needs to speak SQLite. GORM's own dialector imports a driver in
// C, which a machine with a compiler would compile for a minute at the first `go run`.
type sqliteDialector struct{ pool *sql.DB }

func (sqliteDialector) Name() string { return "sqlite" }

func (d sqliteDialector) Initialize(db *gorm.DB) error {
	callbacks.RegisterDefaultCallbacks(db, &callbacks.Config{
		CreateClauses: []string{"INSERT", "VALUES", "ON CONFLICT", "RETURNING"},
		UpdateClauses: []string{"UPDATE", "SET", "FROM", "WHERE", "RETURNING"},
		DeleteClauses: []string{"DELETE", "FROM", "WHERE", "RETURNING"},
	})
	db.ConnPool = d.pool
	// A write transaction holds the whole file, so there are no rows to lock.
	db.ClauseBuilders["FOR"] = func(clause.Clause, clause.Builder) {}
	return nil
}

// Migrator is not there: tables come from migrations in SQL.
func (sqliteDialector) Migrator(*gorm.DB) gorm.Migrator { return nil }

func (sqliteDialector) DataTypeOf(f *schema.Field) string { return string(f.DataType) }

func (sqliteDialector) DefaultValueOf(*schema.Field) clause.Expression {
	return clause.Expr{SQL: "NULL"}
}

func (sqliteDialector) BindVarTo(w clause.Writer, _ *gorm.Statement, _ any) { _ = w.WriteByte('?') }

func (sqliteDialector) QuoteTo(w clause.Writer, name string) { _, _ = w.WriteString(quote(name)) }

func (sqliteDialector) Explain(query string, vars ...any) string {
	return logger.ExplainSQL(query, nil, `'`, vars...)
}

// Translate gives SQLite's constraint errors GORM's names, as GORM's own dialectors do.
func (sqliteDialector) Translate(err error) error {
	switch {
	case errors.Is(err, sqlite3.CONSTRAINT_UNIQUE), errors.Is(err, sqlite3.CONSTRAINT_PRIMARYKEY):
		return fmt.Errorf("%w: %w", gorm.ErrDuplicatedKey, err)
	case errors.Is(err, sqlite3.CONSTRAINT_FOREIGNKEY):
		return fmt.Errorf("%w: %w", gorm.ErrForeignKeyViolated, err)
	case errors.Is(err, sqlite3.CONSTRAINT):
		return fmt.Errorf("%w: %w", gorm.ErrCheckConstraintViolated, err)
	}
	return err
}
