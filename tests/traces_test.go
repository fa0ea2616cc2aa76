package tests

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// spans is a collector: it keeps what it is sent.
type spans struct {
	mu  sync.Mutex
	raw bytes.Buffer
	all []*trace.ResourceSpans
	url string
	// parents are the Traceparent headers of who asked for keys here.
	parents []string
}

func collect(t *testing.T) *spans {
	s := &spans{}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/jwks" {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.parents = append(s.parents, r.Header.Get("Traceparent"))
			return
		}
		text, err := io.ReadAll(r.Body)
		var sent collector.ExportTraceServiceRequest
		if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(text, &sent) != nil {
			t.Errorf("not spans: %s %v", r.URL, err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.raw.Write(text)
		s.all = append(s.all, sent.GetResourceSpans()...)
	}))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// find gives the spans of a trace whose name begins so.
func (s *spans) find(traceID, name string) (found []*trace.Span) {
	for _, r := range s.all {
		for _, scope := range r.GetScopeSpans() {
			for _, span := range scope.GetSpans() {
				if hex.EncodeToString(span.GetTraceId()) == traceID && strings.HasPrefix(span.GetName(), name) {
					found = append(found, span)
				}
			}
		}
	}
	return found
}

func attributeOf(s *trace.Span, name string) string {
	for _, a := range s.GetAttributes() {
		if a.GetKey() == name {
			return a.GetValue().GetStringValue()
		}
	}
	return ""
}

const traceID, parentID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"

