package database

import (
	"context"
	"database/sql"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"

	"countersign/config"
)

// openPostgres prepares a pool of at most 8 connections: more did not make it faster, fewer slower.
// Behind a pooler that gives each transaction another server connection (PgBouncer), nothing may be
// prepared by name.
func openPostgres(url config.Secret, pooled bool, open OpenPool) (*sql.DB, error) {
	settings, err := pgx.ParseConfig(url.Reveal())
	if err != nil {
		// pgx's message shows the connection string, with the password blanked only where it parses.
		return nil, &SchemaError{Problem: "DATABASE_URL cannot be read", Mend: "write it as postgres://user:password@host:5432/name"}
	}
	if pooled {
		settings.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	}
	// Columns without a time zone hold UTC, whatever the server's zone is.
	settings.RuntimeParams["timezone"] = "UTC"
	pool := open(stdlib.GetConnector(*settings, stdlib.OptionAfterConnect(readTimesInUTC)))
	pool.SetMaxOpenConns(8)
	pool.SetMaxIdleConns(8)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	return pool, nil
}

// readTimesInUTC keeps the process's time zone out of what is read.
func readTimesInUTC(_ context.Context, conn *pgx.Conn) error {
	conn.TypeMap().RegisterType(&pgtype.Type{
		Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	})
	return nil
}

// dialector lets GORM speak to a pool that is open already.
func dialector(d config.Dialect, pool *sql.DB) gorm.Dialector {
	if d == config.SQLite {
		return sqliteDialector{pool}
	}
	return postgres.New(postgres.Config{Conn: pool})
}
