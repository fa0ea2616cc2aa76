package database

import (
	"context"
	"database/sql"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"countersign/config"
	"countersign/tests/postgres"
)

// ends counts what an Evictor is told to drop.
type ends struct {
	nobody
	all atomic.Int64
}

func (e *ends) EndAll() { e.all.Add(1) }

// A listener keeps a serverless database awake, so that it goes when nobody asks, and comes back with the next request.
// Canaries are sent while there are requests only.
func TestListenerRests(t *testing.T) {
	t.Parallel()
	url := postgres.Database(t)
	db := connected(t, url)
	l := newListener(db, true, slog.New(slog.DiscardHandler))
	l.rest, l.each = time.Second, 100*time.Millisecond
	told := &ends{}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); l.Run(ctx, told) }()
	defer func() { stop(); <-done }()
	canaries := countCanaries(t, url, db.Names().own)

	for range 2 {
		before := canaries.Load()
		until(t, "the cache is current, and canaries sing", func() bool { return l.Current() && canaries.Load() > before+2 })
		if n := listening(t, db); n != 1 {
			t.Errorf("%d connections listen", n)
		}
		quiet := canaries.Load()
		until(t, "it rests", func() bool { return l.Status() == errResting.Error() })
		if n := canaries.Load() - quiet; n > 3 { // in the ten that would fit
			t.Errorf("%d canaries while nobody asked", n)
		}
		until(t, "the connection is closed", func() bool { return listening(t, db) == 0 })
		if l.heard.Load() != 0 || told.all.Load() == 0 {
			t.Error("what was cached is still there")
		}
		told.all.Store(0)
	}
}

func connected(t *testing.T, url string) *DB {
	settings, err := config.Load([]string{"DATABASE_URL=" + url, "BETTER_AUTH_SECRET=a secret of this test, longer than 32 characters"}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	m, err := OpenMigrator(settings.Database)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = m.Close() }()
	if _, err := m.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	db, err := Open(settings.Database, time.Now, slog.New(slog.DiscardHandler), sql.OpenDB)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

// listening counts the listeners' connections to the database.
func listening(t *testing.T, db *DB) (n int) {
	t.Helper()
	err := db.pool.QueryRowContext(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'countersign listener'").Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// countCanaries hears them as the listener does.
func countCanaries(t *testing.T, url, channel string) *atomic.Int64 {
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "LISTEN "+quote(channel)); err != nil {
		t.Fatal(err)
	}
	var n atomic.Int64
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			if _, err := conn.WaitForNotification(ctx); err != nil {
				return
			}
			n.Add(1)
		}
	}()
	t.Cleanup(func() { stop(); <-done; _ = conn.Close(context.Background()) })
	return &n
}

// until asks again and again, as requests would.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("not seen in time: " + what)
		}
	}
}
