// Package need says what a test cannot run without.
package need

import (
	"os"
	"testing"
)

// Missing ends a test whose outside help is not there. On a developer's
// machine the test is skipped; with CI=true it fails, because a pipeline that
// skips its tests looks green and proves nothing. What names the missing thing
// and how to get it; err is how its absence showed.
func Missing(t testing.TB, what string, err error) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("missing %s: %v", what, err)
	}
	t.Skipf("missing %s: %v", what, err)
}
