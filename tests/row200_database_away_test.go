package tests

import (
	"context"
	"database/sql"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"countersign/tests/proxy"
)

// fault is a way in which a database goes away, and comes back.
type fault struct {
	name       string
	begin, end func()
}

// Row 200: a server that is stopped, restarted, stands still or has no connection left.
func TestRow200_PostgreSQLAway(t *testing.T) {
	o := newOutage(t, func(databaseURL string) string { return databaseURL })
	var free func()
	o.survives(t, []fault{
		{"stopped", func() { o.stop(t) }, func() { o.start(t) }},
		{"paused", func() { o.signal(t, syscall.SIGSTOP) }, func() { o.signal(t, syscall.SIGCONT) }},
		{"out of connections", func() { free = o.useUp(t) }, func() { free() }},
	}, func() {
		for range 10 {
			o.restart(t)
			o.until(t, 10*time.Second, "a post after a restart", func() bool { return o.post(t) == 201 })
		}
	})
}

// Row 200: a network that refuses, swallows or delays.
func TestRow200_NetworkAway(t *testing.T) {
	var between *proxy.Proxy
	o := newOutage(t, func(databaseURL string) string {
		before, rest, _ := strings.Cut(databaseURL, "@")
		host, after, _ := strings.Cut(rest, "/")
		between = proxy.New(t, host)
		return before + "@" + between.Addr + "/" + after
	})
	o.survives(t, []fault{
		{"refusing", func() { between.Refuse(); between.Cut() }, between.Resume},
		{"swallowing", between.Pause, between.Resume},
		{"five seconds slow", func() { between.Delay(5 * time.Second) }, between.Resume},
	}, func() {})
}

// survives goes through faults while others write, and wants everything as it was at the end.
func (o *outage) survives(t *testing.T, faults []fault, more func()) {
	t.Helper()
	for range 3 {
		o.burst(t, func(string, answer, time.Duration) {})
	}
	goroutines := o.rests(t)
	end := o.writing(t)
	for _, f := range faults {
		o.goes(t, f)
	}
	more()
	end()
	o.asBefore(t, goroutines)
	o.until(t, 20*time.Second, "no more connections than the pool's 8 and the listener", func() bool { return o.connections(t) <= 9 })
	o.kept(t)
}

// goes through one fault: nothing is answered from a cache that is not listening, everything is 503, and soon
// after the end all is well again.
func (o *outage) goes(t *testing.T, f fault) {
	t.Helper()
	for range 3 { // in the cache
		o.send(t, "GET", "/api/me", "", cookie(o.token))
	}
	o.until(t, 10*time.Second, "the session cache is in use before "+f.name, func() bool { return o.metric(t, "countersign_session_cache_usable") == 1 })
	f.begin()
	o.until(t, 3*time.Second, "the session cache is not in use while "+f.name, func() bool { return o.metric(t, "countersign_session_cache_usable") == 0 }) // a scrape asks the database too, which may take 1.5 s
	for range 2 {
		o.burst(t, func(what string, a answer, took time.Duration) { unavailable(t, f.name+": "+what, a, took) })
		if n := o.metric(t, "countersign_session_cache_usable"); n != 0 {
			t.Errorf("%s: the session cache is in use", f.name)
		}
	}
	f.end()
	took := o.until(t, 10*time.Second, "well after "+f.name, func() bool {
		ready, _ := o.send(t, "GET", "/readyz", "")
		me, _ := o.send(t, "GET", "/api/me", "", cookie(o.token))
		return ready.Status == 200 && me.Status == 200 && o.post(t) == 201
	})
	found(t, "PostgreSQL %s: all that needs it 503, and well again %d ms after the end", f.name, took.Milliseconds())
}

// burst sends what needs the database, all at once, and has each answer looked at; what needs none is looked at here.
func (o *outage) burst(t *testing.T, look func(what string, a answer, took time.Duration)) {
	t.Helper()
	me := []string{cookie(o.token), bearer(o.token), bearer(o.pair.Access)}
	var all sync.WaitGroup
	ask := func(method, path, body string, headers ...string) {
		all.Go(func() {
			a, took := o.send(t, method, path, body, headers...)
			look(method+" "+path, a, took)
		})
	}
	for _, line := range me {
		for range 4 {
			ask("GET", "/api/me", "", line)
		}
		ask("GET", "/protected/data", "", line)
		ask("GET", "/api/posts", "", line)
		ask("PATCH", "/api/me", `{"name":"Another"}`, line, origin)
	}
	ask("GET", "/api/posts", "")
	ask("GET", "/api/posts/1", "")
	ask("GET", "/readyz", "")
	ask("POST", "/auth/login", loginBody(next("nobody")+"@example.com", password))
	ask("POST", "/auth/refresh", o.pair.refreshBody())
	for _, c := range []struct {
		path   string
		status int
	}{{"/healthz", 200}, {"/", 200}, {"/api/me", 401}} {
		all.Go(func() {
			if a, took := o.send(t, "GET", c.path, ""); a.Status != c.status || took > time.Second {
				t.Errorf("GET %s: %d after %v, want %d", c.path, a.Status, took, c.status)
			}
		})
	}
	all.Wait()
}

// signal sends a signal to every process of the cluster, the parent first, so that no new one is missed.
func (o *outage) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	parent, err := o.cluster.Pid()
	if err != nil {
		t.Fatal(err)
	}
	if s == syscall.SIGSTOP {
		t.Cleanup(func() { o.signal(t, syscall.SIGCONT) }) // a server that stands still could not be ended
	}
	_ = syscall.Kill(parent, s)
	processes, err := exec.CommandContext(context.Background(), "ps", "-A", "-o", "pid=,ppid=").Output()
	if err != nil {
		t.Fatalf("ps lists no processes, so those of PostgreSQL cannot be found: %v", err)
	}
	for line := range strings.Lines(string(processes)) {
		var pid, of int
		if _, err := fmt.Sscan(line, &pid, &of); err == nil && of == parent {
			_ = syscall.Kill(pid, s)
		}
	}
}

// useUp takes every connection that the server gives, those of the program too, until free is called.
func (o *outage) useUp(t *testing.T) (free func()) {
	t.Helper()
	var held []*sql.Conn
	for mine := 0; mine < 30; mine = len(held) {
		c, err := o.admin.Conn(t.Context())
		if err == nil {
			held = append(held, c)
			continue
		}
		if len(held) == 0 {
			t.Fatal(err)
		}
		if _, err := held[0].ExecContext(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1`, o.database); err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		for _, c := range held {
			_ = c.Close()
		}
	}
}
