package tests

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

// Two steps of one number are refused by goose: the page must name the one that is free.
func TestAddingAResourceNamesTheNextStep(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/adding-a-resource.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, dialect := range []string{"postgres", "sqlite"} {
		steps, err := os.ReadDir("../database/migrations/" + dialect)
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("%s/%05d_notes.sql", dialect, len(steps)+1)
		if !regexp.MustCompile(want).Match(page) {
			t.Errorf("docs/adding-a-resource.md should say %s", want)
		}
	}
}

// A symptom is no help without the line that tells whether it is this one.
func TestEachSymptomEndsAtALine(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	symptoms := 0
	for row := range strings.Lines(string(page)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(row), "|"), " | ")
		if len(cells) < 3 || cells[0] == " symptom" {
			continue
		}
		symptoms++
		if last := cells[len(cells)-1]; len(cells) != 3 || !strings.Contains(last, "`doctor") && !strings.Contains(last, "`explain`") {
			t.Errorf("names neither doctor nor explain: %s", row)
		}
	}
	if symptoms < 30 {
		t.Errorf("only %d symptoms were found", symptoms)
	}
}
