package cmd

import (
	"context"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func TestCollectSeldom(t *testing.T) {
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
			new(App).collectSeldom(ctx)
			if percent := debug.SetGCPercent(goPercent); percent != c.end {
				t.Errorf("garbage is collected at %d %%, want %d", percent, c.end)
			}
			runtime.KeepAlive(ballast)
		})
	}
}
