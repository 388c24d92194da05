package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"firepost/firmware-contracts/message"
	"firepost/gateway/e2e/platform"
)

// earOptions say how the subscriber listens.
type earOptions struct {
	qos byte
	// ack answers on …/ack, as the platform does once it has stored an event.
	ack bool
	// note, where set, is given every new event of the other lane. It must be quick.
	note func(payload []byte)
}

// heard is one event of the alarm lane as it first arrived.
type heard struct {
	id, class, kind, device, point string
	at                             int64 // monotonic ns
	mono                           int64 // the daemon's ms since boot
}

// ear is the independent subscriber. It notes when each event arrived and keeps account of
// the lanes; it is as light as possible, because it shares the machine with the measured.
type ear struct {
	opts   earOptions
	client mqtt.Client
	topics message.Topics
	acks   chan string
	done   chan struct{}
	wg     sync.WaitGroup

	mu      sync.Mutex
	changed chan struct{}
	alarms  []heard
	last    map[string]string // last event id by device
	lanes   map[string]*laneCount
	results map[string]message.Result
	counter uint64
	faults  []error
}

// laneCount is what has arrived of one lane.
type laneCount struct {
	known       map[uint64]struct{}
	prev        string
	first, last int64 // arrivals of the first and the last new event
	repeats     int
	gaps        int
}

// listen connects and subscribes.
func listen(addr string, opts earOptions) (*ear, error) {
	e := &ear{
		opts: opts, topics: message.NewTopics(district, station), acks: make(chan string, 1<<16), done: make(chan struct{}),
		changed: make(chan struct{}), last: make(map[string]string), lanes: make(map[string]*laneCount),
		results: make(map[string]message.Result), counter: uint64(time.Now().UnixNano()),
	}
	o := mqtt.NewClientOptions().AddBroker("tcp://" + addr).SetClientID("bench-ear").SetCleanSession(true).
		SetAutoReconnect(false).SetOrderMatters(true).SetKeepAlive(60 * time.Second).
		SetConnectionLostHandler(func(_ mqtt.Client, err error) { e.fault(fmt.Errorf("the subscriber lost the broker: %w", err)) })
	e.client = mqtt.NewClient(o)
	if err := token(e.client.Connect()); err != nil {
		return nil, fmt.Errorf("connect the subscriber: %w", err)
	}
	err := errors.Join(
		token(e.client.Subscribe(e.topics.Event(), opts.qos, func(_ mqtt.Client, m mqtt.Message) { e.event(m.Payload()) })),
		token(e.client.Subscribe(e.topics.Result(), 1, func(_ mqtt.Client, m mqtt.Message) { e.result(m.Payload()) })),
	)
	if err != nil {
		e.client.Disconnect(0)
		return nil, fmt.Errorf("subscribe: %w", err)
	}
	e.wg.Go(e.acknowledge)
	return e, nil
}

func token(t mqtt.Token) error {
	if !t.WaitTimeout(10 * time.Second) {
		return errors.New("the broker does not answer")
	}
	return t.Error()
}

func (e *ear) close() {
	close(e.done)
	e.client.Disconnect(50)
	e.wg.Wait()
}

// value cuts a string out of JSON as encoding/json writes it.
func value(payload []byte, key string) string {
	_, rest, ok := bytes.Cut(payload, []byte(`"`+key+`":"`))
	if !ok {
		return ""
	}
	v, _, _ := bytes.Cut(rest, []byte(`"`))
	return string(v)
}

