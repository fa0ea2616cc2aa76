package tests

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// assigned are names that a file of deploy/ gives a value: NAME=value, NAME: value, NAME = "value", key: NAME.
var assigned = regexp.MustCompile(`(?m)^[ \t#-]*(?:Environment=|\{ key: |key: )?([A-Z][A-Z_]+)(?:=|:| =|, value| *$|,)`)

// A setting that is misspelt or renamed would be ignored in silence, and that in production.
func TestDeploymentsNameSettings(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/settings.md")
	if err != nil {
		t.Fatal(err)
	}
	foreign := map[string]bool{"POSTGRES_USER": true, "POSTGRES_DB": true, "POSTGRES_PASSWORD": true, "CMD": true}
	found := map[string]bool{}
	err = filepath.WalkDir("../deploy", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		for _, match := range assigned.FindAllStringSubmatch(string(text), -1) {
			name := strings.TrimSuffix(match[1], "_FILE")
			if found[name] = true; !foreign[name] && !strings.Contains(string(page), "`"+name+"`") {
				t.Errorf("%s sets %s, which docs/settings.md does not know", path, match[1])
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"APP_ENV", "FRONTEND_URL", "BETTER_AUTH_SECRET", "DATABASE_URL", "DIRECT_URL", "TRUSTED_PROXIES", "METRICS_ADDR", "REDIS_URL"} {
		if !found[name] {
			t.Errorf("%s is not found in deploy/: does this test still read the files?", name)
		}
	}
}
