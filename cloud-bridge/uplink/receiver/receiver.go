// Package receiver is the reference for whoever takes in a booth's events: it drops repeats,
// notices changed content, keeps the order of each lane and notices gaps. It is pure: bytes
// and the time go in, what to store and what to acknowledge comes out. No clock, no network,
// no goroutines, no locks.
//
// The sender's side of the bargain is in package mqttlink: first copies go out in order within
// a lane, every event names the one before it in its lane (prev), and what is not acknowledged
// comes again, in order.
//
//   - An event that continues its lane is stored and acknowledged, and so is whatever was
//     waiting for it.
//   - An event whose prev is not known waits, un-acknowledged and visible, until the sender has
//     filled the gap; after Config.Hold it is stored with Gap set.
//   - A known id with the same content is a repeat: acknowledged again, nothing else. The mark
//     "resend" is outside an event's identity.
//   - A known id with other content is a conflict: to be stored and shown as a fault. It is
//     acknowledged, because no further copy would make it better and its lane would stand still.
//   - An event that is older than its lane's newest one, arriving after its gap was given up, is
//     stored with Late set: it completes the record and must not change a point's state.
//   - A new epoch continues from any event that is known, or with Gap set from nothing.
//
// Only what Outcome says may be acknowledged, and only after it has been stored durably.
package receiver

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"firepost/firmware-contracts/message"
)

// ErrUnreadable marks a payload that is no event; nothing about it was remembered.
var ErrUnreadable = errors.New("not an event")

// Digest is an event's content without its resend mark.
type Digest [sha256.Size]byte

// Config sets a receiver's limits.
type Config struct {
	// Hold is how long an event may wait for the one before it; at least twice the sender's
	// acknowledgement time-out, or gaps are given up that the sender was about to fill.
	Hold time.Duration
	// HoldMost bounds the waiting events of one lane; what comes beyond is left
	// un-acknowledged, so that the sender brings it again. 0 is 10000.
	HoldMost int
	// Remember bounds the digests kept in memory per lane. 0 is no bound.
	Remember int
	// Recall looks up the digest of an event that memory no longer holds, in the caller's
	// store; nil when there is none. Without it an old event that was forgotten counts as a
	// repeat by its number alone.
	Recall func(id string) (Digest, bool)
}

// Verdict is what became of one payload.
type Verdict string

// The verdicts.
const (
	Stored   Verdict = "stored"
	Repeat   Verdict = "repeat"
	Held     Verdict = "held"
	Conflict Verdict = "conflict"
	// Refused: no room to hold it; it will come again.
	Refused Verdict = "refused"
)

// Accepted is one event that the caller stores.
type Accepted struct {
	Event   message.Event
	Payload []byte
	// Gap: events before it in its lane are missing.
	Gap bool
	// Late: newer events of its lane were stored before it.
	Late bool
	// Conflict: its id is known with other content.
	Conflict bool
}

// Outcome is what to do: store Accepted in this order, then acknowledge Acks.
type Outcome struct {
	Verdict  Verdict
	Accepted []Accepted
	Acks     []string
}

// Waiting is an event that is held because the one before it is missing.
type Waiting struct {
	Station string
	Lane    message.Lane
	ID      string
	Prev    string
	Since   time.Time
}

// Receiver follows the lanes of any number of stations. It is not safe for concurrent use.
type Receiver struct {
	cfg   Config
	lanes map[laneKey]*lane
}

type laneKey struct {
	station string
	lane    message.Lane
}

type lane struct {
	head   string // id of the newest event stored
	at     number // its number
	known  map[string]Digest
	order  []string // ids of known, oldest first; kept only when memory is bounded
	byPrev map[string][]*held
	held   map[string]*held // by id
}

type number struct{ epoch, seq uint64 }

func (n number) compare(m number) int {
	return cmp.Or(cmp.Compare(n.epoch, m.epoch), cmp.Compare(n.seq, m.seq))
}

func numberOf(e *message.Event) number { return number{e.Epoch, e.Seq} }

