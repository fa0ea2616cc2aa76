package main

import (
	"context"
	"fmt"
	"strings"
)

// growth looks at what more rows change: nothing where answers are cached, and else no more than an index's depth.
func growth(ctx context.Context, b *bench) error {
	sizes := []int{1000, 100_000}
	if b.million {
		sizes = append(sizes, 1_000_000)
	}
	echo := &contender{name: bareEcho}
	var err error
	if echo.target, err = b.reference(ctx, "serve-echo", b.body); err != nil {
		return err
	}
	all := []*contender{echo}
	var last string
	for _, sessions := range sizes {
		if last, err = b.seeded(ctx, sessions/2); err != nil {
			return err
		}
		grown, err := b.grown(ctx, last, sessions)
		if err != nil {
			return err
		}
		all = append(all, grown...)
	}
	if err := b.race(ctx, all, middling); err != nil {
		return err
	}
	var rows [][]string
	for _, c := range all {
		if c.target == nil {
			rows = append(rows, []string{c.name, c.without, "", ""})
			continue
		}
		rows = append(rows, []string{c.name, c.over(echo, rate).String(), c.over(echo, serverCPU).String(), c.over(echo, allCPU).String()})
	}
	b.report.table("Growth", fmt.Sprintf("GET /api/me at %d connections, spread over up to %d sessions; times bare Echo in the same round.", middling, loadSessions),
		[]string{"sessions in the database", "throughput", "server CPU", "with PostgreSQL's"}, rows)
	b.ratioGoal(all, ratioGoal{"growth, throughput", grownName("auto", sizes[len(sizes)-1]), grownName("auto", sizes[0]), rate, 0.9, false})
	return b.lookUpPlan(ctx, last, find(all, grownName("off", sizes[len(sizes)-1])))
}

func grownName(cache string, sessions int) string {
	return fmt.Sprintf("%s, %d sessions", map[string]string{"auto": "cached", "off": "uncached"}[cache], sessions)
}

// grown starts the program with and without its cache on a database of a size.
func (b *bench) grown(ctx context.Context, databaseURL string, sessions int) ([]*contender, error) {
	requests, err := b.cookieRequests("/api/me", sessions)
	if err != nil {
		return nil, err
	}
	var both []*contender
	for _, cache := range []string{"auto", "off"} {
		c := &contender{name: grownName(cache, sessions)}
		c.target, err = b.countersign(ctx, databaseURL, "SESSION_CACHE="+cache)
		switch {
		case cache == "auto" && b.unbuilt["SESSION_CACHE"]:
			c.without = "not built"
		case err != nil:
			return nil, err
		default:
			c.target.requests = requests
		}
		both = append(both, c)
	}
	return both, nil
}

// lookUpPlan takes the statement by which the program looks a session up, as PostgreSQL saw it, and has it explained.
func (b *bench) lookUpPlan(ctx context.Context, databaseURL string, c *contender) error {
	const what, goal = "growth, uncached", "one index look-up"
	if c.target == nil {
		b.report.without(what, goal, c.without)
		return nil
	}
	if _, err := b.db.count(ctx, func() error { return askSessions(ctx, c.target.urls[0], 0, 20) }); err != nil {
		return err
	}
	query, err := b.db.lookUp(ctx)
	if err != nil {
		return err
	}
	text, err := plan(ctx, databaseURL, query)
	if err != nil {
		return err
	}
	var rows [][]string
	for line := range strings.Lines(text) {
		rows = append(rows, []string{strings.TrimRight(line, "\n")})
	}
	b.report.table("Plan of the look-up, "+c.name, "", []string{"EXPLAIN"}, rows)
	byIndex := strings.Contains(text, "Index") && !strings.Contains(text, "Seq Scan")
	b.report.find(what, goal, map[bool]string{true: "by index", false: "reads a whole table"}[byIndex], byIndex)
	return nil
}
