package cmd

import (
	"bufio"
	"io"
	"log/slog"
	"sync"
	"time"

	"countersign/config"
)

// flushAfter is how long a line of the log may stay in memory. A line a request would cost a system call each.
const flushAfter = 100 * time.Millisecond

// lines collects what is written for a moment and passes it on together.
type lines struct {
	mu      sync.Mutex
	to      *bufio.Writer
	waiting bool
}

func newLines(to io.Writer) *lines { return &lines{to: bufio.NewWriterSize(to, 64<<10)} }

// Write takes a line; it is passed on within flushAfter.
func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.waiting {
		l.waiting = true
		time.AfterFunc(flushAfter, l.Flush)
	}
	return l.to.Write(line)
}

// Flush passes on what there is.
func (l *lines) Flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = false
	_ = l.to.Flush() // a log that cannot be written has nowhere to be told
}

func (p *program) logger(s config.Log) *slog.Logger {
	options := &slog.HandlerOptions{Level: s.Level}
	if s.JSON {
		return slog.New(newJSONLog(p.log, options))
	}
	return slog.New(slog.NewTextHandler(p.stderr, options))
}
