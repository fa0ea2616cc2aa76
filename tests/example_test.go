package tests

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/tests/betterauth"
	"countersign/tests/need"
)

// example is the folder of the front end that this backend exists for.
var example = filepath.Join("..", "examples", "nextjs")

// The front end in examples/nextjs as a team would have it: its client is the document's, its types hold, it builds
// without a backend, and it does what it is there for in a browser. One after the other: all write into one folder.
func TestExample(t *testing.T) {
	t.Parallel()
	if err := betterauth.Install(example); err != nil {
		need.Missing(t, "the example's packages (install Node.js 20.12 or newer; npm ci fetches the rest)", err)
	}
	t.Run("the client is what today's document says", exampleClient)
	backend := "NEXT_PUBLIC_API_URL=http://localhost:" + portOfNobody(t)
	t.Run("it builds", func(t *testing.T) { inExample(t, []string{backend}, "npm", "run", "build") })
	t.Run("its types hold", func(t *testing.T) { inExample(t, nil, "npm", "run", "check") })
	for name, url := range databases {
		t.Run("in a browser/"+name, func(t *testing.T) { exampleInBrowser(t, backend, baDatabase(url(t))) })
	}
	t.Run("by make", exampleByMake)
}

// exampleClient fails when lib/countersign/schema.d.ts is not what npm run generate makes of /openapi.json.
func exampleClient(t *testing.T) {
	document, types := filepath.Join(t.TempDir(), "openapi.json"), filepath.Join(t.TempDir(), "schema.d.ts")
	text := start(t, databases["sqlite"](t)).do(t, "GET", "/openapi.json", "").Body
	if err := os.WriteFile(document, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	inExample(t, nil, filepath.Join("node_modules", ".bin", "openapi-typescript"), document, "--output", types)
	want, err := os.ReadFile(types)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(example, "lib", "countersign", "schema.d.ts"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("lib/countersign/schema.d.ts is older than the API: start it, and say npm run generate in examples/nextjs")
	}
}

func exampleInBrowser(t *testing.T, backend, databaseURL string) {
	if _, err := exec.LookPath("chromium"); err != nil {
		need.Missing(t, "Chromium (Debian: apt-get install chromium)", err)
	}
	env := []string{backend, "DATABASE_URL=" + databaseURL, "COUNTERSIGN_BINARY=" + shipped(t)}
	said := inExample(t, env, "npm", "run", "e2e")
	if strings.Contains(said, "ℹ pass 0\n") || !strings.Contains(said, "ℹ skipped 0\n") {
		t.Errorf("steps were left out:\n%s", said)
	}
}

// inExample runs a command in the example's folder and gives what it said; a command that fails fails the test.
func inExample(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, name, args...)
	command.Dir, command.Env = example, append(append(os.Environ(), "NEXT_TELEMETRY_DISABLED=1"), env...)
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// portOfNobody is a port of localhost where nothing listens now.
func portOfNobody(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
}

// statusOf is how a running program answers GET, or 0 where nobody listens.
func statusOf(t *testing.T, url string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0
	}
	defer a.Body.Close()
	return a.StatusCode
}
