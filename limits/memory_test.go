package limits

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"countersign/config"
)

// standing is a clock that stands until a test moves it.
type standing struct{ now atomic.Int64 }

func newClock() *standing {
	c := &standing{}
	c.now.Store(1_700_000_000_000_000_000)
	return c
}

func (c *standing) Now() time.Time      { return time.Unix(0, c.now.Load()) }
func (c *standing) Add(d time.Duration) { c.now.Add(int64(d)) }

var three = config.Limit{Hits: 3, Window: 10 * time.Second}

// taken gives how long a hit must wait, 0 where it passed.
func taken(t *testing.T, c Counter, key string, limit config.Limit) (at int64, wait time.Duration) {
	t.Helper()
	at, wait, err := c.Take(t.Context(), key, limit)
	if err != nil {
		t.Fatal(err)
	}
	return at, wait
}

// The window slides: there is no boundary at which twice the limit passes.
func TestMemoryWindow(t *testing.T) {
	t.Parallel()
	clock := newClock()
	m := NewMemory(clock.Now)
	for i, step := range []struct {
		after, wait time.Duration
	}{
		{0, 0}, {9 * time.Second, 0}, {900 * time.Millisecond, 0},
		{0, 100 * time.Millisecond}, {99 * time.Millisecond, time.Millisecond},
		{time.Millisecond, 0},          // the first is out of the window
		{0, 9 * time.Second},           // and the second is next
		{time.Second, 8 * time.Second}, // what did not pass does not count
		{8 * time.Second, 0}, {time.Hour, 0}, {0, 0}, {0, 0}, {0, 10 * time.Second},
	} {
		clock.Add(step.after)
		if _, wait := taken(t, m, "a", three); wait != step.wait {
			t.Fatalf("step %d: %s, want %s", i, wait, step.wait)
		}
	}
	if _, wait := taken(t, m, "b", three); wait != 0 {
		t.Error("another key is limited")
	}
	for range 100 {
		clock.Add(three.Window)
		taken(t, m, "a", three)
	}
	if n := len(m.shard("a").keys["a"].times); n != 3 {
		t.Errorf("%d hits are kept", n)
	}
}

// At no moment are there more hits than the limit within a window behind it, whatever the rhythm.
func FuzzMemoryWindow(f *testing.F) {
	f.Add([]byte{0, 90, 9, 0, 1, 0, 10, 80, 255, 0, 0})
	f.Fuzz(func(t *testing.T, steps []byte) {
		clock := newClock()
		m := NewMemory(clock.Now)
		var passed []time.Time
		for _, step := range steps {
			clock.Add(time.Duration(step) * 100 * time.Millisecond)
			now := clock.Now()
			within := 0
			for _, p := range passed {
				if now.Sub(p) < three.Window {
					within++
				}
			}
			_, wait := taken(t, m, "a", three)
			if (wait == 0) != (within < three.Hits) {
				t.Fatalf("%d within the window, wait %s", within, wait)
			}
			if wait == 0 {
				passed = append(passed, now)
			} else if oldest := passed[len(passed)-three.Hits]; oldest.Add(three.Window) != now.Add(wait) {
				t.Fatalf("wait %s, and the oldest is of %s before", wait, now.Sub(oldest))
			}
		}
	})
}

func TestMemoryGivesBack(t *testing.T) {
	t.Parallel()
	clock := newClock()
	m := NewMemory(clock.Now)
	taken(t, m, "a", three)
	clock.Add(time.Second)
	at, _ := taken(t, m, "a", three)
	clock.Add(time.Second)
	taken(t, m, "a", three)
	for range 2 { // the second finds nothing to give back
		_ = m.GiveBack(t.Context(), "a", at)
	}
	_ = m.GiveBack(t.Context(), "nobody", at)
	if _, wait := taken(t, m, "a", three); wait != 0 {
		t.Error("what was given back counts")
	}
	if _, wait := taken(t, m, "a", three); wait != 8*time.Second {
		t.Errorf("wait %s: more than one was given back", wait)
	}
}

func TestMemoryAtOnce(t *testing.T) {
	t.Parallel()
	m := NewMemory(newClock().Now)
	if got := passing(t, 50, m); got != 3 {
		t.Errorf("%d passed, want 3", got)
	}
}

// passing gives how many of n hits at once pass, spread over counters.
func passing(t *testing.T, n int, counters ...Counter) int64 {
	t.Helper()
	var passed atomic.Int64
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			if _, wait := taken(t, counters[i%len(counters)], "a", three); wait == 0 {
				passed.Add(1)
			}
		})
	}
	all.Wait()
	return passed.Load()
}

func (m *Memory) size() (n int) {
	for i := range m.shards {
		n += len(m.shards[i].keys)
	}
	return n
}

// A flood of other keys neither grows the process without bound nor lets those go that are at their limit.
func TestMemoryFlood(t *testing.T) {
	t.Parallel()
	clock := newClock()
	m := NewMemory(clock.Now)
	const locked = 100
	for i := range locked {
		for range 3 {
			taken(t, m, "locked"+strconv.Itoa(i), three)
		}
	}
	for i := range 5 * shards * keysPerShard {
		taken(t, m, "flood"+strconv.Itoa(i), three)
	}
	if n := m.size(); n > shards*keysPerShard || n < shards*keysPerShard*9/10 {
		t.Errorf("%d keys are kept", n)
	}
	for i := range locked {
		if _, wait := taken(t, m, "locked"+strconv.Itoa(i), three); wait == 0 {
			t.Fatalf("the flood unlocked key %d", i)
		}
	}
	// What is over goes as new keys come.
	clock.Add(three.Window)
	for i := range 2 * shards * keysPerShard {
		taken(t, m, "later"+strconv.Itoa(i%1000), three)
	}
	if n := m.size(); n > shards*keysPerShard/2 {
		t.Errorf("%d keys are kept, most of which are over", n)
	}
}

func BenchmarkMemory(b *testing.B) {
	hundred := config.Limit{Hits: 100, Window: 10 * time.Second}
	b.Run("one key", func(b *testing.B) {
		m := NewMemory(time.Now)
		b.ReportAllocs()
		for b.Loop() {
			_, _, _ = m.Take(b.Context(), "api user 1", hundred)
		}
	})
	b.Run("many keys at once", func(b *testing.B) {
		m := NewMemory(time.Now)
		keys := make([]string, 10_000)
		for i := range keys {
			keys[i] = "api user " + strconv.Itoa(i)
		}
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for i := 0; pb.Next(); i++ {
				_, _, _ = m.Take(b.Context(), keys[i%len(keys)], hundred)
			}
		})
	})
	b.Run("a flood of new keys", func(b *testing.B) {
		m := NewMemory(time.Now)
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			_, _, _ = m.Take(b.Context(), strconv.Itoa(i), hundred)
		}
	})
}
