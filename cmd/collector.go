package cmd

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// While less than smallHeap lives, in bytes, garbage may grow to twice that before it is collected, and not only to as
// much again: some megabytes, for a tenth of the CPU of a request that is answered from the cache.
const (
	smallHeap    = 16 << 20
	smallPercent = 200
	goPercent    = 100 // what Go does by itself
)

// collectSeldom holds Go's collector to that. A GOGC that somebody has set stays.
func (a *App) collectSeldom(ctx context.Context) {
	if theirs := debug.SetGCPercent(smallPercent); theirs != goPercent {
		debug.SetGCPercent(theirs)
		return
	}
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	for tick := time.NewTicker(time.Second); ; {
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-tick.C:
		}
		percent := goPercent
		if metrics.Read(live); live[0].Value.Uint64() < smallHeap {
			percent = smallPercent
		}
		debug.SetGCPercent(percent)
	}
}
