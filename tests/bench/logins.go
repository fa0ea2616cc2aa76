package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// mePerSecond is how often the user is asked for beside other load.
const mePerSecond = 200

// logins lets a hundred clients log in again and again, and looks at what others notice of it. Each round has a
// server of its own, so that its peak of memory is that round's.
func logins(ctx context.Context, b *bench) error {
	long := max(b.duration, 5*time.Second) // a hundred hashes must have begun and ended within it
	var quiet, busy []time.Duration
	var rates, peaks []float64
	for range b.rounds {
		t, err := b.countersign(ctx, b.database, b.bestCache())
		if err != nil {
			return err
		}
		before, failedBefore := pace(ctx, t.urls[0], mePerSecond, long)
		r := crowd(ctx, t.urls[0], long)
		if failedBefore+r.failed > 0 || r.refused > 0 {
			return fmt.Errorf("%d requests for the user and %d logins were not answered with 200", failedBefore+r.failed, r.refused)
		}
		high, err := peak(t.pids[0])
		if err != nil {
			return err
		}
		t.stop()
		quiet, busy = append(quiet, before...), append(busy, r.latencies...)
		rates, peaks = append(rates, r.rate), append(peaks, float64(high)/1e6)
	}
	slow, memory, rate := percentile(busy, 0.99), spreadOf(peaks), spreadOf(rates)
	b.report.table("A hundred clients logging in at once", fmt.Sprintf("GET /api/me at %d/s meanwhile, %d rounds of %v; latencies count from when a request was due.", mePerSecond, b.rounds, long),
		[]string{"", "p50", "p99", "max", "logins/s", "peak resident memory"}, [][]string{
			{"nobody logs in", milliseconds(percentile(quiet, 0.5)), milliseconds(percentile(quiet, 0.99)), milliseconds(percentile(quiet, 1)), "", ""},
			{"100 log in", milliseconds(percentile(busy, 0.5)), milliseconds(slow), milliseconds(percentile(busy, 1)), rate.String(), memory.String() + " MB"},
		})
	b.report.find("100 logins at once: p99 of /api/me", "≤ 10 ms", milliseconds(slow), slow <= 10*time.Millisecond)
	b.report.find("100 logins at once: resident memory", "≤ 150 MB", memory.String()+" MB", memory.median <= 150)
	b.report.find("100 logins at once: logins", "≥ 15/s", rate.String()+"/s", rate.median >= 15)
	return nil
}

// bestCache is the setting of a production server: the cache where there is one.
func (b *bench) bestCache() string {
	if b.unbuilt["SESSION_CACHE"] {
		return "SESSION_CACHE=off"
	}
	return "SESSION_CACHE=auto"
}

type crowdResult struct {
	latencies       []time.Duration
	failed, refused int
	rate            float64
}

// crowd runs the hundred clients for a time, and waits for the logins that are under way then.
func crowd(ctx context.Context, url string, long time.Duration) (r crowdResult) {
	var clients sync.WaitGroup
	var done, refused atomic.Int64
	started := time.Now()
	ended, end := context.WithCancel(ctx)
	for i := range loginUsers {
		clients.Go(func() {
			for ended.Err() == nil {
				if err := login(ctx, url, i); err != nil {
					refused.Add(1)
					return
				}
				done.Add(1)
			}
		})
	}
	r.latencies, r.failed = pace(ctx, url, mePerSecond, long)
	end()
	clients.Wait()
	r.refused, r.rate = int(refused.Load()), float64(done.Load())/time.Since(started).Seconds()
	return r
}

// loginClient is patient: the last of a hundred waits for all others' hashes.
var loginClient = &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: loginUsers}}

func login(ctx context.Context, url string, user int) error {
	body := fmt.Sprintf(`{"email":"user%d@example.com","password":%q}`, user, password)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/auth/login", strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := loginClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return errors.New(answer.Status)
	}
	return nil
}
