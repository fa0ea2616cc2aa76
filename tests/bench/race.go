package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// change is something that another process does to a session or its user.
type change struct {
	name, statement string
	ofUser          bool // the statement's one value is the user's id and not the session's
	// stale says that an answer does not know of it.
	stale func(status int, body string) bool
}

var changes = []change{
	{"session deleted", `DELETE FROM "session" WHERE id = $1`, false, func(status int, _ string) bool { return status == http.StatusOK }},
	{"user banned", `UPDATE "user" SET banned = true WHERE id = $1`, true, func(status int, _ string) bool { return status == http.StatusOK }},
	{"user demoted", `UPDATE "user" SET role = 'user' WHERE id = $1`, true, func(status int, body string) bool {
		return status == http.StatusOK && strings.Contains(body, `"role":"admin"`)
	}},
}

// site is instances of the program over one database, and a connection of another process: ours.
type site struct {
	name string
	urls []string
	db   *sql.DB

	// made counts sessions, stock is how many of them nobody has taken.
	made, stock int
}

// trial is one change with readers beside it.
type trial struct {
	change
	// warm has every instance know the session before the change; without it first reads meet the change.
	warm bool
	// readers is how many ask each instance at the same time.
	readers int
	// ready is waited for before the trial; first is done just before the change, breaking a connection say, and after
	// at the end. Each may be nil.
	ready, first, after func(context.Context) error
}

// outcome is what the readers of a trial saw: for each, how long after the commit had returned it was still sent
// a stale answer, counted to the sending of the last request that got one; 0 when none did.
type outcome struct {
	stale []time.Duration
	// answers is how many requests were sent after the commit.
	answers int
}

// calm is how many answers in a row must know of the change before a reader leaves: a session that a late read
// puts back would show in them.
const calm = 5

func (s *site) run(ctx context.Context, t trial) (o outcome, err error) {
	if t.ready != nil {
		if err := t.ready(ctx); err != nil {
			return o, err
		}
	}
	if t.after != nil {
		defer func() { err = errors.Join(err, t.after(ctx)) }()
	}
	user, session, value, err := s.fresh(ctx)
	if err != nil {
		return o, err
	}
	for range 2 {
		if !t.warm {
			break
		}
		if err := s.all(ctx, value); err != nil {
			return o, err
		}
	}
	id := session
	if t.ofUser {
		id = user
	}
	readers, err := s.read(ctx, t, id, value)
	if err != nil {
		return o, fmt.Errorf("%s, %s: %w", s.name, t.name, err)
	}
	for _, r := range readers {
		o.stale, o.answers = append(o.stale, r.stale), o.answers+r.answers
	}
	return o, nil
}

// read has every instance asked while the change is made.
func (s *site) read(ctx context.Context, t trial, id, value string) ([]reading, error) {
	var committed atomic.Pointer[time.Time]
	readers := make([]reading, len(s.urls)*t.readers)
	g, ctx := errgroup.WithContext(ctx)
	for i := range readers {
		g.Go(func() error { return readers[i].read(ctx, s.urls[i%len(s.urls)], value, t.stale, &committed) })
	}
	g.Go(func() error {
		if !t.warm { // somewhere within the readers' first requests
			spin(time.Duration(rand.IntN(2000)) * time.Microsecond)
		}
		return s.commit(ctx, t, id, &committed)
	})
	return readers, g.Wait()
}

func (s *site) commit(ctx context.Context, t trial, id string, committed *atomic.Pointer[time.Time]) error {
	if t.first != nil {
		if err := t.first(ctx); err != nil {
			return err
		}
	}
	if _, err := s.db.ExecContext(ctx, t.statement, id); err != nil {
		return err
	}
	now := time.Now()
	committed.Store(&now)
	return nil
}

// spin waits more exactly than a timer.
func spin(d time.Duration) {
	for start := time.Now(); time.Since(start) < d; {
	}
}

// stocked is how many sessions are made at once: a commit for each would be most of the time of a race.
const stocked = 200

// fresh gives a user and a session that nobody has seen, and the cookie too.
func (s *site) fresh(ctx context.Context) (user, session, value string, err error) {
	if s.stock == 0 {
		if err := s.make(ctx, stocked); err != nil {
			return "", "", "", err
		}
	}
	user, session = raceNames(s.made - s.stock)
	s.stock--
	return user, session, signedCookie("token-of-" + session), nil
}

// raceNames are longer than the seeded names, so that they never meet.
func raceNames(i int) (user, session string) {
	return fmt.Sprintf("race-user-%d", i), fmt.Sprintf("race-session-%d", i)
}

// make makes sessions, each with a user of its own.
func (s *site) make(ctx context.Context, n int) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing to do after Commit
	now := time.Now()
	for i := s.made; i < s.made+n; i++ {
		user, session := raceNames(i)
		if _, err := tx.ExecContext(ctx, insertUser, user, user+"@example.com", iso(now)); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, insertSession, session, "token-of-"+session, user, iso(now.Add(time.Hour)), iso(now)); err != nil {
			return err
		}
	}
	s.made, s.stock = s.made+n, s.stock+n
	return tx.Commit()
}

// all asks every instance once, which must know the session.
func (s *site) all(ctx context.Context, cookie string) error {
	for _, url := range s.urls {
		status, body, err := ask(ctx, plainClient, url+"/api/me", cookie)
		if err != nil || status != http.StatusOK {
			return fmt.Errorf("%s with a new session: %d %s %w", s.name, status, body, err)
		}
	}
	return nil
}

// reading is what one reader saw.
type reading struct {
	stale   time.Duration
	answers int
}

// patience is after what time a change that is still not known counts as never known.
const patience = 10 * time.Second

func (r *reading) read(ctx context.Context, url, cookie string, stale func(int, string) bool, committed *atomic.Pointer[time.Time]) error {
	for known := 0; known < calm; {
		after := committed.Load()
		sent := time.Now()
		status, body, err := ask(ctx, plainClient, url+"/api/me", cookie)
		if err == nil && status != http.StatusOK && status != http.StatusUnauthorized && status != http.StatusForbidden {
			err = fmt.Errorf("neither yes nor no: %d %s", status, body)
		}
		if err != nil {
			return err
		}
		if after == nil { // sent before the commit had returned: either answer is right
			continue
		}
		r.answers++
		known++
		if stale(status, string(body)) {
			r.stale, known = max(sent.Sub(*after), time.Nanosecond), 0
		}
		if sent.Sub(*after) > patience {
			return nil
		}
	}
	return nil
}
