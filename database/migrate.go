package database

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"sync/atomic"
	"testing/fstest"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
	goosedb "github.com/pressly/goose/v3/database"
	"github.com/pressly/goose/v3/lock"

	"countersign/config"
)

// Ours: an append-only history for each dialect. {Names} in them are written out by Names.SQL.
//
//go:embed migrations
var migrations embed.FS

// Migrator changes our own tables from version to version, over the direct connection, and makes Better
// Auth's where none of them is there. Better Auth's own tables are never altered.
type Migrator struct {
	settings config.Database
	pool     *sql.DB
}

// Migration is one step of our history; Applied says whether the database has it.
type Migration struct {
	Version int64  `json:"version"`
	Name    string `json:"name"`
	Applied bool   `json:"applied"`
}

// OpenMigrator prepares migrations without asking the database anything.
func OpenMigrator(settings config.Database) (*Migrator, error) {
	pool, err := openPool(settings, settings.DirectURL, new(atomic.Pointer[sqliteDates]), sql.OpenDB)
	return &Migrator{settings, pool}, err
}

// Close gives the connection back.
func (m *Migrator) Close() error { return m.pool.Close() }

// AnyUser says whether somebody's users are in the database already.
func (m *Migrator) AnyUser(ctx context.Context) (there bool, err error) {
	names, err := findNames(ctx, m.pool, m.settings)
	if err != nil || names.Empty() {
		return false, err
	}
	err = m.pool.QueryRowContext(ctx, names.SQL("SELECT EXISTS (SELECT 1 FROM {User})")).Scan(&there)
	return there, err
}

// Up makes Better Auth's tables where none of them is there, then applies every step of ours that is not.
// It gives the steps that were applied. Several processes may call it at once.
func (m *Migrator) Up(ctx context.Context) ([]Migration, error) {
	applied, err := m.up(ctx)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == insufficientPrivilege {
		return applied, &SchemaError{
			Problem: "the role of DIRECT_URL may not make our tables: " + pg.Message,
			Mend:    "run it as the owner of Better Auth's tables, or give the role the rights that docs/settings.md lists under Rights",
		}
	}
	return applied, err
}

// insufficientPrivilege is what PostgreSQL says to who may not.
const insufficientPrivilege = "42501"

func (m *Migrator) up(ctx context.Context) ([]Migration, error) {
	var applied []Migration
	made, err := createBetterAuth(ctx, m.pool, m.settings)
	if made {
		applied = append(applied, Migration{0, "Better Auth's tables, which were not there", true})
	}
	if err != nil {
		return applied, err
	}
	p, err := m.provider(ctx)
	if err != nil {
		return applied, err
	}
	// SQLite has no lock that several processes could share: one that was slower than another at the same
	// step fails and looks again. Each failure is a step that is done, so the tries are few.
	for range len(history(m.settings.Dialect)) + 2 {
		var results []*goose.MigrationResult
		results, err = p.Up(ctx)
		for _, r := range results {
			applied = append(applied, Migration{r.Source.Version, path.Base(r.Source.Path), true})
		}
		if err == nil {
			break
		}
	}
	if err != nil {
		return applied, err
	}
	step, err := m.triggers(ctx)
	if step != nil {
		applied = append(applied, *step)
	}
	return applied, err
}

// triggers puts our triggers where the settings want them. That the role may not make them is no error: without
// them nothing is cached, and the log and doctor say so.
func (m *Migrator) triggers(ctx context.Context) (*Migration, error) {
	names, err := findNames(ctx, m.pool, m.settings)
	if err != nil {
		return nil, err
	}
	changed, err := setTriggers(ctx, m.pool, names, m.settings.Triggers)
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &pg) && pg.Code == insufficientPrivilege && m.settings.Triggers:
		return &Migration{0, "our triggers on the session and user tables, so that nothing is cached: " + pg.Message + "; run it as their owner, or set SESSION_TRIGGERS=off", false}, nil
	case errors.As(err, &pg) && pg.Code == insufficientPrivilege:
		return nil, &SchemaError{Problem: "our triggers stand on the session and user tables, and the role may not take them away: " + pg.Message, Mend: "run it as the tables' owner"}
	case changed && m.settings.Triggers:
		return &Migration{0, "our triggers on the session and user tables", true}, err
	case changed:
		return &Migration{0, "no more triggers on the session and user tables", true}, err
	}
	return nil, err
}

