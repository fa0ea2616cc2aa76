package tests

import (
	"os"
	"testing"
)

// inFull is how `make faults` runs rows 200 to 209: with all rounds, which a run of all tests has no time for.
var inFull = os.Getenv("COUNTERSIGN_FAULTS") == "full"

// full gives the second of two numbers in `make faults`, and else the first.
func full[T any](short, all T) T {
	if inFull {
		return all
	}
	return short
}

// found says what a run saw. tests/faults copies such lines into docs/reliability.md.
func found(t *testing.T, format string, args ...any) {
	t.Helper()
	t.Logf("found: "+format, args...)
}
