package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// report is what the runs found, in the order in which they found it.
type report struct {
	started  time.Time
	notes    []string
	tables   []table
	findings []finding
	plots    []plot
	versions []string
}

// table is one table of the report. A lead says what its figures are.
type table struct {
	title, lead string
	head        []string
	rows        [][]string
}

// finding is one goal beside what was measured. Verdict is reached, missed, or why there is none.
type finding struct{ what, goal, measured, verdict string }

func newReport() *report { return &report{started: time.Now()} }

func (r *report) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(r.notes, text) {
		r.notes = append(r.notes, text)
	}
}

func (r *report) version(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(r.versions, text) {
		r.versions = append(r.versions, text)
	}
}

func (r *report) table(title, lead string, head []string, rows [][]string) {
	r.tables = append(r.tables, table{title, lead, head, rows})
}

// find notes whether a goal was reached.
func (r *report) find(what, goal, measured string, reached bool) {
	verdict := map[bool]string{true: "reached", false: "missed"}[reached]
	r.findings = append(r.findings, finding{what, goal, measured, verdict})
}

// without notes a goal that could not be held against anything, and why.
func (r *report) without(what, goal, why string) {
	r.findings = append(r.findings, finding{what, goal, "–", why})
}

// spread is a median with the lowest and highest of its values.
type spread struct{ median, low, high float64 }

func spreadOf(values []float64) spread {
	if len(values) == 0 {
		return spread{math.NaN(), math.NaN(), math.NaN()}
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	median := sorted[middle]
	if len(sorted)%2 == 0 {
		median = (sorted[middle-1] + sorted[middle]) / 2
	}
	return spread{median, sorted[0], sorted[len(sorted)-1]}
}

func (s spread) String() string {
	return fmt.Sprintf("%s (%s–%s)", short(s.median), short(s.low), short(s.high))
}

// short writes a figure with about three digits: more would not come back in the next run.
func short(f float64) string {
	switch a := math.Abs(f); {
	case math.IsNaN(f):
		return "–"
	case a >= 100:
		return fmt.Sprintf("%.0f", f)
	case a >= 10:
		return fmt.Sprintf("%.1f", f)
	case a >= 0.1 || a == 0:
		return fmt.Sprintf("%.2f", f)
	}
	return fmt.Sprintf("%.4f", f)
}

// percentile gives the value below which p of all lie; p from 0 to 1.
func percentile[T cmp.Ordered](values []T, p float64) (value T) {
	if len(values) == 0 {
		return value
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(int(math.Ceil(p*float64(len(sorted)))), len(sorted))-min(1, len(sorted))]
}

func milliseconds(d time.Duration) string {
	return short(float64(d)/float64(time.Millisecond)) + " ms"
}

func megabytes(bytes int64) string { return short(float64(bytes)/1e6) + " MB" }
