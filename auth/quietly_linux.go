package auth

import "golang.org/x/sys/unix"

// lowerPriority is for the calling thread; on Linux each has its own.
func lowerPriority() { _ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), 19) }
