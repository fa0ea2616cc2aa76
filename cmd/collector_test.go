package cmd

import (
	"context"
	"runtime"
	"runtime/debug"
	"sync"
	"testing"
	"time"
)

func TestCollect(t *testing.T) {
	before := debug.SetGCPercent(goPercent)
	defer debug.SetGCPercent(before)
	for _, c := range []struct {
		name        string
		theirs, end int
		ballast     int
	}{
		{"a small heap", goPercent, smallPercent, 0},
		{"GOGC is set", 150, 150, 0},
		{"a large heap", goPercent, goPercent, 4 * smallHeap},
	} {
		t.Run(c.name, func(t *testing.T) {
			debug.SetGCPercent(c.theirs)
			ballast := make([]byte, c.ballast)
			runtime.GC()
			ctx, stop := context.WithTimeout(t.Context(), 1500*time.Millisecond)
			defer stop()
			new(App).collect(ctx)
			if percent := debug.SetGCPercent(goPercent); percent != c.end {
				t.Errorf("garbage is collected at %d %%, want %d", percent, c.end)
			}
			runtime.KeepAlive(ballast)
		})
	}
}

func TestCollectAfterRush(t *testing.T) {
	for _, c := range []struct {
		name string
		rush bool // without end
		want uint32
	}{
		{"the rush is over", false, 1},
		{"the rush goes on", true, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			garbage := make([]byte, 2*rush)
			var requests sync.WaitGroup
			ctx, stop := context.WithTimeout(t.Context(), 3500*time.Millisecond)
			defer stop()
			if c.rush {
				requests.Go(func() {
					for ctx.Err() == nil {
						garbage = make([]byte, rush)
						time.Sleep(100 * time.Millisecond)
					}
				})
			}
			new(App).collect(ctx)
			requests.Wait()
			runtime.ReadMemStats(&after)
			if collected := after.NumForcedGC - before.NumForcedGC; collected != c.want {
				t.Errorf("memory was given back %d times, want %d", collected, c.want)
			}
			runtime.KeepAlive(garbage)
		})
	}
}
