// Package tvsim is simulated televisions that speak real bytes over a TCP connection or a
// pseudo-terminal, with parsers of their own, and that can be made to misbehave.
package tvsim

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"

	"firepost/drivers/sim"
)

// State is what somebody in front of the set would see.
type State struct {
	On     bool
	Input  string
	Volume int
	Muted  bool
}

// Fault is one thing that is wrong with a simulated set.
type Fault uint8

// The faults. Where nothing else is said a fault holds until the next Inject.
const (
	// Healthy: nothing is wrong.
	Healthy Fault = iota
	// Silence: requests are heard, not carried out and not answered.
	Silence
	// Mute: requests are carried out and not answered.
	Mute
	// Garbage: instead of a reply come bytes that are none; the request is not carried out.
	Garbage
	// Damaged: requests are carried out; the reply is damaged on its way.
	Damaged
	// Late: the next request is carried out and its reply held back until Release; requests
	// after it are as with Silence.
	Late
	// Refusal: the set answers that it won't, and does not.
	Refusal
	// SingleBytes: every reply comes in single bytes.
	SingleBytes
	// Cut: the next request is not carried out and the line closed instead of an answer; then
	// the set is healthy. On a serial line: Silence for one request.
	Cut
	// CutReply: the next request is carried out, half of the reply sent and the line closed;
	// then the set is healthy. On a serial line the other half never comes.
	CutReply
	// Twice: every reply is sent twice.
	Twice
	// Noise: before every reply come a few bytes of line noise.
	Noise
)

// String names the fault as test cases are named.
func (f Fault) String() string {
	names := [...]string{"healthy", "silence", "mute", "garbage", "damaged", "late", "refusal", "single bytes", "cut", "cut reply", "twice", "noise"}
	if int(f) < len(names) {
		return names[f]
	}
	return fmt.Sprintf("fault %d", uint8(f))
}

// protocol is how one make of set talks.
type protocol interface {
	// split takes the first request off b; nil with used bytes means that they are none.
	split(b []byte) (request []byte, used int)
	// apply carries a request out on st and returns the reply; nil: the set says nothing.
	apply(request []byte, st *State) []byte
	// refuse is the reply that the set won't.
	refuse(request []byte) []byte
}

// Set is one simulated set. Its methods may be called from any goroutine.
type Set struct {
	protocol protocol

	mu    sync.Mutex
	state State
	fault Fault
	heard int
	news  chan struct{} // closed when heard has grown
	held  func()
}

// State is what the set does at this moment.
func (s *Set) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// Change is somebody with the remote control.
func (s *Set) Change(f func(*State)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.state)
}

// Heard is how many well-formed requests have reached the set.
func (s *Set) Heard() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.heard
}

// AwaitHeard waits until n requests have been heard, or ctx ends.
func (s *Set) AwaitHeard(ctx context.Context, n int) error {
	for {
		s.mu.Lock()
		heard := s.heard
		if s.news == nil {
			s.news = make(chan struct{})
		}
		news := s.news
		s.mu.Unlock()
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

// hear counts one request; s.mu is held.
func (s *Set) hear() {
	s.heard++
	if s.news != nil {
		close(s.news)
		s.news = nil
	}
}

// Inject makes one thing wrong from the next request on, in place of the fault before.
func (s *Set) Inject(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault, s.held = f, nil
}

// Release sends the reply that Late holds back, if its line still lives.
func (s *Set) Release() {
	s.mu.Lock()
	held := s.held
	s.held = nil
	s.mu.Unlock()
	if held != nil {
		held()
	}
}

// conn is the set's end of a line.
type conn interface {
	Read(p []byte) (int, error)
	Write(p []byte) (int, error)
	Close() error
}

// ServeTCP listens on a free port of the loopback until ctx ends, and returns the address. The
// function it returns waits until everything has ended.
func (s *Set) ServeTCP(ctx context.Context) (address string, wait func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("listen: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				hangUp := context.AfterFunc(ctx, func() { _ = c.Close() })
				defer hangUp()
				s.serve(c, false)
			})
		}
	})
	return l.Addr().String(), func() {
		cancel()
		if stop() {
			_ = l.Close()
		}
		all.Wait()
	}, nil
}

// ServePTY answers on a pseudo-terminal, whose path is returned. The function it returns ends
// that and waits.
func (s *Set) ServePTY() (path string, wait func(), err error) {
	p, err := sim.OpenPTY()
	if err != nil {
		return "", nil, err
	}
	var all sync.WaitGroup
	all.Go(func() { s.serve(p.Master, true) })
	return p.Path, func() {
		_ = p.Close()
		all.Wait()
	}, nil
}

// serve answers requests until the line ends.
func (s *Set) serve(c conn, serial bool) {
	defer func() { _ = c.Close() }()
	var buf []byte
	chunk := make([]byte, 512)
	for {
		n, err := c.Read(chunk)
		if err != nil && (!serial || errors.Is(err, os.ErrClosed)) {
			return
		}
		buf = append(buf, chunk[:n]...)
		for {
			request, used := s.protocol.split(buf)
			if used == 0 {
				break
			}
			if request != nil && !s.answer(c, request, serial) {
				return
			}
			buf = buf[used:]
		}
	}
}

// answer carries one request out as the fault demands; false means that the line is cut.
func (s *Set) answer(c conn, request []byte, serial bool) bool {
	s.mu.Lock()
	s.hear()
	fault := s.fault
	var reply []byte
	switch fault {
	case Silence, Garbage, Cut:
	case Refusal:
		reply = s.protocol.refuse(request)
	case Healthy, Mute, Damaged, Late, SingleBytes, CutReply, Twice, Noise:
		reply = s.protocol.apply(request, &s.state)
	}
	switch fault {
	case Late:
		s.held, s.fault = func() { _, _ = c.Write(reply) }, Silence
	case Cut, CutReply:
		s.fault = Healthy
	default:
	}
	s.mu.Unlock()
	return s.send(c, fault, reply, serial)
}

func (s *Set) send(c conn, fault Fault, reply []byte, serial bool) bool {
	write := func(b []byte) { _, _ = c.Write(b) }
	switch fault {
	case Silence, Mute, Late:
	case Garbage:
		write([]byte{0x00, 0x13, 0x37, 0xFF, 0x55, 0x20, 0x7F, 0x01, 0x02, 0x0D})
	case Damaged:
		if len(reply) > 0 {
			damaged := append([]byte(nil), reply...)
			damaged[len(damaged)-1] ^= 0x10
			write(damaged)
		}
	case SingleBytes:
		for i := range reply {
			write(reply[i : i+1])
		}
	case Cut:
		return serial
	case CutReply:
		write(reply[:len(reply)/2])
		return serial
	case Twice:
		write(append(append([]byte(nil), reply...), reply...))
	case Noise:
		write(append([]byte{0x00, 0xFF, 0xAA, 0x61, 0x20}, reply...))
	case Healthy, Refusal:
		write(reply)
	}
	return true
}
