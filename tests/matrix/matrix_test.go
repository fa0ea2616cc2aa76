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
	declared = regexp.MustCompile(`(?m)^func (TestRow\d{3}_\w+)\(`)
	listed   = regexp.MustCompile("`(TestRow\\d{3}_\\w+)`")
)

// The page must name the tests that there are, and no others.
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
	page, err := os.ReadFile("../../docs/security-matrix.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range listed.FindAllStringSubmatch(string(page), -1) {
		got = append(got, m[1])
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		t.Errorf("docs/security-matrix.md is behind, run: make matrix\ntests %v\npage  %v", want, got)
	}
}

func TestDocument(t *testing.T) {
	events := `{"Action":"run","Test":"TestRow035_SignedOutThere"}
{"Action":"pass","Test":"TestRow035_SignedOutThere/postgres/one"}
{"Action":"pass","Test":"TestRow035_SignedOutThere/sqlite"}
{"Action":"pass","Test":"TestRow035_SignedOutThere"}
{"Action":"pass","Test":"TestRow001_AlgNone/sqlite"}
{"Action":"fail","Test":"TestRow001_AlgNone/postgres"}
{"Action":"fail","Test":"TestRow001_AlgNone"}
{"Action":"pass","Test":"TestOther"}
{"Action":"output","Output":"ok"}
`
	results, err := read(strings.NewReader(events))
	if err != nil {
		t.Fatal(err)
	}
	text, failed := document(results, time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC))
	for _, want := range []string{"2026-11-23", "`TestRow035_SignedOutThere` | passed, both |", "`TestRow001_AlgNone` | FAILED, SQLite |", "Not covered yet: rows 2, 3,"} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q", want)
		}
	}
	if !failed || strings.Contains(text, "TestOther") {
		t.Error(failed, text)
	}
}
