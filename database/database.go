// Package database finds and keeps rows: Better Auth's, under the names they have in the database, and ours.
// It is the only room that knows GORM.
package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"countersign/config"
	"countersign/models"
)

// statementTimeout bounds one store method, waiting for a connection included, so that a database that
// hangs is told as 503 within two seconds.
const statementTimeout = 1500 * time.Millisecond

// DB is the database, connected or not yet: the program starts while it is away, and until Connect has
// succeeded once every method answers models.StoreUnavailable.
type DB struct {
	settings config.Database
	clock    func() time.Time
	pool     *sql.DB
	dates    *atomic.Pointer[sqliteDates]
	// datesUnknown says that a SQLite database has not shown yet how it keeps its dates.
	datesUnknown atomic.Bool
	ready        atomic.Pointer[connection]
	log          *slog.Logger
	// writers are the places of those who wait for SQLite's one write lock or hold it: the pool's other connections
	// remain for readers. nil on PostgreSQL.
	writers chan struct{}
	// evictor hears of this process's own changes; nil where nothing is cached.
	evictor Evictor
}

type connection struct {
	gorm  *gorm.DB
	names *Names
}

// OpenPool makes a pool of what connects: sql.OpenDB, or what stands around it and watches the statements.
type OpenPool func(driver.Connector) *sql.DB

// Open prepares a database without asking it anything; the clock gives the time that rows are stamped with.
func Open(settings config.Database, clock func() time.Time, log *slog.Logger, open OpenPool) (*DB, error) {
	dates := new(atomic.Pointer[sqliteDates])
	pool, err := openPool(settings, settings.URL, dates, open)
	if err != nil {
		return nil, err
	}
	db := &DB{settings: settings, clock: clock, pool: pool, dates: dates, log: log}
	if settings.Dialect == config.SQLite {
		db.writers = make(chan struct{}, sqliteConnections/2)
	}
	return db, nil
}

func openPool(settings config.Database, url config.Secret, dates *atomic.Pointer[sqliteDates], open OpenPool) (*sql.DB, error) {
	if settings.Dialect == config.SQLite {
		return openSQLite(settings.Path, dates, open)
	}
	return openPostgres(url, settings.Pooled && url == settings.URL, open)
}

// Connect asks the database, finds the names in it and takes it into use. It may be called until it
// succeeds: *SchemaError means that waiting will not help, anything else that the database is away.
func (db *DB) Connect(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	names, err := findNames(ctx, db.pool, db.settings)
	if err != nil {
		return undeclaredPooler(err)
	}
	if err := requireMigrated(ctx, db.pool, db.settings, names); err != nil {
		return undeclaredPooler(err)
	}
	if db.settings.Dialect == config.SQLite {
		if err := db.learnDates(ctx, names); err != nil {
			return err
		}
	}
	g, err := gorm.Open(dialector(db.settings.Dialect, db.pool), &gorm.Config{
		NamingStrategy:         names,
		NowFunc:                func() time.Time { return timestamp(db.clock()) },
		Logger:                 statementLog(db.log),
		TranslateError:         true,
		SkipDefaultTransaction: true,
		DisableAutomaticPing:   true,
		// pgx keeps prepared statements for each connection by itself; the SQLite driver does not.
		PrepareStmt: db.settings.Dialect == config.SQLite,
	})
	if err != nil {
		return err
	}
	db.ready.Store(&connection{gorm: g, names: names})
	return nil
}

// learnDates finds how a SQLite database keeps its dates. Where only a row can tell and there is none, each
// statement asks again: read as text, a session that Prisma wrote in milliseconds would be past its time.
func (db *DB) learnDates(ctx context.Context, n *Names) error {
	dates, known, err := findDates(ctx, db.pool, n)
	if err != nil {
		return err
	}
	db.dates.Store(dates)
	db.datesUnknown.Store(!known)
	return nil
}

// Names are the names found by Connect; nil before.
func (db *DB) Names() *Names {
	if c := db.ready.Load(); c != nil {
		return c.names
	}
	return nil
}

// Ready says whether the database answers now, has the tables that requests need, and is not behind this program;
// an error is a *models.Error of kind Unavailable.
func (db *DB) Ready(ctx context.Context) error {
	return db.read(ctx, func(tx *gorm.DB, n *Names) error {
		if err := requireVersion(tx.Statement.Context, db.pool, db.settings); err != nil {
			return models.StoreUnavailable(err)
		}
		return tx.Exec(n.SQL("SELECT EXISTS (SELECT 1 FROM {User}), EXISTS (SELECT 1 FROM {Session}), EXISTS (SELECT 1 FROM {RefreshToken}), EXISTS (SELECT 1 FROM {Post}), EXISTS (SELECT 1 FROM {AuditEvent})")).Error
	})
}

// Pool is the connections, for who counts them.
func (db *DB) Pool() *sql.DB { return db.pool }

// Close gives the connections back. Close it after the HTTP server has drained.
func (db *DB) Close() error { return db.pool.Close() }

// read runs one store method's statements outside a transaction.
func (db *DB) read(ctx context.Context, f func(tx *gorm.DB, n *Names) error) error {
	c := db.ready.Load()
	if c == nil {
		return models.StoreUnavailable(errors.New("the database could not be taken into use since the start"))
	}
	ctx, cancel := context.WithTimeout(ctx, statementTimeout)
	defer cancel()
	if db.datesUnknown.Load() {
		if err := db.learnDates(ctx, c.names); err != nil {
			return translate(err)
		}
	}
	return translate(f(c.gorm.WithContext(ctx), c.names))
}

// write runs one store method's statements in one transaction, on SQLite holding the write lock from the start.
func (db *DB) write(ctx context.Context, f func(tx *gorm.DB, n *Names) error) error {
	if db.writers != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, statementTimeout)
		defer cancel()
		select {
		case db.writers <- struct{}{}:
			defer func() { <-db.writers }()
		case <-ctx.Done():
			return models.StoreUnavailable(errors.New("all places of those who wait for SQLite's write lock were taken; which process holds it so long?"))
		}
	}
	return db.read(ctx, func(tx *gorm.DB, n *Names) error {
		return tx.Transaction(func(tx *gorm.DB) error { return f(tx, n) })
	})
}

// timestamp is a moment as Better Auth writes it: UTC, in milliseconds.
func timestamp(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// statementLog shows every statement at debug level, without its values.
func statementLog(log *slog.Logger) logger.Interface {
	level := logger.Silent
	if log.Enabled(context.Background(), slog.LevelDebug) {
		level = logger.Info
	}
	return logger.NewSlogLogger(log, logger.Config{LogLevel: level, ParameterizedQueries: true, IgnoreRecordNotFoundError: true})
}
