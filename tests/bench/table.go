package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// print writes the report for a terminal.
func (r *report) print(w io.Writer) {
	for _, t := range r.all() {
		_, _ = fmt.Fprintf(w, "\n%s\n", t.title)
		if t.lead != "" {
			_, _ = fmt.Fprintln(w, t.lead)
		}
		t.align(w)
	}
	for _, n := range r.notes {
		_, _ = fmt.Fprintf(w, "\nnote: %s\n", n)
	}
}

// markdown writes a table of the document.
func (t table) markdown(w io.Writer) {
	_, _ = fmt.Fprintf(w, "\n## %s\n\n", t.title)
	if t.lead != "" {
		_, _ = fmt.Fprintf(w, "%s\n\n", t.lead)
	}
	line := func(cells []string) {
		_, _ = fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | "))
	}
	line(t.head)
	_, _ = fmt.Fprintf(w, "|%s\n", strings.Repeat("---|", len(t.head)))
	for _, row := range t.rows {
		line(row)
	}
}

// align writes columns of even width.
func (t table) align(w io.Writer) {
	widths := make([]int, len(t.head))
	lines := append([][]string{t.head}, t.rows...)
	for _, line := range lines {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, line := range lines {
		var text strings.Builder
		for i, cell := range line {
			text.WriteString(cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)) + "  ")
		}
		_, _ = fmt.Fprintln(w, strings.TrimRight(text.String(), " "))
	}
}

// all are the tables, the one of the goals first.
func (r *report) all() []table {
	if len(r.findings) == 0 {
		return r.tables
	}
	goals := table{
		title: "Goals", head: []string{"what", "goal", "measured", "verdict"},
		lead: "× is times bare Echo in the same run unless another reference is named.",
	}
	for _, f := range r.findings {
		goals.rows = append(goals.rows, []string{f.what, f.goal, f.measured, f.verdict})
	}
	return append([]table{goals}, r.tables...)
}
