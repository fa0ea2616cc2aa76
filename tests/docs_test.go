package tests

import (
	"fmt"
	"os"
	"regexp"
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
