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

// rush is what many requests allocate in a second, in bytes. Go would keep what they leave for up to two minutes, so
// that it is given back to the system in the first second without.
const rush = 4 << 20

// collect holds Go's collector to both. A GOGC that somebody has set stays.
func (a *App) collect(ctx context.Context) {
	theirs := debug.SetGCPercent(smallPercent)
	if theirs != goPercent {
		debug.SetGCPercent(theirs)
	}
	heap := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/heap/allocs:bytes"}}
	var before uint64
	var rushing bool
	for tick := time.NewTicker(time.Second); ; {
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-tick.C:
		}
		metrics.Read(heap)
		if theirs == goPercent {
			debug.SetGCPercent(percentFor(heap[0].Value.Uint64()))
		}
		allocated := heap[1].Value.Uint64()
		rushed := rushing
		if rushing = allocated-before >= rush; rushed && !rushing {
			debug.FreeOSMemory()
		}
		before = allocated
	}
}

func percentFor(live uint64) int {
	if live < smallHeap {
		return smallPercent
	}
	return goPercent
}
