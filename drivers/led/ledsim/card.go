package ledsim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"firepost/drivers/sim"
)

// maxRequest bounds what a connection may send without it becoming a request.
const maxRequest = 1 << 20

// Card is a simulated card on the wire. Its methods may be called from any goroutine.
type Card struct {
	listener net.Listener
	pty      *sim.PTY
	serving  sync.WaitGroup

	mu     sync.Mutex
	device Device
	lines  map[*line]struct{}
	fault  Fault
	heard  int
	news   chan struct{} // closed and made anew with every request
	held   func()        // sends the reply that is late
	closed bool
}

// line is one connection.
type line struct {
	conn    io.ReadWriteCloser
	session Session
	write   sync.Mutex
	serial  bool
}

func newCard(d Device) *Card {
	return &Card{device: d, lines: map[*line]struct{}{}, news: make(chan struct{})}
}

// Listen puts a card on a free TCP port of 127.0.0.1, until Close.
func Listen(d Device) (*Card, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for a simulated card: %w", err)
	}
	c := newCard(d)
	c.listener = l
	c.serving.Go(c.accept)
	return c, nil
}

// OnPTY puts a card on a serial line, until Close.
func OnPTY(d Device) (*Card, error) {
	p, err := sim.OpenPTY()
	if err != nil {
		return nil, err
	}
	c := newCard(d)
	c.pty = p
	ln := &line{conn: p.Master, session: d.Session(), serial: true}
	c.lines[ln] = struct{}{}
	c.serving.Go(func() { c.serve(ln) })
	return c, nil
}

// Address is where the card is: "127.0.0.1:5005", or the path of its pty.
func (c *Card) Address() string {
	if c.pty != nil {
		return c.pty.Path
	}
	return c.listener.Addr().String()
}

// Close takes the card off the wire and waits until it has let go.
func (c *Card) Close() error {
	c.mu.Lock()
	c.closed = true
	lines := c.lines
	c.lines = map[*line]struct{}{}
	c.mu.Unlock()
	var err error
	if c.listener != nil {
		err = c.listener.Close()
	}
	for ln := range lines {
		if !ln.serial {
			// A connection that is closed twice is what a cut looks like.
			_ = ln.conn.Close()
		}
	}
	if c.pty != nil {
		err = c.pty.Close()
	}
	c.serving.Wait()
	return err
}

func (c *Card) accept() {
	for {
		conn, err := c.listener.Accept()
		if err != nil {
			return
		}
		c.mu.Lock()
		if c.closed {
			c.mu.Unlock()
			_ = conn.Close()
			return
		}
		ln := &line{conn: conn, session: c.device.Session()}
		c.lines[ln] = struct{}{}
		c.mu.Unlock()
		c.serving.Go(func() { c.serve(ln) })
	}
}

// serve reads one connection until it ends.
func (c *Card) serve(ln *line) {
	var pending []byte
	buf := make([]byte, 4096)
	for {
		n, err := ln.conn.Read(buf)
		pending = append(pending, buf[:n]...)
		for len(pending) > 0 {
			used, act := c.step(ln, pending)
			if used == 0 {
				break
			}
			pending = pending[used:]
			if act != nil {
				act()
			}
		}
		if err != nil || len(pending) > maxRequest {
			c.hangUp(ln)
			return
		}
	}
}

// hangUp ends a connection.
func (c *Card) hangUp(ln *line) {
	c.mu.Lock()
	delete(c.lines, ln)
	c.mu.Unlock()
	if !ln.serial {
		_ = ln.conn.Close()
	}
}

// step takes one request off the bytes and says what to send for it.
func (c *Card) step(ln *line, pending []byte) (used int, act func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	used, request := ln.session.Next(pending)
	if used == 0 || request == nil {
		return used, nil
	}
	c.heard++
	close(c.news)
	c.news = make(chan struct{})
	return used, c.answer(ln, request)
}

// Shown is what the card does right now.
func (c *Card) Shown() Shown {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.device.Shown()
}

// Heard is how many well-formed requests have reached the card.
func (c *Card) Heard() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.heard
}

// Await waits until Heard is at least n, or ctx ends: then its error.
func (c *Card) Await(ctx context.Context, n int) error {
	for {
		c.mu.Lock()
		heard, news := c.heard, c.news
		c.mu.Unlock()
		if heard >= n {
			return nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			return fmt.Errorf("wait for request %d: %w", n, ctx.Err())
		}
	}
}

// Inject makes one thing wrong from the next request on, in place of the fault before.
func (c *Card) Inject(f Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fault, c.held = f, nil
}

// Release sends the reply that Late holds back, over the connection on which its request came.
func (c *Card) Release() {
	c.mu.Lock()
	send := c.held
	c.held = nil
	c.mu.Unlock()
	if send != nil {
		send()
	}
}

// Elapse lets the card's own clock go on by d at once.
func (c *Card) Elapse(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.device.Elapse(d)
}

// PowerCycle takes the card's supply away for a moment.
func (c *Card) PowerCycle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.device.PowerCycle()
	c.held = nil
	for ln := range c.lines {
		if ln.serial {
			ln.session = c.device.Session()
			continue
		}
		_ = ln.conn.Close()
		delete(c.lines, ln)
	}
}

// HangUp pulls the plug for good, such as a serial adapter's. Only Close may follow.
func (c *Card) HangUp() error {
	if c.pty != nil {
		return c.pty.HangUp()
	}
	return errors.New("hang up: not a serial line")
}
