package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

//go:embed wrk.lua
var script []byte

// result is what the load generator says of one variant in one round.
type result struct {
	Requests int `json:"requests"`
	Micros   int `json:"micros"`
	P50      int `json:"p50"` // microseconds
	P99      int `json:"p99"`
	Wrong    int `json:"wrong"` // answers that are not 2xx or 3xx
	Lost     int `json:"lost"`
}

func (r result) rate() float64 { return float64(r.Requests) / (float64(r.Micros) / 1e6) }

// wrk puts a target under load. A generator in Go would take the CPU that the server is to have. An answer that is
// not 200 makes the measure worthless, so it is an error.
func (b *bench) wrk(ctx context.Context, t *target, connections int, duration time.Duration) (result, error) {
	threads := min(len(t.urls), connections)
	run := exec.CommandContext(ctx, "wrk", "-s", b.script, "-t", strconv.Itoa(threads), "-c", strconv.Itoa(connections),
		"-d", fmt.Sprintf("%.0fs", duration.Seconds()), "--timeout", "10s", t.urls[0]) // it knows whole seconds only
	var ports []string
	for _, text := range t.urls {
		if u, err := url.Parse(text); err == nil {
			ports = append(ports, u.Port())
		}
	}
	run.Env = append(os.Environ(), "BENCH_PORTS="+strings.Join(ports, ","), "BENCH_REQUESTS="+t.requests)
	out, err := run.CombinedOutput()
	if err != nil {
		return result{}, fmt.Errorf("wrk: %w\n%s", err, out)
	}
	_, line, _ := bytes.Cut(out, []byte("bench "))
	var r result
	if err := json.Unmarshal(line, &r); err != nil {
		return r, fmt.Errorf("wrk said something else than expected: %w\n%s", err, out)
	}
	if r.Requests == 0 {
		return r, fmt.Errorf("no request of %d connections was answered within %v; give it a longer -duration", connections, duration)
	}
	if r.Wrong > 0 || r.Lost > 0 {
		return r, fmt.Errorf("of %d requests %d were not answered with 200 and %d not at all", r.Requests, r.Wrong, r.Lost)
	}
	return r, nil
}

func writeScript(dir string) (string, error) {
	if _, err := exec.LookPath("wrk"); err != nil {
		return "", fmt.Errorf("%w: wrk, the load generator; install the package wrk", errMissing)
	}
	path := filepath.Join(dir, "wrk.lua")
	return path, os.WriteFile(path, script, 0o600)
}
