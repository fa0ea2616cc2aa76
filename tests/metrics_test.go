package tests

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"countersign/tests/redis"
)

func get(t *testing.T, url, header string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if name, value, ok := strings.Cut(header, ": "); ok {
		r.Header.Set(name, value)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	text, _ := io.ReadAll(a.Body)
	return a.StatusCode, string(text)
}

// After such and such requests these samples have these values; what documents say of metrics is so.
func TestMetricsCount(t *testing.T) {
	t.Parallel()
	for name, databaseURL := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr, database := freeAddress(t), databaseURL(t)
			s := start(t, database)
			id := s.user(t, "")
			token := s.session(t, id)
			s.setPassword(t, id, passwordHash())
			api := serve(t, "DATABASE_URL="+database, "METRICS_ADDR="+addr, "SESSION_CACHE=off", "RATE_LIMIT=sign-in=2/1h,api=5/1h")
			forged := "Cookie: better-auth.session_token=" + url.QueryEscape(signed("another secret", token))
			for _, c := range []struct {
				header string
				status int
			}{
				{cookie(token), 200}, {cookie(token), 200}, {cookie(token) + "x", 401}, {forged, 401}, {bearer("nobody"), 401}, {bearer("a.b.c"), 401}, {"", 401}, {"", 429},
			} {
				if status, body := get(t, api+"/api/me", c.header); status != c.status {
					t.Errorf("%q: %d %s", c.header, status, body)
				}
			}
			for range 3 {
				send(t, http.MethodPost, api+"/auth/login", loginBody(id+"@example.com", "wrong-password"), "Content-Type", "application/json")
			}
			_, text := get(t, "http://"+addr+"/metrics", "")
			for _, want := range []string{
				`countersign_credentials_total{credential="session_cookie",outcome="accepted",reason=""} 2`,
				`countersign_credentials_total{credential="session_cookie",outcome="refused",reason="signature does not match"} 1`,
				`countersign_credentials_total{credential="session_cookie",outcome="refused",reason="signature has not the form of one"} 1`,
				`countersign_credentials_total{credential="session_token",outcome="refused",reason="the session is not there"} 1`,
				`countersign_http_request_duration_seconds_count{method="GET",route="/api/me",status="200"} 2`,
				`countersign_http_request_duration_seconds_count{method="GET",route="/api/me",status="429"} 1`,
				`countersign_http_request_duration_seconds_count{method="POST",route="/auth/login",status="401"} 2`,
				`countersign_rate_limit_refused_total{limit="sign-in"} 1`, `countersign_rate_limit_refused_total{limit="api"} 1`,
				`countersign_rate_limit_refused_total{limit="flood"} 0`, `countersign_rate_limit_refused_total{limit="account"} 0`,
				`countersign_password_hash_duration_seconds_count 2`, `countersign_password_hash_waiting 0`, `countersign_password_hash_refused_total 0`,
				`countersign_session_lookup_statements_total 3`, `countersign_session_lookup_tokens_total 3`,
				`countersign_ready 1`, `go_sql_max_open_connections{db_name="countersign"} 8`,
			} {
				if !strings.Contains(text, "\n"+want+"\n") {
					t.Errorf("lacks %s", want)
				}
			}
			for _, secret := range []string{token, testSecret, id, "nobody", "wrong-password"} {
				if strings.Contains(text, secret) {
					t.Errorf("the metrics have %q", secret)
				}
			}
			if t.Failed() {
				t.Log(text)
			}
		})
	}
}

