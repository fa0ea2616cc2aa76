package database_test

import (
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/config"
	"countersign/database"
	"countersign/models"
	"countersign/tests/postgres"
)

func TestMain(m *testing.M) {
	code := m.Run()
	postgres.Stop()
	os.Exit(code)
}

// onEach runs a test on an empty database of each dialect, with a connection of the test's own.
func onEach(t *testing.T, f func(t *testing.T, s config.Database, db *sql.DB)) {
	for _, dialect := range []config.Dialect{config.SQLite, config.Postgres} {
		t.Run(string(dialect), func(t *testing.T) {
			t.Parallel()
			s, db := another(t, config.Database{Dialect: dialect})
			f(t, s, db)
		})
	}
}

// another gives one more empty database of the same dialect.
func another(t *testing.T, s config.Database) (config.Database, *sql.DB) {
	t.Helper()
	if s.Dialect == config.SQLite {
		path := filepath.Join(t.TempDir(), "app.db")
		return config.Database{Dialect: config.SQLite, Path: path, Schema: "countersign"}, open(t, "sqlite3", "file:"+path)
	}
	url := config.Secret(postgres.Database(t))
	return config.Database{Dialect: config.Postgres, URL: url, DirectURL: url, Schema: "countersign"}, open(t, "pgx", url.Reveal())
}

func open(t *testing.T, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func exec(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func migrator(t *testing.T, s config.Database) *database.Migrator {
	t.Helper()
	m, err := database.OpenMigrator(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func connected(t *testing.T, s config.Database) (*database.DB, error) {
	t.Helper()
	db, err := database.Open(s, time.Now, slog.New(slog.DiscardHandler), sql.OpenDB)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db, db.Connect(t.Context())
}

// Instances of a deployment start at the same moment, and each migrates.
func TestMigrationsRunOnceUnderARace(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s config.Database, _ *sql.DB) {
		var all sync.WaitGroup
		for range 6 {
			m := migrator(t, s)
			all.Go(func() {
				if _, err := m.Up(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if _, err := connected(t, s); err != nil {
			t.Error(err)
		}
	})
}

func TestASchemaThatIsBehindIsRefused(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s config.Database, db *sql.DB) {
		refused(t, s, "none of Better Auth's tables", "countersign migrate up")
		m := migrator(t, s)
		if _, err := m.Up(t.Context()); err != nil {
			t.Fatal(err)
		}
		for step, err := m.Down(t.Context()); step != nil || err != nil; step, err = m.Down(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
		}
		refused(t, s, "behind", "countersign migrate up")
		if _, err := m.Up(t.Context()); err != nil {
			t.Fatal(err)
		}
		table := `"countersign_migrations"`
		if s.Dialect == config.Postgres {
			table = `"countersign"."migrations"`
		}
		exec(t, db, "INSERT INTO "+table+" (version_id, is_applied) VALUES (99999, true)")
		if _, err := connected(t, s); err != nil {
			t.Errorf("a schema that is ahead is refused: %v", err)
		}
	})
}

// refused asks that a database is not served, with words that lead to the mistake.
func refused(t *testing.T, s config.Database, words ...string) {
	t.Helper()
	_, err := connected(t, s)
	var schema *database.SchemaError
	if !errors.As(err, &schema) {
		t.Errorf("connected with %v, want a SchemaError", err)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q lacks %q", err, w)
		}
	}
}

func TestTablesOfAnotherShapeAreRefusedByName(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s config.Database, db *sql.DB) {
		exec(t, db, `CREATE TABLE "account" (id text PRIMARY KEY)`)
		refused(t, s, "the table \"session\" is not there", "BETTER_AUTH_NAMES")
		if _, err := migrator(t, s).Up(t.Context()); err == nil {
			t.Error("somebody's half of the tables was completed")
		}
	})
}

// A Better Auth without the admin plugin has no roles and no bans.
func TestMissingAdminColumnsAreNoError(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s config.Database, db *sql.DB) {
		if _, err := migrator(t, s).Up(t.Context()); err != nil {
			t.Fatal(err)
		}
		exec(t, db, `ALTER TABLE "user" DROP COLUMN role`, `ALTER TABLE "user" DROP COLUMN banned`,
			`ALTER TABLE "user" DROP COLUMN "banReason"`, `ALTER TABLE "user" DROP COLUMN "banExpires"`,
			`ALTER TABLE "session" DROP COLUMN "impersonatedBy"`)
		store, err := connected(t, s)
		if err != nil {
			t.Fatal(err)
		}
		users, now, admin := database.NewUsers(store, nil), time.Now().UTC(), "admin"
		user := models.User{ID: "u1", Email: "ada@example.com", CreatedAt: now, UpdatedAt: now, Role: &admin}
		account := models.Account{ID: "a1", AccountID: "u1", ProviderID: "credential", UserID: "u1", CreatedAt: now, UpdatedAt: now}
		if err := database.NewAccounts(store).Register(t.Context(), &user, &account); err != nil {
			t.Fatal(err)
		}
		got, _, err := database.NewSessions(store).WithUser(t.Context(), "u1", "")
		if err != nil || got.RoleText() != "user" || got.BannedAt(now) {
			t.Errorf("%+v, %v", got, err)
		}
		_, err = users.Administer(t.Context(), "u1", models.UserChange{Role: &admin})
		var missing *models.Error
		if !errors.As(err, &missing) || missing.Code != "columns_missing" || !strings.Contains(missing.Detail, "role") {
			t.Errorf("giving a role answers %v", err)
		}
		for _, filter := range []models.UserFilter{{Role: "user"}, {Banned: new(bool)}, {Query: "ADA"}} {
			if _, total, err := users.List(t.Context(), filter, models.Page{Limit: 10, Sort: "email"}); err != nil || total != 1 {
				t.Errorf("%+v chooses %d: %v", filter, total, err)
			}
		}
	})
}

func TestNothingIsAskedOfADatabaseThatNeverAnswered(t *testing.T) {
	t.Parallel()
	s := config.Database{Dialect: config.Postgres, URL: "postgres://nobody@127.0.0.1:1/none?connect_timeout=1", Schema: "countersign"}
	store, err := connected(t, s)
	var schema *database.SchemaError
	if err == nil || errors.As(err, &schema) {
		t.Errorf("connected with %v, want an error that waiting may mend", err)
	}
	_, _, err = database.NewSessions(store).ByToken(t.Context(), "x")
	var known *models.Error
	if !errors.As(err, &known) || known.Kind != models.Unavailable {
		t.Errorf("a session is looked up with %v, want StoreUnavailable", err)
	}
}
