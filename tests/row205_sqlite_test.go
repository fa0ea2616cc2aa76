package tests

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/tests/need"
)

// spoilt is the real program on a SQLite file that a test spoils.
type spoilt struct {
	*live
	s        *server
	dir      string
	email    string
	pair     tokens
	readable bool // whether reads must go on: they do in WAL mode
}

// journals are the modes of a SQLite file: the one that the program gives it, and SQLite's own.
var journals = []string{"wal", "delete"}

// newSpoilt makes a file in a folder; prepare may change it before the program runs, under another command where one is named.
func newSpoilt(t *testing.T, dir, journal string, prepare func(*spoilt), under ...string) *spoilt {
	t.Helper()
	s := start(t, "sqlite:"+filepath.Join(dir, "app.db"))
	id, token := s.signedIn(t, "")
	p := &spoilt{s: s, dir: dir, email: id + "@example.com", pair: s.signIn(t, id), readable: journal == "wal"}
	s.post(t, id, "A post", true)
	if err := s.app.Close(); err != nil {
		t.Fatal(err)
	}
	if got := s.one(t, `PRAGMA journal_mode = `+journal); got != journal {
		t.Fatalf("the journal mode is %s, want %s", got, journal)
	}
	s.exec(t, `UPDATE "user" SET name = name`) // this connection stays, and in WAL mode the log with it
	prepare(p)
	metrics := freeAddress(t)
	p.live = newLive(serveUnder(t, under, "DATABASE_URL="+s.URL, "METRICS_ADDR="+metrics, "RATE_LIMIT=off", "LOG_LEVEL=error"), token)
	p.metrics = metrics
	return p
}

// Row 205: a file that another process locks.
func TestRow205_SQLiteLocked(t *testing.T) {
	t.Parallel()
	for _, journal := range journals {
		t.Run(journal, func(t *testing.T) {
			t.Parallel()
			p := newSpoilt(t, t.TempDir(), journal, func(*spoilt) {})
			lock, err := p.s.SQL.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = lock.Close() })
			run := func(statement string) {
				if _, err := lock.ExecContext(context.Background(), statement); err != nil {
					t.Fatal(err)
				}
			}
			long := full(3*time.Second, 20*time.Second)
			p.survives(t, "locked by another process ("+journal+" mode)", long, func() { run(`BEGIN EXCLUSIVE`) }, func() { run(`ROLLBACK`) })
		})
	}
}

