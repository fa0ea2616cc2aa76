package database_test

import (
	"database/sql"
	"net/url"
	"strings"
	"testing"
	"time"

	"countersign/config"
	"countersign/database"
)

// finding gives what Inspect says of one thing.
func finding(t *testing.T, s config.Database, what string) database.Finding {
	t.Helper()
	for _, f := range database.Inspect(t.Context(), s, time.Now()) {
		if f.What == what {
			return f
		}
	}
	t.Fatalf("nothing is said of %s", what)
	return database.Finding{}
}

// Tables without their unique indexes let two users have one address; the line that mends it makes them.
func TestInspectWantsUniqueIndexes(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s config.Database, db *sql.DB) {
		exec(t, db, strings.ReplaceAll(naming{}.write(ddl, usual(s.Dialect)), " UNIQUE", ""),
			`CREATE INDEX plain ON "user" (email)`, `CREATE INDEX a ON "account" ("userId")`, `CREATE INDEX s ON "session" ("userId")`)
		serves(t, s)
		f := finding(t, s, "indexes")
		if f.OK || strings.Count(f.Mend, "CREATE UNIQUE INDEX") != 2 || strings.Contains(f.Mend, "CREATE INDEX") {
			t.Fatalf("%+v", f)
		}
		exec(t, db, f.Mend)
		if f := finding(t, s, "indexes"); !f.OK {
			t.Errorf("mended, and still %+v", f)
		}
	})
}

// A role that may only read would answer every write with 503.
func TestInspectAsksForRights(t *testing.T) {
	t.Parallel()
	s, db := another(t, config.Database{Dialect: config.Postgres})
	exec(t, db, naming{}.write(ddl, usual(s.Dialect)))
	serves(t, s)
	if f := finding(t, s, "rights"); !f.OK {
		t.Errorf("the owner: %+v", f)
	}
	u, err := url.Parse(s.URL.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	reader := "reader_" + strings.ToLower(strings.Trim(u.Path, "/"))[12:30]
	exec(t, db, "CREATE ROLE "+reader+" LOGIN", "GRANT USAGE ON SCHEMA countersign TO "+reader,
		"GRANT SELECT ON ALL TABLES IN SCHEMA public, countersign TO "+reader)
	t.Cleanup(func() { db.Exec("DROP OWNED BY " + reader); db.Exec("DROP ROLE " + reader) })
	u.User = url.User(reader)
	s.URL = config.Secret(u.String())
	if f := finding(t, s, "rights"); f.OK || !strings.Contains(f.Mend, "GRANT INSERT ON") || strings.Contains(f.Mend, "GRANT SELECT ON") {
		t.Errorf("a reader: %+v", f)
	}
}
