package database_test

import (
	"database/sql"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/config"
	"countersign/database"
	"countersign/models"
)

// keyTables are Better Auth's tables with API keys, as they occur. ID is the dialect's type for ids that
// count up, DATE and BOOL its types for dates and switches.
var keyTables = map[string]string{
	"camelCase": `CREATE TABLE "user" (id text PRIMARY KEY, name text, email text UNIQUE, "emailVerified" BOOL, image text, "createdAt" DATE, "updatedAt" DATE);
		CREATE TABLE "session" (id text PRIMARY KEY, "expiresAt" DATE, token text, "createdAt" DATE, "updatedAt" DATE, "ipAddress" text, "userAgent" text, "userId" text);
		CREATE TABLE "account" (id text PRIMARY KEY, "accountId" text, "providerId" text, "userId" text, password text, "createdAt" DATE, "updatedAt" DATE);
		CREATE TABLE "apikey" (id text PRIMARY KEY, "referenceId" text, key text, "refillInterval" integer, "refillAmount" integer, "lastRefillAt" DATE, enabled BOOL, "rateLimitEnabled" BOOL,
			"rateLimitTimeWindow" integer, "rateLimitMax" integer, "requestCount" integer, remaining integer, "lastRequest" DATE, "expiresAt" DATE, "createdAt" DATE, "updatedAt" DATE, permissions text);
		INSERT INTO "user" VALUES ('1', 'Ada', 'ada@example.com', true, NULL, 'NOW', 'NOW');
		INSERT INTO "apikey" VALUES ('k', '1', 'hash', 1000, 5, NULL, true, true, 1000, 10, 0, 2, NULL, NULL, 'NOW', 'NOW', NULL)`,
	"plural, snake_case, older": `CREATE TABLE users (id text PRIMARY KEY, name text, email text UNIQUE, email_verified BOOL, image text, created_at DATE, updated_at DATE);
		CREATE TABLE sessions (id text PRIMARY KEY, expires_at DATE, token text, created_at DATE, updated_at DATE, ip_address text, user_agent text, user_id text);
		CREATE TABLE accounts (id text PRIMARY KEY, account_id text, provider_id text, user_id text, password text, created_at DATE, updated_at DATE);
		CREATE TABLE apikeys (id text PRIMARY KEY, user_id text, key text, refill_interval integer, refill_amount integer, last_refill_at DATE, enabled BOOL, rate_limit_enabled BOOL,
			rate_limit_time_window integer, rate_limit_max integer, request_count integer, remaining integer, last_request DATE, expires_at DATE, created_at DATE, updated_at DATE);
		INSERT INTO users VALUES ('1', 'Ada', 'ada@example.com', true, NULL, 'NOW', 'NOW');
		INSERT INTO apikeys VALUES ('k', '1', 'hash', 1000, 5, NULL, true, true, 1000, 10, 0, 2, NULL, NULL, 'NOW', 'NOW')`,
	"ids that count up": `CREATE TABLE "user" (id ID, name text, email text UNIQUE, "emailVerified" BOOL, image text, "createdAt" DATE, "updatedAt" DATE);
		CREATE TABLE "session" (id ID, "expiresAt" DATE, token text, "createdAt" DATE, "updatedAt" DATE, "ipAddress" text, "userAgent" text, "userId" integer);
		CREATE TABLE "account" (id ID, "accountId" text, "providerId" text, "userId" integer, password text, "createdAt" DATE, "updatedAt" DATE);
		CREATE TABLE "organization" (id ID, slug text);
		CREATE TABLE "apikey" (id ID, "userId" integer, "referenceId" text, key text, "refillInterval" integer, "refillAmount" integer, "lastRefillAt" DATE, enabled BOOL, "rateLimitEnabled" BOOL,
			"rateLimitTimeWindow" integer, "rateLimitMax" integer, "requestCount" integer, remaining integer, "lastRequest" DATE, "expiresAt" DATE, "createdAt" DATE, "updatedAt" DATE, permissions text);
		INSERT INTO "user" VALUES (1, 'Ada', 'ada@example.com', true, NULL, 'NOW', 'NOW'), (2, 'Ben', 'ben@example.com', true, NULL, 'NOW', 'NOW');
		INSERT INTO "organization" VALUES (2, 'Org'), (3, 'Org');
		INSERT INTO "apikey" (id, "referenceId", key, "refillInterval", "refillAmount", remaining, "rateLimitTimeWindow", "rateLimitMax", "requestCount", "createdAt", "updatedAt") VALUES
			(1, '1', 'hash', 1000, 5, 2, 1000, 10, 0, 'NOW', 'NOW'), (2, '2', 'of user 2 or organization 2', NULL, NULL, NULL, NULL, NULL, 0, 'NOW', 'NOW'), (3, '3', 'of organization 3', NULL, NULL, NULL, NULL, NULL, 0, 'NOW', 'NOW'),
			(4, 'x', 'of text', NULL, NULL, NULL, NULL, NULL, 0, 'NOW', 'NOW'), (5, '99999999999999999999', 'of a large number', NULL, NULL, NULL, NULL, NULL, 0, 'NOW', 'NOW')`,
}

