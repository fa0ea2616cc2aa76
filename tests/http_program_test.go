package tests

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"countersign/cmd"
)

// Row 118: a secret that anybody can guess, or none, must not be served with in production.
func TestRow118_SecretsInProduction(t *testing.T) {
	t.Parallel()
	const short, published = "canary-too-short", "better-auth-secret-12345678901234567890"
	for _, c := range []struct {
		name  string
		env   []string
		names string
	}{
		{"missing", nil, "BETTER_AUTH_SECRET"}, {"empty", []string{"BETTER_AUTH_SECRET="}, "BETTER_AUTH_SECRET"},
		{"short", []string{"BETTER_AUTH_SECRET=" + short}, "BETTER_AUTH_SECRET"}, {"published", []string{"BETTER_AUTH_SECRET=" + published}, "BETTER_AUTH_SECRET"},
		{"short among several", []string{"BETTER_AUTH_SECRETS=2:" + short}, "BETTER_AUTH_SECRETS"},
		{"no front end", []string{"BETTER_AUTH_SECRET=" + testSecret, "FRONTEND_URL="}, "FRONTEND_URL"},
		{"a star", []string{"BETTER_AUTH_SECRET=" + testSecret, "FRONTEND_URL=*"}, "FRONTEND_URL"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			env := append([]string{"APP_ENV=production", "FRONTEND_URL=https://app.example.com"}, c.env...)
			out, err := program(t, env...).CombinedOutput()
			if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != 2 {
				t.Errorf("%v, want exit code 2: %s", err, out)
			}
			for _, value := range []string{short, published, testSecret} {
				if strings.Contains(string(out), value) {
					t.Errorf("the value is shown: %s", out)
				}
			}
			if !strings.Contains(string(out), c.names) || strings.Contains(string(out), "goroutine") {
				t.Errorf("%s is not named: %s", c.names, out)
			}
		})
	}
}

// serve runs the real program, on SQLite, and gives its URL; it is told to stop when the test ends.
func serve(t *testing.T, env ...string) (url string) {
	t.Helper()
	return serveUnder(t, nil, env...)
}

// serveUnder is serve with the program started by another command, setpriv say.
func serveUnder(t *testing.T, under []string, env ...string) (url string) {
	t.Helper()
	command, log, url := launchUnder(t, under, env...)
	t.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		if err := command.Wait(); err != nil {
			t.Errorf("the program ended with %v:\n%s", err, log)
		}
		if t.Failed() {
			text := log.String()
			t.Logf("the program's log:\n%s\n…\n%s", text[:min(len(text), 1500)], text[max(0, len(text)-1500):])
		}
	})
	return url
}

// launch runs the real program and gives its URL; the test ends it.
func launch(t *testing.T, env ...string) (command *exec.Cmd, log *buffer, url string) {
	t.Helper()
	return launchUnder(t, nil, env...)
}

func launchUnder(t *testing.T, under []string, env ...string) (command *exec.Cmd, log *buffer, url string) {
	t.Helper()
	command = program(t, append([]string{"HOST=127.0.0.1", "BETTER_AUTH_SECRET=" + testSecret}, env...)...)
	if len(under) > 0 {
		by, err := exec.LookPath(under[0])
		if err != nil {
			t.Fatal(err)
		}
		command.Path, command.Args = by, append(under, command.Args...)
	}
	log, url = begin(t, command)
	return command, log, url
}

// begin starts what program made, once a test has put files into its folder.
func begin(t *testing.T, command *exec.Cmd) (log *buffer, url string) {
	t.Helper()
	out := &firstLine{line: make(chan string, 1)}
	log = &buffer{}
	command.Stdout, command.Stderr = out, log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case line := <-out.line:
		_, port, _ := strings.Cut(line, "http://localhost:")
		return log, "http://127.0.0.1:" + port
	case <-time.After(30 * time.Second):
		t.Fatalf("the program does not listen:\n%s", log)
		return log, ""
	}
}

// firstLine hands over the first line that is written to it.
type firstLine struct {
	text bytes.Buffer
	line chan string
	once sync.Once
}

func (f *firstLine) Write(p []byte) (int, error) {
	f.text.Write(p)
	if line, _, whole := strings.Cut(f.text.String(), "\n"); whole {
		f.once.Do(func() { f.line <- line })
	}
	return len(p), nil
}

// program is a command that runs the real program in a folder of its own: this test binary, started as TestProgram.
func program(t *testing.T, env ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	t.Cleanup(cancel)
	command := exec.CommandContext(ctx, self, "-test.run=^TestProgram$")
	command.Dir = t.TempDir()
	command.Env = append([]string{"COUNTERSIGN_TEST_PROGRAM=1", "PORT=0", "DATABASE_URL=sqlite:app.db"}, env...)
	return command
}

// TestProgram is the program itself where program starts it, and nothing else.
func TestProgram(*testing.T) {
	if os.Getenv("COUNTERSIGN_TEST_PROGRAM") != "" {
		os.Exit(cmd.Run(strings.Fields(os.Getenv("COUNTERSIGN_TEST_ARGUMENTS")), os.Environ(), os.Stdout, os.Stderr))
	}
}
