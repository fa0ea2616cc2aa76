package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"time"
)

// listening finds the connections by which instances hear of revocations. What they asked last is either that or
// their heartbeat, and no other connection asks either; a query that asks this names both, and is not meant.
const listening = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'
	AND query NOT LIKE '%pg_stat_activity%' AND (query ~* '^\s*(un)?listen' OR query ~* 'pg_notify|^\s*notify' OR application_name ~* 'listen')`

// listeners breaks and freezes those connections at the moment of a revocation.
func (v *revocations) listeners(ctx context.Context, s *site) error {
	pids, err := numbers(ctx, s.db, listening)
	if err != nil {
		return err
	}
	if len(pids) == 0 {
		why := map[bool]string{true: "not built", false: "no connection listens"}[v.b.unbuilt["SESSION_CACHE"]]
		v.b.report.without("listener lost, PostgreSQL", "≤ 10 ms", why)
		v.b.report.without("listener frozen, PostgreSQL", "≤ 250 ms", why)
		return nil
	}
	h := &hearing{site: s}
	lost := trial{change: changes[0], warm: true, readers: 1, ready: h.whole, first: h.kill}
	if err := v.measure(ctx, s, lost, "listener lost", 2*v.b.rounds, limits{"≤ 10 ms", 10 * time.Millisecond, 10 * time.Millisecond}); err != nil {
		return err
	}
	frozen := trial{change: changes[0], warm: true, readers: 1, ready: h.whole, first: h.freeze, after: h.thaw}
	return v.measure(ctx, s, frozen, "listener frozen", 2*v.b.rounds, limits{"≤ 250 ms", 250 * time.Millisecond, 250 * time.Millisecond})
}

// hearing is the listening connections of a site's instances. Broken are those that a trial has dealt with, of which
// some are frozen.
type hearing struct {
	*site
	broken, frozen []int
}

// sound gives the connections that no trial has broken.
func (h *hearing) sound(ctx context.Context) ([]int, error) {
	pids, err := numbers(ctx, h.db, listening)
	return slices.DeleteFunc(pids, func(pid int) bool { return slices.Contains(h.broken, pid) }), err
}

// whole waits until every instance listens by a sound connection.
func (h *hearing) whole(ctx context.Context) error {
	for started := time.Now(); time.Since(started) < patience; {
		pids, err := h.sound(ctx)
		if err != nil || len(pids) >= len(h.urls) {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("not all instances listen again after %v", patience)
}

// kill ends the connections as a failing server or an operator does.
func (h *hearing) kill(ctx context.Context) error {
	pids, err := h.sound(ctx)
	h.broken = append(h.broken, pids...)
	return errors.Join(err, h.terminate(ctx, pids))
}

// freeze leaves the connections open and silent, as a lost network does.
func (h *hearing) freeze(ctx context.Context) (err error) {
	if h.frozen, err = h.sound(ctx); err != nil {
		return err
	}
	h.broken = append(h.broken, h.frozen...)
	return send(ctx, "-STOP", h.frozen)
}

// thaw also ends the connections: one that was frozen for a moment only would go on, and count as broken for ever.
func (h *hearing) thaw(ctx context.Context) error {
	err := send(ctx, "-CONT", h.frozen)
	return errors.Join(err, h.terminate(ctx, h.frozen))
}

func (h *hearing) terminate(ctx context.Context, pids []int) (err error) {
	for _, pid := range pids {
		if _, failed := h.db.ExecContext(ctx, "SELECT pg_terminate_backend($1)", pid); err == nil {
			err = failed
		}
	}
	return err
}

func numbers(ctx context.Context, db *sql.DB, query string) (all []int, err error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var n int
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	return all, rows.Err()
}

// send needs the rights of the server's user, which root has.
func send(ctx context.Context, signal string, pids []int) error {
	for _, pid := range pids {
		if out, err := exec.CommandContext(ctx, "kill", signal, strconv.Itoa(pid)).CombinedOutput(); err != nil {
			return fmt.Errorf("kill %s %d: %w %s", signal, pid, err, out)
		}
	}
	return nil
}
