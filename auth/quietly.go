package auth

import "runtime"

// quietly runs work on a thread of its own with the lowest priority that the system has, so that what takes a
// core for a tenth of a second is not noticed by requests that take microseconds.
func quietly(work func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // for good: the thread ends with the goroutine, and its priority with it
		lowerPriority()
		work()
	}()
	<-done
}
