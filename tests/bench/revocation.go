package main

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"time"
)

// sites starts three instances on each database.
func (b *bench) sites(ctx context.Context) (onPostgres, onSQLite *site, err error) {
	file, err := b.smallSQLite(ctx)
	if err != nil {
		return nil, nil, err
	}
	open := func(name, url string, db *sql.DB) (*site, error) {
		b.stage.Cleanup(func() { _ = db.Close() })
		t, err := b.several(ctx, 3, url, b.bestCache(), "RATE_LIMIT=off") // what is refused says nothing
		if err != nil {
			return nil, err
		}
		return &site{name: name, urls: t.urls, db: db}, nil
	}
	postgres, err := sql.Open("pgx", b.database)
	if err != nil {
		return nil, nil, err
	}
	if onPostgres, err = open("PostgreSQL", b.database, postgres); err != nil {
		return nil, nil, err
	}
	sqlite, err := openSQLite(file[len("sqlite:"):])
	if err != nil {
		return nil, nil, err
	}
	onSQLite, err = open("SQLite", file, sqlite)
	return onPostgres, onSQLite, err
}

// revocation changes sessions and users from another process, and watches three instances until they know.
func revocation(ctx context.Context, b *bench) error {
	onPostgres, onSQLite, err := b.sites(ctx)
	if err != nil {
		return err
	}
	v := &revocations{b: b}
	for _, c := range changes {
		t := trial{change: c, warm: true, readers: 1}
		if err := v.measure(ctx, onSQLite, t, c.name, 20*b.rounds, limits{goal: "the next request"}); err != nil {
			return err
		}
		if err := v.measure(ctx, onPostgres, t, c.name, 20*b.rounds, limits{goal: "p99 ≤ 5 ms, max ≤ 25 ms", p99: 5 * time.Millisecond, most: 25 * time.Millisecond}); err != nil {
			return err
		}
	}
	race := trial{change: changes[0], readers: 2}
	if err := v.measure(ctx, onSQLite, race, "races, session deleted", b.races, limits{goal: "0 stale answers"}); err != nil {
		return err
	}
	inTime := limits{goal: "0 stale answers after 25 ms", p99: 25 * time.Millisecond, most: 25 * time.Millisecond}
	if err := v.measure(ctx, onPostgres, race, "races, session deleted", b.races, inTime); err != nil {
		return err
	}
	if err := v.listeners(ctx, onPostgres); err != nil {
		return err
	}
	b.report.table("Revocation by another process", "Three instances, all asked without pause. How long after the commit had returned a request was still sent that got a stale answer; 0 when none did. "+b.bestCache()+".",
		[]string{"database", "what", "trials", "answers after the commit", "p50", "p99", "max", "trials with a stale answer too late"}, v.rows)
	return nil
}

type revocations struct {
	b    *bench
	rows [][]string
}

// limits are what a goal allows; zero times allow no stale answer at all.
type limits struct {
	goal      string
	p99, most time.Duration
}

func (v *revocations) measure(ctx context.Context, s *site, t trial, name string, trials int, l limits) error {
	var stale []time.Duration
	answers, late := 0, 0
	for range trials {
		o, err := s.run(ctx, t)
		if err != nil {
			return err
		}
		stale, answers = append(stale, o.stale...), answers+o.answers
		if percentile(o.stale, 1) > l.most {
			late++
		}
	}
	tail, most := percentile(stale, 0.99), percentile(stale, 1)
	v.rows = append(v.rows, []string{
		s.name, name, strconv.Itoa(trials), strconv.Itoa(answers), milliseconds(percentile(stale, 0.5)), milliseconds(tail), milliseconds(most), strconv.Itoa(late),
	})
	v.b.report.find(fmt.Sprintf("%s, %s", name, s.name), l.goal, fmt.Sprintf("p99 %s, max %s, %d late of %d", milliseconds(tail), milliseconds(most), late, trials), tail <= l.p99 && most <= l.most)
	return nil
}
