// Package haproxy starts a real HAProxy before instances of the program, with the configuration of deploy/haproxy.
package haproxy

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/tests/need"
)

// Proxy is a running HAProxy.
type Proxy struct {
	// URL is where it takes requests.
	URL string

	usable string
}

// counter is added to the configuration, for the tests to know what HAProxy knows.
const counter = `
frontend usable
    bind %s
    http-request return status 200 content-type text/plain lf-string %%[nbsrv(countersign)]
`

// Start runs a proxy before three addresses, with the configuration in a file, until the test ends.
func Start(t testing.TB, configuration string, addresses [3]string) *Proxy {
	t.Helper()
	binary, err := exec.LookPath("haproxy")
	if err != nil {
		binary = "/usr/sbin/haproxy" // where Debian has it, which is not on everybody's path
	}
	if _, err := os.Stat(binary); err != nil {
		need.Missing(t, "haproxy (Debian: apt-get install haproxy)", err)
	}
	text, err := os.ReadFile(configuration)
	if err != nil {
		t.Fatal(err)
	}
	front, usable := freeAddress(t), freeAddress(t)
	own := string(text)
	for from, to := range map[string]string{":8000": front, "127.0.0.1:8081": addresses[0], "127.0.0.1:8082": addresses[1], "127.0.0.1:8083": addresses[2]} {
		if strings.Count(own, " "+from+"\n") != 1 {
			t.Fatalf("%s does not name %s once", configuration, from)
		}
		own = strings.Replace(own, " "+from+"\n", " "+to+"\n", 1)
	}
	file := filepath.Join(t.TempDir(), "haproxy.cfg")
	if err := os.WriteFile(file, []byte(own+fmt.Sprintf(counter, usable)), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, exec.Command(binary, "-db", "-f", file))
	return &Proxy{URL: "http://" + front, usable: "http://" + usable}
}

// run starts the command, and ends it with the test; what it said is shown where the test failed.
func run(t testing.TB, command *exec.Cmd) {
	t.Helper()
	var said strings.Builder
	command.Stdout, command.Stderr = &said, &said
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait() // it ends by the signal
		if t.Failed() {
			t.Logf("haproxy said: %s", said.String())
		}
	})
}

// Await waits until HAProxy finds as many instances ready.
func (p *Proxy) Await(t testing.TB, instances int) {
	t.Helper()
	var last string
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if last = p.ready(); last == fmt.Sprint(instances) {
			return
		}
	}
	t.Fatalf("haproxy finds %s instances ready, want %d", last, instances)
}

func (p *Proxy) ready() string {
	a, err := http.Get(p.usable)
	if err != nil {
		return err.Error()
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
