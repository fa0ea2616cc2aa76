package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"countersign/tests/postgres"
)

// secret signs every cookie of the measurements.
const secret = "a secret of the measurements, longer than 32 characters"

// bench is what every run works with.
type bench struct {
	*options
	stage  *stage
	report *report
	// root is the repository, dir holds files that end with the program.
	root, dir string
	// program is the built countersign, script that of the load generator.
	program, script string
	cluster         *postgres.Cluster
	clusterPID      int
	// database is seeded, and its sessions are those that cookies names.
	database string
	db       *statements
	// unbuilt are settings that the program refuses because their part is not there yet.
	unbuilt map[string]bool
	// body is what bare Echo returns: an answer of the program's.
	body string // path of a file
	// requests is a file of requests for /api/me, for the load generator.
	requests string
}

func newBench(ctx context.Context, o *options) (b *bench, err error) {
	b = &bench{options: o, stage: &stage{ctx: ctx}, report: newReport()}
	err = b.stage.try(func() error { return b.open(ctx) })
	if err != nil {
		b.stage.close()
		return nil, err
	}
	b.stage.keep()
	return b, nil
}

func (b *bench) open(ctx context.Context) (err error) {
	if b.root, err = moduleRoot(ctx); err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp("", "countersign-bench-"); err != nil {
		return err
	}
	b.stage.Cleanup(func() { _ = os.RemoveAll(b.dir) })
	if b.script, err = writeScript(b.dir); err != nil {
		return err
	}
	if b.program, err = b.build(ctx, b.root, "countersign"); err != nil {
		return err
	}
	if err := b.openCluster(ctx); err != nil {
		return err
	}
	b.askUnbuilt(ctx)
	if err := b.ownVersions(ctx); err != nil {
		return err
	}
	if b.database, err = b.seeded(ctx, b.users); err != nil {
		return err
	}
	if b.requests, err = b.cookieRequests("/api/me", 2*b.users); err != nil {
		return err
	}
	return b.takeBody(ctx)
}

func moduleRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "countersign").Output()
	if err != nil {
		return "", fmt.Errorf("run this inside the repository, go run ./tests/bench: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// build builds the program of a folder as it is delivered, without cgo, and gives its path.
func (b *bench) build(ctx context.Context, folder, name string) (string, error) {
	path := filepath.Join(b.dir, name)
	build := exec.CommandContext(ctx, "go", "build", "-o", path, ".")
	build.Dir, build.Env = folder, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w\n%s", name, err, out)
	}
	return path, nil
}

// askUnbuilt finds out which settings the program refuses, so that it is measured with what it has.
func (b *bench) askUnbuilt(ctx context.Context) {
	ask := exec.CommandContext(ctx, b.program, "migrate", "status")
	ask.Dir = b.dir
	ask.Env = b.environment(b.cluster.URL(), 0, "SESSION_CACHE=auto")
	out, _ := ask.CombinedOutput() // it fails where a setting is refused, and says so
	b.unbuilt = map[string]bool{}
	for line := range strings.Lines(string(out)) {
		if name, found := strings.CutSuffix(strings.SplitAfter(line, ":")[0], ":"); found && strings.Contains(line, "is not built yet") {
			b.unbuilt[strings.TrimSpace(name)] = true
			b.report.note("%s is not built yet: measured without it.", strings.TrimSpace(name))
		}
	}
}

// takeBody keeps an answer of the program's for the reference to return.
func (b *bench) takeBody(ctx context.Context) error {
	t, err := b.countersign(ctx, b.database, "SESSION_CACHE=off")
	if err != nil {
		return err
	}
	status, body, err := ask(ctx, plainClient, t.urls[0]+"/api/me", cookie(0))
	if err != nil || status != 200 {
		return fmt.Errorf("GET /api/me with a seeded session: %d %s %w", status, body, err)
	}
	b.body = filepath.Join(b.dir, "body.json")
	return os.WriteFile(b.body, body, 0o600)
}

// wished turns on what production has; a part that is not built is left out. Limits are on, and so high that
// the load never meets them.
func wished(metricsPort int) []string {
	return []string{
		"RATE_LIMIT=sign-in=10000/1s,api=1000/10s,account=10000/1s",
		fmt.Sprintf("METRICS_ADDR=127.0.0.1:%d", metricsPort),
	}
}

// environment is that of a program in production on a database, and all of it: what this process has is nobody's setting.
func (b *bench) environment(databaseURL string, port int, settings ...string) []string {
	env := []string{
		"APP_ENV=production", "HOST=127.0.0.1", fmt.Sprintf("PORT=%d", port), "DATABASE_URL=" + databaseURL,
		"BETTER_AUTH_SECRET=" + secret, "FRONTEND_URL=http://localhost:3000",
	}
	for _, line := range append(wished(freePort()), settings...) {
		if name, _, _ := strings.Cut(line, "="); !b.unbuilt[name] {
			env = append(env, line)
		}
	}
	return env
}
