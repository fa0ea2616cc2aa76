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
	"syscall"
	"time"
)

// target is what is put under load: one server or several, and what they are asked.
type target struct {
	urls     []string
	pids     []int
	requests string // a file for the load generator
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

// spawn starts a server that is told its port, and waits until it answers; path must then be 200. Its output
// goes to a file, as in production.
func (b *bench) spawn(ctx context.Context, command *exec.Cmd, url, path, cookie string) (*exec.Cmd, error) {
	log, err := os.CreateTemp(b.dir, filepath.Base(command.Path)+"-*.log")
	if err != nil {
		return nil, err
	}
	command.Stdout, command.Stderr = log, log
	if err := command.Start(); err != nil {
		return nil, err
	}
	_ = log.Close()
	gone := make(chan struct{})
	go func() { _ = command.Wait(); close(gone) }()
	b.stage.Cleanup(func() { stop(command, gone) })
	for started := time.Now(); time.Since(started) < time.Minute; {
		if status, _, err := ask(ctx, plainClient, url+path, cookie); err == nil && status == http.StatusOK {
			return command, nil
		}
		select {
		case <-gone:
			text, _ := os.ReadFile(log.Name())
			return nil, fmt.Errorf("%s ended instead of serving:\n%s", filepath.Base(command.Path), text)
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
	text, _ := os.ReadFile(log.Name())
	return nil, fmt.Errorf("%s does not answer %s with 200 after a minute:\n%s", filepath.Base(command.Path), path, text)
}

func stop(command *exec.Cmd, gone <-chan struct{}) {
	_ = command.Process.Signal(syscall.SIGTERM)
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
	command.Env = append(os.Environ(), b.environment(databaseURL, port, settings...)...)
	url := fmt.Sprintf("http://127.0.0.1:%d", port)
	if _, err := b.spawn(ctx, command, url, "/api/me", cookie(0)); err != nil {
		return nil, err
	}
	return &target{[]string{url}, []int{command.Process.Pid}, b.requests}, nil
}

// several starts instances of the program on one database.
func (b *bench) several(ctx context.Context, n int, databaseURL string, settings ...string) (*target, error) {
	all := &target{requests: b.requests}
	for range n {
		one, err := b.countersign(ctx, databaseURL, settings...)
		if err != nil {
			return nil, err
		}
		all.urls, all.pids = append(all.urls, one.urls...), append(all.pids, one.pids...)
	}
	return all, nil
}

func (b *bench) migrate(ctx context.Context, databaseURL string) error {
	up := exec.CommandContext(ctx, b.program, "migrate", "up")
	up.Dir = b.dir
	up.Env = append(os.Environ(), b.environment(databaseURL, 0)...)
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
	if _, err := b.spawn(ctx, command, url, "/api/me", cookie(0)); err != nil {
		return nil, err
	}
	return &target{[]string{url}, []int{command.Process.Pid}, b.requests}, nil
}
