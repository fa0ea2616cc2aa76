package main

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"strings"
	"testing"
	"time"
)

func TestPercentile(t *testing.T) {
	hundred := make([]int, 100)
	for i := range hundred {
		hundred[len(hundred)-1-i] = i + 1
	}
	for _, c := range []struct {
		values []int
		p      float64
		want   int
	}{{hundred, 0.5, 50}, {hundred, 0.99, 99}, {hundred, 1, 100}, {[]int{7}, 0.5, 7}, {[]int{7, 9}, 0.99, 9}, {nil, 0.5, 0}} {
		if got := percentile(c.values, c.p); got != c.want {
			t.Errorf("percentile of %d values at %v: %d, want %d", len(c.values), c.p, got, c.want)
		}
	}
}

func TestSpread(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   string
	}{{[]float64{3, 1, 2}, "2.00 (1.00–3.00)"}, {[]float64{4, 1, 2, 3}, "2.50 (1.00–4.00)"}, {[]float64{0.0123}, "0.0123 (0.0123–0.0123)"}, {nil, "– (–––)"}} {
		if got := spreadOf(c.values).String(); got != c.want {
			t.Errorf("%v: %s, want %s", c.values, got, c.want)
		}
	}
}

// Ratios are taken within a round: a machine that was slow for a while must not decide.
func TestOverComparesRoundByRound(t *testing.T) {
	slow := &contender{rounds: []sample{{rate: 50}, {rate: 5}, {rate: 500}}}
	fast := &contender{rounds: []sample{{rate: 100}, {rate: 10}, {rate: 1000}}}
	if s := slow.over(fast, rate); s != (spread{0.5, 0.5, 0.5}) {
		t.Errorf("%v", s)
	}
}

func TestRatioGoal(t *testing.T) {
	of := func(name string, rate float64) *contender {
		return &contender{name: name, target: &target{}, rounds: []sample{{rate: rate}}}
	}
	all := []*contender{of("a", 80), of("b", 100), {name: "c", without: "not built"}}
	for _, c := range []struct {
		goal ratioGoal
		want string
	}{
		{ratioGoal{"", "a", "b", rate, 0.75, false}, "reached"},
		{ratioGoal{"", "a", "b", rate, 0.8, false}, "reached"},
		{ratioGoal{"", "a", "b", rate, 0.85, false}, "missed"},
		{ratioGoal{"", "a", "b", rate, 0.85, true}, "reached"},
		{ratioGoal{"", "a", "b", rate, 0.75, true}, "missed"},
		{ratioGoal{"", "c", "b", rate, 0.75, true}, "c: not built"},
		{ratioGoal{"", "a", "d", rate, 0.75, true}, "d: not measured"},
	} {
		b := &bench{report: newReport()}
		b.ratioGoal(all, c.goal)
		if got := b.report.findings[0].verdict; got != c.want {
			t.Errorf("%+v: %s, want %s", c.goal, got, c.want)
		}
	}
}

func TestParseStat(t *testing.T) {
	s, err := parseStat([]byte("42 (a (bad) name 9) S 7 1 1 0 -1 4194560 100 0 0 0 11 22 33 44 20 0 5 0 1 2 3"))
	if err != nil || s != (stat{7, 1100 * time.Millisecond}) {
		t.Errorf("%+v, %v", s, err)
	}
	for _, text := range []string{"", "42 (x) S 7", "42 (x) S 7 1 1 0 -1 4194560 100 0 0 0 x 22 33 44 20 0"} {
		if s, err := parseStat([]byte(text)); err == nil {
			t.Errorf("%q gives %+v", text, s)
		}
	}
}

func TestFamilyHasThisProcessAndNoStranger(t *testing.T) {
	members, err := family(os.Getpid())
	if err != nil {
		t.Skip(err) // not Linux
	}
	_, self := members[os.Getpid()]
	if _, parent := members[os.Getppid()]; !self || parent {
		t.Errorf("%v", members)
	}
	if members, err := family(math.MaxInt32); err == nil {
		t.Errorf("a process that cannot be has a family: %v", members)
	}
}

func TestPlotIsXMLWithABarForEach(t *testing.T) {
	p := plot{title: "a < b & c", bars: []bar{{bareEcho, 1, "1"}, {"<other>", 0.003, "0.003"}, {"same", 0.01, "0.01"}}}
	text := p.svg()
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v:\n%s", err, text)
		}
	}
	if n := strings.Count(text, "<rect"); n != 3 || strings.Contains(text, "NaN") || strings.Contains(text, `width="-`) {
		t.Errorf("%d bars:\n%s", n, text)
	}
}

func TestTables(t *testing.T) {
	r := newReport()
	r.find("speed", "≤ 1", "0.5", true)
	r.without("memory", "≤ 2", "not built")
	r.table("Title", "Lead.", []string{"a", "bé"}, [][]string{{"long cell", "x"}, {"–", "y"}})
	var plain, document strings.Builder
	r.print(&plain)
	for _, table := range r.all() {
		table.markdown(&document)
	}
	for text, wants := range map[string][]string{
		plain.String():    {"speed   ≤ 1   0.5       reached\n", "memory  ≤ 2   –         not built\n", "long cell  x\n–          y\n"},
		document.String(): {"| speed | ≤ 1 | 0.5 | reached |\n", "## Title\n\nLead.\n\n| a | bé |\n|---|---|\n| long cell | x |\n"},
	} {
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("lacks %q:\n%s", want, text)
			}
		}
	}
}

func TestOptions(t *testing.T) {
	for _, c := range []struct{ args, problem string }{
		{"", ""}, {"-runs jwt,cold -connections 7 -variants Echo", ""},
		{"-connections 1,x", "-connections"}, {"-connections 0", "-connections"}, {"-runs nothing", `no "nothing"`},
		{"-variants (", "-variants"}, {"-duration 10ms", "-duration"}, {"-rounds 0", "-rounds"},
	} {
		_, err := parse(strings.Fields(c.args))
		if (err == nil) != (c.problem == "") || err != nil && !strings.Contains(err.Error(), c.problem) {
			t.Errorf("%q: %v, want %q", c.args, err, c.problem)
		}
	}
	o, _ := parse(nil)
	named, _ := parse([]string{"-runs", "cold"})
	if o.wants("cold") || !o.wants("jwt") || !named.wants("cold") || named.wants("jwt") {
		t.Error("cold runs when it is named, the others unless something is")
	}
}

func TestStage(t *testing.T) {
	var order []string
	s := &stage{ctx: t.Context()}
	s.Cleanup(func() { order = append(order, "whole") })
	s.keep()
	err := s.try(func() error {
		s.Cleanup(func() { order = append(order, "inner") })
		s.Skipf("missing %s", "wrk")
		return nil
	})
	if !errors.Is(err, errMissing) || s.Failed() {
		t.Errorf("a skip is %v", err)
	}
	if err := s.try(func() error { s.Fatal("broken"); return nil }); err == nil || errors.Is(err, errMissing) {
		t.Errorf("a failure is %v", err)
	}
	s.endInner()
	if s.close(); strings.Join(order, " ") != "inner whole" {
		t.Errorf("ended in the order %v", order)
	}
}
