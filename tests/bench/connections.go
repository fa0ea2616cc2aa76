package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/sync/errgroup"
)

// idle is how many connections wait and ask nothing.
const idle = 10_000

// idleConnections measures what those cost, beside bare Echo's.
func idleConnections(ctx context.Context, b *bench) error {
	var rows [][]string
	for _, v := range []struct {
		name  string
		start func() (*target, error)
	}{
		{bareEcho, func() (*target, error) { return b.reference(ctx, "serve-echo", b.body) }},
		{"countersign, " + b.bestCache(), func() (*target, error) { return b.countersign(ctx, b.database, b.bestCache()) }},
	} {
		t, err := v.start()
		if err != nil {
			return err
		}
		m, err := b.withIdle(ctx, t)
		if err != nil {
			return err
		}
		t.stop()
		rows = append(rows, []string{v.name, megabytes(m.before), megabytes(m.after), milliseconds(m.without), milliseconds(m.with)})
		if v.name != bareEcho {
			more := m.after - m.before
			b.report.find("10,000 idle connections: memory that they add", "≤ 200 MB", megabytes(more), more <= 200_000_000)
		}
	}
	b.report.table("10,000 idle connections", fmt.Sprintf("Each asked once and then waits. p99 is that of GET /api/me at %d/s.", mePerSecond),
		[]string{"variant", "memory without", "memory with", "p99 without", "p99 with"}, rows)
	return nil
}

type idleResult struct {
	before, after int64
	without, with time.Duration
}

func (b *bench) withIdle(ctx context.Context, t *target) (m idleResult, err error) {
	quiet, failed := pace(ctx, t.urls[0], mePerSecond, b.duration)
	if m.before, err = resident(t.pids[0]); err != nil {
		return m, err
	}
	connections, err := openIdle(ctx, t.urls[0])
	defer func() {
		for _, c := range connections {
			if c != nil {
				_ = c.Close()
			}
		}
	}()
	if err != nil {
		return m, fmt.Errorf("opening %d connections: %w; if files are too few, raise ulimit -n to 12000", idle, err)
	}
	crowded, failedToo := pace(ctx, t.urls[0], mePerSecond, b.duration)
	if failed+failedToo > 0 {
		return m, fmt.Errorf("%d requests were not answered with 200", failed+failedToo)
	}
	m.without, m.with = percentile(quiet, 0.99), percentile(crowded, 0.99)
	m.after, err = resident(t.pids[0])
	return m, err
}

func openIdle(ctx context.Context, server string) ([]net.Conn, error) {
	u, err := url.Parse(server)
	if err != nil {
		return nil, err
	}
	connections := make([]net.Conn, idle)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(32)
	for i := range connections {
		g.Go(func() (err error) {
			if connections[i], err = new(net.Dialer).DialContext(ctx, "tcp", u.Host); err != nil {
				return err
			}
			return askOn(connections[i], cookie(i%1000))
		})
	}
	return connections, g.Wait()
}

// askOn makes one request on a connection and leaves it open.
func askOn(c net.Conn, cookie string) error {
	if _, err := fmt.Fprintf(c, "GET /api/me HTTP/1.1\r\nHost: localhost\r\nCookie: %s\r\n\r\n", cookie); err != nil {
		return err
	}
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("status %s", answer.Status)
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}
