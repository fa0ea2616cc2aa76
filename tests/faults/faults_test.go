package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	declared = regexp.MustCompile(`(?m)^func (TestRow20\d_\w+)\(`)
	listed   = regexp.MustCompile("(?m)^\\| `(TestRow20\\d_\\w+)` \\| passed ")
)

// The page must name the tests that there are, and no others, each as passed.
func TestThePageNamesEveryTest(t *testing.T) {
	var want, got []string
	files, err := filepath.Glob("../*_test.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range declared.FindAllStringSubmatch(string(text), -1) {
			want = append(want, m[1])
		}
	}
	page, err := os.ReadFile("../../docs/reliability.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range listed.FindAllStringSubmatch(string(page), -1) {
		got = append(got, m[1])
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		t.Errorf("docs/reliability.md is behind, run: make faults\ntests %v\npage  %v", want, got)
	}
}

func TestReport(t *testing.T) {
	events := `{"Action":"run","Test":"TestRow200_Away"}
{"Action":"output","Test":"TestRow200_Away/stopped","Output":"    row200_test.go:12: found: well again after 3 ms\n"}
{"Action":"output","Test":"TestRow200_Away/stopped","Output":"    row200_test.go:13: another line\n"}
{"Action":"pass","Test":"TestRow200_Away/stopped","Elapsed":12.2}
{"Action":"pass","Test":"TestRow200_Away","Elapsed":0.1}
{"Action":"run","Test":"TestRow206_Killed"}
{"Action":"skip","Test":"TestRow209_Idle"}
{"Action":"pass","Test":"TestRow201_Other"}
{"Action":"fail","Test":"TestOther"}
`
	page := filepath.Join(t.TempDir(), "page.md")
	if err := os.WriteFile(page, []byte("By hand.\n"+mark+"older"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := write(page, strings.NewReader(events)); err == nil {
		t.Error("a test was skipped and one did not end, and nothing was said")
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"By hand.\n" + mark, time.Now().UTC().Format(time.DateOnly), "| `TestRow200_Away` | passed | 12 s |", "- well again after 3 ms\n",
		"| `TestRow206_Killed` | DID NOT END |", "| `TestRow209_Idle` | skipped |",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("lacks %q", want)
		}
	}
	if strings.Contains(string(text), "older") || strings.Contains(string(text), "TestOther") || strings.Contains(string(text), "another line") {
		t.Errorf("%s", text)
	}
	good := `{"Action":"pass","Test":"TestRow200_Away"}`
	if err := write(page, strings.NewReader(good)); err != nil {
		t.Error(err)
	}
	if err := write(page, strings.NewReader("")); err == nil {
		t.Error("a run of no test was taken for a good one")
	}
}
