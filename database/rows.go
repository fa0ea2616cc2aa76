package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/binary"
	"fmt"
	"math"
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
			err = row(func(places ...any) error { return take(own.Conn().TypeMap(), rows, places) })
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

// take does what the rows' own Scan does, which would find out for every statement anew how to read each column, and
// for the NULL of a column that is not there would try all types that there are.
func take(types *pgtype.Map, rows pgx.Rows, places []any) error {
	fields, values := rows.FieldDescriptions(), rows.RawValues()
	if len(values) != len(places) {
		return fmt.Errorf("%d columns and %d places for them", len(values), len(places))
	}
	for i, place := range places {
		f, value := &fields[i], values[i]
		if takeOne(f, value, place) {
			continue
		}
		if value == nil {
			return fmt.Errorf("the column %q is NULL", f.Name)
		}
		if err := types.Scan(f.DataTypeOID, f.Format, value, place); err != nil {
			return fmt.Errorf("the column %q: %w", f.Name, err)
		}
	}
	return nil
}

// takeOne reads what most columns have, and says whether this was such a one.
func takeOne(f *pgconn.FieldDescription, value []byte, place any) bool {
	switch place := place.(type) {
	case *string:
		*place = string(value)
		return value != nil && f.Format == pgx.TextFormatCode
	case *bool:
		*place = string(value) == "t"
		return value != nil && f.DataTypeOID == pgtype.BoolOID
	case *time.Time:
		return takeTime(f, value, place)
	case **string:
		return takeOptional(f, value, place)
	case **bool:
		return takeOptional(f, value, place)
	case **time.Time:
		return takeOptional(f, value, place)
	}
	return false
}

func takeOptional[T any](f *pgconn.FieldDescription, value []byte, place **T) bool {
	if *place = nil; value == nil {
		return true
	}
	*place = new(T)
	return takeOne(f, value, *place)
}

// year2000 is what PostgreSQL counts moments from.
var year2000 = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// takeTime reads a moment; the two that are infinite are no Go time, and none of its business.
func takeTime(f *pgconn.FieldDescription, value []byte, place *time.Time) bool {
	if f.DataTypeOID != pgtype.TimestamptzOID && f.DataTypeOID != pgtype.TimestampOID || len(value) != 8 {
		return false
	}
	micros := int64(binary.BigEndian.Uint64(value))
	*place = time.Unix(year2000.Unix()+micros/1e6, micros%1e6*1000).UTC()
	return micros != math.MaxInt64 && micros != math.MinInt64
}
