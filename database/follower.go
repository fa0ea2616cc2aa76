package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// follower sees commits of any process in a SQLite file before a cached answer is given: a counter moves with
// each, and a log that our triggers write says what changed. Without triggers every commit drops everything.
type follower struct {
	*status
	db   *DB
	tell Evictor
	// count reads the counter; told is where it stood when everything up to then had been told.
	count atomic.Pointer[func() (uint64, error)]
	told  atomic.Uint64
	on    atomic.Bool
	// lost gets a value when following has to begin anew.
	lost chan struct{}

	mu   sync.Mutex
	conn *sql.Conn
	// last is the newest entry of the log that was told.
	last int64
}

func newFollower(db *DB, log *slog.Logger) *follower {
	return &follower{status: newStatus(log), db: db, lost: make(chan struct{}, 1)}
}

// Lag is none: commits are looked for before each answer.
func (f *follower) Lag() time.Duration { return 0 }

// Run keeps one connection open until the context ends: the file that the counter is in lives as long as one is.
func (f *follower) Run(ctx context.Context, tell Evictor) {
	f.tell = tell
	for ctx.Err() == nil {
		wait := 25 * firstRetry
		if err := f.follow(ctx); err != nil {
			f.ill(err.Error())
			var structure *SchemaError
			if errors.As(err, &structure) {
				wait = structureAfter
			}
		} else {
			select {
			case <-ctx.Done():
			case <-f.lost:
			}
		}
		f.end()
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

func (f *follower) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.on.Store(false)
	f.tell.EndAll()
	if f.conn != nil {
		_ = f.conn.Close()
		f.conn = nil
	}
}

// follow takes up the counter and the log where they stand.
func (f *follower) follow(ctx context.Context) (err error) {
	n := f.db.Names()
	if n == nil {
		return errors.New("the database has not answered since the start")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.conn, err = f.db.pool.Conn(ctx); err != nil {
		return err
	}
	if f.db.settings.Triggers {
		missing, err := missingTriggers(ctx, f.conn, n)
		if err == nil && missing != nil {
			err = &SchemaError{Problem: "our triggers do not stand on " + n.TableName("Session") + " and " + n.TableName("User"), Mend: "run: countersign migrate up"}
		}
		if err != nil {
			return err
		}
	}
	count, err := f.counter(ctx)
	if err != nil {
		return err
	}
	f.count.Store(&count)
	at, err := count()
	if err != nil {
		return err
	}
	if f.db.settings.Triggers {
		if err := f.conn.QueryRowContext(ctx, n.SQL("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = ?"), n.own+"_changes").Scan(&f.last); err != nil {
			return err
		}
	}
	f.tell.EndAll()
	f.told.Store(at)
	f.on.Store(true)
	f.well("seen in the SQLite file")
	return nil
}

// Current looks at the counter, and tells what was committed since.
func (f *follower) Current() bool {
	if !f.on.Load() {
		return false
	}
	now, err := (*f.count.Load())()
	if err == nil && now == f.told.Load() {
		return true
	}
	if err == nil {
		err = f.catchUp()
	}
	if err != nil {
		f.on.Store(false)
		f.tell.EndAll()
		f.ill(err.Error())
		select {
		case f.lost <- struct{}{}:
		default:
		}
	}
	return err == nil
}

// catchUp tells what was committed since. The counter is read before the log: what is committed in between is
// told twice at worst.
func (f *follower) catchUp() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.on.Load() {
		return errors.New("the file is not followed any more")
	}
	now, err := (*f.count.Load())()
	if err != nil || now == f.told.Load() {
		return err
	}
	if !f.db.settings.Triggers {
		f.tell.EndAll()
	} else if err := f.readLog(); err != nil {
		return fmt.Errorf("the log of changes cannot be read: %w", err)
	}
	f.told.Store(now)
	return nil
}

// maxBehind is how many entries are told one by one.
const maxBehind = 1000

// readLog reads the log, and in the same statement whether the triggers that write it still stand: a tool that
// makes a table anew drops them.
func (f *follower) readLog() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	n := f.db.Names()
	var names []string
	for _, t := range n.triggers() {
		names = append(names, t.name)
	}
	rows, err := f.conn.QueryContext(ctx, n.logQuery(), list{n.dialect, names}, n.own+"_changes", f.last, maxBehind+1)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var entries []change
	for rows.Next() {
		var c change
		if err := rows.Scan(&c.id, &c.kind, &c.row); err != nil {
			return err
		}
		entries = append(entries, c)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return f.tellEntries(entries, len(names))
}

type change struct {
	id        int64
	kind, row string
}

func (n *Names) logQuery() string {
	log := quote(n.own + "_changes")
	return "SELECT count(*), 'triggers', '' FROM sqlite_schema WHERE type = 'trigger' AND name IN (SELECT value FROM json_each(?))" +
		" UNION ALL SELECT coalesce(max(seq), 0), 'newest', '' FROM sqlite_sequence WHERE name = ?" +
		" UNION ALL SELECT * FROM (SELECT id, kind, row FROM " + log + " WHERE id > ? ORDER BY id LIMIT ?)"
}

// tellEntries tells what the log says: the count of triggers, the newest entry there ever was, and the entries.
func (f *follower) tellEntries(read []change, triggers int) error {
	if read[0].id != int64(triggers) {
		return &SchemaError{Problem: "our triggers are gone", Mend: "run: countersign migrate up"}
	}
	newest, entries := read[1].id, read[2:]
	gap := newest < f.last || int64(len(entries)) != newest-f.last
	if gap || len(entries) > maxBehind {
		f.tell.EndAll()
	} else {
		for _, c := range entries {
			switch c.kind {
			case "session":
				f.tell.EndSession(c.row)
			case "user":
				f.tell.EndUser(c.row)
			}
		}
	}
	f.last = newest
	return nil
}

// counter gives what reads a number that moves with each commit of any process: in WAL mode that of the
// index's header, which is shared memory, and else what SQLite says.
func (f *follower) counter(ctx context.Context) (func() (uint64, error), error) {
	var mode string
	if err := f.conn.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode); err != nil {
		return nil, err
	}
	if mode == "wal" {
		// A read makes sure that the file is there.
		if _, err := f.conn.ExecContext(ctx, "SELECT count(*) FROM sqlite_schema"); err != nil {
			return nil, err
		}
		if count, err := mapWALCounter(f.db.settings.Path + "-shm"); err == nil {
			return count, nil
		}
	}
	conn := f.conn
	return func() (version uint64, err error) {
		// Outside WAL mode a lock keeps readers out too, and a request that waits for it here waits once more for its row.
		ctx, cancel := context.WithTimeout(context.Background(), 250*time.Millisecond)
		defer cancel()
		err = conn.QueryRowContext(ctx, "PRAGMA data_version").Scan(&version)
		return version, err
	}, nil
}
