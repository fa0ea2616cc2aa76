package main

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver of the measurements' own connections

	"countersign/tests/postgres"
)

// openCluster starts a PostgreSQL of its own that can count statements.
func (b *bench) openCluster(ctx context.Context) (err error) {
	b.cluster = postgres.New(b.stage)
	db, err := sql.Open("pgx", b.cluster.URL())
	if err != nil {
		return err
	}
	for _, statement := range []string{
		// Rows do not change under load, and a vacuum in one round would be charged to whoever is measured then.
		"ALTER SYSTEM SET autovacuum = off",
		"ALTER SYSTEM SET shared_buffers = '512MB'",
		"ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'",
	} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	_ = db.Close()
	if err := b.restart(); err != nil {
		return err
	}
	if db, err = sql.Open("pgx", b.cluster.URL()); err != nil {
		return err
	}
	b.stage.Cleanup(func() { _ = db.Close() })
	b.db = &statements{db}
	if _, err := db.ExecContext(ctx, "CREATE EXTENSION pg_stat_statements"); err != nil {
		return err
	}
	return b.db.track(ctx, false)
}

func (b *bench) restart() (err error) {
	if err := b.cluster.Stop(); err != nil {
		return err
	}
	if err := b.cluster.Start(); err != nil {
		return fmt.Errorf("PostgreSQL does not start with pg_stat_statements; install its contrib modules (the package postgresql-contrib where they are apart): %w", err)
	}
	b.clusterPID, err = b.cluster.Pid()
	return err
}

// statements counts what PostgreSQL is asked, by pg_stat_statements: transactions would not tell of statements
// that share one, and are counted up to a second late. Counting costs, so it is off in timed rounds.
type statements struct{ *sql.DB }

func (s *statements) track(ctx context.Context, on bool) error {
	what := map[bool]string{true: "top", false: "none"}[on]
	if _, err := s.ExecContext(ctx, "ALTER SYSTEM SET pg_stat_statements.track = '"+what+"'"); err != nil {
		return err
	}
	if _, err := s.ExecContext(ctx, "SELECT pg_reload_conf()"); err != nil {
		return err
	}
	time.Sleep(200 * time.Millisecond) // the server tells its processes by a signal, and nobody when they heard it
	return nil
}

// count gives how many statements were made while f ran. Those that a program makes by the clock are among them.
func (s *statements) count(ctx context.Context, f func() error) (n int, err error) {
	if err := s.track(ctx, true); err != nil {
		return 0, err
	}
	if _, err := s.ExecContext(ctx, "SELECT pg_stat_statements_reset()"); err != nil {
		return 0, err
	}
	if err := f(); err != nil {
		return 0, err
	}
	err = s.QueryRowContext(ctx, "SELECT coalesce(sum(calls), 0)::int FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%'").Scan(&n)
	if err != nil {
		return 0, err
	}
	return n, s.track(ctx, false)
}

// lookUp is the statement that was made most of those that name the session table, since count began.
func (s *statements) lookUp(ctx context.Context) (query string, err error) {
	err = s.QueryRowContext(ctx, `SELECT query FROM pg_stat_statements WHERE query ILIKE 'select%session%' AND query NOT LIKE '%pg_stat_statements%' ORDER BY calls DESC LIMIT 1`).Scan(&query)
	if err != nil {
		err = fmt.Errorf("no statement looked a session up: %w", err)
	}
	return query, err
}

var placeholder = regexp.MustCompile(`\$\d+`)

// plan explains a statement with placeholders as the server plans it for any values.
func plan(ctx context.Context, databaseURL, query string) (string, error) {
	db, err := sql.Open("pgx", databaseURL)
	if err != nil {
		return "", err
	}
	defer func() { _ = db.Close() }()
	c, err := db.Conn(ctx)
	if err != nil {
		return "", err
	}
	defer func() { _ = c.Close() }()
	for _, statement := range []string{"SET plan_cache_mode = force_generic_plan", "PREPARE look_up AS " + query} {
		if _, err := c.ExecContext(ctx, statement); err != nil {
			return "", fmt.Errorf("%s: %w", statement, err)
		}
	}
	// '{x}' is a text and a list of one text, whichever the statement takes.
	distinct := map[string]bool{}
	for _, p := range placeholder.FindAllString(query, -1) {
		distinct[p] = true
	}
	rows, err := c.QueryContext(ctx, "EXPLAIN EXECUTE look_up("+strings.TrimSuffix(strings.Repeat("'{x}',", len(distinct)), ",")+")")
	if err != nil {
		return "", err
	}
	defer func() { _ = rows.Close() }()
	var lines []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return "", err
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n"), rows.Err()
}