// Row 205: a disk that is full, on a file system of its own.
func TestRow205_SQLiteFull(t *testing.T) {
	t.Parallel()
	for _, journal := range journals {
		t.Run(journal, func(t *testing.T) {
			t.Parallel()
			p := newSpoilt(t, smallDisk(t), journal, func(*spoilt) {})
			filler := filepath.Join(p.dir, "filler")
			p.survives(t, "on a full disk ("+journal+" mode)", full(time.Second, 10*time.Second), func() {
				// An empty log: it would take some writes more into the room that it has.
				p.s.exec(t, `PRAGMA wal_checkpoint(TRUNCATE)`)
				if err := os.WriteFile(filler, make([]byte, 64<<20), 0o600); err == nil {
					t.Fatal("the disk is not full")
				}
			}, func() {
				if err := os.Remove(filler); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

// Row 205: a file that the program may read and not write.
func TestRow205_SQLiteReadOnly(t *testing.T) {
	t.Parallel()
	for _, journal := range journals {
		t.Run(journal, func(t *testing.T) {
			t.Parallel()
			p := newSpoilt(t, t.TempDir(), journal, func(p *spoilt) { p.mode(t, 0o444) }, unprivileged(t)...)
			p.survives(t, "with no right to write ("+journal+" mode)", full(time.Second, 10*time.Second), func() {}, func() { p.mode(t, 0o644) })
		})
	}
}

// survives keeps a fault up for a time: what writes gets 503, what reads 200. Then the program writes again by
// itself, and the file is whole.
func (p *spoilt) survives(t *testing.T, what string, long time.Duration, begin, end func()) {
	t.Helper()
	p.burst(t, func(string, answer, time.Duration) {}, func(string, answer, time.Duration) {})
	goroutines := p.rests(t)
	begin()
	requests := 0
	var mu sync.Mutex
	count := func() { mu.Lock(); requests++; mu.Unlock() }
	for until := time.Now().Add(long); requests == 0 || time.Now().Before(until); {
		p.burst(t, func(path string, a answer, took time.Duration) {
			count()
			if a.Status == 503 && !p.readable {
				unavailable(t, what+": "+path, a, took)
			} else if a.Status != 200 || took > patience {
				t.Errorf("%s: %s: %d after %v, want 200: %s", what, path, a.Status, took, a.Body)
			}
		}, func(path string, a answer, took time.Duration) {
			count()
			unavailable(t, what+": "+path, a, took)
		})
	}
	end()
	took := p.until(t, 10*time.Second, "a post after: "+what, func() bool { return p.post(t) == 201 })
	p.burst(t, wants(t, 200), wants(t, 200, 201, 204))
	found(t, "SQLite %s: %d requests, writes 503; well again after %d ms", what, requests, took.Milliseconds())
	p.asBefore(t, goroutines)
	integrity(t, p.s)
	p.ledger.check(t, p.s, 1)
}

func wants(t *testing.T, statuses ...int) func(string, answer, time.Duration) {
	return func(path string, a answer, _ time.Duration) {
		for _, status := range statuses {
			if a.Status == status {
				return
			}
		}
		t.Errorf("afterwards: %s: %d, want one of %v: %s", path, a.Status, statuses, a.Body)
	}
}

// burst sends reads and more writes than the program has connections, all at once.
func (p *spoilt) burst(t *testing.T, read, write func(path string, a answer, took time.Duration)) {
	t.Helper()
	var all sync.WaitGroup
	ask := func(look func(string, answer, time.Duration), method, path, body string, headers ...string) {
		all.Go(func() {
			a, took := p.send(t, method, path, body, headers...)
			look(method+" "+path, a, took)
		})
	}
	for range 16 {
		all.Go(func() {
			title := next("post")
			a, took := p.send(t, "POST", "/api/posts", postBody(title), byCookie(p.token)...)
			if a.Status == 201 {
				p.ledger.note("post", title)
			}
			write("POST /api/posts", a, took)
		})
	}
	ask(write, "PATCH", "/api/me", `{"name":"Another"}`, byCookie(p.token)...)
	// What a login takes is the password's hash first of all, and no matter of the database.
	ask(func(path string, a answer, _ time.Duration) { write(path, a, 0) }, "POST", "/auth/login", loginBody(p.email, password))
	for _, line := range []string{cookie(p.token), bearer(p.token), bearer(p.pair.Access)} {
		for _, path := range []string{"/api/me", "/api/posts", "/protected/data", "/auth/sessions"} {
			ask(read, "GET", path, "", line)
		}
	}
	ask(read, "GET", "/api/posts", "")
	ask(read, "GET", "/api/posts/1", "")
	ask(read, "GET", "/readyz", "")
	ask(wants(t, 200), "GET", "/healthz", "")
	all.Wait()
}

// mode sets the rights of the file. Those beside it, of the log and its index, stay: the driver opens them for writing only.
func (p *spoilt) mode(t *testing.T, is os.FileMode) {
	t.Helper()
	if err := os.Chmod(filepath.Join(p.dir, "app.db"), is); err != nil {
		t.Fatal(err)
	}
}

// unprivileged is a command under which even root may write only what the rights of a file say.
func unprivileged(t *testing.T) []string {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	if _, err := exec.LookPath("setpriv"); err != nil {
		need.Missing(t, "setpriv (Debian: apt-get install util-linux), without which root may write every file", err)
	}
	return []string{"setpriv", "--bounding-set=-dac_override,-dac_read_search"}
}

// smallDisk mounts a file system of 16 MiB, which takes root's rights.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", "size=16m,mode=755", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("a full disk is tried on a small file system, which may not be mounted here (it takes root, and CAP_SYS_ADMIN in a container): %v: %s", err, strings.TrimSpace(string(out)))
	}
	t.Cleanup(func() {
		if out, err := exec.CommandContext(context.Background(), "umount", "--lazy", dir).CombinedOutput(); err != nil {
			t.Errorf("the small file system stays: %s", out)
		}
	})
	return dir
}
