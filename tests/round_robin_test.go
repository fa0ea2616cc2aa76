package tests

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// roundRobin is a reverse proxy as people put before several instances: each request goes to the next one that
// says it is ready, and to another where nothing listens.
type roundRobin struct {
	URL       string
	instances []*backend
	turn      atomic.Uint64
	transport *http.Transport
}

type backend struct {
	address string
	ready   atomic.Bool
}

// newRoundRobin starts a proxy before instances, and waits until all are ready.
func newRoundRobin(t *testing.T, addresses ...string) *roundRobin {
	t.Helper()
	p := &roundRobin{}
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	for _, address := range addresses {
		b := &backend{address: address}
		p.instances = append(p.instances, b)
		go b.check(ctx)
	}
	p.transport = &http.Transport{MaxIdleConnsPerHost: 20}
	t.Cleanup(p.transport.CloseIdleConnections)
	reverse := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.Out.URL.Scheme = "http" }, Transport: p}
	reverse.ErrorHandler = func(w http.ResponseWriter, r *http.Request, err error) {
		t.Errorf("the proxy could not pass on %s %s: %v", r.Method, r.URL.Path, err)
		w.WriteHeader(http.StatusBadGateway)
	}
	front := httptest.NewServer(reverse)
	t.Cleanup(front.Close)
	p.URL = front.URL
	p.await(t)
	return p
}

// await waits until all instances are ready.
func (p *roundRobin) await(t *testing.T) {
	t.Helper()
	resting := func(b *backend) bool { return !b.ready.Load() }
	for end := time.Now().Add(30 * time.Second); slices.ContainsFunc(p.instances, resting); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the instances are not ready")
		}
	}
}

// RoundTrip passes a request on. One that no connection could be made for has not been sent, so that every method may go elsewhere.
func (p *roundRobin) RoundTrip(r *http.Request) (a *http.Response, err error) {
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	}
	err = errors.New("no instance is ready")
	for range 3 * len(p.instances) {
		b := p.instances[p.turn.Add(1)%uint64(len(p.instances))]
		if !b.ready.Load() {
			continue
		}
		if r.URL.Host = b.address; r.GetBody != nil {
			r.Body, _ = r.GetBody()
		}
		a, err = p.transport.RoundTrip(r)
		var dial *net.OpError
		if err == nil || !errors.As(err, &dial) || dial.Op != "dial" {
			return a, err
		}
	}
	return nil, err
}

// check asks again and again whether an instance is ready.
func (b *backend) check(ctx context.Context) {
	client := &http.Client{Timeout: 2 * time.Second}
	for tick := time.Tick(20 * time.Millisecond); ; {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+b.address+"/readyz", nil)
		if err != nil {
			return
		}
		a, err := client.Do(r)
		if err == nil {
			_ = a.Body.Close()
		}
		b.ready.Store(err == nil && a.StatusCode == http.StatusOK)
		select {
		case <-ctx.Done():
			return
		case <-tick:
		}
	}
}
