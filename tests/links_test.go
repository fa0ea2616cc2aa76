package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	fenced  = regexp.MustCompile("(?ms)^```.*?^```$")
	code    = regexp.MustCompile("`[^`\n]*`")
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ +(.+)$`)
	target  = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
	unused  = regexp.MustCompile(`[^\p{L}\p{N}\p{M} _-]`)
)

// A link of one document to another leads to a file and a heading that are there.
func TestLinksOfDocuments(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "git", "-C", "..", "ls-files", "-co", "--exclude-standard", "*.md").Output()
	if err != nil {
		t.Fatal(err)
	}
	followed := 0
	for path := range strings.Lines(string(out)) {
		path = filepath.Join("..", strings.TrimSpace(path))
		for _, match := range link.FindAllStringSubmatch(prose(t, path), -1) {
			if strings.Contains(match[1], ":") {
				continue // another site
			}
			followed++
			file, anchor, _ := strings.Cut(match[1], "#")
			to := path
			if file != "" {
				to = filepath.Join(filepath.Dir(path), file)
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s: %s is not there", path, match[1])
			} else if anchor != "" && !anchors(t, to)[anchor] {
				t.Errorf("%s: %s has no heading for #%s", path, to, anchor)
			}
		}
	}
	if followed < 40 {
		t.Errorf("only %d links were found", followed)
	}
}

// prose is a document without its code, in which brackets are no links and a # is no heading.
func prose(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return code.ReplaceAllString(fenced.ReplaceAllString(string(text), ""), "")
}

// anchors are the headings of a document as GitHub names them.
func anchors(t *testing.T, path string) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, match := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(string(text), ""), -1) {
		name := strings.ToLower(target.ReplaceAllString(match[1], "$1"))
		names[strings.ReplaceAll(unused.ReplaceAllString(name, ""), " ", "-")] = true
	}
	return names
}
