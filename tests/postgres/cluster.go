package postgres

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// keeper starts the server and outlives the test process by one moment: its
// standard input is a pipe that only the test process holds, so a killed test
// leaves neither a server nor a directory behind.
const keeper = `
"$1/pg_ctl" -D "$2/data" -l "$2/log" -o "-p $3" -w -t 60 start >>"$2/log" 2>&1 || exit 1
echo ready
exec >/dev/null 2>&1
cat
"$1/pg_ctl" -D "$2/data" -m immediate -w stop
rm -rf "$2"
`

// settings trade every safety for speed: nothing here outlives the tests.
const settings = `
listen_addresses = '127.0.0.1'
unix_socket_directories = '%s'
max_connections = 200
fsync = off
synchronous_commit = off
full_page_writes = off
`

// Cluster is a PostgreSQL server with a directory of its own.
type Cluster struct {
	bin, dir, port string
	owner          owner
	keeper         *exec.Cmd
	leash          io.Closer
}

// New starts a cluster for one test alone, which may stop and start it.
func New(t testing.TB) *Cluster {
	t.Helper()
	c, err := launch()
	giveUp(t, err)
	t.Cleanup(c.close)
	return c
}

// URL is that of the maintenance database; Database makes others.
func (c *Cluster) URL() string {
	return "postgres://postgres@127.0.0.1:" + c.port + "/postgres?sslmode=disable"
}

// Database returns the URL of a new, empty database on this cluster.
func (c *Cluster) Database(t testing.TB) string {
	t.Helper()
	return create(t, c.URL())
}

// Pid is the process id of the running server.
func (c *Cluster) Pid() (int, error) {
	text, err := os.ReadFile(filepath.Join(c.dir, "data", "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(text), "\n")
	return strconv.Atoi(first)
}

// Stop ends the server and cuts every connection, as a restart would.
func (c *Cluster) Stop() error { return c.ctl("stop", "-m", "fast") }

// Start brings a stopped server back on the same port with the same data.
func (c *Cluster) Start() error {
	return c.ctl("start", "-l", filepath.Join(c.dir, "log"), "-o", "-p "+c.port)
}

func (c *Cluster) ctl(verb string, args ...string) error {
	args = append([]string{verb, "-w", "-D", filepath.Join(c.dir, "data")}, args...)
	return c.run(exec.Command(filepath.Join(c.bin, "pg_ctl"), args...))
}

// launch makes and starts a cluster. A port that was free may be taken before
// the server binds it, hence the attempts.
func launch() (*Cluster, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	who, err := unprivileged()
	if err != nil {
		return nil, err
	}
	for range 3 {
		c := &Cluster{bin: bin, owner: who}
		if err = c.open(); err == nil {
			return c, nil
		}
		os.RemoveAll(c.dir)
	}
	return nil, err
}

func (c *Cluster) open() (err error) {
	if c.dir, err = os.MkdirTemp("", "countersign-pg-"); err != nil {
		return err
	}
	if err := c.owner.own(c.dir); err != nil {
		return err
	}
	if c.port, err = freePort(); err != nil {
		return err
	}
	if err := c.initialize(); err != nil {
		return err
	}
	return c.keep()
}

func (c *Cluster) initialize() error {
	data := filepath.Join(c.dir, "data")
	initdb := exec.Command(filepath.Join(c.bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N")
	// A plain C locale would not know that É and é are one letter.
	locale := "C.UTF-8"
	if runtime.GOOS == "darwin" {
		locale = "en_US.UTF-8"
	}
	initdb.Env = append(os.Environ(), "LC_ALL="+locale)
	if err := c.run(initdb); err != nil {
		return err
	}
	conf, err := os.OpenFile(filepath.Join(data, "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(conf, settings, c.dir)
	return errors.Join(err, conf.Close())
}

// keep starts the keeper and waits for its word that the server answers.
func (c *Cluster) keep() error {
	c.keeper = exec.Command("sh", "-c", keeper, "sh", c.bin, c.dir, c.port)
	c.keeper.Dir = c.dir
	c.owner.apply(c.keeper)
	stdin, err := c.keeper.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := c.keeper.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.keeper.Start(); err != nil {
		return err
	}
	c.leash = stdin
	if _, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
		log, _ := os.ReadFile(filepath.Join(c.dir, "log"))
		return fmt.Errorf("PostgreSQL did not start: %w\n%s", c.keeper.Wait(), log)
	}
	return nil
}

func (c *Cluster) close() {
	c.leash.Close()
	c.keeper.Wait()
	os.RemoveAll(c.dir)
}

// run runs one of PostgreSQL's programs as the owner of the directory. Its
// output goes to the log and not to a pipe, which the server would inherit and
// hold open.
func (c *Cluster) run(cmd *exec.Cmd) error {
	path := filepath.Join(c.dir, "log")
	log, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	if err := c.owner.own(path); err != nil {
		return err
	}
	cmd.Dir, cmd.Stdout, cmd.Stderr = c.dir, log, log
	c.owner.apply(cmd)
	if err := cmd.Run(); err != nil {
		text, _ := os.ReadFile(path)
		return fmt.Errorf("%s: %w\n%s", filepath.Base(cmd.Path), err, text)
	}
	return nil
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}
