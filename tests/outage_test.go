package tests

import (
	"database/sql"
	"net"
	"strings"
	"testing"
	"time"

	"countersign/tests/postgres"
)

// outage is the real program, its session cache in use, on a PostgreSQL of its own that a test breaks.
type outage struct {
	*live
	cluster *postgres.Cluster
	// admin asks the cluster past the program's database, with no connection that stays.
	admin    *sql.DB
	database string
	pair     tokens
}

// newOutage starts both; way may lead the program's connections somewhere else than straight to the server.
func newOutage(t *testing.T, way func(databaseURL string) string) *outage {
	t.Helper()
	o := &outage{cluster: postgres.New(t)}
	o.admin = openSQL(t, o.cluster.URL())
	o.admin.SetMaxIdleConns(0)
	o.ask(t, `ALTER SYSTEM SET max_connections = 30`)
	o.restart(t)
	databaseURL := o.cluster.Database(t)
	s := start(t, databaseURL)
	o.database = s.one(t, `SELECT current_database()`)
	id, token := s.signedIn(t, "")
	o.pair = s.signIn(t, id)
	if err := s.app.Close(); err != nil {
		t.Fatal(err)
	}
	_ = s.SQL.Close()
	metrics := freeAddress(t)
	o.live = newLive(serve(t, "DATABASE_URL="+way(databaseURL), "METRICS_ADDR="+metrics, "LOG_LEVEL=error"), token)
	o.metrics = metrics
	o.until(t, 10*time.Second, "the session cache is in use", func() bool { return o.metric(t, "countersign_session_cache_usable") == 1 })
	return o
}

// freeAddress gives an address on which nothing listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// ask runs a statement on the cluster.
func (o *outage) ask(t *testing.T, statement string, args ...any) {
	t.Helper()
	if _, err := o.admin.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func (o *outage) stop(t *testing.T) {
	t.Helper()
	if err := o.cluster.Stop(); err != nil {
		t.Fatal(err)
	}
}

func (o *outage) start(t *testing.T) {
	t.Helper()
	if err := o.cluster.Start(); err != nil {
		t.Fatal(err)
	}
}

func (o *outage) restart(t *testing.T) {
	t.Helper()
	o.stop(t)
	o.start(t)
}

// connections is how many the program has to the server.
func (o *outage) connections(t *testing.T) (n int) {
	t.Helper()
	if err := o.admin.QueryRowContext(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE datname = $1`, o.database).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// kept holds the ledger against the database.
func (o *outage) kept(t *testing.T) {
	t.Helper()
	db := openSQL(t, strings.Replace(o.cluster.URL(), "/postgres?", "/"+o.database+"?", 1))
	o.ledger.check(t, &server{SQL: db}, 10)
	_ = db.Close()
}
