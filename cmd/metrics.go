package cmd

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// newMetrics makes the registry with the figures of the runtime and of the session cache.
func (a *App) newMetrics() *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	counter := func(name, help string, value func() float64) {
		registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "countersign_session_cache_" + name, Help: help}, value))
	}
	gauge := func(name, help string, value func() float64) {
		registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "countersign_session_cache_" + name, Help: help}, value))
	}
	counter("hits_total", "Credentials that were answered from the cache.", func() float64 { return float64(a.CacheStats().Hits) })
	counter("misses_total", "Credentials that were not.", func() float64 { return float64(a.CacheStats().Misses) })
	counter("evictions_total", "Entries dropped because their session or user changed.", func() float64 { return float64(a.CacheStats().Evictions) })
	gauge("entries", "Entries in the cache.", func() float64 { return float64(a.CacheStats().Entries) })
	gauge("usable", "1 while every change is known of, so that the cache may answer.", func() float64 {
		if a.CacheStats().Current {
			return 1
		}
		return 0
	})
	gauge("lag_seconds", "How long the last canary took from its commit to here; PostgreSQL only.", func() float64 {
		if a.cache == nil {
			return 0
		}
		return a.cache.watch.Lag().Seconds()
	})
	return registry
}

// serveMetrics serves the figures and profiles until the context ends.
func (a *App) serveMetrics(ctx context.Context, listener net.Listener) error {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(a.metrics, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
