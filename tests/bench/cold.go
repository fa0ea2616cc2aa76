package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// cold times `go run .` with an empty build cache, from the command to the first 200. The modules are fetched before:
// what the network takes is nobody's to mend here.
func cold(ctx context.Context, b *bench) error {
	fetch := exec.CommandContext(ctx, "go", "mod", "download")
	fetch.Dir = b.root
	if out, err := fetch.CombinedOutput(); err != nil {
		return fmt.Errorf("go mod download: %w\n%s", err, out)
	}
	port, cache := freePort(), filepath.Join(b.dir, "empty-cache")
	run := exec.CommandContext(ctx, "go", "run", ".")
	run.Dir = b.root
	run.Env = append(os.Environ(), "GOCACHE="+cache, "HOST=127.0.0.1", fmt.Sprintf("PORT=%d", port), "BETTER_AUTH_SECRET="+secret,
		"DATABASE_URL=sqlite:"+filepath.Join(b.dir, "cold.db"))
	p, err := b.spawn(ctx, run, fmt.Sprintf("http://127.0.0.1:%d", port), "/api/posts", "")
	if err != nil {
		return err
	}
	p.stop()
	took := p.took.Round(time.Second)
	b.report.table("go run . from an empty build cache", "From the command to the first 200, modules fetched before.", []string{"", "time"}, [][]string{{"go run .", took.String()}})
	b.report.find("go run . from empty caches", "≤ 90 s on 2 cores", took.String(), took <= 90*time.Second)
	return os.RemoveAll(cache)
}
