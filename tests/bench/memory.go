package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	_ "github.com/ncruces/go-sqlite3/driver" // the driver of the measurements' own connections
	"golang.org/x/sync/errgroup"
)

// memory measures how soon a started program answers, and what it keeps in memory.
func memory(ctx context.Context, b *bench) error {
	file, err := b.smallSQLite(ctx)
	if err != nil {
		return err
	}
	var rows [][]string
	for _, d := range []struct{ name, url string }{{"PostgreSQL", b.database}, {"SQLite", file}} {
		var starts []time.Duration
		for range max(4*b.rounds, 10) {
			t, err := b.countersign(ctx, d.url, b.bestCache())
			if err != nil {
				return err
			}
			t.stop()
			starts = append(starts, t.took)
		}
		median, most := percentile(starts, 0.5), percentile(starts, 1)
		rows = append(rows, []string{d.name, milliseconds(median), milliseconds(most)})
		b.report.find("first 200 after start, "+d.name, "≤ 60 ms", milliseconds(median), median <= 60*time.Millisecond)
	}
	b.report.table("From start to the first 200", "GET /api/me on an existing database, the session looked up.", []string{"database", "median", "max"}, rows)
	return b.residentSizes(ctx)
}

func (b *bench) residentSizes(ctx context.Context) error {
	t, err := b.countersign(ctx, b.database, b.bestCache())
	if err != nil {
		return err
	}
	var rows [][]string
	asked := 1
	for _, step := range []struct {
		sessions int
		what     string
		most     int64
	}{{1, "idle", 40}, {10_000, "10,000 sessions asked", 60}, {100_000, "100,000 sessions asked", 150}} {
		goal := fmt.Sprintf("≤ %d MB", step.most)
		if step.sessions > 2*b.users {
			b.report.without("resident memory, "+step.what, goal, "too few sessions seeded: -users")
			continue
		}
		if err := askSessions(ctx, t.urls[0], asked, step.sessions); err != nil {
			return err
		}
		asked = step.sessions
		bytes, err := resident(t.pids[0])
		if err != nil {
			return err
		}
		rows = append(rows, []string{step.what, megabytes(bytes)})
		b.report.find("resident memory, "+step.what, goal, megabytes(bytes), bytes <= step.most*1_000_000)
	}
	b.report.table("Resident memory", "Right after the last answer, garbage included. "+b.bestCache()+".", []string{"", "VmRSS"}, rows)
	return nil
}

// askSessions asks once with each of the sessions from one index to another.
func askSessions(ctx context.Context, url string, from, to int) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(16)
	for i := from; i < to; i++ {
		g.Go(func() error {
			status, body, err := ask(ctx, plainClient, url+"/api/me", cookie(i))
			if err == nil && status != http.StatusOK {
				err = fmt.Errorf("session %d: %d %s", i, status, body)
			}
			return err
		})
	}
	return g.Wait()
}

// smallSQLite makes a SQLite database with a hundred users and gives its URL.
func (b *bench) smallSQLite(ctx context.Context) (string, error) {
	folder, err := os.MkdirTemp(b.dir, "sqlite-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "small.db")
	url := "sqlite:" + path
	if err := b.migrate(ctx, url); err != nil {
		return "", err
	}
	db, err := openSQLite(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = db.Close() }()
	return url, seedSmall(ctx, db, 100)
}

func openSQLite(path string) (*sql.DB, error) {
	return sql.Open("sqlite3", "file:"+path+"?_pragma=busy_timeout(5000)&_pragma=foreign_keys(on)")
}
