// Command faults writes what is below the mark in docs/reliability.md: what rows 200 to 209 said in this run. It reads
// the events of "go test -json", of one run or several, from its standard input; make faults joins the two.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"
)

// mark ends the part of the page that people write.
const mark = "<!-- make faults writes the rest -->\n"

// event is one line of go test -json; Elapsed is in seconds.
type event struct {
	Action, Test, Output string
	Elapsed              float64
}

// result is what a test said, and what it found.
type result struct {
	action  string
	seconds float64
	found   []string
}

var (
	testName = regexp.MustCompile(`^TestRow20\d_\w+`)
	finding  = regexp.MustCompile(`: found: (.+)`)
)

func main() {
	if err := write(os.Args[1], os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write(page string, events io.Reader) error {
	results, err := read(events)
	if err != nil {
		return fmt.Errorf("cannot read the events of go test -json: %w", err)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	byPeople, _, marked := strings.Cut(string(text), mark)
	if !marked {
		return fmt.Errorf("%s has no line %q", page, strings.TrimSpace(mark))
	}
	section, failed := report(results, time.Now())
	if err := os.WriteFile(page, []byte(byPeople+mark+section), 0o644); err != nil {
		return err
	}
	if failed {
		return errors.New("not every test passed")
	}
	return nil
}

func read(events io.Reader) (map[string]*result, error) {
	results := map[string]*result{}
	for decoder := json.NewDecoder(events); ; {
		var e event
		if err := decoder.Decode(&e); errors.Is(err, io.EOF) {
			return results, nil
		} else if err != nil {
			return nil, err
		}
		name := testName.FindString(e.Test)
		if name == "" {
			continue
		}
		if results[name] == nil {
			results[name] = &result{}
		}
		r := results[name]
		if m := finding.FindStringSubmatch(e.Output); m != nil {
			r.found = append(r.found, m[1])
		}
		if e.Action == "pass" || e.Action == "fail" || e.Action == "skip" {
			// A test that runs beside others is counted by its longest part.
			r.seconds = max(r.seconds, e.Elapsed)
			if e.Test == name {
				r.action = e.Action
			}
		}
	}
}

// report gives the written part of the page, and whether a test did not pass.
func report(results map[string]*result, at time.Time) (text string, failed bool) {
	var out strings.Builder
	fmt.Fprintf(&out, "\n## What was seen\n\nWritten by `make faults` on %s, on %s/%s with %d cores; the result is that run's. Times in it are this machine's, which was loaded "+
		"by the test itself.\n\n| test | result | longest part |\n|---|---|---|\n", at.UTC().Format(time.DateOnly), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	names := slices.Sorted(maps.Keys(results))
	for _, name := range names {
		r := results[name]
		said := map[string]string{"pass": "passed", "fail": "FAILED", "skip": "skipped"}[r.action]
		if said == "" {
			said = "DID NOT END"
		}
		failed = failed || r.action != "pass"
		fmt.Fprintf(&out, "| `%s` | %s | %.0f s |\n", name, said, r.seconds)
	}
	for _, name := range names {
		if results[name].found == nil {
			continue
		}
		fmt.Fprintf(&out, "\n`%s`:\n\n", name)
		for _, line := range results[name].found {
			fmt.Fprintf(&out, "- %s\n", line)
		}
	}
	return out.String(), failed || len(results) == 0
}
