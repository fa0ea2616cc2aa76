// Package proxy stands between a program and a server and breaks the network between them as a test asks.
package proxy

import (
	"net"
	"sync"
	"testing"
	"time"
)

// Proxy passes TCP connections on to a server.
type Proxy struct {
	// Addr is where it listens, host:port.
	Addr string

	target   string
	listener net.Listener
	mu       sync.Mutex
	moved    *sync.Cond
	paused   bool
	refusing bool
	delay    time.Duration
	conns    map[net.Conn]bool
}

// New starts a proxy before a server; it ends with the test.
func New(t testing.TB, target string) *Proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{Addr: listener.Addr().String(), target: target, listener: listener, conns: map[net.Conn]bool{}}
	p.moved = sync.NewCond(&p.mu)
	go p.accept()
	t.Cleanup(func() {
		_ = listener.Close()
		p.Resume()
		p.Cut()
	})
	return p
}

// Pause lets nothing through, in neither direction, and closes nothing: the network went away.
func (p *Proxy) Pause() { p.set(func() { p.paused = true }) }

// Resume ends a Pause, a Refuse and a Delay. What was held back arrives.
func (p *Proxy) Resume() { p.set(func() { p.paused, p.refusing, p.delay = false, false, 0 }) }

// Refuse closes new connections at once.
func (p *Proxy) Refuse() { p.set(func() { p.refusing = true }) }

// Delay holds each piece back for a time.
func (p *Proxy) Delay(d time.Duration) { p.set(func() { p.delay = d }) }

// Cut closes every connection.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close()
	}
}

func (p *Proxy) set(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
	p.moved.Broadcast()
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		go p.serve(client)
	}
}

func (p *Proxy) serve(client net.Conn) {
	p.mu.Lock()
	for p.paused {
		p.moved.Wait()
	}
	refusing := p.refusing
	p.mu.Unlock()
	server, err := net.Dial("tcp", p.target)
	if err != nil || refusing {
		_ = client.Close()
		if server != nil {
			_ = server.Close()
		}
		return
	}
	p.mu.Lock()
	p.conns[client], p.conns[server] = true, true
	p.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { p.pass(server, client) })
	both.Go(func() { p.pass(client, server) })
	both.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, client)
	delete(p.conns, server)
}

func (p *Proxy) pass(to, from net.Conn) {
	defer func() { _ = to.Close() }()
	defer func() { _ = from.Close() }()
	piece := make([]byte, 32<<10)
	for {
		n, err := from.Read(piece)
		p.hold()
		if n > 0 {
			if _, err := to.Write(piece[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// hold waits out a pause and a delay.
func (p *Proxy) hold() {
	p.mu.Lock()
	for p.paused {
		p.moved.Wait()
	}
	delay := p.delay
	p.mu.Unlock()
	time.Sleep(delay)
}
