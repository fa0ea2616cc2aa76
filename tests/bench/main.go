// Command bench measures the program beside a bare Echo handler that returns the same bytes, and beside peers
// where they can be installed. Figures are ratios within one run; docs/performance.md says how to read them.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// runs are all that can be measured, in the order of the report. A run that is not wished for says so itself.
var runs = []struct {
	name string
	run  func(ctx context.Context, b *bench) error
}{
	{"throughput", throughput},
	{"allocations", allocations},
	{"jwt", jwtRun},
	{"logins", logins},
	{"memory", memory},
	{"connections", idleConnections},
	{"growth", growth},
	{"revocation", revocation},
	{"instances", instances},
	{"cold", cold},
}

func main() {
	// The references are this very program in other clothes, so that nothing else need be built.
	if len(os.Args) > 1 && modes[os.Args[1]] != nil {
		exit(modes[os.Args[1]](os.Args[2:]))
	}
	o, err := parse(os.Args[1:])
	if err == nil {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		err = measure(ctx, o)
		stop()
	}
	exit(err)
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// measure does the wished runs. One that fails is reported and does not end the others.
func measure(ctx context.Context, o *options) (err error) {
	b, err := newBench(ctx, o)
	if err != nil {
		return err
	}
	defer b.stage.close()
	for _, r := range runs {
		if !o.wants(r.name) || ctx.Err() != nil {
			continue
		}
		fmt.Fprintf(os.Stderr, "== %s\n", r.name)
		if failure := b.stage.try(func() error { return r.run(ctx, b) }); failure != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", r.name, failure))
			b.report.note("The run %q failed: %v", r.name, failure)
		}
		b.stage.endInner()
	}
	b.report.print(os.Stdout)
	if o.write && ctx.Err() == nil {
		err = errors.Join(err, b.report.write(b.root))
	}
	return errors.Join(err, ctx.Err())
}
