package tests

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"countersign/tests/postgres"
	"countersign/tests/proxy"
)

// listenerPID is the server process behind the connection that listens.
func (s *server) listenerPID(t *testing.T) int {
	t.Helper()
	pid, err := strconv.Atoi(s.one(t, `SELECT max(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'countersign listener'`))
	if err != nil {
		t.Fatal("nobody listens")
	}
	return pid
}

// signedOut ends a session as another process would while f breaks something, and gives how long it was
// answered for after its end was committed. One that is refused stays refused.
func (s *server) signedOut(t *testing.T, f func()) time.Duration {
	t.Helper()
	id := s.user(t, "")
	token, other := s.session(t, id), s.session(t, id)
	for range 2 {
		s.expect(t, 200, "GET", "/api/me", "", cookie(token))
		s.expect(t, 200, "GET", "/api/me", "", cookie(other))
	}
	var broken sync.WaitGroup
	broken.Go(f)
	s.exec(t, `DELETE FROM "session" WHERE token = $1`, token)
	ended := time.Now()
	s.eventually(t, "signed out", func() bool { return baMe(t, s, cookie(token)) == 401 })
	took := time.Since(ended)
	broken.Wait()
	for range 20 {
		s.expect(t, 401, "GET", "/api/me", "", cookie(token))
		s.expect(t, 200, "GET", "/api/me", "", cookie(other))
	}
	return took
}

// throughProxy starts a server on PostgreSQL whose listener goes through a proxy.
func throughProxy(t *testing.T) (*server, *proxy.Proxy) {
	t.Helper()
	database := postgres.Database(t)
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	between := proxy.New(t, u.Host)
	u.Host = between.Addr
	return start(t, database, cached, "DIRECT_URL="+u.String()), between
}

// Row 202: a listener that is killed, stands still or is cut off at the moment of a sign-out.
func TestRow202_ListenerLost(t *testing.T) {
	t.Parallel()
	s, between := throughProxy(t)
	for round := range 5 {
		for name, f := range map[string]func(){
			"killed": func() {
				s.exec(t, `SELECT pg_terminate_backend($1)`, s.listenerPID(t))
			},
			"frozen": func() {
				pid := s.listenerPID(t)
				if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
					t.Error(err)
				}
				t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGCONT) })
				time.AfterFunc(400*time.Millisecond, func() { _ = syscall.Kill(pid, syscall.SIGCONT) })
			},
			"cut": between.Cut,
			"gone": func() {
				between.Pause()
				time.AfterFunc(400*time.Millisecond, between.Resume)
			},
			"nothing": func() {},
		} {
			t.Run(fmt.Sprint(name, round), func(t *testing.T) {
				s.awaitCache(t)
				if took := s.signedOut(t, f); took > time.Second {
					t.Errorf("answered for %v after the sign-out", took)
				}
			})
		}
	}
	s.awaitCache(t)
	hits := s.app.CacheStats().Hits
	token := s.session(t, s.user(t, ""))
	baMe(t, s, cookie(token))
	if baMe(t, s, cookie(token)); s.app.CacheStats().Hits == hits {
		t.Error("the cache is not used again")
	}
}

// A revocation that races reads must not be put back by one that was under way, on any of three instances.
func TestRevocationRacesReads(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		instances := []*server{s, s.beside(t, cached), s.beside(t, cached)}
		for _, i := range instances {
			i.awaitCache(t)
		}
		id := s.user(t, "")
		for range 60 {
			token := s.session(t, id)
			var readers sync.WaitGroup
			stop := make(chan struct{})
			for _, i := range instances {
				for range 2 {
					readers.Go(func() {
						for {
							select {
							case <-stop:
								return
							default:
								baMe(t, i, cookie(token))
							}
						}
					})
				}
			}
			s.exec(t, `DELETE FROM "session" WHERE token = $1`, token)
			for _, i := range instances {
				i.soon(t, 401, cookie(token))
			}
			close(stop)
			readers.Wait()
			for n, i := range instances {
				for range 5 {
					if status := baMe(t, i, cookie(token)); status != 401 {
						t.Fatalf("instance %d answers %d after it refused", n, status)
					}
				}
			}
		}
	}, cached)
}

// Where nobody can know of a sign-out, nothing is cached, and the log says why.
func TestNoCacheWhereNobodyKnows(t *testing.T) {
	t.Parallel()
	t.Run("no triggers on PostgreSQL", func(t *testing.T) {
		t.Parallel()
		s := start(t, postgres.Database(t), cached, "SESSION_TRIGGERS=off")
		token := s.session(t, s.user(t, ""))
		s.eventually(t, "the reason in the log", func() bool { return strings.Contains(s.Log.String(), "our triggers do not stand on") })
		for range 3 {
			s.expect(t, 200, "GET", "/api/me", "", cookie(token))
		}
		if stats := s.app.CacheStats(); stats.Hits != 0 || stats.Entries != 0 || stats.Current {
			t.Errorf("%+v", stats)
		}
	})
	t.Run("SQLite without triggers drops all at each commit", func(t *testing.T) {
		t.Parallel()
		s := start(t, databases["sqlite"](t), cached, "SESSION_TRIGGERS=off")
		s.awaitCache(t)
		token := s.session(t, s.user(t, ""))
		s.expect(t, 200, "GET", "/api/me", "", cookie(token))
		s.expect(t, 200, "GET", "/api/me", "", cookie(token))
		if s.app.CacheStats().Hits != 1 {
			t.Errorf("%+v", s.app.CacheStats())
		}
		s.exec(t, `DELETE FROM "session"`)
		s.expect(t, 401, "GET", "/api/me", "", cookie(token))
	})
	t.Run("triggers that somebody dropped on SQLite", func(t *testing.T) {
		t.Parallel()
		s := start(t, databases["sqlite"](t), cached)
		s.awaitCache(t)
		token := s.session(t, s.user(t, ""))
		s.expect(t, 200, "GET", "/api/me", "", cookie(token))
		name := s.one(t, `SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'countersign_session_delete%'`)
		s.exec(t, `DROP TRIGGER "`+name+`"`)
		s.exec(t, `DELETE FROM "session"`)
		s.expect(t, 401, "GET", "/api/me", "", cookie(token))
		if s.app.CacheStats().Current || !strings.Contains(s.Log.String(), "our triggers are gone") {
			t.Errorf("%+v", s.app.CacheStats())
		}
	})
}
