package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/ncruces/go-sqlite3"
	sqlite "github.com/ncruces/go-sqlite3/driver"
	"github.com/ncruces/go-sqlite3/ext/unicode"
)

// sqliteTime is how JavaScript's toISOString writes a date, and so how Better Auth keeps it in SQLite. The
// text of two dates compares as the dates do, as long as both are in UTC and have their milliseconds.
const sqliteTime = "2006-01-02T15:04:05.000Z"

// sqliteConnector opens connections that write dates as Better Auth does and read them in any form that
// SQLite knows, and on which LIKE and lower() know all letters, as PostgreSQL's do, and not only ASCII ones.
type sqliteConnector struct {
	driver.Connector
	// reading opens a file that may not be written: the driver does not do so by itself, as SQLite in C does.
	reading driver.Connector
	// dates is shared by all connections and set once it is known.
	dates *atomic.Pointer[sqliteDates]
}

// sqliteDates says how Better Auth's dates are written where they are not text: as milliseconds, in columns
// that are declared as integers, as the Drizzle generator has it.
type sqliteDates struct{ columns []string }

// value writes a moment in the form of the database.
func (d *sqliteDates) value(t time.Time) driver.Value {
	if d != nil {
		return t.UnixMilli()
	}
	return t.UTC().Format(sqliteTime)
}

func (c sqliteConnector) Connect(ctx context.Context) (driver.Conn, error) {
	opened, err := c.Connector.Connect(ctx)
	readOnly := errors.Is(err, sqlite3.CANTOPEN)
	if readOnly {
		opened, err = c.reading.Connect(ctx)
	}
	if err != nil {
		return nil, err
	}
	conn := sqliteConn{opened.(sqlite.Conn), c.dates, readOnly}
	if err := unicode.Register(conn.Raw()); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

type sqliteConn struct {
	sqlite.Conn
	dates *atomic.Pointer[sqliteDates]
	// readOnly says that the file could not be opened for writing.
	readOnly bool
}

// IsValid has the pool drop a connection that cannot write after one use: once the file may be written again, only
// a new connection sees that.
func (c sqliteConn) IsValid() bool { return !c.readOnly }

// ExecContext runs several statements at once when they have no arguments, as migrations need.
func (c sqliteConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args)
}

func (c sqliteConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	s, err := c.Conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return sqliteStmt{s.(statement), c.dates}, nil
}

type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
	driver.NamedValueChecker
}

type sqliteStmt struct {
	statement
	dates *atomic.Pointer[sqliteDates]
}

// CheckNamedValue writes dates before the driver does, which would drop zeros at the end.
func (s sqliteStmt) CheckNamedValue(v *driver.NamedValue) error {
	switch t := v.Value.(type) {
	case time.Time:
		v.Value = s.dates.Load().value(t)
		return nil
	case *time.Time:
		v.Value = nil
		if t != nil {
			v.Value = s.dates.Load().value(*t)
		}
		return nil
	}
	return s.statement.CheckNamedValue(v)
}

// QueryContext reads dates in UTC, and those that are kept as milliseconds.
func (s sqliteStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := s.statement.QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	r := sqliteRows{Rows: rows}
	if dates := s.dates.Load(); dates != nil {
		for i, name := range rows.Columns() {
			if slices.Contains(dates.columns, name) {
				r.millis = append(r.millis, i)
			}
		}
	}
	return r, nil
}

type sqliteRows struct {
	driver.Rows
	millis []int
}

func (r sqliteRows) Next(row []driver.Value) error {
	if err := r.Rows.Next(row); err != nil {
		return err
	}
	for _, i := range r.millis {
		if millis, ok := row[i].(int64); ok {
			row[i] = time.UnixMilli(millis)
		}
	}
	for i, value := range row {
		if t, ok := value.(time.Time); ok {
			row[i] = t.UTC()
		}
	}
	return nil
}
