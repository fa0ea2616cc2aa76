package database_test

import (
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/config"
	"countersign/database"
	"countersign/models"
)

func usual(d config.Dialect) shape { return shapes[d]["text ids"] }

// Where two readings are possible the program does not guess: it names the setting that decides.
func TestTwoReadingsAreRefused(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s config.Database, db *sql.DB) {
		exec(t, db, naming{}.write(ddl, usual(s.Dialect)), naming{plural: true}.write(ddl, usual(s.Dialect)))
		refused(t, s, `both "user" and "users"`, "BETTER_AUTH_NAMES=user=user or =users")
		s.Names = map[string]string{"user": "users", "session": "sessions", "account": "accounts"}
		serves(t, s)
	})
}

func TestTwoSchemasAreRefused(t *testing.T) {
	t.Parallel()
	s, db := another(t, config.Database{Dialect: config.Postgres})
	exec(t, db, "CREATE SCHEMA auth", naming{}.write(ddl, usual(s.Dialect)), naming{schema: "auth", snake: true}.write(ddl, usual(s.Dialect)))
	refused(t, s, `"auth"`, `"public"`, "BETTER_AUTH_SCHEMA")
	for _, schema := range []string{"auth", "public"} {
		s.SearchPath, s.Schema = schema, "ours_beside_"+schema
		serves(t, s)
	}
}

func TestNamesThatNothingHasAreRefused(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s config.Database, db *sql.DB) {
		exec(t, db, naming{}.write(ddl, usual(s.Dialect)))
		s.Names = map[string]string{"session.userId": "owner_id", "sesion.token": "t", "user.nmae": "n"}
		refused(t, s, `"session" has no column "owner_id"`, `"sesion.token"`, `"user.nmae"`)
	})
}

func serves(t *testing.T, s config.Database) {
	t.Helper()
	if _, err := migrator(t, s).Up(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := connected(t, s); err != nil {
		t.Error(err)
	}
}

// Projects add columns (additionalFields). One that wants a value nobody was asked for stops a registration
// before it begins, and the answer says which.
func TestColumnsOfTheProjectsOwn(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s config.Database, db *sql.DB) {
		exec(t, db, naming{}.write(ddl, usual(s.Dialect)),
			`ALTER TABLE "user" ADD COLUMN plan text NOT NULL DEFAULT 'free'`,
			`ALTER TABLE "account" ADD COLUMN issuer text NOT NULL DEFAULT ''`)
		serves(t, s)
		store, _ := connected(t, s)
		if err := register(t, store, "ada@example.com"); err != nil {
			t.Error(err)
		}
		if got := one(t, db, `SELECT issuer FROM "account"`); got != "local:credential" {
			t.Errorf("issuer is %q", got)
		}
	})
}

func TestAColumnThatNobodyFillsStopsARegistration(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s config.Database, db *sql.DB) {
		wanting := strings.Replace(naming{}.write(ddl, usual(s.Dialect)), `"image" text`, `"image" text, plan text NOT NULL`, 1)
		exec(t, db, wanting)
		serves(t, s)
		store, _ := connected(t, s)
		err := register(t, store, "bob@example.com")
		var known *models.Error
		if !errors.As(err, &known) || known.Code != "columns_missing" || !strings.Contains(known.Detail, "plan") {
			t.Errorf("registering answers %v", err)
		}
		if got := one(t, db, `SELECT count(*) FROM "user"`); got != "0" {
			t.Errorf("%s users are there", got)
		}
	})
}

func register(t *testing.T, store *database.DB, email string) error {
	now := time.Now().UTC()
	user := models.User{ID: email, Email: email, CreatedAt: now, UpdatedAt: now}
	account := models.Account{ID: email, ProviderID: "credential", CreatedAt: now, UpdatedAt: now}
	return database.NewAccounts(store).Register(t.Context(), &user, &account)
}

// Our tables belong to one set of Better Auth's: a schema that was mistyped must not get a second set beside it
// that ours do not know.
func TestOurTablesOfAnotherSchemaAreRefused(t *testing.T) {
	t.Parallel()
	s, db := another(t, config.Database{Dialect: config.Postgres})
	exec(t, db, naming{}.write(ddl, usual(s.Dialect)))
	serves(t, s)
	s.SearchPath = "nosuch"
	refused(t, s, `not in the schema "nosuch" but in "public"`, "BETTER_AUTH_SCHEMA=public")
	if _, err := migrator(t, s).Up(t.Context()); err == nil {
		t.Error("a second set of tables was made")
	}
	exec(t, db, "CREATE SCHEMA nosuch", naming{schema: "nosuch"}.write(ddl, usual(s.Dialect)))
	refused(t, s, `"countersign"`, "another session table", "DATABASE_SCHEMA")
	s.Schema = "countersign_nosuch"
	serves(t, s)
}

// An application's own table with a name that Better Auth's might have is no second reading.
func TestATableThatIsNotWholeIsNoReading(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s config.Database, db *sql.DB) {
		exec(t, db, naming{}.write(ddl, usual(s.Dialect)), `CREATE TABLE users (id integer, email text)`)
		serves(t, s)
	})
}

// A role may be an enum in PostgreSQL: one that it does not have is the request's mistake.
func TestRolesThatAreAnEnum(t *testing.T) {
	t.Parallel()
	s, db := another(t, config.Database{Dialect: config.Postgres})
	exec(t, db, naming{}.write(ddl, usual(s.Dialect)), `CREATE TYPE role AS ENUM ('user', 'admin')`, `ALTER TABLE "user" ALTER COLUMN role TYPE role USING role::role`)
	serves(t, s)
	store, _ := connected(t, s)
	if err := register(t, store, "ada@example.com"); err != nil {
		t.Fatal(err)
	}
	users, ctx := database.NewUsers(store, nil), t.Context()
	for role, want := range map[string]string{"admin": "", "admin,user": "invalid", "nosuch": "invalid"} {
		_, err := users.Administer(ctx, "ada@example.com", models.UserChange{Role: &role})
		var known *models.Error
		if errors.As(err, &known); (known == nil) != (want == "") || known != nil && known.Code != want {
			t.Errorf("%s: %v", role, err)
		}
	}
	for role, want := range map[string]int64{"user": 0, "admin": 1, "nosuch": 0} {
		if _, total, err := users.List(ctx, models.UserFilter{Role: role}, models.Page{Limit: 10, Sort: "email"}); err != nil || total != want {
			t.Errorf("%s: %d, %v", role, total, err)
		}
	}
}
