package main

import (
	"context"
	"fmt"
)

// instances compares one program with three over the same database, asked in turn.
func instances(ctx context.Context, b *bench) error {
	const connections = 33 // shared evenly by three
	var rows [][]string
	for _, cache := range []string{"off", "auto"} {
		name := "cached"
		if cache == "off" {
			name = "uncached"
		}
		if cache == "auto" && b.unbuilt["SESSION_CACHE"] {
			rows = append(rows, []string{name, "not built"})
			b.report.without("three instances, "+name+": statements", "do not triple", "not built")
			continue
		}
		var statements [2]float64
		for i, n := range []int{1, 3} {
			t, err := b.several(ctx, n, b.database, "SESSION_CACHE="+cache)
			if err != nil {
				return err
			}
			if _, err := b.wrk(ctx, t, connections, 2*fillTime); err != nil { // each instance asked for every session
				return err
			}
			c := &contender{name: fmt.Sprintf("%s, instances: %d", name, n), target: t}
			if err := b.race(ctx, []*contender{c}, connections); err != nil {
				return err
			}
			if c.target == nil {
				return fmt.Errorf("%s failed", c.name)
			}
			if err := b.countStatements(ctx, []*contender{c}, connections); err != nil {
				return err
			}
			t.stop()
			statements[i] = c.statements
			rows = append(rows, []string{c.name, short(c.statements), c.own(rate).String(), c.own(allCPU).String()})
		}
		// Where next to nothing is asked, what is made by the clock would decide the ratio.
		fine := statements[1] < 3*statements[0] || statements[1] < 0.01
		b.report.find("three instances, "+name+": statements", "do not triple", fmt.Sprintf("%s a request, one instance %s", short(statements[1]), short(statements[0])), fine)
	}
	b.report.table("Three instances over one PostgreSQL", "Asked in turn by the load generator, caches filled. Requests and CPU are this machine's and say nothing elsewhere.",
		[]string{"", "statements a request", "requests/s", "µs of CPU a request, PostgreSQL's included"}, rows)
	return nil
}
