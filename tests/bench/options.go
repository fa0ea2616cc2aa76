package main

import (
	"flag"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// options are the flags.
type options struct {
	rounds      int
	duration    time.Duration
	connections []int
	variants    *regexp.Regexp
	runs        []string
	races       int
	users       int
	million     bool
	write       bool
}

func parse(args []string) (*options, error) {
	o := &options{}
	var connections, variants, wished string
	f := flag.NewFlagSet("bench", flag.ExitOnError)
	f.IntVar(&o.rounds, "rounds", 5, "rounds; in each every variant is measured once, in shuffled order")
	f.DurationVar(&o.duration, "duration", 5*time.Second, "how long a variant is under load in one round, at least 1s")
	f.StringVar(&connections, "connections", "1,32,256", "connections of the load generator")
	f.StringVar(&variants, "variants", ".", "a regular expression: which variants beside bare Echo")
	f.StringVar(&wished, "runs", "", "which runs, by name and comma-separated; unless told all but cold: "+names())
	f.IntVar(&o.races, "races", 500, "races of reading against revoking, for each database")
	f.IntVar(&o.users, "users", 100_000, "users in the database, each with two sessions; at least 5000")
	f.BoolVar(&o.million, "million", false, "growth up to 1,000,000 sessions")
	f.BoolVar(&o.write, "write", false, "write docs/performance.md and its plots")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	return o, o.read(connections, variants, wished)
}

func (o *options) read(connections, variants, wished string) (err error) {
	for text := range strings.SplitSeq(connections, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return fmt.Errorf("-connections: %q is not a number of connections; write 1,32,256", text)
		}
		o.connections = append(o.connections, n)
	}
	if o.variants, err = regexp.Compile(variants); err != nil {
		return fmt.Errorf("-variants: %w", err)
	}
	if wished != "" {
		o.runs = strings.Split(wished, ",")
	}
	for _, name := range o.runs {
		if !slices.Contains(strings.Split(names(), ", "), name) {
			return fmt.Errorf("-runs: there is no %q; there are %s", name, names())
		}
	}
	if o.rounds < 1 || o.duration < time.Second || o.users < 5000 || o.races < 1 {
		return fmt.Errorf("-rounds and -races must be at least 1, -duration 1s, -users 5000")
	}
	return nil
}

// wants says whether a run was asked for. The cold build takes minutes, so it must be named.
func (o *options) wants(run string) bool {
	if o.runs == nil {
		return run != "cold"
	}
	return slices.Contains(o.runs, run)
}

func names() string {
	var all []string
	for _, r := range runs {
		all = append(all, r.name)
	}
	return strings.Join(all, ", ")
}
