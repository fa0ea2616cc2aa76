package auth

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/VictoriaMetrics/fastcache"
)

// cachedFor bounds how long a principal is remembered, whatever is heard of changes.
const cachedFor = time.Minute

// entrySize is what an entry with its key takes, in bytes, of most users and sessions.
const entrySize = 1 << 10

// Watch says whether everything that was committed so far has reached the cache: whoever knows of changes has
// called EndSession, EndUser or EndAll for each. It is asked for every answer, so it must cost next to nothing.
type Watch interface {
	Current() bool
}

// PrincipalCache remembers principals by their credentials, outside of the memory that Go's collector looks through.
// It answers only while its Watch is current, and looks at the end of the session and of the credential at every answer.
type PrincipalCache struct {
	// Prepare makes an answer that is kept ready beside a principal, Prepared; nil makes none.
	Prepare func(*Principal) ([]byte, error)

	watch   Watch
	clock   func() time.Time
	start   time.Time
	room    int64
	changes changes

	turning sync.Mutex
	kept    atomic.Pointer[generations]

	hits, misses, evictions atomic.Uint64
}

// generations are where entries are. All go into the young one; when that is full, or a minute old, the old one is
// emptied and takes its place, so that what nobody asks for any more leaves the memory.
type generations struct {
	young, old *fastcache.Cache
	// entries counts the young ones, and oldEntries is where the count of the old ones ended.
	entries    atomic.Int64
	oldEntries int64
	since      time.Time
}

// CacheStats is what a cache did since the start, and what it holds.
type CacheStats struct {
	Hits, Misses uint64
	// Evictions are changes that were heard of and end what was remembered before.
	Evictions uint64
	Entries   int
	Current   bool
}

// NewPrincipalCache makes a cache of at most so many entries.
func NewPrincipalCache(entries int, watch Watch, clock func() time.Time) *PrincipalCache {
	c := &PrincipalCache{watch: watch, clock: clock, start: clock(), room: max(1, int64(entries)/2)}
	c.changes.clock, c.changes.turned = clock, c.start
	size := int(c.room) * entrySize
	c.kept.Store(&generations{young: fastcache.New(size), old: fastcache.New(size), since: c.start})
	return c
}

// Close gives the memory back.
func (c *PrincipalCache) Close() {
	g := c.kept.Load()
	g.young.Reset()
	g.old.Reset()
}

// credential appends to a key what proves who somebody is. It is only ever compared.
func credential(key []byte, method Method, text string) []byte {
	key = append(append(key, method...), 0)
	return append(key, text...)
}

// get gives a principal that nobody else has; nil where nothing is remembered, or nothing that still counts.
func (c *PrincipalCache) get(method Method, text string) *Principal {
	var key [256]byte
	// The watch is asked first: it may bring news of this very one.
	if c.watch.Current() {
		g, k := c.kept.Load(), credential(key[:0], method, text)
		kept, there := g.young.HasGet(nil, k)
		if !there {
			kept, there = g.old.HasGet(nil, k)
		}
		if there {
			e := decode(kept)
			if c.elapsed() < e.until && !c.changes.since(e.sequence, e.SessionID(), e.User.ID) {
				c.hits.Add(1)
				return &e.Principal
			}
		}
	}
	c.misses.Add(1)
	return nil
}

// elapsed is the time since the start, which no setting of the machine's clock moves.
func (c *PrincipalCache) elapsed() time.Duration { return c.clock().Sub(c.start) }

// filling is a look-up under way: what is heard of from its beginning on is not in its result.
type filling struct {
	current  bool
	sequence int64
	began    time.Duration
}

func (c *PrincipalCache) begin() filling {
	return filling{c.watch.Current(), c.changes.sequence.Load(), c.elapsed()}
}

// put remembers a principal that was looked up since begin. A banned user's is not: it would outlive the ban's
// end, when the credential may hold no more.
func (c *PrincipalCache) put(method Method, text string, p *Principal, f filling) {
	if !f.current || !c.watch.Current() || p.Permissions != nil || p.User.Banned != nil && *p.User.Banned {
		return
	}
	until, now := f.began+cachedFor, c.clock()
	for _, end := range []time.Time{p.Expires, sessionEnd(p)} {
		if !end.IsZero() {
			until = min(until, now.Sub(c.start)+end.Sub(now)) // by way of now: the clock may have been set since the start
		}
	}
	if c.Prepare != nil {
		p.prepared, _ = c.Prepare(p) // what could not be made will be tried by who needs it
	}
	if text, key := encode(&entry{Principal: *p, sequence: f.sequence, until: until}), credential(nil, method, text); text != nil {
		g := c.turn()
		g.entries.Add(1)
		g.young.Set(key, text)
	}
}

// turn gives the generations to put into, new ones when it is time.
func (c *PrincipalCache) turn() *generations {
	c.turning.Lock()
	defer c.turning.Unlock()
	g, now := c.kept.Load(), c.clock()
	if g.entries.Load() < c.room && now.Sub(g.since) < cachedFor {
		return g
	}
	g.old.Reset()
	g = &generations{young: g.old, old: g.young, oldEntries: g.entries.Load(), since: now}
	c.kept.Store(g)
	return g
}

func sessionEnd(p *Principal) time.Time {
	if p.Session == nil {
		return time.Time{}
	}
	return p.Session.ExpiresAt
}

// EndSession forgets what hangs on a session.
func (c *PrincipalCache) EndSession(id string) {
	c.evictions.Add(1)
	c.changes.session(id)
}

// EndUser forgets what is a user's.
func (c *PrincipalCache) EndUser(id string) {
	c.evictions.Add(1)
	c.changes.user(id)
}

// EndAll forgets everything.
func (c *PrincipalCache) EndAll() {
	c.evictions.Add(1)
	c.changes.all()
	c.turning.Lock()
	defer c.turning.Unlock()
	g := c.kept.Load()
	g.young.Reset()
	g.old.Reset()
	c.kept.Store(&generations{young: g.young, old: g.old, since: c.clock()})
}

// Stats gives the figures for whoever watches the program.
func (c *PrincipalCache) Stats() CacheStats {
	g := c.kept.Load()
	return CacheStats{c.hits.Load(), c.misses.Load(), c.evictions.Load(), int(g.entries.Load() + g.oldEntries), c.watch.Current()}
}
