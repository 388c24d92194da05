package uplinktest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"sync"
	"time"

	"firepost/cloud-bridge/uplink"
	"firepost/firmware-contracts/message"
)

// Outbox is an outbox in memory that keeps every rule of uplink.Outbox. The zero value is not
// usable; see NewOutbox.
type Outbox struct {
	station string

	mu    sync.Mutex
	pos   uplink.Position
	seq   uint64
	lanes map[uplink.Lane]*queue
	ids   map[string]uplink.Entry
	fail  error
	wake  chan struct{}
	moved chan struct{} // closed and replaced when something was confirmed
}

type queue struct {
	entries []uplink.Entry // all of them, ever
	done    map[uplink.Position]bool
	cursor  uplink.Position
	first   int // the index of the first entry after the cursor
	left    int64
	prev    string
	twice   int // confirmations of what was confirmed already
}

var _ uplink.Outbox = (*Outbox)(nil)

// NewOutbox returns an empty outbox whose events belong to station, in epoch 1.
func NewOutbox(station string) *Outbox {
	b := &Outbox{
		station: station, ids: make(map[string]uplink.Entry),
		lanes: make(map[uplink.Lane]*queue), wake: make(chan struct{}, 1), moved: make(chan struct{}),
	}
	for _, l := range []uplink.Lane{uplink.Alarm, uplink.Rest, uplink.Telemetry} {
		b.lanes[l] = &queue{done: make(map[uplink.Position]bool)}
	}
	return b
}

// Event journals a schema-valid event in lane about device and returns it.
func (b *Outbox) Event(lane uplink.Lane, device string) message.Event {
	e := b.append(lane, device)
	b.Nudge()
	return e
}

// Fill journals n events in lane and wakes the uplink once.
func (b *Outbox) Fill(lane uplink.Lane, n int) []message.Event {
	out := make([]message.Event, 0, n)
	for i := range n {
		out = append(out, b.append(lane, fmt.Sprintf("sd-%03d", i%250)))
	}
	b.Nudge()
	return out
}

func (b *Outbox) append(lane uplink.Lane, device string) message.Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	q := b.lanes[lane]
	b.seq++
	at := message.Time{Time: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC).Add(time.Duration(b.seq) * time.Millisecond)}
	e := message.Event{
		ID: message.EventID(b.station, 1, b.seq), Epoch: 1, Seq: b.seq,
		Station: b.station, District: "hongshan", At: at, ReceivedAt: at, ClockTrusted: true,
		Boot: "0b0a5c1e-7d4f-4f0e-9d4c-2f1f5e6a7b8c", MonoMS: int64(b.seq), Prev: q.prev,
	}
	if lane == uplink.Alarm {
		e.Lane, e.Class, e.Kind = message.LaneAlarm, message.ClassFire, message.KindRaised
		e.Device, e.Point, e.Premises, e.State = device, "smoke", "hs-shop-0017", message.Fire|message.Active|message.Latched
		e.Cause = "single_read"
	} else {
		e.Lane, e.Class, e.Kind = message.LaneRest, message.ClassLifecycle, message.KindConfigChanged
	}
	q.prev = e.ID
	payload, err := json.Marshal(e)
	if err != nil {
		panic(err) // an event that can't be encoded is a broken test
	}
	b.push(q, uplink.Entry{Lane: lane, ID: e.ID, Class: e.Class, Device: e.Device, Payload: payload})
	return e
}

// Telemetry journals one batch of readings.
func (b *Outbox) Telemetry() {
	b.mu.Lock()
	b.seq++
	v := 1.18
	at := message.Time{Time: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC).Add(time.Duration(b.seq) * time.Millisecond)}
	payload, err := json.Marshal(message.Telemetry{
		Station: b.station, At: at, ClockTrusted: true, Boot: "0b0a5c1e-7d4f-4f0e-9d4c-2f1f5e6a7b8c", MonoMS: int64(b.seq),
		Readings: []message.Reading{{Device: "pg-001", Point: "pressure", Value: &v, Unit: "MPa", Quality: message.Good, At: at}},
	})
	if err != nil {
		panic(err) // a batch that can't be encoded is a broken test
	}
	b.push(b.lanes[uplink.Telemetry], uplink.Entry{Lane: uplink.Telemetry, Payload: payload})
	b.mu.Unlock()
	b.Nudge()
}

