package database

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// A listener that is not heard from is not trusted: each beat it asks the server something, whose answer comes
// after every notice that was due before, and counts for the time of trust from the moment of asking.
const (
	beat  = 50 * time.Millisecond
	trust = 150 * time.Millisecond
	// connectTime bounds the way to a server that answers.
	connectTime = 5 * time.Second
	// firstRetry is between a loss and the next try to listen, twice as long each time up to lastRetry;
	// structureAfter where waiting alone does not help: the triggers are not there, say.
	firstRetry, lastRetry, structureAfter = 10 * time.Millisecond, 5 * time.Second, 30 * time.Second
)

// restAfter is how long without a request a listener stays: an open connection keeps a serverless PostgreSQL awake.
const restAfter = 5 * time.Minute

// errResting ends a listener that nobody has asked for restAfter.
var errResting = errors.New("no requests for some minutes")

// listener hears of changes from PostgreSQL: triggers call pg_notify with the row's id, and a connection of its
// own listens.
type listener struct {
	*status
	db   *DB
	tell Evictor
	// heard is when the last beat that was answered began, since the start; 0 while nobody listens.
	heard atomic.Int64
	// asked is set by each request, and wake gets a value when there was none for a while.
	asked atomic.Bool
	wake  chan struct{}
	// lastAsked is when a beat last found that there were requests, since the start.
	lastAsked atomic.Int64
	// rest is restAfter.
	rest time.Duration
	canary
}

func newListener(db *DB, canaries bool, log *slog.Logger) *listener {
	return &listener{status: newStatus(log), db: db, wake: make(chan struct{}, 1), rest: restAfter, canary: canary{on: canaries, each: canaryEach}}
}

var started = time.Now()

func sinceStart() int64 { return int64(time.Since(started)) }

// Current costs three atomic reads and the clock.
func (l *listener) Current() bool {
	if !l.asked.Load() {
		l.asked.Store(true)
		select {
		case l.wake <- struct{}{}:
		default:
		}
	}
	heard := l.heard.Load()
	return heard != 0 && l.sound.Load() && sinceStart()-heard < int64(trust)
}