type held struct {
	event   message.Event
	payload []byte
	digest  Digest
	since   time.Time
}

// New returns a receiver that knows nothing yet.
func New(cfg Config) *Receiver {
	if cfg.HoldMost == 0 {
		cfg.HoldMost = 10000
	}
	return &Receiver{cfg: cfg, lanes: make(map[laneKey]*lane)}
}

// Resume tells a fresh receiver the newest event that its store holds of a lane.
func (r *Receiver) Resume(last message.Event, digest Digest) {
	l := r.lane(last.Station, last.Lane)
	l.head, l.at = last.ID, numberOf(&last)
	r.remember(l, last.ID, digest)
}

func (r *Receiver) lane(station string, name message.Lane) *lane {
	k := laneKey{station, name}
	l, ok := r.lanes[k]
	if !ok {
		l = &lane{known: make(map[string]Digest), byPrev: make(map[string][]*held), held: make(map[string]*held)}
		r.lanes[k] = l
	}
	return l
}

// DigestOf returns the digest of an event's JSON, whatever the order of its keys.
func DigestOf(payload []byte) (Digest, error) {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(payload, &m); err != nil {
		return Digest{}, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	delete(m, "resend")
	b, err := json.Marshal(m)
	if err != nil {
		return Digest{}, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	return sha256.Sum256(b), nil
}

// Take takes in one payload from …/event.
func (r *Receiver) Take(now time.Time, payload []byte) (Outcome, error) {
	var e message.Event
	if err := json.Unmarshal(payload, &e); err != nil {
		return Outcome{}, fmt.Errorf("take event: %w: %w", ErrUnreadable, err)
	}
	if e.Station == "" || e.ID != message.EventID(e.Station, e.Epoch, e.Seq) || (e.Lane != message.LaneAlarm && e.Lane != message.LaneRest) {
		return Outcome{}, fmt.Errorf("take event %q: %w: id, number and lane do not fit together", e.ID, ErrUnreadable)
	}
	digest, err := DigestOf(payload)
	if err != nil {
		return Outcome{}, fmt.Errorf("take event %s: %w", e.ID, err)
	}
	l := r.lane(e.Station, e.Lane)
	h := &held{event: e, payload: payload, digest: digest, since: now}
	if out, done := r.repeated(l, h); done {
		return out, nil
	}
	if l.continues(r, &e) {
		out := Outcome{Verdict: Stored}
		gap := e.Prev == "" && l.head != ""
		r.store(l, h, gap, &out)
		return out, nil
	}
	if len(l.held) >= r.cfg.HoldMost {
		return Outcome{Verdict: Refused}, nil
	}
	l.held[e.ID] = h
	l.byPrev[e.Prev] = append(l.byPrev[e.Prev], h)
	return Outcome{Verdict: Held}, nil
}

// repeated decides about an event that may have been seen.
func (r *Receiver) repeated(l *lane, h *held) (Outcome, bool) {
	id := h.event.ID
	if w, ok := l.held[id]; ok {
		if w.digest == h.digest {
			return Outcome{Verdict: Held}, true
		}
		return conflict(h), true
	}
	known, ok := l.known[id]
	if !ok && r.cfg.Recall != nil {
		known, ok = r.cfg.Recall(id)
	}
	switch {
	case ok && known == h.digest:
		return Outcome{Verdict: Repeat, Acks: []string{id}}, true
	case ok:
		return conflict(h), true
	case l.forgets(r) && numberOf(&h.event).compare(l.at) <= 0:
		return Outcome{Verdict: Repeat, Acks: []string{id}}, true
	}
	return Outcome{}, false
}

// forgets reports whether the lane's memory may have lost ids for good.
func (l *lane) forgets(r *Receiver) bool {
	return r.cfg.Recall == nil && r.cfg.Remember > 0 && len(l.order) >= r.cfg.Remember
}

func conflict(h *held) Outcome {
	return Outcome{
		Verdict:  Conflict,
		Accepted: []Accepted{{Event: h.event, Payload: h.payload, Conflict: true}},
		Acks:     []string{h.event.ID},
	}
}

// continues reports whether the event before e is here, or can never come.
func (l *lane) continues(r *Receiver, e *message.Event) bool {
	if e.Prev == "" || e.Prev == l.head {
		return true
	}
	if _, ok := l.known[e.Prev]; ok {
		return true
	}
	if r.cfg.Recall != nil {
		_, ok := r.cfg.Recall(e.Prev)
		return ok
	}
	return false
}

// store accepts h and then everything that waited for it, in order.
func (r *Receiver) store(l *lane, h *held, gap bool, out *Outcome) {
	todo := []*held{h}
	for len(todo) > 0 {
		h, todo = todo[0], todo[1:]
		n := numberOf(&h.event)
		late := l.head != "" && n.compare(l.at) < 0
		out.Accepted = append(out.Accepted, Accepted{Event: h.event, Payload: h.payload, Gap: gap, Late: late})
		out.Acks = append(out.Acks, h.event.ID)
		gap = false
		if !late {
			l.head, l.at = h.event.ID, n
		}
		r.remember(l, h.event.ID, h.digest)
		l.unhold(h)
		next := l.byPrev[h.event.ID]
		slices.SortFunc(next, func(a, b *held) int { return numberOf(&a.event).compare(numberOf(&b.event)) })
		todo = append(todo, next...)
		delete(l.byPrev, h.event.ID)
	}
}

func (r *Receiver) remember(l *lane, id string, d Digest) {
	l.known[id] = d
	if r.cfg.Remember == 0 {
		return
	}
	l.order = append(l.order, id)
	for len(l.order) > r.cfg.Remember {
		delete(l.known, l.order[0])
		l.order = l.order[1:]
	}
}

// unhold takes h off the waiting ones.
func (l *lane) unhold(h *held) {
	if l.held[h.event.ID] != h {
		return
	}
	delete(l.held, h.event.ID)
	list := slices.DeleteFunc(l.byPrev[h.event.Prev], func(w *held) bool { return w == h })
	if len(list) == 0 {
		delete(l.byPrev, h.event.Prev)
	} else {
		l.byPrev[h.event.Prev] = list
	}
}

// Tick gives up gaps that were not filled within Config.Hold: the oldest waiting event of such
// a lane is accepted with Gap set, and everything that it was holding up.
func (r *Receiver) Tick(now time.Time) Outcome {
	var out Outcome
	for _, k := range r.keys() {
		l := r.lanes[k]
		for {
			h := l.overdue(now, r.cfg.Hold)
			if h == nil {
				break
			}
			r.store(l, h, true, &out)
			out.Verdict = Stored
		}
	}
	return out
}

// overdue is the lowest-numbered waiting event if any has waited for longer than hold.
func (l *lane) overdue(now time.Time, hold time.Duration) *held {
	var first *held
	due := false
	for _, h := range l.held {
		due = due || now.Sub(h.since) >= hold
		if first == nil || numberOf(&h.event).compare(numberOf(&first.event)) < 0 {
			first = h
		}
	}
	if !due {
		return nil
	}
	return first
}

func (r *Receiver) keys() []laneKey {
	keys := make([]laneKey, 0, len(r.lanes))
	for k := range r.lanes {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b laneKey) int {
		return cmp.Or(cmp.Compare(a.station, b.station), cmp.Compare(a.lane, b.lane))
	})
	return keys
}

// Waiting lists the events that are held, by station, lane and number.
func (r *Receiver) Waiting() []Waiting {
	var out []Waiting
	for _, k := range r.keys() {
		l := r.lanes[k]
		list := make([]*held, 0, len(l.held))
		for _, h := range l.held {
			list = append(list, h)
		}
		slices.SortFunc(list, func(a, b *held) int { return numberOf(&a.event).compare(numberOf(&b.event)) })
		for _, h := range list {
			out = append(out, Waiting{Station: k.station, Lane: k.lane, ID: h.event.ID, Prev: h.event.Prev, Since: h.since})
		}
	}
	return out
}