func init() {
	const ada = "6f1c2b8e-8d0b-4c1e-9a57-0b6a3f7e1c2d"
	keyTables["uuids"] = strings.NewReplacer(`"user" (id text`, `"user" (id UUID`, `('1',`, "('"+ada+"',", `'k', '1'`, `'k', '`+ada+`'`).Replace(keyTables["camelCase"]) +
		`; INSERT INTO "apikey" (id, "referenceId", key, "createdAt", "updatedAt") VALUES ('x', 'nobody', 'of text', 'NOW', 'NOW')`
}

// keysIn makes the tables and gives a store of them, and the moment of their rows.
func keysIn(t *testing.T, s config.Database, db *sql.DB, tables string) (*database.APIKeys, time.Time) {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Millisecond)
	types := strings.NewReplacer("ID,", "integer PRIMARY KEY,", "DATE", "date", "BOOL", "integer", "UUID", "text", "NOW", now.Format("2006-01-02T15:04:05.000Z"))
	if s.Dialect == config.Postgres {
		types = strings.NewReplacer("ID,", "serial PRIMARY KEY,", "DATE", "timestamp", "BOOL", "boolean", "UUID", "uuid", "NOW", now.Format("2006-01-02T15:04:05.000Z"))
	}
	exec(t, db, strings.Split(types.Replace(tables), ";")...)
	if _, err := migrator(t, s).Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	store, err := connected(t, s)
	if err != nil {
		t.Fatal(err)
	}
	return database.NewAPIKeys(store), now
}

func TestAPIKeysUnderAnyNames(t *testing.T) {
	t.Parallel()
	for name, tables := range keyTables {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEach(t, func(t *testing.T, s config.Database, db *sql.DB) {
				keys, now := keysIn(t, s, db, tables)
				key, user, err := keys.ByHash(t.Context(), "hash")
				if err != nil || user == nil || user.Email != "ada@example.com" || *key.Remaining != 2 {
					t.Fatalf("%+v, %+v, %v", key, user, err)
				}
				for i, want := range []struct{ remaining, count int64 }{{1, 1}, {0, 2}, {4, 1}, {3, 2}} {
					if i == 2 {
						now = now.Add(1001 * time.Millisecond)
					}
					if err := keys.Count(t.Context(), key, now); err != nil {
						t.Fatal(err)
					}
					key, _, err = keys.ByHash(t.Context(), "hash")
					if err != nil || *key.Remaining != want.remaining || *key.RequestCount != want.count || !key.LastRequest.Equal(now) || !key.UpdatedAt.Equal(now) {
						t.Fatalf("use %d: %+v, %v", i, key, err)
					}
				}
				if _, user, err := keys.ByHash(t.Context(), "of text"); user != nil || err != nil && !errors.Is(err, models.ErrNotFound) {
					t.Errorf("the id of nobody: %+v, %v", user, err)
				}
				if !key.LastRefillAt.Equal(now) {
					t.Errorf("filled at %s, want %s", key.LastRefillAt, now)
				}
				if _, _, err := keys.ByHash(t.Context(), "other"); !errors.Is(err, models.ErrNotFound) {
					t.Errorf("a hash that is not there: %v", err)
				}
				exec(t, db, `DELETE FROM `+map[bool]string{true: "apikeys", false: `"apikey"`}[strings.HasPrefix(name, "plural")])
				if err := keys.Count(t.Context(), key, now); !errors.Is(err, models.ErrNotFound) {
					t.Errorf("a key that is gone is counted with %v", err)
				}
			})
		})
	}
}

