package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// The names of variants that goals speak of.
const (
	bareEcho    = "bare Echo"
	onePgx      = "Echo, one statement by pgx"
	bareUncache = "uncached, before middleware"
	uncached    = "uncached, production"
	cached      = "cached, production"
	pocketBase  = "PocketBase, own record"
	fastAPI     = "FastAPI, 2 workers"
	betterCache = "Better Auth, cookie cache"
	betterAuth  = "Better Auth, database"
)

// variant is one way to answer "who am I?" with a session cookie.
type variant struct {
	name  string
	start func(ctx context.Context, b *bench) (*target, error)
}

// variants are all, bare Echo first.
var variants = []variant{
	{bareEcho, func(ctx context.Context, b *bench) (*target, error) { return b.reference(ctx, "serve-echo", b.body) }},
	{onePgx, func(ctx context.Context, b *bench) (*target, error) {
		return b.reference(ctx, "serve-statement", b.body, b.database)
	}},
	{bareUncache, func(ctx context.Context, b *bench) (*target, error) {
		return b.reference(ctx, "serve-bare", b.database)
	}},
	{uncached, func(ctx context.Context, b *bench) (*target, error) {
		return b.countersign(ctx, b.database, "SESSION_CACHE=off")
	}},
	{cached, func(ctx context.Context, b *bench) (*target, error) {
		return b.countersign(ctx, b.database, "SESSION_CACHE=auto")
	}},
	{pocketBase, startPocketBase},
	{fastAPI, startFastAPI},
	{betterCache, startBetterAuthCache},
	{betterAuth, startBetterAuth},
}

// contender is a variant in a run: running, or the reason why it is not.
type contender struct {
	name    string
	target  *target
	without string
	rounds  []sample
	filled  bool
	// statements are those per request, counted apart from the timed rounds.
	statements float64
}

// sample is what one variant did in one round. CPU is microseconds per request.
type sample struct {
	rate             float64
	cpu, cpuDatabase float64
	p50, p99         time.Duration
}

// startAll starts the wished variants. What this machine does not have or the program cannot yet is kept with its reason.
func (b *bench) startAll(ctx context.Context) ([]*contender, error) {
	var all []*contender
	for _, v := range variants {
		if v.name != bareEcho && !b.variants.MatchString(v.name) {
			continue
		}
		c := &contender{name: v.name}
		err := b.stage.try(func() (err error) { c.target, err = v.start(ctx, b); return err })
		switch {
		case errors.Is(err, errNotBuilt):
			c.without = "not built"
		case err != nil && v.name == bareEcho:
			return nil, err
		case err != nil:
			c.without = map[bool]string{true: "missing", false: "failed"}[errors.Is(err, errMissing)]
			b.report.note("%s is not measured: %v", v.name, err)
		}
		all = append(all, c)
	}
	return all, nil
}

// race measures contenders round by round, each once a round in shuffled order, so that what else the machine does
// falls on all alike. Ratios are taken within a round. A contender that fails is out, with its reason in the report;
// without bare Echo there is nothing to compare with.
func (b *bench) race(ctx context.Context, all []*contender, connections int) error {
	for round := range b.rounds {
		for _, i := range rand.Perm(len(all)) {
			c := all[i]
			if c.target == nil {
				continue
			}
			err := b.round(ctx, c, connections, round == 0)
			if err != nil && (c.name == bareEcho || ctx.Err() != nil) {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			if err != nil {
				b.report.note("%s failed at %d connections: %v", c.name, connections, err)
				c.target, c.without = nil, "failed"
			}
		}
	}
	return nil
}

func (b *bench) round(ctx context.Context, c *contender, connections int, first bool) error {
	b.fill(ctx, c)
	if first {
		if err := b.warm(ctx, c, connections); err != nil {
			return err
		}
	}
	s, err := b.sample(ctx, c.target, connections)
	if err == nil {
		c.rounds = append(c.rounds, s)
	}
	return err
}

// fillTime is long enough for every session of the load to be asked once by a program that has just started, and
// refillTime by an uncached one.
const fillTime, refillTime = 4 * time.Second, time.Second

// fill has every session asked, before each round: the session cache keeps nothing for longer than a minute, and a round
// of all variants may take that long.
func (b *bench) fill(ctx context.Context, c *contender) {
	long := refillTime
	if !c.filled {
		c.filled, long = true, fillTime
	}
	_, _ = b.wrk(ctx, c.target, middling, long) // what is wrong shows in the round itself
}

// warm opens connections and pages code in. A just started Node.js may need seconds for its first answers, so that a
// second without any is tried again.
func (b *bench) warm(ctx context.Context, c *contender, connections int) (err error) {
	for range 10 {
		if _, err = b.wrk(ctx, c.target, connections, time.Second); err == nil || ctx.Err() != nil {
			break
		}
	}
	return err
}

func (b *bench) sample(ctx context.Context, t *target, connections int) (s sample, err error) {
	server, err := cpu(t.pids...)
	if err != nil {
		return s, err
	}
	postgres, err := cpu(b.clusterPID)
	if err != nil {
		return s, err
	}
	r, err := b.wrk(ctx, t, connections, b.duration)
	if err != nil {
		return s, err
	}
	server2, err := cpu(t.pids...)
	if err != nil {
		return s, err
	}
	postgres2, err := cpu(b.clusterPID)
	perRequest := func(d time.Duration) float64 { return float64(d.Microseconds()) / float64(r.Requests) }
	return sample{
		rate: r.rate(), cpu: perRequest(server2 - server), cpuDatabase: perRequest(postgres2 - postgres),
		p50: time.Duration(r.P50) * time.Microsecond, p99: time.Duration(r.P99) * time.Microsecond,
	}, err
}

// What of a sample is compared.
func rate(s sample) float64      { return s.rate }
func serverCPU(s sample) float64 { return s.cpu }
func allCPU(s sample) float64    { return s.cpu + s.cpuDatabase }
func p50(s sample) float64       { return float64(s.p50) }
func p99(s sample) float64       { return float64(s.p99) }

// over compares two contenders round by round.
func (c *contender) over(reference *contender, what func(sample) float64) spread {
	var ratios []float64
	for i := range min(len(c.rounds), len(reference.rounds)) {
		ratios = append(ratios, what(c.rounds[i])/what(reference.rounds[i]))
	}
	return spreadOf(ratios)
}

// own is the spread of what a contender did, without a reference.
func (c *contender) own(what func(sample) float64) spread {
	var values []float64
	for _, s := range c.rounds {
		values = append(values, what(s))
	}
	return spreadOf(values)
}
