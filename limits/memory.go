package limits

import (
	"context"
	"hash/maphash"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"countersign/config"
)

// The bound of a Memory: shards with a lock each, so that requests do not queue up for one, and keys in each.
// A key takes some 150 bytes, and 8 for each hit up to its limit.
const (
	shards       = 64
	keysPerShard = 1024
)

// sample is how many keys are looked at when a new one comes.
const sample = 8

// Memory counts in this process. It keeps no more than 65,536 keys, whoever sends what.
type Memory struct {
	clock  func() time.Time
	start  time.Time
	seed   maphash.Seed
	shards [shards]shard
	// used is true once a hit was counted.
	used atomic.Bool
}

type shard struct {
	mu   sync.Mutex
	keys map[string]hits
}

// hits are a key's last ones, no more than its limit, oldest first, as time since the Memory was made.
type hits struct {
	times  []time.Duration
	window time.Duration
}

// NewMemory makes a counter that has counted nothing.
func NewMemory(clock func() time.Time) *Memory {
	m := &Memory{clock: clock, start: clock(), seed: maphash.MakeSeed()}
	for i := range m.shards {
		m.shards[i].keys = map[string]hits{}
	}
	return m
}

// Take counts a hit; its error is always nil.
func (m *Memory) Take(_ context.Context, key string, limit config.Limit) (at int64, wait time.Duration, err error) {
	if !m.used.Load() {
		m.used.Store(true)
	}
	s := m.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	now := m.clock().Sub(m.start)
	h, known := s.keys[key]
	if !known {
		s.makeRoom(now)
	}
	if wait = h.wait(now, limit); wait == 0 {
		h.times = append(h.times, now)
		h.times = slices.Delete(h.times, 0, max(0, len(h.times)-limit.Hits))
		h.window = limit.Window
		s.keys[key] = h
	}
	return int64(now), wait, nil
}

// Wait is how long until a hit of a key would pass, 0 for at once. It counts none.
func (m *Memory) Wait(key string, limit config.Limit) time.Duration {
	s := m.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keys[key].wait(m.clock().Sub(m.start), limit)
}

// GiveBack forgets one hit of a key; its error is always nil.
func (m *Memory) GiveBack(_ context.Context, key string, at int64) error {
	s := m.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.keys[key]
	if i := slices.Index(h.times, time.Duration(at)); i >= 0 {
		h.times = slices.Delete(h.times, i, i+1)
		s.keys[key] = h
	}
	return nil
}

func (m *Memory) shard(key string) *shard {
	return &m.shards[maphash.String(m.seed, key)%shards]
}

// wait asks for the hit that must leave the window before another passes.
func (h hits) wait(now time.Duration, limit config.Limit) time.Duration {
	full := len(h.times) - limit.Hits
	if full < 0 {
		return 0
	}
	return max(0, h.times[full]+limit.Window-now)
}

// over says whether no hit is within the window any more.
func (h hits) over(now time.Duration) bool {
	return len(h.times) == 0 || h.times[len(h.times)-1]+h.window <= now
}

// makeRoom looks at some keys by chance. Those that are over go; of a full shard also the one with the fewest
// hits, so that a flood of new keys pushes out its own and not those that have reached their limit.
func (s *shard) makeRoom(now time.Duration) {
	victim, fewest, looked := "", math.MaxInt, 0
	for key, h := range s.keys {
		if h.over(now) {
			delete(s.keys, key)
			continue
		}
		if len(h.times) < fewest {
			victim, fewest = key, len(h.times)
		}
		if looked++; looked == sample {
			break
		}
	}
	if len(s.keys) >= keysPerShard {
		delete(s.keys, victim)
	}
}
