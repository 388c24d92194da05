// Package platform is a small stand-in for the district's smart-fire platform, for the
// demonstration, the measurements and the tests: it subscribes at the broker, follows the
// lanes with the reference receiver, acknowledges what it has stored and sends commands. It
// judges independently: it knows nothing of the daemon's own counters.
package platform

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"golang.org/x/sys/unix"

	"firepost/cloud-bridge/uplink/receiver"
	"firepost/firmware-contracts/message"
)

// Options say whom the platform listens to.
type Options struct {
	// Broker is tcp://host:port.
	Broker            string
	District, Station string
	// Ack answers on …/ack once an event is stored.
	Ack bool
	// Hold is how long an event waits for the one before it; zero is a minute.
	Hold time.Duration
	// KID and Key sign commands; without a key they go unsigned.
	KID string
	Key ed25519.PrivateKey
	// OnEvent, if set, is called for every copy of every event that arrives, with the
	// CLOCK_MONOTONIC nanoseconds of its arrival.
	OnEvent func(ev *message.Event, ns int64)
	// Check, if set, judges every message that arrives; its error is kept in Faults.
	Check func(topic string, payload []byte) error
}

// Platform is one connection that comes back by itself.
type Platform struct {
	opts   Options
	topics message.Topics

	mu       sync.Mutex
	changed  chan struct{}
	client   mqtt.Client
	recv     *receiver.Receiver
	stored   []message.Event
	gaps     int
	repeats  int
	copies   int
	conflict int
	states   map[string]message.DeviceState
	health   message.Health
	online   message.Online
	results  map[string]message.Result
	batches  int
	faults   []error
	counter  uint64
	digests  map[string]receiver.Digest
	mute     bool
	toAck    []string
}

// New returns a platform; Run connects it.
func New(opts Options) *Platform {
	if opts.Hold == 0 {
		opts.Hold = time.Minute
	}
	return &Platform{
		opts: opts, topics: message.NewTopics(opts.District, opts.Station), changed: make(chan struct{}),
		recv:   receiver.New(receiver.Config{Hold: opts.Hold}),
		states: make(map[string]message.DeviceState), results: make(map[string]message.Result),
		counter: uint64(time.Now().UnixNano()), digests: make(map[string]receiver.Digest), mute: !opts.Ack,
	}
}

// Run stays connected until ctx ends.
func (p *Platform) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		lost := make(chan struct{})
		o := mqtt.NewClientOptions().AddBroker(p.opts.Broker).SetClientID("platform-" + p.opts.Station).
			SetCleanSession(false).SetAutoReconnect(false).SetConnectRetry(false).SetOrderMatters(true).
			SetConnectTimeout(2 * time.Second).SetWriteTimeout(2 * time.Second).SetKeepAlive(10 * time.Second).
			SetConnectionLostHandler(func(mqtt.Client, error) { close(lost) }).
			SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) { p.take(m.Topic(), m.Payload()) })
		c := mqtt.NewClient(o)
		if t := c.Connect(); !t.WaitTimeout(3*time.Second) || t.Error() != nil {
			pause(ctx, 100*time.Millisecond)
			continue
		}
		if t := c.Subscribe(p.topics.Root()+"/#", 1, nil); !t.WaitTimeout(3*time.Second) || t.Error() != nil {
			c.Disconnect(0)
			continue
		}
		p.mu.Lock()
		p.client = c
		p.bump()
		p.mu.Unlock()
		p.acknowledge(ctx, c, lost)
		if ctx.Err() != nil {
			c.Disconnect(100)
		}
		p.mu.Lock()
		p.client = nil
		p.mu.Unlock()
	}
	return nil
}

// acknowledge sends on …/ack what was stored, until the connection is lost or ctx ends. It
// is a goroutine's work of its own: the client's publishing may block while its handler
// must not.
func (p *Platform) acknowledge(ctx context.Context, c mqtt.Client, lost <-chan struct{}) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		p.mu.Lock()
		ids, changed := p.toAck, p.changed
		p.toAck = nil
		p.mu.Unlock()
		if len(ids) > 0 {
			body, err := json.Marshal(message.Ack{IDs: ids})
			if err != nil {
				p.fault(err)
			}
			c.Publish(p.topics.Ack(), 1, false, body)
		}
		select {
		case <-ctx.Done():
			return
		case <-lost:
			return
		case <-changed:
		case <-tick.C:
			p.giveUpGaps()
		}
	}
}

// giveUpGaps stores what has waited for too long for the event before it.
func (p *Platform) giveUpGaps() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if out := p.recv.Tick(time.Now()); len(out.Accepted) > 0 {
		p.store(out)
		p.bump()
	}
}

