package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/gorm"

	"countersign/config"
)

// scan reads a row into places.
type scan = func(places ...any) error

// each asks a query with one value, which stands there as a ?, and hands over each row.
func (db *DB) each(tx *gorm.DB, query string, value any, row func(scan) error) error {
	if db.settings.Dialect == config.Postgres {
		ctx, began := tx.Statement.Context, time.Now()
		if asked, err := eachByPgx(ctx, db.pool, query, value, row); asked {
			tx.Logger.Trace(ctx, began, func() (string, int64) { return query, -1 }, err)
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

// formats asks for text, whose ids read the same whether they are numbers, uuids or texts, but for times, which the server
// writes in the style that somebody has set there.
var formats = pgx.QueryResultFormatsByOID{
	pgtype.TimestamptzOID: pgx.BinaryFormatCode, pgtype.TimestampOID: pgx.BinaryFormatCode, pgtype.DateOID: pgx.BinaryFormatCode,
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
		rows, err := own.Conn().Query(ctx, strings.Replace(query, "?", "$1", 1), formats, value)
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
