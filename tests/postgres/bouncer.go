package postgres

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"countersign/tests/need"
)

const bouncerSettings = `[databases]
* = host=%s port=%s user=%s
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %s
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 2
max_client_conn = 100
ignore_startup_parameters = extra_float_digits
`

// Bouncer puts a PgBouncer in transaction mode, with two server connections, in front of a database and
// returns the URL of the same database through it.
func Bouncer(t testing.TB, databaseURL string) string {
	t.Helper()
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		program = "/usr/sbin/pgbouncer" // Debian's place, which is not on every user's path
		if _, err = os.Stat(program); err != nil {
			need.Missing(t, "PgBouncer (the package pgbouncer)", err)
		}
	}
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal("the database's URL is not one")
	}
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	startBouncer(t, program, fmt.Sprintf(bouncerSettings, u.Hostname(), u.Port(), u.User.Username(), port))
	u.Host = net.JoinHostPort("127.0.0.1", port)
	await(t, u.Host)
	return u.String()
}

func startBouncer(t testing.TB, program, settings string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "countersign-bouncer-") //nolint:usetesting // PgBouncer's user cannot enter t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	who, err := unprivileged()
	giveUp(t, err)
	file := filepath.Join(dir, "pgbouncer.ini")
	if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := who.own(dir); err != nil {
		t.Fatal(err)
	}
	if err := who.own(file); err != nil {
		t.Fatal(err)
	}
	bouncer := exec.Command(program, "-q", file)
	bouncer.Dir = dir
	who.apply(bouncer)
	if err := bouncer.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		bouncer.Process.Kill()
		bouncer.Wait()
	})
}

// await waits until something listens, for ten seconds.
func await(t testing.TB, address string) {
	t.Helper()
	for range 200 {
		if conn, err := net.DialTimeout("tcp", address, time.Second); err == nil {
			conn.Close()
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("nothing listens at %s", address)
}