// Down takes the newest applied step back, and our tables' rows with it. It gives nil when there is none.
func (m *Migrator) Down(ctx context.Context) (*Migration, error) {
	p, err := m.provider(ctx)
	if err != nil {
		return nil, err
	}
	if m.settings.Dialect == config.SQLite { // PostgreSQL's go with the function that they call
		names, err := findNames(ctx, m.pool, m.settings)
		if err != nil {
			return nil, err
		}
		if _, err := setTriggers(ctx, m.pool, names, false); err != nil {
			return nil, err
		}
	}
	r, err := p.Down(ctx)
	if errors.Is(err, goose.ErrNoNextVersion) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &Migration{r.Source.Version, path.Base(r.Source.Path), false}, nil
}

// Status lists every step of this program.
func (m *Migrator) Status(ctx context.Context) ([]Migration, error) {
	applied, err := appliedVersion(ctx, m.pool, m.settings)
	if err != nil {
		return nil, err
	}
	var all []Migration
	for _, name := range history(m.settings.Dialect) {
		version := versionOf(name)
		all = append(all, Migration{version, name, version <= applied})
	}
	return all, nil
}

// provider joins goose with our table of applied steps and, on PostgreSQL, a lock that several processes share.
func (m *Migrator) provider(ctx context.Context) (*goose.Provider, error) {
	names, err := findNames(ctx, m.pool, m.settings)
	if err != nil {
		return nil, err
	}
	if names.Empty() {
		return nil, errNoTables
	}
	dialect := goosedb.DialectSQLite3
	var options []goose.ProviderOption
	if m.settings.Dialect == config.Postgres {
		dialect = goosedb.DialectPostgres
		// Asked for each second, for two minutes.
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 120))
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(locker))
		if err := createSchema(ctx, m.pool, m.settings.Schema); err != nil {
			return nil, err
		}
	}
	if err := createStandIn(ctx, m.pool, names); err != nil {
		return nil, err
	}
	store, err := goosedb.NewStore(dialect, migrationsTable(m.settings))
	if err != nil {
		return nil, err
	}
	options = append(options, goose.WithStore(store), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	return goose.NewProvider(goose.DialectCustom, m.pool, written(m.settings, names), options...)
}

// createSchema makes our schema. It looks first: CREATE SCHEMA IF NOT EXISTS wants the right to create
// schemas even where there is nothing to do.
func createSchema(ctx context.Context, pool *sql.DB, name string) error {
	there, err := schemaExists(ctx, pool, name)
	if err != nil || there {
		return err
	}
	if _, err = pool.ExecContext(ctx, "CREATE SCHEMA IF NOT EXISTS "+quote(name)); err != nil {
		// Two that make it at the same moment: one of them fails all the same.
		if there, again := schemaExists(ctx, pool, name); again == nil && there {
			return nil
		}
	}
	return err
}

func schemaExists(ctx context.Context, pool *sql.DB, name string) (there bool, err error) {
	err = pool.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1)", name).Scan(&there)
	return there, err
}

// written is the dialect's history with this database's names in it.
func written(settings config.Database, names *Names) fs.FS {
	files := fstest.MapFS{}
	for _, name := range history(settings.Dialect) {
		text, err := migrations.ReadFile(path.Join("migrations", string(settings.Dialect), name))
		if err != nil {
			panic(err) // the file is part of this binary
		}
		sql := strings.ReplaceAll(names.SQL(string(text)), "{own}", settings.Schema)
		files[name] = &fstest.MapFile{Data: []byte(sql)}
	}
	return files
}

func history(d config.Dialect) []string {
	entries, err := migrations.ReadDir(path.Join("migrations", string(d)))
	if err != nil {
		panic(err) // the folder is part of this binary
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func versionOf(name string) int64 {
	v, _ := strconv.ParseInt(strings.SplitN(name, "_", 2)[0], 10, 64)
	return v
}

func migrationsTable(settings config.Database) string {
	if settings.Dialect == config.SQLite {
		return settings.Schema + "_migrations"
	}
	return settings.Schema + ".migrations"
}
