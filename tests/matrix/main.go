// Command matrix writes docs/security-matrix.md: which test holds each row of attacks.md, and what it said in
// this run. It reads the events of "go test -json" from its standard input; make matrix joins the two.
package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
)

// attacks is the list that the rows are numbered by.
//
//go:embed attacks.md
var attacks string

// event is one line of go test -json.
type event struct{ Action, Test string }

// result is what a test said: pass, fail or skip, and on which databases.
type result struct {
	action    string
	databases map[string]bool
}

var (
	rowLine  = regexp.MustCompile(`(?m)^(\d+)\. (.+)$`)
	testName = regexp.MustCompile(`^TestRow(\d{3})_\w+`)
)

func main() {
	results, err := read(os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, "cannot read the events of go test -json:", err)
		os.Exit(1)
	}
	text, failed := document(results, time.Now())
	fmt.Print(text)
	if failed {
		fmt.Fprintln(os.Stderr, "not every test passed")
		os.Exit(1)
	}
}

func read(events io.Reader) (map[string]*result, error) {
	results := map[string]*result{}
	for decoder := json.NewDecoder(events); ; {
		var e event
		if err := decoder.Decode(&e); err == io.EOF {
			return results, nil
		} else if err != nil {
			return nil, err
		}
		name := testName.FindString(e.Test)
		if name == "" || e.Action != "pass" && e.Action != "fail" && e.Action != "skip" {
			continue
		}
		r := results[name]
		if r == nil {
			r = &result{databases: map[string]bool{}}
			results[name] = r
		}
		if e.Test == name {
			r.action = e.Action
		}
		for _, part := range strings.Split(e.Test, "/") {
			if part == "sqlite" || part == "postgres" {
				r.databases[part] = r.databases[part] || e.Action == "pass"
			}
		}
	}
}

func document(results map[string]*result, at time.Time) (text string, failed bool) {
	tests := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(results)) {
		row := strings.TrimLeft(testName.FindStringSubmatch(name)[1], "0")
		tests[row] = append(tests[row], name)
		failed = failed || results[name].action != "pass"
	}
	var out strings.Builder
	fmt.Fprintf(&out, "# Attacks and the tests that hold them\n\nWritten by `make matrix` on %s; the result is that run's. "+
		"T is a live session token, S(T) its signed cookie, BA a running Better Auth. A test beside \"both\" passed on SQLite and on PostgreSQL.\n", at.UTC().Format(time.DateOnly))
	var open []string
	for _, line := range strings.Split(attacks, "\n") {
		if title, ok := strings.CutPrefix(line, "## "); ok {
			fmt.Fprintf(&out, "\n## %s\n\n| row | what is tried, and what it gets | test | result |\n|---|---|---|---|\n", title)
		}
		row := rowLine.FindStringSubmatch(line)
		switch {
		case row == nil:
		case tests[row[1]] == nil:
			open = append(open, row[1])
		default:
			writeRow(&out, row[1], row[2], tests[row[1]], results)
		}
	}
	if open != nil {
		fmt.Fprintf(&out, "\nNot covered yet: rows %s.\n", strings.Join(open, ", "))
	}
	return out.String(), failed
}

func writeRow(out *strings.Builder, row, text string, tests []string, results map[string]*result) {
	text = strings.ReplaceAll(text, "|", `\|`)
	for _, name := range tests {
		fmt.Fprintf(out, "| %s | %s | `%s` | %s |\n", row, text, name, results[name])
		row, text = "", ""
	}
}

// String says what a test said, for people.
func (r *result) String() string {
	said := map[string]string{"pass": "passed", "fail": "FAILED", "skip": "skipped"}[r.action]
	switch {
	case r.databases["sqlite"] && r.databases["postgres"]:
		return said + ", both"
	case r.databases["sqlite"]:
		return said + ", SQLite"
	case r.databases["postgres"]:
		return said + ", PostgreSQL"
	}
	return said
}
