package tests

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/tests/postgres"
)

// patience is how long an answer may take: two seconds are promised, and machines that test are slow.
const patience = 2500 * time.Millisecond

// outage is the real program, its session cache in use, on a PostgreSQL of its own that a test breaks.
type outage struct {
	cluster *postgres.Cluster
	// admin asks the cluster past the program's database, with no connection that stays.
	admin        *sql.DB
	database     string
	url, metrics string
	token        string
	pair         tokens
	client       *http.Client

	mu     sync.Mutex
	posted map[string]bool
}

// newOutage starts both; way may lead the program's connections somewhere else than straight to the server.
func newOutage(t *testing.T, way func(databaseURL string) string) *outage {
	t.Helper()
	o := &outage{cluster: postgres.New(t), posted: map[string]bool{}, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}}
	o.admin = openSQL(t, o.cluster.URL())
	o.admin.SetMaxIdleConns(0)
	o.ask(t, `ALTER SYSTEM SET max_connections = 30`)
	o.restart(t)
	databaseURL := o.cluster.Database(t)
	s := start(t, databaseURL)
	o.database = s.one(t, `SELECT current_database()`)
	id, token := s.signedIn(t, "")
	o.token, o.pair = token, s.signIn(t, id)
	if err := s.app.Close(); err != nil {
		t.Fatal(err)
	}
	_ = s.SQL.Close()
	o.metrics = freeAddress(t)
	o.url = serve(t, "DATABASE_URL="+way(databaseURL), "METRICS_ADDR="+o.metrics, "LOG_LEVEL=error")
	o.until(t, 10*time.Second, "the session cache is in use", func() bool { return o.metric(t, "countersign_session_cache_usable") == 1 })
	return o
}

// freeAddress gives an address on which nothing listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// ask runs a statement on the cluster.
func (o *outage) ask(t *testing.T, statement string, args ...any) {
	t.Helper()
	if _, err := o.admin.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func (o *outage) stop(t *testing.T) {
	t.Helper()
	if err := o.cluster.Stop(); err != nil {
		t.Fatal(err)
	}
}

func (o *outage) start(t *testing.T) {
	t.Helper()
	if err := o.cluster.Start(); err != nil {
		t.Fatal(err)
	}
}

func (o *outage) restart(t *testing.T) {
	t.Helper()
	o.stop(t)
	o.start(t)
}

// send sends a request and gives the answer and how long it took; status 0 where none came.
func (o *outage) send(t *testing.T, method, path, body string, headers ...string) (answer, time.Duration) {
	r, err := http.NewRequestWithContext(context.Background(), method, o.url+path, strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return answer{}, 0
	}
	for _, line := range append(headers, "Content-Type: application/json") {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	begun := time.Now()
	a, err := o.client.Do(r)
	if err != nil {
		t.Errorf("%s %s: %v", method, path, err)
		return answer{}, 0
	}
	defer a.Body.Close()
	text, _ := io.ReadAll(a.Body)
	return answer{a.StatusCode, a.Header, string(text)}, time.Since(begun)
}

// until waits for something and gives how long it took.
func (o *outage) until(t *testing.T, longest time.Duration, what string, is func() bool) time.Duration {
	t.Helper()
	begun := time.Now()
	for !is() {
		if time.Since(begun) > longest {
			t.Fatalf("not within %v: %s", longest, what)
		}
		time.Sleep(5 * time.Millisecond)
	}
	return time.Since(begun)
}

// metric gives a figure of the program's.
func (o *outage) metric(t *testing.T, name string) (value float64) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+o.metrics+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	text, _ := io.ReadAll(a.Body)
	_, rest, found := strings.Cut(string(text), "\n"+name+" ")
	if _, err := fmt.Sscan(rest, &value); err != nil || !found {
		t.Fatalf("no %s: %v", name, err)
	}
	return value
}

// connections is how many the program has to the server.
func (o *outage) connections(t *testing.T) (n int) {
	t.Helper()
	if err := o.admin.QueryRowContext(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE datname = $1`, o.database).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// writing posts until it is told to end, and keeps in mind what was answered 201. All else must be 503.
func (o *outage) writing(t *testing.T) (end func()) {
	over := make(chan struct{})
	var writers sync.WaitGroup
	for range 3 {
		writers.Go(func() {
			for tick := time.Tick(10 * time.Millisecond); ; {
				select {
				case <-over:
					return
				case <-tick:
					o.post(t)
				}
			}
		})
	}
	end = sync.OnceFunc(func() { close(over); writers.Wait() })
	t.Cleanup(end) // of a test that has failed
	return end
}

func (o *outage) post(t *testing.T) (status int) {
	title := next("post")
	a, took := o.send(t, "POST", "/api/posts", fmt.Sprintf(`{"title":%q,"content":"","published":true}`, title), cookie(o.token), origin)
	if a.Status != 201 {
		unavailable(t, "a post", a, took)
		return a.Status
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.posted[title] = true
	return a.Status
}

// unavailable wants the one answer that a store which is away has.
func unavailable(t *testing.T, what string, a answer, took time.Duration) {
	t.Helper()
	if a.Status != 503 || a.Header.Get("Retry-After") == "" || !strings.Contains(a.Body, `"store_unavailable"`) && !strings.Contains(a.Body, `"busy"`) {
		t.Errorf("%s: %d, want 503 with Retry-After: %v %s", what, a.Status, a.Header, a.Body)
	}
	if a.Header.Get("Set-Cookie") != "" || took > patience {
		t.Errorf("%s: after %v, cookie %q", what, took, a.Header.Get("Set-Cookie"))
	}
}

// kept fails for each post that was acknowledged and is not there.
func (o *outage) kept(t *testing.T) {
	t.Helper()
	s := &server{SQL: openSQL(t, strings.Replace(o.cluster.URL(), "/postgres?", "/"+o.database+"?", 1))}
	there := map[string]bool{}
	for _, title := range baRows(t, s, `SELECT title FROM countersign.posts`) {
		there[title] = true
	}
	_ = s.SQL.Close()
	for title := range o.posted {
		if !there[title] {
			t.Errorf("%s was answered 201 and is not there", title)
		}
	}
	if t.Logf("%d posts", len(o.posted)); len(o.posted) < 10 {
		t.Errorf("only %d posts were acknowledged", len(o.posted))
	}
}