// pluginToken is one for which a key has to be fetched.
func pluginToken() string {
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"EdDSA","kid":"k"}`)) + "." + part([]byte(`{"sub":"u","iss":"http://auth.example","aud":"http://auth.example","exp":4102444800}`)) + "." + part(make([]byte, 64))
}

// traced runs the real program with an .env.local, sends it a request of each kind, and ends it: what was not sent yet is sent then.
func traced(t *testing.T, databaseURL, local string, env ...string) (log string, secrets []string) {
	t.Helper()
	s := start(t, databaseURL)
	id := s.user(t, "")
	token := s.session(t, id)
	s.setPassword(t, id, passwordHash())
	command := program(t, append([]string{"HOST=127.0.0.1", "DATABASE_URL=" + databaseURL, "BETTER_AUTH_SECRET=" + testSecret, "SESSION_CACHE=off"}, env...)...)
	if err := os.WriteFile(filepath.Join(command.Dir, ".env.local"), []byte(local), 0o600); err != nil {
		t.Fatal(err)
	}
	out, url := begin(t, command)
	const canary = "canary-in-the-query"
	for _, line := range []string{cookie(token), bearer(token + "Canary"), "X-Api-Key: canary-api-key", bearer(pluginToken())} {
		name, value, _ := strings.Cut(line, ": ")
		send(t, http.MethodGet, url+"/api/me?token="+canary, "", name, value, "Traceparent", "00-"+traceID+"-"+parentID+"-01", "Baggage", "secret="+canary)
	}
	send(t, http.MethodPost, url+"/auth/login", loginBody(id+"@example.com", password), "Content-Type", "application/json")
	send(t, http.MethodGet, url+"/healthz", "")
	end(t, command, out)
	return out.String(), []string{token, signed(testSecret, token), "canary-api-key", canary, password, passwordHash(), testSecret, id + "@example.com"}
}

func send(t *testing.T, method, url, body string, header ...string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = a.Body.Close()
}

func end(t *testing.T, command *exec.Cmd, log *buffer) {
	t.Helper()
	_ = command.Process.Signal(syscall.SIGTERM)
	if err := command.Wait(); err != nil {
		t.Errorf("the program ended with %v:\n%s", err, log)
	}
}

// A trace shows a request and the statements that it waited for, and no secret.
func TestTraces(t *testing.T) {
	t.Parallel()
	for name, databaseURL := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := collect(t)
			log, secrets := traced(t, databaseURL(t), "OTEL_EXPORTER_OTLP_ENDPOINT="+at.url, "BETTER_AUTH_URL=http://auth.example", "BETTER_AUTH_JWKS_URL="+at.url+"/jwks?key=canary-in-the-query")
			requests := at.find(traceID, "GET /api/me")
			if len(requests) != 4 {
				t.Fatalf("%d spans of requests: %v", len(requests), at.all)
			}
			first := requests[0]
			if hex.EncodeToString(first.GetParentSpanId()) != parentID || first.GetKind() != trace.Span_SPAN_KIND_SERVER {
				t.Errorf("not the caller's child: %v", first)
			}
			for key, want := range map[string]string{"http.route": "/api/me", "countersign.credential": "session_cookie", "url.path": "/api/me"} {
				if got := attributeOf(first, key); got != want {
					t.Errorf("%s is %q", key, got)
				}
			}
			statement := ""
			for _, span := range at.find(traceID, "sql.") {
				if bytes.Equal(span.GetParentSpanId(), first.GetSpanId()) {
					statement += attributeOf(span, "db.query.text")
				}
			}
			if !strings.HasPrefix(statement, "SELECT ") {
				t.Errorf("no statement is the request's child: %q", statement)
			}
			fetches := at.find(traceID, "HTTP GET")
			if len(fetches) != 1 || !bytes.Equal(fetches[0].GetParentSpanId(), requests[3].GetSpanId()) || attributeOf(fetches[0], "url.full") != at.url+"/jwks" {
				t.Errorf("not the fetch of the request that waited for it: %v", fetches)
			}
			if len(at.parents) != 1 || !strings.HasPrefix(at.parents[0], "00-"+traceID) {
				t.Errorf("who was asked for keys was told %q", at.parents)
			}
			service := at.all[0].GetResource().String()
			if !strings.Contains(service, `"countersign"`) || !strings.Contains(service, "service.version") {
				t.Errorf("no name: %s", service)
			}
			if strings.Contains(at.raw.String(), "/healthz") {
				t.Error("there is a span of /healthz")
			}
			for _, secret := range secrets {
				if strings.Contains(at.raw.String(), secret) {
					t.Errorf("the spans have %q", secret)
				}
			}
			if n := strings.Count(log, "trace_id="+traceID); n != 4 {
				t.Errorf("%d lines have the trace's id:\n%s", n, log)
			}
		})
	}
}

// Nothing is sent unless it is asked for, and of what the sampler leaves out.
func TestTracesOff(t *testing.T) {
	t.Parallel()
	at := collect(t)
	for name, env := range map[string][]string{
		"not asked for": {"OTEL_SERVICE_NAME=other"},
		"disabled":      {"OTEL_EXPORTER_OTLP_ENDPOINT=" + at.url, "OTEL_SDK_DISABLED=true"},
		"none":          {"OTEL_EXPORTER_OTLP_ENDPOINT=" + at.url, "OTEL_TRACES_EXPORTER=none"},
		"sampled out":   {"OTEL_EXPORTER_OTLP_ENDPOINT=" + at.url, "OTEL_TRACES_SAMPLER=always_off"},
	} {
		log, _ := traced(t, databases["sqlite"](t), "", env...)
		if on := name == "sampled out"; strings.Contains(log, "trace_id=") != on {
			t.Errorf("%s: %s", name, log)
		}
	}
	if len(at.all) > 0 {
		t.Errorf("sent: %v", at.all)
	}
}

// A collector that is away costs a line of the log, without what its URL has, and nothing else.
func TestTracesWithoutCollector(t *testing.T) {
	t.Parallel()
	log, _ := traced(t, databases["sqlite"](t), "", "OTEL_EXPORTER_OTLP_ENDPOINT=http://u:canary-key@127.0.0.1:1/canary-key?canary-key", "OTEL_EXPORTER_OTLP_TIMEOUT=100")
	if strings.Count(log, "spans are lost") != 1 || strings.Contains(log, "canary-key") {
		t.Error(log)
	}
}
