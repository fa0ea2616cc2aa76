package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
)

// stage is a testing.TB outside a test, so that the packages of the tests start their PostgreSQL and their Better
// Auth here too. What they register ends in close, or after the run that they were started in.
type stage struct {
	testing.TB
	ctx      context.Context
	cleanups []func()
	// inner is how many cleanups are the whole bench's.
	inner  int
	failed bool
}

// ended is how Fatal and Skip leave the function that called them; try gives it back as an error.
type ended struct{ error }

// errMissing is what a machine does not have; the message names it and how to get it.
var errMissing = errors.New("not on this machine")

func (s *stage) Helper()                  {}
func (s *stage) Context() context.Context { return s.ctx }
func (s *stage) Failed() bool             { return s.failed }
func (s *stage) Cleanup(f func())         { s.cleanups = append(s.cleanups, f) }
func (s *stage) Logf(f string, a ...any)  { fmt.Printf(f+"\n", a...) }
func (s *stage) Fatal(a ...any)           { s.fail(errors.New(fmt.Sprint(a...))) }
func (s *stage) Fatalf(f string, a ...any) {
	s.fail(fmt.Errorf(f, a...))
}
func (s *stage) Skipf(f string, a ...any) {
	panic(ended{fmt.Errorf("%w: "+f, append([]any{errMissing}, a...)...)})
}

func (s *stage) fail(err error) {
	s.failed = true
	panic(ended{err})
}

// try turns what a helper of the tests says with Fatal or Skip into an error.
func (s *stage) try(f func() error) (err error) {
	defer func() {
		switch e := recover().(type) {
		case nil:
		case ended:
			err = e.error
		default:
			panic(e)
		}
	}()
	return f()
}

// keep makes everything that was started so far last until close.
func (s *stage) keep() { s.inner = len(s.cleanups) }

func (s *stage) endInner() {
	for _, f := range slices.Backward(s.cleanups[s.inner:]) {
		f()
	}
	s.cleanups = s.cleanups[:s.inner]
}

func (s *stage) close() {
	s.inner = 0
	s.endInner()
}
