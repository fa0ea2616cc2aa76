package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// target is what is put under load: one server or several, and what they are asked.
type target struct {
	urls     []string
	pids     []int
	requests string // a file for the load generator
	// took is the longest start, until the first 200; stop ends all.
	took time.Duration
	stop func()
}

// one is the target that a single process is.
func one(url string, p *process, requests string) *target {
	return &target{[]string{url}, []int{p.pid}, requests, p.took, p.stop}
}

// errNotBuilt is said of a variant whose part the program does not have yet.
var errNotBuilt = errors.New("not built")

var plainClient = &http.Client{
	Timeout:   10 * time.Second,
	Transport: &http.Transport{MaxIdleConnsPerHost: 300, DisableCompression: true},
}

// ask makes one request with a Cookie header, "" for none.
func ask(ctx context.Context, client *http.Client, url, cookie string) (status int, body []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, nil, err
	}
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	answer, err := client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err = io.ReadAll(answer.Body)
	return answer.StatusCode, body, err
}

// process is a server that answers. Took is the time from before its start to its first 200.
type process struct {
	pid  int
	took time.Duration
	stop func()
}

// spawn starts a server that was told its port, and waits until path is 200 there. Its output goes to a file, as in
// production.
func (b *bench) spawn(ctx context.Context, command *exec.Cmd, url, path, cookie string) (*process, error) {
	log, err := os.CreateTemp(b.dir, filepath.Base(command.Path)+"-*.log")
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	command.Stdout, command.Stderr = log, log
	command.Cancel = func() error { return nil } // the stage ends it, and with it what it started
	started := time.Now()
	if err := command.Start(); err != nil {
		return nil, err
	}
	gone := make(chan struct{})
	go func() { _ = command.Wait(); close(gone) }()
	end := sync.OnceFunc(func() { stop(command, gone) })
	b.stage.Cleanup(end)
	if err := await(ctx, gone, url+path, cookie); err != nil {
		text, _ := os.ReadFile(log.Name())
		return nil, fmt.Errorf("%s: %w\n%s", filepath.Base(command.Path), err, text)
	}
	return &process{command.Process.Pid, time.Since(started), end}, nil
}

// startTime is what the slowest start may take: go run, with everything to compile.
const startTime = 10 * time.Minute

// await asks each millisecond until the answer is 200.
func await(ctx context.Context, gone <-chan struct{}, url, cookie string) error {
	for started := time.Now(); time.Since(started) < startTime; {
		if status, _, err := ask(ctx, plainClient, url, cookie); err == nil && status == http.StatusOK {
			return nil
		}
		select {
		case <-gone:
			return errors.New("it ended instead of serving")
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
	return fmt.Errorf("%s is not 200 after %v", url, startTime)
}

// stop ends a program and what it started: go run passes no signal on.
func stop(command *exec.Cmd, gone <-chan struct{}) {
	members, _ := family(command.Process.Pid)
	for pid := range members {
		if p, err := os.FindProcess(pid); err == nil {
			_ = p.Signal(syscall.SIGTERM)
		}
	}
	select {
	case <-gone:
	case <-time.After(10 * time.Second):
		_ = command.Process.Kill()
		<-gone
	}
}

func freePort() int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

// countersign starts the real program in production; errNotBuilt when it lacks the part that a setting is of.
func (b *bench) countersign(ctx context.Context, databaseURL string, settings ...string) (*target, error) {
	for _, line := range settings {
		if line == "SESSION_CACHE=auto" && b.unbuilt["SESSION_CACHE"] {
			return nil, errNotBuilt
		}
	}
	port := freePort()
	command := exec.CommandContext(ctx, b.program, "serve")
	command.Dir = b.dir
	command.Env = b.environment(databaseURL, port, settings...)
	url := fmt.Sprintf("http://127.0.0.1:%d", port)
	p, err := b.spawn(ctx, command, url, "/api/me", cookie(0))
	if err != nil {
		return nil, err
	}
	return one(url, p, b.requests), nil
}

// several starts instances of the program on one database.
func (b *bench) several(ctx context.Context, n int, databaseURL string, settings ...string) (*target, error) {
	all := &target{requests: b.requests, stop: func() {}}
	for range n {
		instance, err := b.countersign(ctx, databaseURL, settings...)
		if err != nil {
			return nil, err
		}
		all.urls, all.pids = append(all.urls, instance.urls...), append(all.pids, instance.pids...)
		others := all.stop
		all.stop = func() { others(); instance.stop() }
	}
	return all, nil
}

func (b *bench) migrate(ctx context.Context, databaseURL string) error {
	up := exec.CommandContext(ctx, b.program, "migrate", "up")
	up.Dir = b.dir
	up.Env = b.environment(databaseURL, 0)
	if out, err := up.CombinedOutput(); err != nil {
		return fmt.Errorf("countersign migrate up: %w\n%s", err, out)
	}
	return nil
}

// reference starts this program as one of its modes.
func (b *bench) reference(ctx context.Context, mode string, args ...string) (*target, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	port := freePort()
	command := exec.CommandContext(ctx, self, append([]string{mode, fmt.Sprint(port)}, args...)...)
	url := fmt.Sprintf("http://127.0.0.1:%d", port)
	p, err := b.spawn(ctx, command, url, "/api/me", cookie(0))
	if err != nil {
		return nil, err
	}
	return one(url, p, b.requests), nil
}
