package tests

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestMetricsOnTheirOwnListener(t *testing.T) {
	t.Parallel()
	for name, databaseURL := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			free, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			addr := free.Addr().String()
			_ = free.Close()
			url := databaseURL(t)
			s := start(t, url)
			token := s.session(t, s.user(t, ""))
			api := serve(t, "DATABASE_URL="+url, "METRICS_ADDR="+addr)
			get := func(url, header string) (int, string) {
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
			metrics := func() string {
				_, text := get("http://"+addr+"/metrics", "")
				return text
			}
			hits := func() (n int) {
				_, rest, _ := strings.Cut(metrics(), "\ncountersign_session_cache_hits_total ")
				_, _ = fmt.Sscan(rest, &n)
				return n
			}
			for end := time.Now().Add(10 * time.Second); hits() < 2; {
				if get(api+"/api/me", cookie(token)); time.Now().After(end) {
					t.Fatalf("the cache is not used:\n%s", metrics())
				}
			}
			get(api+"/no/such/path-canary", "")
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
			if status, _ := get(api+"/metrics", ""); status != 404 {
				t.Errorf("/metrics on the API's listener: %d", status)
			}
			if status, _ := get("http://"+addr+"/debug/pprof/goroutine?debug=1", ""); status != 200 {
				t.Errorf("profiles: %d", status)
			}
		})
	}
}
