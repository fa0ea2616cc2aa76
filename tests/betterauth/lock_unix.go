//go:build unix

package betterauth

import (
	"os"
	"syscall"
)

// exclusive waits until no other process holds the file; closing it lets go.
func exclusive(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
}
