package cmd

import (
	"fmt"
	"io"
	"time"
)

// How often progress is told: on a terminal, where the line is written over, and elsewhere.
const redrawTime, lineTime = 100 * time.Millisecond, 5 * time.Second

// progress tells how far something is that takes long: on a terminal in one line that is written over, elsewhere
// in a plain line every some seconds. What ends within the first of them says nothing elsewhere.
type progress struct {
	to    io.Writer
	live  bool
	clock func() time.Time
	last  time.Time
}

func newProgress(to io.Writer, clock func() time.Time) *progress {
	return &progress{to: to, live: terminal(to) != nil, clock: clock, last: clock()}
}

// say is called at each step; text is asked for only when it is told.
func (p *progress) say(text func() string) {
	now, wait := p.clock(), lineTime
	if p.live {
		wait = redrawTime
	}
	if now.Sub(p.last) < wait {
		return
	}
	p.last = now
	if p.live {
		_, _ = fmt.Fprint(p.to, "\r\x1b[K"+text())
	} else {
		_, _ = fmt.Fprintln(p.to, text())
	}
}

// clear takes the line away, so that what follows begins on an empty one.
func (p *progress) clear() {
	if p.live {
		_, _ = fmt.Fprint(p.to, "\r\x1b[K")
	}
}
