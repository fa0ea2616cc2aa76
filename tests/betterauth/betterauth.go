// Package betterauth starts a real Better Auth server beside a test, so that
// what the program reads and writes is held against the package itself.
package betterauth

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/tests/need"
)

// Secret is used where Options name none.
const Secret = "tests-only-q7Vd2xK9mPzR4tWb8nYc3hJ"

// Options configure one server. Whatever has no field here goes into Extra,
// which is laid over the options of betterAuth().
type Options struct {
	DatabaseURL      string         `json:"databaseUrl"` // postgres://… or file:/absolute/path.db
	Secret           string         `json:"secret"`
	BaseURL          string         `json:"baseURL,omitempty"`       // default: the server's own address
	Plugins          []string       `json:"plugins,omitempty"`       // export names of better-auth/plugins, and apiKey
	PluginOptions    map[string]any `json:"pluginOptions,omitempty"` // by the same names
	TrustedOrigins   []string       `json:"trustedOrigins,omitempty"`
	RedisURL         string         `json:"redisUrl,omitempty"` // its secondaryStorage
	RedisPrefix      string         `json:"redisPrefix,omitempty"`
	PasswordHash     string         `json:"passwordHash,omitempty"`     // bcrypt or argon2id; "" for its own
	UseSecureCookies bool           `json:"useSecureCookies,omitempty"` // false: as the base URL says
	// Version is 1.4, 1.5 or 1.6; "" for the one that the program is built for.
	Version string `json:"-"`
	// Adapter is drizzle or prisma; "" for Better Auth's own, Kysely. UsePlural is a setting of Drizzle's,
	// Milliseconds of Prisma's on SQLite.
	Adapter      string         `json:"adapter,omitempty"`
	UsePlural    bool           `json:"usePlural,omitempty"`
	Milliseconds bool           `json:"milliseconds,omitempty"`
	Extra        map[string]any `json:"options,omitempty"`
}

// Server is a running Better Auth. URL is where it can be reached; BaseURL is
// who it says it is, and differs only where Options set it.
type Server struct {
	URL, BaseURL string
	// PID is the process id of its Node.js.
	PID int
}

// Start runs Better Auth until the test ends. It makes no tables: see Migrate.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	dir := o.folder()
	if err := Install(dir); err != nil {
		need.Missing(t, "Better Auth (install Node.js 20 or newer; npm ci fetches the rest)", err)
	}
	if o.Secret == "" {
		o.Secret = Secret
	}
	config, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	server, err := os.ReadFile(filepath.Join(root(), "server.mjs"))
	if err != nil {
		t.Fatal(err)
	}
	// A text that is evaluated imports from the folder where it is run: one server, every version.
	node := exec.Command("node", "--input-type=module", "--eval", string(server))
	node.Dir = dir
	node.Env = append(environment(), "NODE_ENV=production", "COUNTERSIGN_BETTER_AUTH="+string(config))
	return run(t, node)
}

func run(t testing.TB, node *exec.Cmd) *Server {
	t.Helper()
	var log bytes.Buffer
	node.Stderr = &log
	// Never written to: its end, also when this process is killed, ends the server.
	stdin, err := node.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		node.Process.Kill()
		node.Wait()
		if t.Failed() {
			t.Logf("Better Auth said:\n%s", log.Bytes())
		}
	})
	impatience := time.AfterFunc(time.Minute, func() { node.Process.Kill() })
	defer impatience.Stop()
	var ready struct {
		Port    int    `json:"port"`
		BaseURL string `json:"baseURL"`
	}
	if err := json.NewDecoder(stdout).Decode(&ready); err != nil {
		t.Fatalf("Better Auth did not start: %v", err)
	}
	go io.Copy(io.Discard, stdout)
	return &Server{URL: "http://localhost:" + strconv.Itoa(ready.Port), BaseURL: ready.BaseURL, PID: node.Process.Pid}
}

// environment is this process's without what Better Auth would read from it:
// only Options configure a server.
func environment() []string {
	var env []string
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "BETTER_AUTH_") || strings.HasPrefix(name, "AUTH_") || name == "TEST" {
			continue
		}
		env = append(env, entry)
	}
	return env
}