// With Redis there is all that there can be: it is held against the rules for names and against the documents.
func TestMetricsWithRedis(t *testing.T) {
	t.Parallel()
	for name, databaseURL := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr, r := freeAddress(t), redis.Start(t)
			api := serve(t, "DATABASE_URL="+databaseURL(t), "METRICS_ADDR="+addr, "REDIS_URL="+r.URL, "RATE_LIMIT=on")
			get(t, api+"/api/me", bearer("nobody"))
			_, text := get(t, "http://"+addr+"/metrics", "")
			wellNamed(t, text)
			asDocumented(t, text)
			r.Stop(t)
			get(t, api+"/api/me", "")
			_, away := get(t, "http://"+addr+"/metrics", "")
			for text, want := range map[string]string{text: "1", away: "0"} {
				if !strings.Contains(text, "\ncountersign_redis_up "+want+"\n") {
					t.Errorf("redis_up is not %s", want)
				}
			}
			if strings.Contains(away, `countersign_rate_limit_alone_total{limit="api"} 0`) {
				t.Error("Redis is away, and nothing was counted without it")
			}
		})
	}
}

func wellNamed(t *testing.T, text string) {
	t.Helper()
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("promlint: %v %v", problems, err)
	}
}

var metricName = regexp.MustCompile(`\b(?:countersign|go|process)_[a-z_]+`)

// asDocumented holds the dashboard and the page against a scrape: neither names what is not there, and the page has all that is ours.
func asDocumented(t *testing.T, text string) {
	t.Helper()
	for _, name := range []string{"grafana-dashboard.json", "observability.md"} {
		page, err := os.ReadFile("../docs/" + name)
		if err != nil {
			t.Fatal(err)
		}
		names := metricName.FindAllString(string(page), -1)
		if len(names) < 20 {
			t.Errorf("%s: only %d names were found", name, len(names))
		}
		for _, n := range names {
			if !regexp.MustCompile(`\n`+n+`[{ ]`).MatchString(text) && !strings.Contains(text, "\n# TYPE "+n+" ") {
				t.Errorf("%s names %s, which is not there", name, n)
			}
		}
		for _, line := range regexp.MustCompile(`# TYPE (countersign_\w+)`).FindAllStringSubmatch(text, -1) {
			if name == "observability.md" && !strings.Contains(string(page), line[1]) {
				t.Errorf("%s does not have %s", name, line[1])
			}
		}
	}
}

func TestMetricsOnTheirOwnListener(t *testing.T) {
	t.Parallel()
	for name, databaseURL := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr := freeAddress(t)
			url := databaseURL(t)
			s := start(t, url)
			token := s.session(t, s.user(t, ""))
			api := serve(t, "DATABASE_URL="+url, "METRICS_ADDR="+addr)
			metrics := func() string {
				_, text := get(t, "http://"+addr+"/metrics", "")
				return text
			}
			hits := func() (n int) {
				_, rest, _ := strings.Cut(metrics(), "\ncountersign_session_cache_hits_total ")
				_, _ = fmt.Sscan(rest, &n)
				return n
			}
			for end := time.Now().Add(10 * time.Second); hits() < 2; {
				if get(t, api+"/api/me", cookie(token)); time.Now().After(end) {
					t.Fatalf("the cache is not used:\n%s", metrics())
				}
			}
			get(t, api+"/no/such/path-canary", "")
			text := metrics()
			for _, want := range []string{
				`countersign_http_request_duration_seconds_count{method="GET",route="/api/me",status="200"}`,
				`route="",status="404"`, "countersign_session_cache_usable 1", "countersign_session_cache_entries 1", "countersign_session_cache_lag_seconds", "go_goroutines",
			} {
				if !strings.Contains(text, want) {
					t.Errorf("lacks %q:\n%s", want, text)
				}
			}
			for _, secret := range []string{token, testSecret, "path-canary"} {
				if strings.Contains(text, secret) {
					t.Errorf("the metrics have %q", secret)
				}
			}
			if status, _ := get(t, api+"/metrics", ""); status != 404 {
				t.Errorf("/metrics on the API's listener: %d", status)
			}
			if status, _ := get(t, "http://"+addr+"/debug/pprof/goroutine?debug=1", ""); status != 200 {
				t.Errorf("profiles: %d", status)
			}
		})
	}
}
