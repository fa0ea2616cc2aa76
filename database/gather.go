package database

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// gatherSlots is how many look-ups may be under way at once before the others gather.
const gatherSlots = 1

// gather joins look-ups that come while others are under way into one statement. A look-up that finds a free
// slot runs at once and alone; there is no timer. Those that wait leave together when a slot is free.
type gather[K comparable, V any] struct {
	// lookUp gives what it found of the keys; one that is not there is left out.
	lookUp func(ctx context.Context, keys []K) (map[K]V, error)
	// statements and keys count them.
	statements, keys atomic.Uint64

	mu      sync.Mutex
	running int
	waiting *batch[K, V]
}

// batch is the keys that leave together, and what came of them once done is closed.
type batch[K comparable, V any] struct {
	// ctx is that of the first who waits, less its end: its trace shows the statement.
	ctx   context.Context
	keys  []K
	done  chan struct{}
	found map[K]V
	err   error
}

// get gives what belongs to a key, and false when there is nothing. An error is an error for all who gathered. The
// wait for a slot counts into statementTimeout: where the database hangs, those that wait must not wait twice.
func (g *gather[K, V]) get(ctx context.Context, key K) (found V, ok bool, err error) {
	b := g.join(ctx, key)
	if b == nil {
		defer g.leave()
		all, err := g.count(ctx, []K{key})
		found, ok = all[key]
		return found, ok, err
	}
	late := time.NewTimer(statementTimeout)
	defer late.Stop()
	select {
	case <-b.done:
		found, ok = b.found[key]
		return found, ok, b.err
	case <-late.C:
		return found, false, context.DeadlineExceeded
	case <-ctx.Done():
		return found, false, ctx.Err()
	}
}

// count looks keys up and counts that.
func (g *gather[K, V]) count(ctx context.Context, keys []K) (map[K]V, error) {
	g.statements.Add(1)
	g.keys.Add(uint64(len(keys)))
	return g.lookUp(ctx, keys)
}

// join takes a free slot, and then gives nil, or a place among those who wait.
func (g *gather[K, V]) join(ctx context.Context, key K) *batch[K, V] {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.running < gatherSlots {
		g.running++
		return nil
	}
	if g.waiting == nil {
		g.waiting = &batch[K, V]{ctx: context.WithoutCancel(ctx), done: make(chan struct{})}
	}
	g.waiting.keys = append(g.waiting.keys, key)
	return g.waiting
}

// leave hands the slot to those who wait, or frees it. Their statement belongs to no one request, so that none
// of them ends it for the others by going away.
func (g *gather[K, V]) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	b := g.waiting
	if g.waiting = nil; b == nil {
		g.running--
		return
	}
	go func() {
		defer close(b.done)
		defer g.leave()
		b.found, b.err = g.count(b.ctx, b.keys)
	}()
}
