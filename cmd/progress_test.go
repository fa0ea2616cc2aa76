package cmd

import (
	"strings"
	"testing"
	"time"
)

func TestProgress(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		live bool
		step time.Duration
		want string
	}{
		"a terminal":       {true, 60 * time.Millisecond, "\r\x1b[K2\r\x1b[K4\r\x1b[K"},
		"a file":           {false, 2 * time.Second, "3\n"},
		"a file, and fast": {false, time.Millisecond, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var said strings.Builder
			now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
			p := newProgress(&said, func() time.Time { return now })
			p.live = test.live
			for _, n := range []string{"1", "2", "3", "4"} {
				now = now.Add(test.step)
				p.say(func() string { return n })
			}
			p.clear()
			if said.String() != test.want {
				t.Errorf("%q, want %q", said.String(), test.want)
			}
		})
	}
}

// A user's name must not be able to write over what an administrator reads.
func TestPrintable(t *testing.T) {
	t.Parallel()
	if got := printable("Zoë 日本\x1b[2J\r\n\u202e\x9b"); got != "Zoë 日本?[2J???�" {
		t.Errorf("%q", got)
	}
}