// Run listens until the context ends, and after each failure again.
func (l *listener) Run(ctx context.Context, tell Evictor) {
	l.tell = tell
	for wait := firstRetry; ctx.Err() == nil; {
		err := l.listen(ctx)
		listened := l.heard.Swap(0) != 0
		tell.EndAll()
		var structure *SchemaError
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, errResting):
			l.rests(err.Error())
			l.untilAsked(ctx)
			continue
		case errors.As(err, &structure):
			l.ill(err.Error())
			wait = structureAfter
		case listened:
			l.ill(err.Error())
			wait = firstRetry
		default:
			l.ill(err.Error())
			wait = min(2*wait, lastRetry)
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// untilAsked waits for the next request.
func (l *listener) untilAsked(ctx context.Context) {
	select {
	case <-l.wake: // it may have come before the rest
	default:
	}
	l.asked.Store(false)
	select {
	case <-ctx.Done():
	case <-l.wake:
	}
}

// listen hears until it fails. It is not current before a canary has come through.
func (l *listener) listen(ctx context.Context) error {
	names := l.db.Names()
	if names == nil {
		return errors.New("the database has not answered since the start")
	}
	conn, err := l.connect(ctx, names)
	if err != nil {
		return err
	}
	var triggers []string
	for _, t := range names.triggers() {
		triggers = append(triggers, t.name)
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.sing(ctx)
	}()
	defer func() {
		cancel()
		<-done
		ctx, cancel := context.WithTimeout(context.Background(), beat)
		defer cancel()
		_ = conn.Close(ctx)
	}()
	var slow time.Time
	for l.lastAsked.Store(sinceStart()); ; {
		if l.asked.Swap(false) {
			l.lastAsked.Store(sinceStart())
		} else if sinceStart()-l.lastAsked.Load() > int64(l.rest) {
			return errResting
		}
		began := time.Now()
		if err := ping(ctx, conn, triggers); err != nil {
			return err
		}
		switch {
		case time.Since(began) > trust:
			slow = began
			l.heard.Store(0)
			l.ill(fmt.Sprintf("the database takes longer than %v to answer at DIRECT_URL", trust))
		case began.Sub(slow) > time.Second:
			l.heard.Store(int64(began.Sub(started)))
			if l.sound.Load() {
				l.well("told by PostgreSQL (LISTEN)")
			}
		}
		if err := hear(ctx, conn, began.Add(beat)); err != nil {
			return fmt.Errorf("the listening connection is lost: %w", err)
		}
	}
}

// connect gives a connection that listens, where the triggers stand. What was cached before is dropped.
func (l *listener) connect(ctx context.Context, n *Names) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	if l.db.settings.Pooled && l.db.settings.DirectURL == l.db.settings.URL {
		return nil, &SchemaError{Problem: "DATABASE_URL leads to a pooler, through which nobody can listen", Mend: "set DIRECT_URL to the unpooled connection"}
	}
	missing, err := missingTriggers(ctx, l.db.pool, n)
	if err == nil && missing != nil {
		err = &SchemaError{Problem: "our triggers do not stand on " + n.TableName("Session") + " and " + n.TableName("User"),
			Mend: "run: countersign migrate up, as the tables' owner and with SESSION_TRIGGERS=on"}
	}
	if err != nil {
		return nil, err
	}
	settings, err := pgx.ParseConfig(l.db.settings.DirectURL.Reveal())
	if err != nil {
		return nil, &SchemaError{Problem: "DIRECT_URL cannot be read", Mend: "write it as postgres://user:password@host:5432/name"}
	}
	settings.RuntimeParams["application_name"] = "countersign listener"
	settings.OnNotification = func(_ *pgconn.PgConn, notice *pgconn.Notification) { l.notice(notice.Payload) }
	conn, err := pgx.ConnectConfig(ctx, settings)
	if err != nil {
		return nil, err
	}
	if _, err := conn.Exec(ctx, "LISTEN "+quote(n.own)); err != nil {
		_ = conn.Close(ctx)
		return nil, err
	}
	l.tell.EndAll()
	return conn, nil
}

// notice reads what a trigger sent: the kind of row and its id. What cannot be read is about everything.
func (l *listener) notice(payload string) {
	kind, id, _ := strings.Cut(payload, " ")
	switch {
	case kind == "session" && id != "":
		l.tell.EndSession(id)
	case kind == "user" && id != "":
		l.tell.EndUser(id)
	case kind == "canary":
		l.echo(id)
	default:
		l.tell.EndAll()
	}
}

const firingTriggers = `SELECT count(*) FROM pg_catalog.pg_trigger WHERE tgname = ANY($1) AND tgenabled IN ('O', 'A')`

// ping asks the server whether our triggers stand and fire. Every notice that was due before comes before the
// answer, and is told by then. *SchemaError when somebody took one away or switched it off.
func ping(ctx context.Context, conn *pgx.Conn, triggers []string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	var firing int
	if err := conn.QueryRow(ctx, firingTriggers, triggers).Scan(&firing); err != nil {
		return fmt.Errorf("the listening connection is lost: %w", err)
	}
	if firing < len(triggers) {
		return &SchemaError{Problem: "our triggers are gone, or were disabled", Mend: "run: countersign migrate up, or enable them again"}
	}
	return nil
}

// hear waits for notices until a moment.
func hear(ctx context.Context, conn *pgx.Conn, until time.Time) error {
	waiting, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	for {
		err := conn.PgConn().WaitForNotification(waiting)
		if err != nil && waiting.Err() != nil && !conn.IsClosed() {
			return ctx.Err()
		}
		if err != nil {
			return err
		}
	}
}
