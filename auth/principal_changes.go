package auth

import (
	"sync"
	"sync/atomic"
	"time"
)

// maxChanges is how many changes are remembered by name; with more, everything counts as changed.
const maxChanges = 100_000

// changes are the sessions and users that changed lately, so that what was looked up before is known to be out
// of date. Nothing is remembered longer than cachedFor, and so no change need be.
type changes struct {
	clock func() time.Time
	// sequence numbers the changes.
	sequence atomic.Int64

	mu sync.RWMutex
	// everything is the last change that was one of all.
	everything      int64
	sessions, users lately
	turned          time.Time
}

// lately has the number of each one's last change, in two halves: the young one becomes the old one after cachedFor.
type lately struct{ young, old map[string]int64 }

func (l *lately) since(sequence int64, id string) bool {
	return l.young[id] > sequence || l.old[id] > sequence
}

func (l *lately) turn() { l.young, l.old = map[string]int64{}, l.young }

// since says whether one of the two changed after a moment of the sequence.
func (c *changes) since(sequence int64, session, user string) bool {
	if c.sequence.Load() == sequence {
		return false
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.everything > sequence || c.sessions.since(sequence, session) || c.users.since(sequence, user)
}

func (c *changes) session(id string) { c.note(&c.sessions, id) }

func (c *changes) user(id string) { c.note(&c.users, id) }

func (c *changes) note(of *lately, id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.sessions.young)+len(c.users.young) >= maxChanges {
		c.forget()
	}
	if now := c.clock(); of.young == nil || now.Sub(c.turned) >= cachedFor {
		c.sessions.turn()
		c.users.turn()
		c.turned = now
	}
	of.young[id] = c.next()
}

func (c *changes) all() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget()
}

// forget makes one change of all that there were.
func (c *changes) forget() {
	c.everything = c.next()
	c.sessions, c.users = lately{}, lately{}
}

// next numbers a change. Whoever sees the number waits for the lock to see the change.
func (c *changes) next() int64 { return c.sequence.Add(1) }
