package e2e

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// traffic is what a gate does with what passes through it.
type traffic int

const (
	// flows passes everything.
	flows traffic = iota
	// frozen keeps every connection open and moves nothing, not even an end: a cable cut
	// somewhere far away. New connections are accepted and lead nowhere.
	frozen
	// mute lets the booth speak and keeps from it what a broker acknowledges: PUBACKs, and
	// the platform's own messages.
	mute
)

// gate is a TCP proxy between a booth and its broker.
type gate struct {
	addr    string
	backend string

	mu      sync.Mutex
	mode    traffic
	changed chan struct{}
	conns   map[net.Conn]struct{}
	closed  bool
}

// newGate listens on a free port and leads to a broker.
func newGate(t *testing.T, backend string, mode traffic) *gate {
	t.Helper()
	var lc net.ListenConfig
	ln, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{addr: ln.Addr().String(), backend: backend, mode: mode, changed: make(chan struct{}), conns: make(map[net.Conn]struct{})}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { g.serve(ctx, c) })
		}
	})
	t.Cleanup(func() {
		cancel()
		_ = ln.Close()
		g.mu.Lock()
		g.closed = true
		for c := range g.conns {
			_ = c.Close()
		}
		g.mu.Unlock()
		wg.Wait()
	})
	return g
}

// set changes what the gate does, with connections that stand as well.
func (g *gate) set(mode traffic) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.mode = mode
	close(g.changed)
	g.changed = make(chan struct{})
}

// now is what the gate does once it does not keep everything.
func (g *gate) now(ctx context.Context) (traffic, error) {
	for {
		g.mu.Lock()
		mode, changed := g.mode, g.changed
		g.mu.Unlock()
		if mode != frozen {
			return mode, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

func (g *gate) keep(c net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		_ = c.Close()
		return false
	}
	g.conns[c] = struct{}{}
	return true
}

func (g *gate) drop(c net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.conns, c)
	_ = c.Close()
}

func (g *gate) serve(ctx context.Context, booth net.Conn) {
	if !g.keep(booth) {
		return
	}
	defer g.drop(booth)
	if _, err := g.now(ctx); err != nil {
		return
	}
	d := net.Dialer{Timeout: 5 * time.Second}
	broker, err := d.DialContext(ctx, "tcp", g.backend)
	if err != nil || !g.keep(broker) {
		return
	}
	defer g.drop(broker)
	var wg sync.WaitGroup
	wg.Go(func() { g.up(ctx, booth, broker); _ = broker.Close() })
	wg.Go(func() { g.down(ctx, broker, booth); _ = booth.Close() })
	wg.Wait()
}

// up moves bytes from the booth to the broker.
func (g *gate) up(ctx context.Context, from, to net.Conn) {
	buf := make([]byte, 16<<10)
	for {
		n, err := from.Read(buf)
		if _, gone := g.now(ctx); gone != nil {
			return
		}
		if n > 0 {
			if _, werr := to.Write(buf[:n]); werr != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// down moves packets from the broker to the booth.
func (g *gate) down(ctx context.Context, from, to net.Conn) {
	for {
		p, err := packets.ReadPacket(from)
		mode, gone := g.now(ctx)
		switch {
		case gone != nil, errors.Is(err, io.EOF), err != nil:
			return
		case mode == mute && spoken(p):
			continue
		}
		if p.Write(to) != nil {
			return
		}
	}
}

// spoken is what a mute broker does not say.
func spoken(p packets.ControlPacket) bool {
	switch p.(type) {
	case *packets.PubackPacket, *packets.PublishPacket:
		return true
	default:
		return false
	}
}
