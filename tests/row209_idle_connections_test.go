package tests

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// idle is how many connections stand about.
const idle = 10_000

// Row 209: ten thousand connections that say nothing cost little memory, and the others no time.
func TestRow209_IdleConnections(t *testing.T) {
	allowOpenFiles(t, idle+1000)
	url := databases["sqlite"](t)
	s := start(t, url)
	token := s.session(t, s.user(t, ""))
	command, at := launchBinary(t, shipped(t), "DATABASE_URL="+url)
	p99(t, at, token) // the program is warm
	before := residentMemory(t, command.Process.Pid)
	// Another process may have the cores for a moment: one of three tries must be good.
	var base, loaded time.Duration
	for range 3 {
		base = p99(t, at, token)
		connections := stand(t, strings.TrimPrefix(at, "http://"))
		more := residentMemory(t, command.Process.Pid) - before
		loaded = p99(t, at, token)
		t.Logf("p99 %v, beside %d idle connections %v; %d KiB more", base, idle, loaded, more)
		if more >= 250<<10 {
			t.Errorf("%d KiB more memory, want under 250 MiB", more)
		}
		for i := 0; i < idle; i += 100 { // they were there all the time
			ping(t, connections[i])
		}
		if leave(connections); loaded < 2*base {
			return
		}
	}
	t.Errorf("p99 of %v beside idle connections, %v without", loaded, base)
}

// allowOpenFiles raises this process's limit, and that of those it starts.
func allowOpenFiles(t *testing.T, n uint64) {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if limit.Cur >= n {
		return
	}
	raised := syscall.Rlimit{Cur: n, Max: max(n, limit.Max)}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &raised); err != nil {
		t.Skipf("%d open files are allowed here, and it takes %d (ulimit -n): %v", limit.Max, n, err)
	}
}

// stand opens the connections, each of which is used once and then kept open.
func stand(t *testing.T, address string) []net.Conn {
	t.Helper()
	connections := make([]net.Conn, idle)
	var all sync.WaitGroup
	for part := range 20 {
		all.Go(func() {
			for i := part; i < idle; i += 20 {
				c, err := net.Dial("tcp", address)
				if err != nil {
					t.Errorf("connection %d: %v", i, err)
					return
				}
				connections[i] = c
				ping(t, c)
			}
		})
	}
	all.Wait()
	t.Cleanup(func() { leave(connections) })
	if t.Failed() {
		t.FailNow()
	}
	return connections
}

func leave(connections []net.Conn) {
	for _, c := range connections {
		if c != nil {
			_ = c.Close()
		}
	}
}

// ping sends a request on a connection, which stays open.
func ping(t *testing.T, c net.Conn) {
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		t.Errorf("an idle connection: %v", err)
		return
	}
	a, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Errorf("an idle connection: %v", err)
		return
	}
	defer a.Body.Close()
	_, _ = io.Copy(io.Discard, a.Body)
	if a.StatusCode != 200 || a.Close {
		t.Errorf("an idle connection: %d, closed: %v", a.StatusCode, a.Close)
	}
}

// p99 is the 99th percentile of 4,000 reads, one after the other.
func p99(t *testing.T, url, token string) time.Duration {
	t.Helper()
	client := &http.Client{}
	took := make([]time.Duration, 4000)
	for i := range took {
		begun := time.Now()
		if status, _ := ask(t, client, http.MethodGet, url+"/api/me", "", cookie(token)); status != 200 {
			t.Fatalf("/api/me answers %d", status)
		}
		took[i] = time.Since(begun)
	}
	slices.Sort(took)
	return took[len(took)*99/100]
}

var resident = regexp.MustCompile(`VmRSS:\s+(\d+) kB`)

// residentMemory is what a process has resident now, in KiB.
func residentMemory(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Skip("no /proc on this system: memory cannot be looked at")
	}
	found := resident.FindSubmatch(text)
	if found == nil {
		t.Fatal("no VmRSS in the status of the process")
	}
	kib, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return kib
}
