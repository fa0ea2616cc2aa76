package database

import (
	"context"
	"database/sql/driver"
	"time"

	sqlite "github.com/ncruces/go-sqlite3/driver"
	"github.com/ncruces/go-sqlite3/ext/unicode"
)

// sqliteTime is how JavaScript's toISOString writes a date, and so how Better Auth keeps it in SQLite. The
// text of two dates compares as the dates do, as long as both are in UTC and have their milliseconds.
const sqliteTime = "2006-01-02T15:04:05.000Z"

// sqliteConnector opens connections that write dates as Better Auth does and read them in any form that
// SQLite knows, and on which LIKE and lower() know all letters, as PostgreSQL's do, and not only ASCII ones.
type sqliteConnector struct{ driver.Connector }

func (c sqliteConnector) Connect(ctx context.Context) (driver.Conn, error) {
	opened, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	conn := sqliteConn{opened.(sqlite.Conn)}
	if err := unicode.Register(conn.Raw()); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

type sqliteConn struct{ sqlite.Conn }

// ExecContext runs several statements at once when they have no arguments, as migrations need.
func (c sqliteConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args)
}

func (c sqliteConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	s, err := c.Conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return sqliteStmt{s.(statement)}, nil
}

type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
	driver.NamedValueChecker
}

type sqliteStmt struct{ statement }

// CheckNamedValue turns dates into text before the driver does, which would drop zeros at the end.
func (s sqliteStmt) CheckNamedValue(v *driver.NamedValue) error {
	switch t := v.Value.(type) {
	case time.Time:
		v.Value = t.UTC().Format(sqliteTime)
		return nil
	case *time.Time:
		v.Value = nil
		if t != nil {
			v.Value = t.UTC().Format(sqliteTime)
		}
		return nil
	}
	return s.statement.CheckNamedValue(v)
}
