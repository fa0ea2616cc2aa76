package main

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// pace asks for the user at an even rate, whether or not the answers come, and gives each latency, counted from
// when the request was due. Failed is how many were not answered with 200.
func pace(ctx context.Context, url string, perSecond int, duration time.Duration) (latencies []time.Duration, failed int) {
	var all sync.WaitGroup
	var mu sync.Mutex
	start := time.Now()
	for i := range int(duration.Seconds() * float64(perSecond)) {
		due := start.Add(time.Duration(i) * time.Second / time.Duration(perSecond))
		select {
		case <-ctx.Done():
			return latencies, failed
		case <-time.After(time.Until(due)):
		}
		all.Go(func() {
			status, _, err := ask(ctx, plainClient, url+"/api/me", cookie(i%1000))
			mu.Lock()
			defer mu.Unlock()
			latencies = append(latencies, time.Since(due))
			if err != nil || status != http.StatusOK {
				failed++
			}
		})
	}
	all.Wait()
	return latencies, failed
}
