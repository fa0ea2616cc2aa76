package database

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// statements is a look-up that waits to be let on and remembers what it was asked.
type statements struct {
	mu   sync.Mutex
	sent [][]int
	// started gets a value for each statement; on lets one end.
	started, on chan struct{}
	err         error
}

func (s *statements) lookUp(_ context.Context, keys []int) (map[int]string, error) {
	s.mu.Lock()
	s.sent = append(s.sent, slices.Clone(keys))
	s.mu.Unlock()
	s.started <- struct{}{}
	<-s.on
	found := map[int]string{}
	for _, k := range keys {
		if k > 0 {
			found[k] = fmt.Sprint(k)
		}
	}
	return found, s.err
}

// waits until n keys gather.
func (g *gather[K, V]) waits(n int) {
	for {
		g.mu.Lock()
		there := 0
		if g.waiting != nil {
			there = len(g.waiting.keys)
		}
		g.mu.Unlock()
		if there == n {
			return
		}
	}
}

func TestGather(t *testing.T) {
	t.Parallel()
	s := &statements{started: make(chan struct{}), on: make(chan struct{})}
	g := &gather[int, string]{lookUp: s.lookUp}
	var all sync.WaitGroup
	ask := func(ctx context.Context, key int, want string, wantErr error) {
		all.Go(func() {
			got, ok, err := g.get(ctx, key)
			if got != want || ok != (want != "") || !errors.Is(err, wantErr) {
				t.Errorf("%d: %q %v %v, want %q %v", key, got, ok, err, want, wantErr)
			}
		})
	}
	for i := 1; i <= gatherSlots; i++ { // each at once and alone
		ask(t.Context(), i, fmt.Sprint(i), nil)
		<-s.started
	}
	for i := 10; i < 15; i++ { // together, a key that is not there and one that comes twice among them
		ask(t.Context(), i, fmt.Sprint(i), nil)
	}
	ask(t.Context(), -1, "", nil)
	ask(t.Context(), 10, "10", nil)
	gone, leave := context.WithCancel(t.Context())
	ask(gone, 20, "", context.Canceled)
	g.waits(8)
	leave()
	s.on <- struct{}{}
	<-s.started
	ask(t.Context(), 30, "30", nil) // the next batch
	g.waits(1)
	for range gatherSlots {
		s.on <- struct{}{}
	}
	<-s.started
	s.on <- struct{}{}
	all.Wait()
	if len(s.sent) != gatherSlots+2 || len(s.sent[gatherSlots]) != 8 || len(s.sent[gatherSlots+1]) != 1 {
		t.Errorf("statements %v", s.sent)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.running != 0 || g.waiting != nil {
		t.Errorf("%d run, %v wait at the end", g.running, g.waiting)
	}
}

// "Could not check" must reach everybody who gathered, and be nobody's "not there".
func TestGatherErrorsAreEverybodys(t *testing.T) {
	t.Parallel()
	s := &statements{started: make(chan struct{}), on: make(chan struct{}), err: errors.New("away")}
	g := &gather[int, string]{lookUp: s.lookUp}
	var all sync.WaitGroup
	ask := func(i int) {
		all.Go(func() {
			if _, _, err := g.get(t.Context(), i); !errors.Is(err, s.err) {
				t.Errorf("%d: %v", i, err)
			}
		})
	}
	for i := range gatherSlots {
		ask(i)
		<-s.started
	}
	for i := range 5 {
		ask(-i)
	}
	g.waits(5)
	s.on <- struct{}{}
	<-s.started
	for range gatherSlots {
		s.on <- struct{}{}
	}
	all.Wait()
	if len(s.sent) != gatherSlots+1 {
		t.Errorf("statements %v", s.sent)
	}
}

// One that waits while the database hangs is answered as soon as one that does not: its wait counts too.
func TestGatherWaitsNoLongerThanAStatement(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &gather[int, int]{lookUp: func(ctx context.Context, _ []int) (map[int]int, error) {
			ctx, cancel := context.WithTimeout(ctx, statementTimeout)
			defer cancel()
			<-ctx.Done()
			return nil, ctx.Err()
		}}
		begun := time.Now()
		for key := range 10 {
			go func() {
				if _, _, err := g.get(t.Context(), key); !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) > statementTimeout {
					t.Errorf("look-up %d: %v after %v", key, err, time.Since(begun))
				}
			}()
			synctest.Wait()
		}
		time.Sleep(3 * statementTimeout) // of the test's clock
	})
}

// A statement for several is in the trace of the first who waited, and outlives it; it is counted once.
func TestGatherKeepsTheFirstContext(t *testing.T) {
	t.Parallel()
	type key struct{}
	started, on, seen := make(chan struct{}), make(chan struct{}), make(chan any, 1)
	g := &gather[int, int]{lookUp: func(ctx context.Context, keys []int) (map[int]int, error) {
		if keys[0] == 1 {
			started <- struct{}{}
			<-on
			return nil, nil
		}
		seen <- ctx.Value(key{})
		return nil, ctx.Err()
	}}
	var all sync.WaitGroup
	ask := func(ctx context.Context, n int) { all.Go(func() { _, _, _ = g.get(ctx, n) }) }
	ask(t.Context(), 1)
	<-started
	first, leave := context.WithCancel(context.WithValue(t.Context(), key{}, "first"))
	ask(first, 2)
	g.waits(1)
	ask(context.WithValue(t.Context(), key{}, "second"), 3)
	g.waits(2)
	leave()
	close(on)
	all.Wait()
	if got := <-seen; got != "first" {
		t.Errorf("the context of %v", got)
	}
	if s, k := g.statements.Load(), g.keys.Load(); s != 2 || k != 3 {
		t.Errorf("%d statements, %d keys", s, k)
	}
}
