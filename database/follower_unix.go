//go:build unix

package database

import (
	"encoding/binary"
	"os"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// mapWALCounter reads iChange of the WAL index's header, which each commit moves before it returns
// (https://sqlite.org/walformat.html#the_wal_index_header). The file is mapped, and stays open with its
// mapping as long as the process: closing it could drop locks that another SQLite in the process holds.
func mapWALCounter(path string) (func() (uint64, error), error) {
	file, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	header, err := unix.Mmap(file, 0, os.Getpagesize(), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, err
	}
	if binary.NativeEndian.Uint32(header) != 3007000 {
		return nil, os.ErrInvalid
	}
	change := (*uint32)(unsafe.Pointer(&header[8])) //nolint:gosec // the header is a page long
	return func() (uint64, error) { return uint64(atomic.LoadUint32(change)), nil }, nil
}
