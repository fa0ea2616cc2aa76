package limits

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"countersign/config"
)

// pause is how long a counter that did not answer is not asked: no request waits for it meanwhile.
const pause = time.Second

// errAway says that the counter of all instances cannot be asked now.
var errAway = errors.New("the shared counter is away")

// Shared is a counter that all instances ask and that may be away. The log says so once when it goes and once
// when it is back.
type Shared struct {
	counter Counter
	place   string
	clock   func() time.Time
	log     *slog.Logger

	mu   sync.Mutex
	away bool
	// next is when it may be asked again.
	next time.Time
}

// NewShared wraps a counter; place is where it is, for the log.
func NewShared(counter Counter, place string, clock func() time.Time, log *slog.Logger) *Shared {
	return &Shared{counter: counter, place: place, clock: clock, log: log}
}

// Take counts a hit; any error means that nothing is known and that somebody else must count.
func (s *Shared) Take(ctx context.Context, key string, limit config.Limit) (at int64, wait time.Duration, err error) {
	try := s.ask()
	if try == not {
		return 0, 0, errAway
	}
	// Not the client's context: one who hangs up must not make the counter look away.
	at, wait, err = s.counter.Take(context.WithoutCancel(ctx), key, limit)
	s.answered(ctx, try, err)
	return at, wait, err
}

// GiveBack tries once: where the counter is away the hit stays counted until its window is over.
func (s *Shared) GiveBack(ctx context.Context, key string, at int64) error {
	try := s.ask()
	if try == not {
		return errAway
	}
	err := s.counter.GiveBack(ctx, key, at)
	s.answered(ctx, try, err)
	return err
}

// try is whether a request asks, and whether by its answer a counter that was away is back: that of a request
// from before it went says nothing of now.
type try int

const (
	not try = iota
	plain
	probe
)

// ask lets one request probe after each pause while the counter is away.
func (s *Shared) ask() try {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.away {
		return plain
	}
	now := s.clock()
	if now.Before(s.next) {
		return not
	}
	s.next = now.Add(pause)
	return probe
}

func (s *Shared) answered(ctx context.Context, t try, err error) {
	if err == nil && t == plain {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err == nil && s.away:
		s.log.InfoContext(ctx, "Redis is back, rate limits are counted there again", "redis", s.place)
	case err != nil && !s.away:
		s.log.WarnContext(ctx, "Redis does not answer in time, each instance counts rate limits by itself until it does", "redis", s.place, "error", err.Error())
	}
	if s.away = err != nil; s.away {
		s.next = s.clock().Add(pause)
	}
}
