package database

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

const (
	// canaryBound is how long a change may be on its way. Over it, nothing is answered from the cache.
	canaryBound = 250 * time.Millisecond
	// canaryEach is between two canaries, and canaryIll where the last one was not well.
	canaryEach, canaryIll = time.Minute, time.Second
)

// canary is a change of our own that takes the whole way: through the pool into a table that has the triggers'
// function, and back by the listener. One is sent before the cache is used, since a pooler or a DIRECT_URL that
// leads elsewhere would swallow every notice and say nothing.
type canary struct {
	// on says whether one is sent again and again while there are requests: each is canaryEach.
	on   bool
	each time.Duration
	// sound says that the last one came through in time, and lag how long it took.
	sound atomic.Bool
	lag   atomic.Int64
	sent  atomic.Pointer[song]
}

type song struct {
	text string
	back chan time.Time
}

// Lag is how long the last canary took from its commit.
func (c *canary) Lag() time.Duration { return time.Duration(c.lag.Load()) }

// echo takes a canary that came back.
func (c *canary) echo(text string) {
	if s := c.sent.Load(); s != nil && s.text == text {
		s.back <- time.Now()
		c.sent.Store(nil)
	}
}

// sing sends canaries until the context ends, as it does when the listener rests.
func (l *listener) sing(ctx context.Context) {
	defer l.sound.Store(false)
	for {
		sung, wait := sinceStart(), l.each
		lag, err := l.send(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			l.sound.Store(false)
			l.tell.EndAll()
			l.ill(err.Error())
			wait = canaryIll
		default:
			l.lag.Store(int64(lag))
			l.sound.Store(true)
			if !l.on {
				<-ctx.Done()
				return
			}
		}
		for again := true; again; again = err == nil && l.lastAsked.Load() < sung { // nobody asked: nothing to watch over
			select {
			case <-ctx.Done():
				return
			case <-time.After(wait):
			}
		}
	}
}

var errNoEcho = errors.New("a change of our own did not come back in time: is DIRECT_URL a pooler, or another database?")

// send changes a row and waits for the notice of it.
func (l *listener) send(ctx context.Context) (time.Duration, error) {
	s := &song{rand.Text(), make(chan time.Time, 1)}
	l.sent.Store(s)
	table := quote(l.db.Names().own + ".canary")
	ctx, cancel := context.WithTimeout(ctx, statementTimeout)
	defer cancel()
	for _, statement := range []string{"INSERT INTO " + table + " (id) VALUES ($1)", "DELETE FROM " + table + " WHERE id = $1"} {
		if _, err := l.db.pool.ExecContext(ctx, statement, s.text); err != nil {
			return 0, fmt.Errorf("a change of our own could not be made: %w", err)
		}
	}
	committed := time.Now()
	select {
	case back := <-s.back:
		lag := max(0, back.Sub(committed))
		if lag > canaryBound {
			return lag, errNoEcho
		}
		return lag, nil
	case <-time.After(canaryBound):
		return 0, errNoEcho
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}
