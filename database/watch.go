package database

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"gorm.io/gorm"

	"countersign/config"
)

// Evictor is told which sessions and users changed: a cache.
type Evictor interface {
	EndSession(id string)
	EndUser(id string)
	EndAll()
}

// Watch tells an Evictor of each change of sessions and users, by whatever process, and says whether it can.
type Watch interface {
	// Run tells until the context ends.
	Run(ctx context.Context, tell Evictor)
	// Current says whether everything that was committed so far has been told.
	Current() bool
	// Status says why not, for people; empty when it is current.
	Status() string
	// Lag is how long news of a change took of late; 0 where it takes none.
	Lag() time.Duration
}

// NewWatch makes the watch of a database: PostgreSQL tells by LISTEN, SQLite is looked at.
func NewWatch(db *DB, canary bool, log *slog.Logger) Watch {
	if db.settings.Dialect == config.SQLite {
		return newFollower(db, log)
	}
	return newListener(db, canary, log)
}

// Tell has an Evictor hear of this process's own changes at once, before they are answered.
func (db *DB) Tell(e Evictor) { db.evictor = e }

// change runs one store method that changes a user or the user's sessions, and tells of it before it is
// answered: also of one that failed, since its commit may have gone through.
func (db *DB) change(ctx context.Context, userID string, f func(tx *gorm.DB, n *Names) error) error {
	if db.evictor != nil {
		defer db.evictor.EndUser(userID)
	}
	return db.write(ctx, f)
}

// status is why a watch is not current, and says each new reason once.
type status struct {
	log *slog.Logger
	why atomic.Pointer[string]
}

const starting = "it has not started"

func newStatus(log *slog.Logger) *status {
	s, why := &status{log: log}, starting
	s.why.Store(&why)
	return s
}

// well says that the watch is current.
func (s *status) well(how string) {
	well := ""
	if *s.why.Swap(&well) != "" {
		s.log.Info("session cache in use", "changes", how)
	}
}

// ill says that it is not, and why.
func (s *status) ill(why string) {
	if *s.why.Swap(&why) != why {
		s.log.Warn("session cache not in use: every request asks the database", "reason", why)
	}
}

// rests says that it is not, and that this is as it should be.
func (s *status) rests(why string) {
	if *s.why.Swap(&why) != why {
		s.log.Info("session cache rests", "reason", why)
	}
}

// Status gives the reason.
func (s *status) Status() string { return *s.why.Load() }

// TryWatch says why the changes of a connected database cannot be known of; empty when they can.
func TryWatch(ctx context.Context, db *DB) string {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	w, done := NewWatch(db, false, slog.New(slog.DiscardHandler)), make(chan struct{})
	go func() {
		defer close(done)
		w.Run(ctx, nobody{})
	}()
	for w.Status() == starting && ctx.Err() == nil {
		_ = w.Current() // as a request would ask
		time.Sleep(10 * time.Millisecond)
	}
	why := w.Status()
	cancel()
	<-done
	return why
}

// nobody is told and does nothing.
type nobody struct{}

func (nobody) EndSession(string) {}
func (nobody) EndUser(string)    {}
func (nobody) EndAll()           {}
