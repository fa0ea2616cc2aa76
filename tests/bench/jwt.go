package main

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
)

var benchmarkLine = regexp.MustCompile(`(?m)^(Benchmark\w+)\S*\s+\d+\s+([\d.]+) ns/op\s+(\d+) B/op\s+(\d+) allocs/op`)

// jwtRun runs the Go benchmarks of package auth. The reference is the library's own parsing of the same token.
func jwtRun(ctx context.Context, b *bench) error {
	command := exec.CommandContext(ctx, "go", "test", "./auth", "-run", "^$", "-bench", "JWT", "-benchmem", "-count", strconv.Itoa(b.rounds))
	command.Dir = b.root
	out, err := command.CombinedOutput()
	if err != nil {
		return fmt.Errorf("go test -bench: %w\n%s", err, out)
	}
	nanoseconds, rest := map[string][]float64{}, map[string][]string{}
	var names []string
	for _, m := range benchmarkLine.FindAllStringSubmatch(string(out), -1) {
		if rest[m[1]] == nil {
			names = append(names, m[1])
		}
		n, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			return err
		}
		nanoseconds[m[1]], rest[m[1]] = append(nanoseconds[m[1]], n/1000), m[3:]
	}
	var rows [][]string
	for _, name := range names {
		rows = append(rows, []string{name, spreadOf(nanoseconds[name]).String(), rest[name][0], rest[name][1]})
	}
	b.report.table("Verification of an access token", "Go benchmarks of package auth; BenchmarkJWTLibrary is golang-jwt's own parsing of the same token.",
		[]string{"benchmark", "µs", "bytes", "allocations"}, rows)
	const what, goal = "repeated JWT", "≤ 1 µs (golang-jwt itself 13)"
	repeated, library := spreadOf(nanoseconds["BenchmarkJWTRepeated"]), spreadOf(nanoseconds["BenchmarkJWTLibrary"])
	b.report.find(what, goal, fmt.Sprintf("%s µs, golang-jwt %s", short(repeated.median), short(library.median)), repeated.median <= 1)
	return nil
}
