package tests

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"countersign/tests/need"
)

// The fuzzer reads /openapi.json and sends the real program what it allows, and what it does not: no answer may be
// another than the document says. COUNTERSIGN_FUZZ_API is how many examples it tries of each operation, with a
// new seed each time; without it there are few, always the same.
func TestSchemathesis(t *testing.T) {
	t.Parallel()
	fuzzer := schemathesis(t)
	config, err := filepath.Abs("schemathesis/schemathesis.toml")
	if err != nil {
		t.Fatal(err)
	}
	examples := []string{"--max-examples", "10", "--seed", "1"}
	if n := os.Getenv("COUNTERSIGN_FUZZ_API"); n != "" {
		examples = []string{"--max-examples", n}
	}
	for _, role := range []string{"user", "admin"} {
		t.Run(role, func(t *testing.T) {
			database := databases["sqlite"](t)
			s := start(t, database)
			token := lasting(t, s, role)
			url := serve(t, "DATABASE_URL="+database, "LOG_LEVEL=error")
			command := exec.CommandContext(t.Context(), fuzzer, append([]string{
				"--config-file", config, "run", url + "/openapi.json", "--url", url, "--checks", "all", "--no-color", "--header", bearer(token),
			}, examples...)...)
			command.Dir = t.TempDir() // it keeps what it found where it runs
			out, err := command.CombinedOutput()
			tested := fmt.Sprintf("Tested: %d\n", described(s)-1) // it leaves out the one it read the document from
			if err != nil || !strings.Contains(string(out), tested) {
				t.Errorf("%v, and it should have %s%s", err, tested, out)
			}
			t.Logf("%s", out)
		})
	}
}

// described counts the operations of the document.
func described(s *server) (n int) {
	for _, r := range s.app.Routes {
		if !r.Page {
			n++
		}
	}
	return n
}

// lasting gives a token of a new user with a password that no request can end: it has no session behind it.
func lasting(t *testing.T, s *server, role string) string {
	t.Helper()
	id := s.do(t, "POST", "/auth/register", loginBody(role+"@example.com", password)).JSON(t)["id"].(string)
	s.setUser(t, id, `role = $1`, role)
	claims := jwt.MapClaims{"sub": id, "type": "access", "exp": s.Clock.Now().Add(12 * time.Hour).Unix()}
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(testSecret))
	if err != nil {
		t.Fatal(err)
	}
	s.expect(t, 200, "GET", "/api/me", "", bearer(token)) // a token that is not taken would find nothing
	return token
}

// schemathesis installs the fuzzer once for each version, into the user's cache folder.
func schemathesis(t *testing.T) (command string) {
	t.Helper()
	const requirements = "schemathesis/requirements.txt"
	text, err := os.ReadFile(requirements)
	if err != nil {
		t.Fatal(err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(cache, "countersign-tests", fmt.Sprintf("schemathesis-%x", sha256.Sum256(text))[:24])
	command = filepath.Join(folder, "bin", "schemathesis")
	if _, err := os.Stat(command); err == nil { // pip writes commands last
		return command
	}
	for _, line := range [][]string{
		{"python3", "-m", "venv", folder},
		{filepath.Join(folder, "bin", "pip"), "install", "--quiet", "--requirement", requirements},
	} {
		if out, err := exec.CommandContext(t.Context(), line[0], line[1:]...).CombinedOutput(); err != nil {
			need.Missing(t, "Python 3 with venv, and schemathesis from PyPI", fmt.Errorf("%s: %w\n%s", strings.Join(line, " "), err, out))
		}
	}
	return command
}
