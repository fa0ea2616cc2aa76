package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"log/slog"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/gorm"

	"countersign/config"
)

// scan reads a row into places.
type scan = func(places ...any) error

// each asks a query with one value, which stands there as a ?, and hands over each row. Where the log shows statements, GORM
// asks, which logs them.
func (db *DB) each(tx *gorm.DB, query string, value any, row func(scan) error) error {
	if db.settings.Dialect == config.Postgres && !db.log.Enabled(tx.Statement.Context, slog.LevelDebug) {
		if asked, err := eachByPgx(tx.Statement.Context, db.pool, query, value, row); asked {
			return err
		}
	}
	rows, err := tx.Raw(query, value).Rows()
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// eachByPgx does that by pgx itself, at half of what GORM and database/sql cost. It has not asked where a connection is
// not pgx's own, since somebody watches the statements, or was lost before the statement left: database/sql knows how to try again.
func eachByPgx(ctx context.Context, pool *sql.DB, query string, value any, row func(scan) error) (asked bool, err error) {
	c, err := pool.Conn(ctx)
	if err != nil {
		return true, err
	}
	defer func() { _ = c.Close() }()
	err = c.Raw(func(connection any) error {
		own, ok := connection.(*stdlib.Conn)
		if !ok {
			return nil
		}
		// As text, whose ids read the same whether they are numbers, uuids or texts.
		rows, err := own.Conn().Query(ctx, strings.Replace(query, "?", "$1", 1), pgx.QueryResultFormats{pgx.TextFormatCode}, value)
		for err == nil && rows.Next() {
			err = row(rows.Scan)
		}
		rows.Close()
		if err == nil {
			err = rows.Err()
		}
		if err != nil && pgconn.SafeToRetry(err) {
			return driver.ErrBadConn // the pool drops it
		}
		asked = true
		return err
	})
	return asked, err
}
