package main

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"countersign/tests/postgres"
)

// listenAgain hears as an instance does: with a beat, and by a new connection when the old one fails or falls silent.
func listenAgain(ctx context.Context, url string) {
	for ctx.Err() == nil {
		c, err := pgx.Connect(ctx, url)
		if err != nil {
			continue
		}
		for _, err = c.Exec(ctx, "LISTEN revoked"); err == nil; {
			beat, cancel := context.WithTimeout(ctx, 2*time.Second)
			if _, err = c.Exec(beat, "SELECT pg_notify('revoked', '')"); err == nil {
				_, err = c.WaitForNotification(beat)
			}
			cancel()
		}
		_ = c.Close(context.WithoutCancel(ctx))
	}
}

// A listener that was killed, and one that was frozen, is replaced; each trial breaks all of them and waits for all.
func TestHearingBreaksEveryListener(t *testing.T) {
	url := postgres.New(t).Database(t) // never another server: its processes are stopped by their ids
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	h := &hearing{site: &site{db: db, urls: make([]string, 3)}}
	if pids, err := numbers(t.Context(), db, listening); err != nil || len(pids) != 0 {
		t.Fatalf("listeners before there are any: %v, %v", pids, err)
	}
	for range h.urls {
		go listenAgain(t.Context(), url)
	}
	for _, step := range []struct {
		name       string
		harm, mend func(context.Context) error
	}{{"killed", h.kill, nil}, {"frozen", h.freeze, h.thaw}, {"killed again", h.kill, nil}} {
		if err := h.whole(t.Context()); err != nil {
			t.Fatalf("before they are %s: %v", step.name, err)
		}
		before := len(h.broken)
		if err := step.harm(t.Context()); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if n := len(h.broken) - before; n < len(h.urls) {
			t.Errorf("%s: %d connections, want %d", step.name, n, len(h.urls))
		}
		if step.mend == nil {
			continue
		}
		if err := errors.Join(h.whole(t.Context()), step.mend(t.Context())); err != nil {
			t.Errorf("while they are %s: %v", step.name, err)
		}
	}
}
