package mqttlink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"firepost/cloud-bridge/uplink"
	"firepost/firmware-contracts/message"
)

const (
	// sideWindow is how many messages that are no journal entries may wait for PUBACK.
	sideWindow = 128
	// refreshPerSecond paces the retained states after a connect.
	refreshPerSecond = 200
	// healthLook is how often health is compared with what was published last.
	healthLook = 2 * time.Second
	// journalRetry is how long a failing outbox is left alone.
	journalRetry = time.Second
)

// session is one connection's life. The sender goroutine owns what is not marked shared.
type session struct {
	l  *Link
	cl client

	alarm, rest, telemetry *lane
	lanes                  []*lane
	pace                   *pace         // shared
	side                   atomic.Int32  // shared: messages besides the lanes without PUBACK
	acked                  chan struct{} // shared: room in a window, or a lane's cursor moved
	flights                chan flight   // shared

	drain     *rate.Limiter
	drainFrom time.Time
	refresh   []string // devices whose state is still to be published after the connect
	refreshAt *rate.Limiter
	birth     message.Online
	health    healthKey
	healthAt  time.Time // when health was last published
	lookAt    time.Time // when health is looked at next
	retryAt   time.Time // a failing outbox is left alone until then
	boxErr    string    // what was last logged about the outbox
}

// connection makes one connection and serves it to its end. lived is how long it was up.
func (l *Link) connection(ctx context.Context) (lived time.Duration, err error) {
	tlsCfg, certEnds, err := l.cfg.tlsConfig(l.ep)
	if err != nil {
		return 0, err
	}
	password, err := l.cfg.password()
	if err != nil {
		return 0, err
	}
	cl := l.newClient(pahoSettings{
		dial: l.dial, address: l.ep.address, tls: tlsCfg,
		clientID: l.cfg.ClientID, username: l.cfg.Username, password: password,
		keepAlive: l.cfg.KeepAlive, ping: l.cfg.PingTimeout, timeout: l.cfg.ConnectTimeout,
	})
	last := l.booth.Online()
	last.Online = false
	payload, err := json.Marshal(last)
	if err != nil {
		return 0, fmt.Errorf("encode will: %w", err)
	}
	in := &inbox{l: l}
	if err := cl.Connect(ctx, will{topic: l.topics.Online(), payload: payload}, in.take); err != nil {
		return 0, err
	}
	began := time.Now()
	farewell := false
	defer func() { cl.Close(farewell) }()
	if !l.adopted {
		if err := l.adopt(ctx, cl, in); err != nil {
			return 0, err
		}
	}
	l.state(true, certEnds, nil)
	s := l.newSession(cl)
	l.current.Store(s)
	err = s.serve(ctx)
	l.current.Store(nil)
	if ctx.Err() != nil {
		farewell = s.goodbye(context.WithoutCancel(ctx))
	}
	return time.Since(began), err
}

func (l *Link) newSession(cl client) *session {
	platform := l.cfg.Confirm == ConfirmPlatform
	s := &session{
		l: l, cl: cl, pace: newPace(l.cfg.Window),
		acked:     make(chan struct{}, 1),
		flights:   make(chan flight, alarmWindow+l.cfg.Window+sideWindow),
		refresh:   l.booth.Devices(),
		refreshAt: rate.NewLimiter(refreshPerSecond, refreshPerSecond/10),
	}
	s.alarm = newLane(uplink.Alarm, l.topics.Event(), l.box, l.past[uplink.Alarm])
	s.rest = newLane(uplink.Rest, l.topics.Event(), l.box, l.past[uplink.Rest])
	s.lanes = []*lane{s.alarm, s.rest}
	for _, lane := range s.lanes {
		lane.platform = platform
		lane.back = goBack{timeout: l.cfg.AckTimeout, largest: max(firstBurst, l.cfg.Window)}
	}
	if l.cfg.Telemetry {
		s.telemetry = newLane(uplink.Telemetry, l.topics.Telemetry(), l.box, l.past[uplink.Telemetry])
		s.lanes = append(s.lanes, s.telemetry)
	}
	if n := l.cfg.DrainPerSecond; n > 0 {
		s.drain = rate.NewLimiter(rate.Limit(n), max(1, n/50))
	}
	if l.cfg.DrainJitter > 0 {
		s.drainFrom = time.Now().Add(rand.N(l.cfg.DrainJitter))
	}
	l.results.again()
	return s
}

// serve runs the connection until it is lost, given up, or ctx ends. Everything that it
// starts has ended when it returns.
func (s *session) serve(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	// Asked before the first event goes out, so that no acknowledgement of it is missed; the
	// answer is not waited for.
	granted := s.cl.Subscribe(s.l.topics.Ack(), s.l.topics.Command())
	listen := func(ctx context.Context) error { return s.listen(ctx, granted) }
	var wg sync.WaitGroup
	for _, part := range []func(context.Context) error{s.send, s.settle, listen, s.watch} {
		wg.Go(func() {
			if err := s.l.safely(ctx, part); err != nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// watch waits for the client to lose its connection.
func (s *session) watch(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.cl.Down():
		return fmt.Errorf("connection lost: %w", err)
	}
}

// listen waits for the broker to grant what the platform sends. A broker that refuses is
// reported and the booth goes on sending: an alarm is worth more than a command.
func (s *session) listen(ctx context.Context, granted token) error {
	wait, cancel := context.WithTimeout(ctx, s.l.cfg.ConnectTimeout)
	defer cancel()
	err := await(wait, granted)
	switch {
	case ctx.Err() != nil:
		return nil // the connection ends for another reason
	case errors.Is(err, errRefused):
		s.l.state(true, time.Time{}, err)
		s.l.log.Error("broker grants no commands", "err", err)
		return nil
	}
	return err
}

// goodbye publishes that the booth goes offline and waits for the broker to have it. It
// reports whether the connection still worked.
func (s *session) goodbye(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	select {
	case lost := <-s.cl.Down():
		return lost == nil
	default:
	}
	last := s.l.booth.Online()
	last.Online = false
	payload, err := json.Marshal(last)
	if err != nil {
		return true
	}
	t, err := s.cl.Publish(ctx, s.l.topics.Online(), true, payload)
	if err != nil {
		return false
	}
	select {
	case <-t.Done():
		return t.Error() == nil
	case <-ctx.Done():
		return false
	}
}

func (s *session) flying() int {
	n := int(s.side.Load())
	for _, lane := range s.lanes {
		n += int(lane.flying.Load())
	}
	return n
}