// SetAck lets the platform begin or stop to acknowledge; what it stored meanwhile is
// acknowledged when the booth sends it again.
func (p *Platform) SetAck(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mute = !on
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// bump wakes everybody who waits. The caller holds the lock.
func (p *Platform) bump() {
	close(p.changed)
	p.changed = make(chan struct{})
}

func (p *Platform) take(topic string, payload []byte) {
	ns := Now()
	if p.opts.Check != nil {
		if err := p.opts.Check(topic, payload); err != nil {
			p.fault(fmt.Errorf("%s: %w", topic, err))
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.bump()
	switch root := p.topics.Root(); {
	case topic == p.topics.Event():
		p.event(payload, ns)
	case topic == p.topics.Health():
		p.decode(topic, payload, &p.health)
	case topic == p.topics.Online():
		p.decode(topic, payload, &p.online)
	case topic == p.topics.Telemetry():
		p.batches++
	case topic == p.topics.Result():
		var r message.Result
		if p.decode(topic, payload, &r) {
			p.results[r.ID] = r
		}
	case len(topic) > len(root)+7 && topic[:len(root)+7] == root+"/state/":
		var s message.DeviceState
		if p.decode(topic, payload, &s) {
			p.states[s.Device] = s
		}
	}
}

func (p *Platform) decode(topic string, payload []byte, v any) bool {
	if err := json.Unmarshal(payload, v); err != nil {
		p.faults = append(p.faults, fmt.Errorf("%s: %w", topic, err))
		return false
	}
	return true
}

func (p *Platform) event(payload []byte, ns int64) {
	p.copies++
	if p.opts.OnEvent != nil {
		var ev message.Event
		if p.decode("event", payload, &ev) {
			p.opts.OnEvent(&ev, ns)
		}
	}
	out, err := p.recv.Take(time.Now(), payload)
	if err != nil {
		p.faults = append(p.faults, err)
		return
	}
	switch out.Verdict {
	case receiver.Repeat:
		p.repeats++
	case receiver.Conflict:
		p.conflict++
		p.faults = append(p.faults, fmt.Errorf("an id is known with other content: %s", payload))
	case receiver.Stored, receiver.Held, receiver.Refused:
	}
	p.store(out)
}

// store keeps what the receiver accepted. The caller holds the lock.
func (p *Platform) store(out receiver.Outcome) {
	for _, a := range out.Accepted {
		p.stored = append(p.stored, a.Event)
		if a.Gap {
			p.gaps++
		}
		// The receiver has read it, so that it can be read.
		p.digests[a.Event.ID], _ = receiver.DigestOf(a.Payload)
	}
	if !p.mute && p.client != nil {
		p.toAck = append(p.toAck, out.Acks...)
	}
}

func (p *Platform) fault(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, err)
}

// Wait blocks until ok holds; ok is called with the platform locked, after every message.
func (p *Platform) Wait(ctx context.Context, ok func(v *View) bool) error {
	for {
		p.mu.Lock()
		ch := p.changed
		done := ok((*View)(p))
		p.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ch:
		}
	}
}

// View is what the platform knows, while it is locked.
type View Platform

// Stored are the events in the order in which they were stored.
func (v *View) Stored() []message.Event { return v.stored }

// State is the last retained state of a device.
func (v *View) State(device string) (message.DeviceState, bool) {
	s, ok := v.states[device]
	return s, ok
}

// Digest is the content, resend mark aside, under which an event was stored.
func (v *View) Digest(id string) (receiver.Digest, bool) {
	d, ok := v.digests[id]
	return d, ok
}

// Waiting are the events that are held because the one before them is missing.
func (v *View) Waiting() []receiver.Waiting { return v.recv.Waiting() }

// Connected reports whether the platform hears the broker.
func (v *View) Connected() bool { return v.client != nil }

// Online is the booth's last birth or will.
func (v *View) Online() message.Online { return v.online }

// Health is the booth's last health.
func (v *View) Health() message.Health { return v.health }

// Telemetry is how many batches came.
func (v *View) Telemetry() int { return v.batches }

// Result is the answer to a command.
func (v *View) Result(id string) (message.Result, bool) {
	r, ok := v.results[id]
	return r, ok
}

// Counts are copies received, repeats, gaps and conflicts.
func (v *View) Counts() (copies, repeats, gaps, conflicts int) {
	return v.copies, v.repeats, v.gaps, v.conflict
}

// Faults are messages that could not be understood or broke a rule.
func (p *Platform) Faults() []error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]error(nil), p.faults...)
}

// Events returns the events stored so far, in order.
func (p *Platform) Events() []message.Event {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]message.Event(nil), p.stored...)
}

// errNotConnected: the command was not sent.
var errNotConnected = errors.New("the platform is not connected to the broker")

// Command sends a command and waits for its result.
func (p *Platform) Command(ctx context.Context, cmd message.Command) (message.Result, error) {
	p.mu.Lock()
	p.counter++
	cmd.Counter = p.counter
	cmd.ID = fmt.Sprintf("cmd-%d", p.counter)
	cmd.Nonce = p.health.Nonce
	p.mu.Unlock()
	cmd.Station = p.opts.Station
	if cmd.Issuer == "" {
		cmd.Issuer, cmd.Role = "district", "desk"
	}
	cmd.Expires = message.Time{Time: time.Now().Add(time.Minute)}
	body, err := json.Marshal(cmd)
	if err != nil {
		return message.Result{}, err
	}
	env := message.Envelope{Body: body, Sigs: []message.Signature{}}
	if p.opts.Key != nil {
		env.Sigs = append(env.Sigs, message.Sign(body, p.opts.KID, p.opts.Key))
	}
	data, err := json.Marshal(env)
	if err != nil {
		return message.Result{}, err
	}
	res, err := p.Send(ctx, cmd.ID, data)
	if err != nil {
		return res, fmt.Errorf("%s: %w", cmd.Action, err)
	}
	return res, nil
}

// Send sends an envelope as it is and waits for the next result under the id.
func (p *Platform) Send(ctx context.Context, id string, envelope []byte) (message.Result, error) {
	p.mu.Lock()
	c := p.client
	delete(p.results, id)
	p.mu.Unlock()
	if c == nil {
		return message.Result{}, errNotConnected
	}
	c.Publish(p.topics.Command(), 1, false, envelope)
	var res message.Result
	err := p.Wait(ctx, func(v *View) bool {
		var ok bool
		res, ok = v.Result(id)
		return ok
	})
	if err != nil {
		return res, fmt.Errorf("wait for the result of %s: %w", id, err)
	}
	return res, nil
}

// Now is CLOCK_MONOTONIC in nanoseconds: the same for every process of one machine.
func Now() int64 {
	var ts unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts)
	return ts.Nano()
}
