package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

const introduction = `# Performance

Written by ` + "`make bench BENCH=\"-write\"`" + `; do not edit. Figures of a shared machine are not stable, so every one that compares is a ratio
to a bare Echo handler that returns the same bytes, measured in the same round: all variants in shuffled order, each once a round. A second of
load that does not count comes before, so that the session cache, which keeps nothing for longer than a minute, is full. A cell is the median of
the rounds, and the lowest and highest behind it. Server CPU is the user and system time of the server's processes by ` + "`/proc`" + `,
divided by requests; "with PostgreSQL's" adds that of the database server. Statements are counted by pg_stat_statements in a run of their own.

"Production" is the delivered binary with every middleware on, its log going to a file. "Before middleware" is the program's verifier and handler
on a bare Echo. PocketBase answers with the record of the token's owner, from its own SQLite; the FastAPI application
is in ` + "`tests/bench/peers/fastapi`" + `, Better Auth is the npm package answering ` + "`/api/auth/get-session`" + `. The load generator is wrk, on the same machine.
Where Linux shares the cores by sessions, ` + "`sysctl -w kernel.sched_autogroup_enabled=0`" + ` first: each process of PostgreSQL is a session, and all that the
bench starts are one, so that a full machine leaves some of them waiting for seconds. A server's programs are shared by their services.
`

// write writes docs/performance.md and its plots.
func (r *report) write(root string) error {
	var s strings.Builder
	s.WriteString(introduction)
	fmt.Fprintf(&s, "\nMeasured on %s: %s.\n\nVersions: %s.\n", r.started.UTC().Format(time.DateOnly), machine(), strings.Join(r.versions, ", "))
	for _, n := range r.notes {
		fmt.Fprintf(&s, "\n- %s\n", strings.ReplaceAll(strings.TrimSpace(n), "\n", " "))
	}
	for _, p := range r.plots {
		fmt.Fprintf(&s, "\n![%s](%s)\n", p.title, p.file)
	}
	for _, t := range r.all() {
		t.markdown(&s)
	}
	docs := filepath.Join(root, "docs")
	err := os.WriteFile(filepath.Join(docs, "performance.md"), []byte(s.String()), 0o644)
	for _, p := range r.plots {
		err = errors.Join(err, os.WriteFile(filepath.Join(docs, p.file), []byte(p.svg()), 0o644))
	}
	return err
}

// machine says in a few words what was measured on.
func machine() string {
	model := "unknown processor"
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(name) == "model name" {
			model = strings.TrimSpace(value)
			break
		}
	}
	text, _ = os.ReadFile(autogroups)
	sharing := map[string]string{"0": ", cores shared by processes", "1": ", cores shared by sessions of processes"}[strings.TrimSpace(string(text))]
	return fmt.Sprintf("%d cores of %s, %s/%s%s", runtime.NumCPU(), model, runtime.GOOS, runtime.GOARCH, sharing)
}

// autogroups is 1 where Linux shares the cores by sessions, of which each process of PostgreSQL is one and all that
// the bench starts are another: PostgreSQL's then wait for up to seconds on a full machine. A server's programs are
// shared by their services.
const autogroups = "/proc/sys/kernel/sched_autogroup_enabled"

// ownVersions notes those of the program, of Go and of PostgreSQL.
func (b *bench) ownVersions(ctx context.Context) error {
	commit := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty")
	commit.Dir = b.root
	out, err := commit.Output()
	if err != nil {
		out = []byte("of an unknown commit")
	}
	var postgres string
	if err := b.db.QueryRowContext(ctx, "SHOW server_version").Scan(&postgres); err != nil {
		return err
	}
	b.report.version("Countersign %s", strings.TrimSpace(string(out)))
	b.report.version("%s", runtime.Version())
	b.report.version("Echo %s", b.required("go.mod", "github.com/labstack/echo/v4"))
	b.report.version("PostgreSQL %s", strings.Fields(postgres)[0])
	return nil
}
