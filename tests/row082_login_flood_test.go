package tests

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Row 82: 200 logins at once. The binary is built as it is shipped, since the race detector multiplies memory
// and time. Nothing else of this package runs meanwhile.
func TestRow082_LoginFlood(t *testing.T) {
	binary := shipped(t)
	for name, databaseURL := range databases {
		t.Run(name, func(t *testing.T) {
			url := databaseURL(t)
			s := start(t, url)
			id := s.user(t, "")
			s.setPassword(t, id, passwordHash())
			token := s.session(t, id)
			command, at := launchBinary(t, binary, "DATABASE_URL="+url)
			// Another process may have the cores for a moment: one flood of three must be good.
			var p99 []time.Duration
			for len(p99) == 0 || len(p99) < 3 && p99[len(p99)-1] > 500*time.Millisecond {
				p99 = append(p99, flood(t, at, loginBody(id+"@example.com", password), cookie(token)))
			}
			if p99[len(p99)-1] > 500*time.Millisecond {
				t.Errorf("/api/me has these 99th percentiles: %v", p99)
			}
			peak := peakMemory(t, command.Process.Pid)
			t.Logf("p99 %v, peak %d KiB", p99, peak)
			if peak > 256<<10 {
				t.Errorf("%d KiB of memory at the peak, want under 256 MiB", peak)
			}
		})
	}
}

// flood sends 200 logins at once, and a read each 5 ms until all were answered; it gives the 99th percentile of the reads.
func flood(t *testing.T, url, login, cookie string) time.Duration {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 300}}
	defer client.CloseIdleConnections()
	var logins, reads sync.WaitGroup
	var mu sync.Mutex
	count := map[int]int{}
	for range 200 {
		logins.Go(func() {
			status, retry := ask(t, client, http.MethodPost, url+"/auth/login", login, "Content-Type: application/json")
			mu.Lock()
			defer mu.Unlock()
			if count[status]++; status == 503 && retry == "" {
				t.Error("503 without Retry-After")
			}
		})
	}
	over := make(chan struct{})
	go func() { logins.Wait(); close(over) }()
	var took []time.Duration
	for tick := time.Tick(5 * time.Millisecond); ; {
		select {
		case <-tick:
			reads.Go(func() {
				begun := time.Now()
				if status, _ := ask(t, client, http.MethodGet, url+"/api/me", "", cookie); status != 200 {
					t.Errorf("/api/me answers %d", status)
				}
				mu.Lock()
				defer mu.Unlock()
				took = append(took, time.Since(begun))
			})
			continue
		case <-over:
		}
		break
	}
	reads.Wait()
	if count[200] == 0 || count[503] == 0 || count[200]+count[503] != 200 {
		t.Errorf("answers %v, want some 200 and the rest 503", count)
	}
	slices.Sort(took)
	return took[len(took)*99/100]
}

func ask(t *testing.T, client *http.Client, method, url, body, header string) (status int, retryAfter string) {
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	name, value, _ := strings.Cut(header, ": ")
	r.Header.Set(name, value)
	a, err := client.Do(r)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer a.Body.Close()
	_, _ = io.Copy(io.Discard, a.Body)
	return a.StatusCode, a.Header.Get("Retry-After")
}

// shipped gives the path of the program's binary as it is shipped, which the first call builds.
func shipped(t *testing.T) string {
	t.Helper()
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

// built is the folder of that binary, which TestMain removes.
var built string

var build = sync.OnceValues(func() (binary string, err error) {
	if built, err = os.MkdirTemp("", "countersign-built-"); err != nil {
		return "", err
	}
	binary = filepath.Join(built, "countersign")
	command := exec.CommandContext(context.Background(), "go", "build", "-o", binary, "..")
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return binary, nil
})

// launchBinary runs a binary of the program and gives its URL; it is killed when the test ends.
func launchBinary(t *testing.T, binary string, env ...string) (*exec.Cmd, string) {
	t.Helper()
	out := &firstLine{line: make(chan string, 1)}
	command := runBinary(t, out, binary, env...)
	select {
	case line := <-out.line:
		_, port, _ := strings.Cut(line, "http://localhost:")
		return command, "http://127.0.0.1:" + port
	case <-time.After(30 * time.Second):
		t.Fatal("the program does not listen")
		return nil, ""
	}
}

// runBinary starts a binary of the program, which is killed when the test ends.
func runBinary(t *testing.T, out io.Writer, binary string, env ...string) *exec.Cmd {
	t.Helper()
	command := exec.CommandContext(context.Background(), binary)
	command.Dir = t.TempDir()
	command.Env = append([]string{"HOST=127.0.0.1", "PORT=0", "LOG_LEVEL=error", "BETTER_AUTH_SECRET=" + testSecret}, env...)
	command.Stdout = out
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait() // it ends by the signal
	})
	return command
}

var highWater = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// peakMemory is the most memory that a process ever had resident, in KiB.
func peakMemory(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Skip("no /proc on this system: memory is not looked at")
	}
	found := highWater.FindSubmatch(text)
	if found == nil {
		t.Fatal("no VmHWM in the status of the process")
	}
	peak, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return peak
}
