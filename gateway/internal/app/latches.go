package app

import (
	"context"
	"encoding/binary"
	"sync"
	"time"

	"firepost/drivers/bus/modbus"
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/source"
	"firepost/gateway/internal/config"
	"firepost/gateway/internal/engine"
	"firepost/gateway/internal/poll"
	"firepost/gateway/internal/store"
)

// latches acknowledges the events that devices of a bus keep for us, once what they said is
// recorded, and watches their heartbeats. It stands between the bus and the engine.
type latches struct {
	source.Sink
	g    *generation
	bus  *poll.Bus
	wake chan struct{}

	mu      sync.Mutex
	devices map[string]*latch
}

// latch is what is known of one device.
type latch struct {
	unit     uint8
	sequence int // index of its point, -1: the device keeps no events
	address  uint16
	limits   contract.Limits

	seen, sent uint16
	due        bool // seen has not been acknowledged

	known bool // sequence was read

	heartbeat int // index of its point, -1: none
	beat      uint64
	since     time.Duration // when the heartbeat was first read as it is now, by the monotonic clock
	beats     pulse
}

// pulse is what is known of a heartbeat.
type pulse uint8

const (
	pulseUnknown pulse = iota
	pulseMoves
	pulseStopped
)

// hear judges a heartbeat by its readings alone: how seldom a device is read, or that it is
// silent, says nothing of its program.
func (x *latch) hear(beat uint64, at time.Duration) {
	switch {
	case x.since == 0:
		x.beat, x.since = beat, at
	case beat != x.beat:
		x.beat, x.since, x.beats = beat, at, pulseMoves
	case at-x.since > heartbeatStop:
		x.beats = pulseStopped
	}
}

// The times of acknowledging, and how long a heartbeat may stand still.
const (
	latchRetry    = 2 * time.Second
	heartbeatStop = 15 * time.Second
)

// latchesOf returns what stands between the bus and the engine, nil when no device on the bus
// asks for it.
func (g *generation) latchesOf(b *config.Bus, bus *poll.Bus) *latches {
	l := &latches{g: g, bus: bus, wake: make(chan struct{}, 1), devices: make(map[string]*latch)}
	for _, d := range g.on(b) {
		x := &latch{unit: d.Unit, sequence: -1, limits: d.Model.Limits, heartbeat: d.Model.Heartbeat()}
		if seq, ack, ok := d.Model.EventLatch(); ok {
			x.sequence, x.address = seq, d.Model.Points[ack].Address
		}
		if x.sequence >= 0 || x.heartbeat >= 0 {
			l.devices[d.Name] = x
		}
	}
	if len(l.devices) == 0 {
		return nil
	}
	return l
}

// Deliver implements source.Sink: the engine first, then what the reading means here.
func (l *latches) Deliver(b *source.Batch) source.Want {
	want := l.Sink.Deliver(b)
	x := l.devices[b.Device]
	if x == nil || b.Err != nil {
		return want
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range b.Samples {
		s := &b.Samples[i]
		switch {
		case s.Quality != contract.Good:
		case s.Point == x.sequence:
			if x.seen = uint16(s.Raw); x.seen != x.sent || !x.known { //nolint:gosec // a u16 by its contract
				x.due = true
				l.nudge()
			}
			x.known = true
		case s.Point == x.heartbeat:
			x.hear(s.Raw, b.At.Mono)
		}
	}
	return want
}

func (l *latches) nudge() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Run acknowledges until ctx ends.
func (l *latches) Run(ctx context.Context) error {
	t := time.NewTicker(latchRetry)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-l.wake:
		case <-t.C:
		}
		l.acknowledge(ctx)
		l.listen()
	}
}

// acknowledge writes what is due, once the journal has nothing left to write: an event that a
// device forgets must not exist in memory alone, unless memory is all there is.
func (l *latches) acknowledge(ctx context.Context) {
	type todo struct {
		name string
		seq  uint16
		req  modbus.Request
	}
	var list []todo
	l.mu.Lock()
	for name, x := range l.devices {
		if x.due {
			list = append(list, todo{name, x.seen, modbus.Request{
				Device: name, Unit: x.unit, Function: modbus.WriteSingleRegister, Address: x.address, Count: 1,
				Data: binary.BigEndian.AppendUint16(nil, x.seen), ReplyWithin: x.limits.ReplyWithin, LateReply: x.limits.LateReply,
			}})
		}
	}
	l.mu.Unlock()
	// Looked at after the list was made: what comes meanwhile is not on it.
	if h := l.g.app.store.Health(); h.Waiting > 0 && h.Mode != store.ModeMemory {
		return
	}
	for _, w := range list {
		if _, err := l.bus.Do(ctx, &w.req); err != nil {
			continue // silence is the poll's to tell; the next turn tries again
		}
		l.mu.Lock()
		x := l.devices[w.name]
		x.sent = w.seq
		x.due = x.seen != w.seq
		l.mu.Unlock()
	}
}

// listen turns a heartbeat that stands still into a fault: the device answers, but its program
// may be dead.
func (l *latches) listen() {
	now := l.g.app.now()
	l.mu.Lock()
	known := make(map[string]pulse)
	for name, x := range l.devices {
		if x.beats != pulseUnknown {
			known[name] = x.beats
		}
	}
	l.mu.Unlock()
	for name, p := range known {
		cause := ""
		if p == pulseStopped {
			cause = "heartbeat_stopped"
		}
		l.g.internal(heartbeatPart(name), cause, now)
	}
}

func heartbeatPart(device string) engine.Part {
	return engine.Part{Name: "heartbeat-" + device, Title: engine.Text{ZH: "心跳 " + device, EN: "Heartbeat of " + device}}
}
