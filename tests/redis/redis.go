// Package redis starts a real Redis beside a test, which may stop and pause it.
package redis

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"countersign/tests/need"
)

// Server is a Redis of the test's own, which keeps nothing on disk.
type Server struct {
	URL string

	binary, dir, port string
	command           *exec.Cmd
}

// Start runs a Redis on a free port until the test ends.
func Start(t testing.TB) *Server {
	t.Helper()
	binary, err := exec.LookPath("redis-server")
	if err != nil {
		need.Missing(t, "redis-server (Debian: apt-get install redis-server)", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	l.Close()
	s := &Server{URL: "redis://127.0.0.1:" + port, binary: binary, dir: t.TempDir(), port: port}
	t.Cleanup(func() { s.Stop(t) })
	s.Run(t)
	return s
}

// Run starts it again after Stop, empty.
func (s *Server) Run(t testing.TB) {
	t.Helper()
	s.command = exec.Command(s.binary, "--port", s.port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", s.dir)
	if err := s.command.Start(); err != nil {
		t.Fatal(err)
	}
	for range 200 {
		if c, err := net.Dial("tcp", "127.0.0.1:"+s.port); err == nil {
			c.Close()
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatal("redis-server does not listen")
}

// Stop ends it.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	if s.command == nil {
		return
	}
	s.signal(t, syscall.SIGCONT)
	s.command.Process.Kill()
	s.command.Wait()
	s.command = nil
}

// Pause lets it hang: connections stay open, and nothing answers.
func (s *Server) Pause(t testing.TB) { s.signal(t, syscall.SIGSTOP) }

// Resume ends a Pause.
func (s *Server) Resume(t testing.TB) { s.signal(t, syscall.SIGCONT) }

func (s *Server) signal(t testing.TB, signal os.Signal) {
	t.Helper()
	if err := s.command.Process.Signal(signal); err != nil {
		t.Error(err)
	}
}

// Do sends one command and gives the text of its answer: that of a string, of a number, "" for nothing, and
// the members of a list, one a line.
func (s *Server) Do(t testing.TB, words ...string) string {
	t.Helper()
	c, err := net.Dial("tcp", "127.0.0.1:"+s.port)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "*%d\r\n", len(words))
	for _, w := range words {
		fmt.Fprintf(c, "$%d\r\n%s\r\n", len(w), w)
	}
	text, err := read(bufio.NewReader(c))
	if err != nil {
		t.Fatalf("%s: %v", words[0], err)
	}
	return text
}

func read(r *bufio.Reader) (string, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return "", err
	}
	kind, rest := line[0], strings.TrimSpace(line[1:])
	n, _ := strconv.Atoi(rest)
	switch {
	case kind == '-':
		return "", fmt.Errorf("%s", rest)
	case kind == '$' && n >= 0:
		text := make([]byte, n+2)
		for done := 0; done < len(text); {
			more, err := r.Read(text[done:])
			if err != nil {
				return "", err
			}
			done += more
		}
		return string(text[:n]), nil
	case kind == '*':
		var all []string
		for range n {
			one, err := read(r)
			if err != nil {
				return "", err
			}
			all = append(all, one)
		}
		return strings.Join(all, "\n"), nil
	case kind == '$':
		return "", nil
	}
	return rest, nil
}