// The row does not say whether a number is a user's or an organization's: the key of an organization must
// not open the account of a user who happens to have its number.
func TestAPIKeysOfOrganizationsAreNobodys(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s config.Database, db *sql.DB) {
		keys, _ := keysIn(t, s, db, keyTables["ids that count up"])
		for _, hash := range []models.Secret{"of user 2 or organization 2", "of organization 3", "of text", "of a large number"} {
			if key, user, err := keys.ByHash(t.Context(), hash); err != nil || user != nil || key.Key != hash {
				t.Errorf("%s: %+v, %v", hash.Reveal(), user, err)
			}
		}
	})
}

// What is called apikey may be the application's own: that is no reason not to serve.
func TestATableThatIsNotThePluginsIsLeftAlone(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s config.Database, db *sql.DB) {
		exec(t, db, `CREATE TABLE apikeys (id text PRIMARY KEY, secret text)`)
		tables, _, _ := strings.Cut(keyTables["camelCase"], `CREATE TABLE "apikey"`)
		keys, _ := keysIn(t, s, db, strings.TrimRight(tables, "; \n\t"))
		if _, _, err := keys.ByHash(t.Context(), "hash"); !errors.Is(err, models.ErrNotFound) {
			t.Error(err)
		}
		store, err := connected(t, s)
		if err != nil || !strings.Contains(store.Names().String(), `not read: "apikeys" has no column "key"`) {
			t.Errorf("%s, %v", store.Names(), err)
		}
		s.Names = map[string]string{"apikey": "apikeys"}
		refused(t, s, `"apikeys" has no column "key"`)
		s.Names = map[string]string{"apikey": "keys"}
		refused(t, s, `the table "keys" is not there`)
	})
}

// Names that plugins use alone are no sign of Better Auth: its tables are then made.
func TestAnApplicationsOwnOrganizations(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s config.Database, db *sql.DB) {
		exec(t, db, `CREATE TABLE organization (id text PRIMARY KEY, slug text)`, `CREATE TABLE apikey (id numeric)`)
		if _, err := migrator(t, s).Up(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := connected(t, s); err != nil {
			t.Error(err)
		}
		exec(t, db, `DROP TABLE organization`, `CREATE TABLE organization (id bytea PRIMARY KEY, slug text)`)
		store, err := connected(t, s)
		if err != nil || !strings.Contains(store.Names().String(), "organization.id is of type bytea") {
			t.Errorf("%s, %v", store.Names(), err)
		}
	})
}

// However many count at once, a quota is spent exactly and a window holds no more than its most.
func TestAPIKeyCountsUnderARace(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		limits string
		want   int
	}{
		"quota":                 {`remaining = 10, "rateLimitEnabled" = false`, 10},
		"window":                {`remaining = NULL, "rateLimitTimeWindow" = 60000, "rateLimitMax" = 10`, 10},
		"a window that is over": {`remaining = NULL, "rateLimitTimeWindow" = 1, "rateLimitMax" = 10, "requestCount" = 10, "lastRequest" = "createdAt"`, 10},
		"quota and window":      {`remaining = 7, "refillAmount" = NULL, "rateLimitTimeWindow" = 60000, "rateLimitMax" = 10`, 7},
		"a refill that is due":  {`remaining = 0, "refillAmount" = 10, "refillInterval" = 1, "rateLimitEnabled" = false`, 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEach(t, func(t *testing.T, s config.Database, db *sql.DB) {
				keys, now := keysIn(t, s, db, keyTables["camelCase"])
				exec(t, db, `UPDATE "apikey" SET `+c.limits)
				if got := countAtOnce(t, keys, now.Add(time.Second)); got != c.want {
					t.Errorf("%d uses, want %d", got, c.want)
				}
			})
		})
	}
}

// countAtOnce counts 50 uses at once, all with the key as it was before, and gives how many were let through.
func countAtOnce(t *testing.T, keys *database.APIKeys, now time.Time) int {
	t.Helper()
	key, _, err := keys.ByHash(t.Context(), "hash")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	results := make([]error, 50)
	for i := range results {
		all.Go(func() { results[i] = keys.Count(t.Context(), key, now) })
	}
	all.Wait()
	counted := slices.DeleteFunc(results, func(err error) bool {
		var known *models.Error
		if err != nil && (!errors.As(err, &known) || known.Kind != models.TooManyRequests) {
			t.Error(err)
		}
		return err != nil
	})
	return len(counted)
}
