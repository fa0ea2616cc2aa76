package auth

import (
	"runtime"
	"runtime/metrics"
	"sync"
)

// quietly runs work on a thread of its own with the lowest priority that the system has, so that what takes a
// core for a tenth of a second is not noticed by requests that take microseconds.
func quietly(work func()) {
	beside.enter()
	defer beside.leave()
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // for good: the thread ends with the goroutine, and its priority with it
		lowerPriority()
		work()
		tidy()
	}()
	<-done
}

// smallHeap is up to where a collection of garbage costs a few milliseconds at most.
const smallHeap = 128 << 20

// tidy gives the memory of a hash back at once, as long as that is cheap: the tens of megabytes of a few hashes
// in a row would otherwise be most of what the program has.
func tidy() {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	if metrics.Read(live); live[0].Value.Uint64() < smallHeap {
		runtime.GC()
	}
}

// room is what Go's scheduler has for requests beside hashes: while there are any, as many threads again run Go as it
// would let run. It does not know that those of the hashes give way to all others. More threads than cores all the time
// would cost each request a tenth of its CPU.
type room struct {
	mu     sync.Mutex
	hashes int
}

var beside room

func (r *room) enter() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.hashes++; r.hashes == 1 {
		runtime.GOMAXPROCS(2 * runtime.GOMAXPROCS(0))
	}
}

func (r *room) leave() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.hashes--; r.hashes == 0 {
		runtime.SetDefaultGOMAXPROCS()
	}
}
