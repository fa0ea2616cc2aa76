package auth

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"
)

// cachedFor bounds how long a principal is remembered, whatever is heard of changes.
const cachedFor = time.Minute

// Watch says whether everything that was committed so far has reached the cache: whoever knows of changes has
// called EndSession, EndUser or EndAll for each. It is asked for every answer, so it must cost next to nothing.
type Watch interface {
	Current() bool
}

// PrincipalCache remembers principals by their credentials. It answers only while its Watch is current, and
// looks at the end of the session and of the credential at every answer.
type PrincipalCache struct {
	watch Watch
	clock func() time.Time
	kept  *otter.Cache[credential, *kept]

	mu                sync.Mutex
	bySession, byUser map[string][]*kept
	// sequence counts what was heard of. A principal that was read while it moved may be out of date already.
	sequence uint64

	hits, misses, evictions atomic.Uint64
}

// credential is the text that proves who somebody is. It is only ever compared.
type credential struct {
	method Method
	text   string
}

// kept is a principal in the cache, with the answer that a handler made of it.
type kept struct {
	key       credential
	principal *Principal
	memo      atomic.Pointer[[]byte]
	until     time.Time
}

// CacheStats is what a cache did since the start, and what it holds.
type CacheStats struct {
	Hits, Misses, Evictions uint64
	Entries                 int
	Current                 bool
}

// NewPrincipalCache makes a cache of at most so many entries; close it at the end.
func NewPrincipalCache(entries int, watch Watch, clock func() time.Time) *PrincipalCache {
	c := &PrincipalCache{watch: watch, clock: clock, bySession: map[string][]*kept{}, byUser: map[string][]*kept{}}
	c.kept = otter.Must(&otter.Options[credential, *kept]{
		MaximumSize: entries,
		OnDeletion:  func(e otter.DeletionEvent[credential, *kept]) { c.forget(e.Value) },
	})
	return c
}

// Close ends what the cache runs beside the requests.
func (c *PrincipalCache) Close() { c.kept.StopAllGoroutines() }

// get gives a copy of what is remembered; nil where that is nothing, or nothing that still counts.
func (c *PrincipalCache) get(key credential) *Principal {
	// The watch is asked first: it may bring news of this very one.
	current := c.watch.Current()
	e, ok := c.kept.GetIfPresent(key)
	if !current || !ok || !c.clock().Before(e.until) {
		c.misses.Add(1)
		return nil
	}
	c.hits.Add(1)
	p := e.principal.clone()
	p.memo = &e.memo
	return p
}

// filling is where the sequence stood before a look-up; nil where its result must not be remembered.
type filling *uint64

func (c *PrincipalCache) begin() filling {
	if !c.watch.Current() {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	sequence := c.sequence
	return &sequence
}

// put remembers a principal that was looked up since begin, unless something was heard of in between. A banned
// user's is not: it would outlive the ban's end, when the credential may hold no more. It gives the principal
// to answer with.
func (c *PrincipalCache) put(key credential, p *Principal, since filling) *Principal {
	if since == nil || p.User.Banned != nil && *p.User.Banned {
		return p
	}
	key.text = strings.Clone(key.text) // a part of a header would keep the whole of it
	e := &kept{key: key, principal: p.clone(), until: c.clock().Add(cachedFor)}
	for _, end := range []time.Time{p.Expires, sessionEnd(p)} {
		if !end.IsZero() && end.Before(e.until) {
			e.until = end
		}
	}
	if !c.watch.Current() {
		return p
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sequence != *since {
		return p
	}
	c.byUser[p.User.ID] = append(c.byUser[p.User.ID], e)
	if id := p.SessionID(); id != "" {
		c.bySession[id] = append(c.bySession[id], e)
	}
	c.kept.Set(key, e)
	p.memo = &e.memo
	return p
}

func sessionEnd(p *Principal) time.Time {
	if p.Session == nil {
		return time.Time{}
	}
	return p.Session.ExpiresAt
}

// EndSession drops what hangs on a session.
func (c *PrincipalCache) EndSession(id string) { c.end(c.bySession, id) }

// EndUser drops what is a user's.
func (c *PrincipalCache) EndUser(id string) { c.end(c.byUser, id) }

func (c *PrincipalCache) end(index map[string][]*kept, id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sequence++
	for _, e := range index[id] {
		c.evictions.Add(1)
		c.kept.Invalidate(e.key)
	}
}

// EndAll drops everything.
func (c *PrincipalCache) EndAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sequence++
	c.evictions.Add(uint64(c.kept.EstimatedSize()))
	c.kept.InvalidateAll()
}

// forget takes an entry that left the cache out of the indexes.
func (c *PrincipalCache) forget(e *kept) {
	c.mu.Lock()
	defer c.mu.Unlock()
	remove(c.byUser, e.principal.User.ID, e)
	remove(c.bySession, e.principal.SessionID(), e)
}

func remove(index map[string][]*kept, id string, e *kept) {
	left := slices.DeleteFunc(index[id], func(other *kept) bool { return other == e })
	if index[id] = left; len(left) == 0 {
		delete(index, id)
	}
}

// Stats gives the figures for whoever watches the program.
func (c *PrincipalCache) Stats() CacheStats {
	return CacheStats{c.hits.Load(), c.misses.Load(), c.evictions.Load(), c.kept.EstimatedSize(), c.watch.Current()}
}
