package cmd

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"countersign/auth"
	"countersign/limits"
)

// figures registers what is counted whether somebody looks or not, and read when somebody does.
type figures struct{ *prometheus.Registry }

func (f figures) counter(name, help string, value func() float64) {
	f.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "countersign_" + name, Help: help}, value))
}

func (f figures) gauge(name, help string, value func() float64) {
	f.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "countersign_" + name, Help: help}, value))
}

// newMetrics makes the registry with all figures but those of requests and credentials, which package middleware counts.
func (a *App) newMetrics(hasher *auth.Hasher) *prometheus.Registry {
	f := figures{prometheus.NewRegistry()}
	f.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		collectors.NewDBStatsCollector(a.db.Pool(), "countersign"),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "countersign_build_info", Help: "1, with the version as a label.", ConstLabels: prometheus.Labels{"version": version()},
		}, func() float64 { return 1 }),
	)
	f.gauge("ready", "1 where requests can be served, as /readyz says; asked at each scrape.", func() float64 { return one(a.ready(a.ctx) == nil) })
	f.counter("session_lookup_statements_total", "Statements that looked sessions up by their tokens.", func() float64 { n, _ := a.stores.gathered(); return float64(n) })
	f.counter("session_lookup_tokens_total", "Tokens in those statements: more than one where look-ups came at once.", func() float64 { _, n := a.stores.gathered(); return float64(n) })
	if a.stores.ping != nil {
		f.gauge("redis_up", "1 while Redis answers; asked at each scrape.", func() float64 { return one(a.stores.ping(a.ctx) == nil) })
	}
	f.ofCache(a)
	f.ofPasswords(hasher)
	for _, l := range a.limiters {
		f.ofLimit(l)
	}
	return f.Registry
}

func (f figures) ofCache(a *App) {
	f.counter("session_cache_hits_total", "Credentials that were answered from the cache.", func() float64 { return float64(a.CacheStats().Hits) })
	f.counter("session_cache_misses_total", "Credentials that were not.", func() float64 { return float64(a.CacheStats().Misses) })
	f.counter("session_cache_evictions_total", "Changes of a session or user that were heard of.", func() float64 { return float64(a.CacheStats().Evictions) })
	f.gauge("session_cache_entries", "Entries in the cache.", func() float64 { return float64(a.CacheStats().Entries) })
	f.gauge("session_cache_usable", "1 while every change is known of, so that the cache may answer.", func() float64 { return one(a.CacheStats().Current) })
	f.gauge("session_cache_lag_seconds", "How long the last canary took from its commit to here; PostgreSQL only.", func() float64 {
		if a.cache == nil {
			return 0
		}
		return a.cache.watch.Lag().Seconds()
	})
}

// ofPasswords also makes the hasher tell how long its hashes take.
func (f figures) ofPasswords(h *auth.Hasher) {
	took := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "countersign_password_hash_duration_seconds", Help: "Time that a password's hash took, the wait for a slot left out.",
		Buckets: []float64{.025, .05, .1, .2, .4, .8, 1.6, 3.2},
	})
	f.MustRegister(took)
	h.Took = func(seconds float64) { took.Observe(seconds) }
	f.gauge("password_hash_slots", "Passwords that may be hashed at once.", func() float64 { return float64(h.Stats().Slots) })
	f.gauge("password_hash_running", "Passwords that are being hashed.", func() float64 { return float64(h.Stats().Running) })
	f.gauge("password_hash_waiting", "Passwords that wait for a slot.", func() float64 { return float64(h.Stats().Waiting) })
	f.counter("password_hash_refused_total", "Passwords that were answered 503 since too many waited.", func() float64 { return float64(h.Stats().Refused) })
}

func (f figures) ofLimit(l *limits.Limiter) {
	counter := func(name, help string, value func() float64) {
		f.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "countersign_rate_limit_" + name, Help: help, ConstLabels: prometheus.Labels{"limit": l.Name}}, value))
	}
	counter("refused_total", "Requests, and for the limit account passwords, that were too many.", func() float64 { return float64(l.Stats().Refused) })
	counter("alone_total", "Hits that this process counted by itself since Redis was away.", func() float64 { return float64(l.Stats().Alone) })
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
