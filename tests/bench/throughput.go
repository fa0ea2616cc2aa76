package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"
)

// middling is the number of connections that goals and plots are about.
const middling = 32

// throughput asks every variant for its user, at several numbers of connections.
func throughput(ctx context.Context, b *bench) error {
	all, err := b.startAll(ctx)
	if err != nil {
		return err
	}
	for _, connections := range b.connections {
		for _, c := range all {
			c.rounds = nil
		}
		if err := b.race(ctx, all, connections); err != nil {
			return fmt.Errorf("%d connections: %w", connections, err)
		}
		if err := b.countStatements(ctx, all, connections); err != nil {
			return err
		}
		b.throughputTable(all, connections)
		switch connections {
		case 1:
			b.singleGoals(all)
		case middling:
			b.throughputGoals(all)
			b.plotThroughput(all)
		}
	}
	if !slices.Contains(b.connections, middling) {
		b.report.note("No goals of throughput: they are about %d connections, which -connections left out.", middling)
	}
	return nil
}

// countStatements counts apart from the timed rounds, since counting costs. What programs ask by the clock is counted
// while nobody asks them, and left out. What is under way when the load ends is among the statements and not among the
// requests, so that many connections count a little too much.
func (b *bench) countStatements(ctx context.Context, all []*contender, connections int) error {
	long := max(3*time.Second, b.duration/2)
	byClock, err := b.db.count(ctx, func() error { time.Sleep(long); return nil })
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.target == nil {
			continue
		}
		b.fill(ctx, c)
		var r result
		n, err := b.db.count(ctx, func() (err error) {
			r, err = b.wrk(ctx, c.target, connections, long)
			return err
		})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if c.statements = float64(max(0, n-byClock)) / float64(r.Requests); err != nil {
			b.report.note("%s, statements not counted: %v", c.name, err)
			c.statements = math.NaN()
		}
	}
	return nil
}

func (b *bench) throughputTable(all []*contender, connections int) {
	echo := all[0]
	lead := fmt.Sprintf("Times bare Echo in the same round: median (lowest–highest) of %d rounds of %v. Bare Echo itself: %s requests/s, %s µs of CPU, p99 %s.",
		b.rounds, b.duration, short(echo.own(rate).median), short(echo.own(serverCPU).median), milliseconds(time.Duration(echo.own(p99).median)))
	var rows [][]string
	for _, c := range all {
		if c.target == nil {
			rows = append(rows, []string{c.name, c.without, "", "", "", "", ""})
			continue
		}
		rows = append(rows, []string{
			c.name, c.over(echo, rate).String(), c.over(echo, serverCPU).String(), c.over(echo, allCPU).String(),
			c.over(echo, p50).String(), c.over(echo, p99).String(), short(c.statements),
		})
	}
	title := fmt.Sprintf("GET /api/me with a session cookie, %d connections", connections)
	if connections == 1 {
		title = "GET /api/me with a session cookie, one connection"
	}
	b.report.table(title, lead, []string{"variant", "throughput", "server CPU", "with PostgreSQL's", "p50", "p99", "PostgreSQL's statements a request"}, rows)
}

// ratioGoal is a goal about two variants. The factor is the least, or the most where atMost says so.
type ratioGoal struct {
	name, of, over string
	what           func(sample) float64
	factor         float64
	atMost         bool
}

var throughputRatios = []ratioGoal{
	{"throughput", cached, bareEcho, rate, 0.75, false},
	{"server CPU", cached, bareEcho, serverCPU, 1.40, true},
	{"throughput", cached, betterAuth, rate, 80, false},
	{"throughput", cached, betterCache, rate, 45, false},
	{"throughput", cached, fastAPI, rate, 30, false},
	{"throughput", cached, pocketBase, rate, 8, false},
	{"server CPU", bareUncache, bareEcho, serverCPU, 2.0, true},
	{"throughput", uncached, betterAuth, rate, 40, false},
}

func (b *bench) throughputGoals(all []*contender) {
	for _, g := range throughputRatios {
		b.ratioGoal(all, g)
	}
	b.statementsGoal(all, cached, "0", 0.005)
	b.statementsGoal(all, uncached, "≤ 0.15", 0.15)
}

// singleGoals: with one request at a time nothing can be gathered, so that one statement is right.
func (b *bench) singleGoals(all []*contender) {
	b.ratioGoal(all, ratioGoal{"one connection, median latency", bareUncache, onePgx, p50, 1.25, true})
	b.statementsGoal(all, uncached, "1", 1.005)
}

func (b *bench) ratioGoal(all []*contender, g ratioGoal) {
	sign := map[bool]string{true: "≤", false: "≥"}[g.atMost]
	what, goal := g.name+": "+g.of, fmt.Sprintf("%s %v × %s", sign, g.factor, g.over)
	of, over := find(all, g.of), find(all, g.over)
	for _, c := range []*contender{of, over} {
		if c.target == nil {
			b.report.without(what, goal, c.name+": "+c.without)
			return
		}
	}
	s := of.over(over, g.what)
	b.report.find(what, goal, s.String()+" ×", s.median >= g.factor != g.atMost || s.median == g.factor)
}

// statementsGoal allows for what is under way when the load ends.
func (b *bench) statementsGoal(all []*contender, name, goal string, most float64) {
	what := "statements a request: " + name
	c := find(all, name)
	if c.target == nil {
		b.report.without(what, goal, c.without)
		return
	}
	b.report.find(what, goal, short(c.statements), c.statements <= most)
}

func find(all []*contender, name string) *contender {
	for _, c := range all {
		if c.name == name {
			return c
		}
	}
	return &contender{name: name, without: "not measured"}
}