func (b *Outbox) push(q *queue, e uplink.Entry) {
	b.pos += 3 // gaps mean nothing, so there are some
	e.Pos = b.pos
	q.entries = append(q.entries, e)
	q.left++
	if e.ID != "" {
		b.ids[e.ID] = e
	}
}

// Nudge wakes the uplink.
func (b *Outbox) Nudge() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// Fail makes Next return err until it is called with nil.
func (b *Outbox) Fail(err error) {
	b.mu.Lock()
	b.fail = err
	b.mu.Unlock()
	b.Nudge()
}

// Next implements uplink.Outbox.
func (b *Outbox) Next(ctx context.Context, lane uplink.Lane, after uplink.Position, limit int, dst []uplink.Entry) ([]uplink.Entry, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fail != nil {
		return dst, b.fail
	}
	if err := ctx.Err(); err != nil {
		return dst, err
	}
	q := b.lanes[lane]
	i := sort.Search(len(q.entries), func(i int) bool { return q.entries[i].Pos > after })
	n := min(limit, len(q.entries)-i)
	return append(dst, q.entries[i:i+n]...), nil
}

// Cursor implements uplink.Outbox.
func (b *Outbox) Cursor(lane uplink.Lane) uplink.Position {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.lanes[lane].cursor
}

// Confirmed implements uplink.Outbox.
func (b *Outbox) Confirmed(lane uplink.Lane, pos uplink.Position) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	q := b.lanes[lane]
	return pos <= q.cursor || q.done[pos]
}

// Confirm implements uplink.Outbox.
func (b *Outbox) Confirm(lane uplink.Lane, pos ...uplink.Position) {
	b.mu.Lock()
	defer b.mu.Unlock()
	q := b.lanes[lane]
	for _, p := range pos {
		if p <= q.cursor || q.done[p] {
			q.twice++
			continue
		}
		q.done[p] = true
		q.left--
	}
	for q.first < len(q.entries) && q.done[q.entries[q.first].Pos] {
		q.cursor = q.entries[q.first].Pos
		delete(q.done, q.cursor)
		q.first++
	}
	close(b.moved)
	b.moved = make(chan struct{})
}

// Find implements uplink.Outbox.
func (b *Outbox) Find(id string) (uplink.Position, uplink.Lane, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e, ok := b.ids[id]
	if !ok {
		return 0, "", false
	}
	q := b.lanes[e.Lane]
	if e.Pos <= q.cursor || q.done[e.Pos] {
		return 0, "", false
	}
	return e.Pos, e.Lane, true
}

// Wake implements uplink.Outbox.
func (b *Outbox) Wake() <-chan struct{} { return b.wake }

// Backlog implements uplink.Outbox.
func (b *Outbox) Backlog(lane uplink.Lane) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.lanes[lane].left
}

// IsConfirmed reports whether the event is confirmed.
func (b *Outbox) IsConfirmed(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	e, ok := b.ids[id]
	if !ok {
		return false
	}
	q := b.lanes[e.Lane]
	return e.Pos <= q.cursor || q.done[e.Pos]
}

// Drained waits until nothing of lane is unconfirmed.
func (b *Outbox) Drained(ctx context.Context, lane uplink.Lane) error {
	for {
		b.mu.Lock()
		left, moved := b.lanes[lane].left, b.moved
		b.mu.Unlock()
		if left == 0 {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return fmt.Errorf("wait for lane %s with %d left: %w", lane, left, context.Cause(ctx))
		}
	}
}

// errDisk is what a failing outbox says.
var errDisk = errors.New("disk I/O error")