// number cuts a whole number out of JSON as encoding/json writes it; 0 where there is none.
func number(payload []byte, key string) int64 {
	_, rest, _ := bytes.Cut(payload, []byte(`"`+key+`":`))
	end := 0
	for end < len(rest) && (rest[end] == '-' || rest[end] >= '0' && rest[end] <= '9') {
		end++
	}
	n, err := strconv.ParseInt(string(rest[:end]), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// event takes in one copy of one event.
func (e *ear) event(payload []byte) {
	now := platform.Now()
	id, lane := value(payload, "id"), value(payload, "lane")
	if e.opts.ack {
		e.acks <- id
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	l := e.lanes[lane]
	if l == nil {
		l = &laneCount{known: make(map[uint64]struct{}), first: now}
		e.lanes[lane] = l
	}
	if !l.take(id, value(payload, "prev"), now) {
		return
	}
	if lane != string(message.LaneAlarm) {
		if e.opts.note != nil {
			e.opts.note(payload)
			e.bump()
		}
		return
	}
	h := heard{
		id: id, class: value(payload, "class"), kind: value(payload, "kind"),
		device: value(payload, "device"), point: value(payload, "point"), at: now, mono: number(payload, "mono_ms"),
	}
	e.alarms = append(e.alarms, h)
	e.last[h.device] = id
	e.bump()
}

// take notes an event and reports whether it is new.
func (l *laneCount) take(id, prev string, now int64) bool {
	seq, err := strconv.ParseUint(id[strings.LastIndexByte(id, '-')+1:], 10, 64)
	if err != nil {
		l.gaps++
		return false
	}
	if _, known := l.known[seq]; known {
		l.repeats++
		return false
	}
	if l.prev != "" && prev != l.prev {
		l.gaps++
	}
	l.known[seq] = struct{}{}
	l.prev, l.last = id, now
	return true
}

// bump wakes everybody who waits. The caller holds the lock.
func (e *ear) bump() {
	close(e.changed)
	e.changed = make(chan struct{})
}

func (e *ear) fault(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.faults = append(e.faults, err)
	e.bump()
}

// acknowledge sends the acknowledgements, many in one message when they come fast.
func (e *ear) acknowledge() {
	const most = 200
	for {
		var ids []string
		select {
		case id := <-e.acks:
			ids = append(ids, id)
		case <-e.done:
			return
		}
	more:
		for len(ids) < most {
			select {
			case id := <-e.acks:
				ids = append(ids, id)
			default:
				break more
			}
		}
		body, err := json.Marshal(message.Ack{IDs: ids})
		if err == nil {
			err = token(e.client.Publish(e.topics.Ack(), 1, false, body))
		}
		if err != nil {
			select {
			case <-e.done:
			default:
				e.fault(fmt.Errorf("acknowledge: %w", err))
			}
			return
		}
	}
}

// await returns the first event of the alarm lane from index from on that matches, and the
// index after it.
func (e *ear) await(ctx context.Context, from int, match func(h *heard) bool) (heard, int, error) {
	for {
		e.mu.Lock()
		for ; from < len(e.alarms); from++ {
			if h := e.alarms[from]; match(&h) {
				e.mu.Unlock()
				return h, from + 1, nil
			}
		}
		ch, bad := e.changed, errors.Join(e.faults...)
		e.mu.Unlock()
		if bad != nil {
			return heard{}, from, bad
		}
		select {
		case <-ctx.Done():
			return heard{}, from, ctx.Err()
		case <-ch:
		}
	}
}

// mark is the index after the last event of the alarm lane.
func (e *ear) mark() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.alarms)
}

// all returns the events of the alarm lane from an index on.
func (e *ear) all(from int) []heard {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]heard(nil), e.alarms[from:]...)
}

// lane returns how many events of a lane have arrived, when the first and the last did, and
// how often the chain of predecessors was broken.
func (e *ear) lane(l message.Lane) (n int, first, last int64, gaps int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	c := e.lanes[string(l)]
	if c == nil {
		return 0, 0, 0, 0
	}
	return len(c.known), c.first, c.last, c.gaps
}

func (e *ear) result(payload []byte) {
	var r message.Result
	if err := json.Unmarshal(payload, &r); err != nil {
		e.fault(err)
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.results[r.ID] = r
	e.bump()
}

// reset sends the command of a person who has seen everything so far, and waits for its
// result.
func (e *ear) reset(ctx context.Context, device string) (message.Result, error) {
	e.mu.Lock()
	e.counter++
	cmd := message.Command{
		ID: fmt.Sprintf("bench-%d", e.counter), Station: station, Issuer: "district", Role: "desk", Counter: e.counter,
		Expires: message.Time{Time: time.Now().Add(time.Minute)}, Action: message.ActionReset, Device: device,
		Event: e.last[device], Author: "bench", Outcome: "test", Note: "measured",
	}
	body, err := json.Marshal(cmd)
	var data []byte
	if err == nil {
		data, err = json.Marshal(message.Envelope{Body: body, Sigs: []message.Signature{}})
	}
	if err == nil {
		// Under the lock, so that counters arrive in order.
		e.client.Publish(e.topics.Command(), 1, false, data)
	}
	e.mu.Unlock()
	for err == nil {
		e.mu.Lock()
		r, ok := e.results[cmd.ID]
		delete(e.results, cmd.ID)
		ch := e.changed
		e.mu.Unlock()
		if ok {
			return r, nil
		}
		select {
		case <-ctx.Done():
			err = ctx.Err()
		case <-ch:
		}
	}
	return message.Result{}, fmt.Errorf("reset %s: %w", device, err)
}
