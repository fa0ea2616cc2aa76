//go:build !unix

package database

import "errors"

func mapWALCounter(string) (func() (uint64, error), error) {
	return nil, errors.New("not on this system")
}
