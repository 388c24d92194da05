package takeover

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"firepost/firmware-contracts/message"
)

// Why an order is refused.
var (
	// ErrOrder: the order itself is not one that a screen could follow.
	ErrOrder = errors.New("bad takeover order")
	// ErrUnknownOrder: no order of this id is in force.
	ErrUnknownOrder = errors.New("no such takeover")
	// ErrNoTakeover: nothing is taken over.
	ErrNoTakeover = errors.New("no takeover is shown")
)

// Bounds of an order.
const (
	// LongestLease is how long an order may last without being renewed.
	LongestLease = 24 * time.Hour
	// DefaultLease is how long one lasts that says nothing.
	DefaultLease = 30 * time.Minute
	maxOrders    = 16
	maxPlaces    = 8
	maxID        = 64
)

// Book holds what must outlive a restart: the orders with what is left of their leases, and
// what the present takeover remembers of itself. It is pure and not safe for concurrent use;
// its owner keeps its Snapshot.
type Book struct {
	orders  []held
	memory  Memory
	answers map[string]message.Time // when the desk answered, by device and point
}

type held struct {
	Order
	ends time.Duration // by the clock of this boot
}

// Give takes an order, or renews the one of the same id.
func (b *Book) Give(o Order, lease time.Duration, now message.Stamp) error {
	if lease == 0 {
		lease = DefaultLease
	}
	switch {
	case o.ID == "" || len(o.ID) > maxID:
		return fmt.Errorf("%w: an id of 1 to %d bytes is needed", ErrOrder, maxID)
	case o.Kind != Real && o.Kind != Drill && o.Kind != Test:
		return fmt.Errorf("%w: kind %q is not one of real, drill, test", ErrOrder, o.Kind)
	case o.Stage != Verifying && o.Stage != Evacuate:
		return fmt.Errorf("%w: stage %q is not one of verifying, evacuate", ErrOrder, o.Stage)
	case len(o.Places) == 0 || len(o.Places) > maxPlaces:
		return fmt.Errorf("%w: %d places, 1 to %d are shown", ErrOrder, len(o.Places), maxPlaces)
	case lease < 0 || lease > LongestLease:
		return fmt.Errorf("%w: a lease of %v is not within 0–%v", ErrOrder, lease, LongestLease)
	}
	for _, p := range o.Places {
		if publicText(p.Label.ZH) == "" {
			return fmt.Errorf("%w: a place without a Chinese label", ErrOrder)
		}
	}
	o.Left = lease
	h := held{o, now.Mono + lease}
	i := b.find(o.ID)
	switch {
	case i >= 0:
		b.orders[i] = h
	case len(b.orders) >= maxOrders:
		return fmt.Errorf("%w: %d takeovers are in force already; end one", ErrOrder, maxOrders)
	default:
		b.orders = append(b.orders, h)
	}
	return nil
}

func (b *Book) find(id string) int {
	return slices.IndexFunc(b.orders, func(h held) bool { return h.ID == id })
}

// End ends an order before its lease does.
func (b *Book) End(id string) error {
	i := b.find(id)
	if i < 0 {
		return fmt.Errorf("%w: %q", ErrUnknownOrder, id)
	}
	b.orders = slices.Delete(b.orders, i, i+1)
	return nil
}

// Word is the desk's word to evacuate: the present takeover goes to its second stage and never
// back.
func (b *Book) Word() error {
	if b.memory.ID == "" {
		return ErrNoTakeover
	}
	b.memory.Word = true
	return nil
}

// Answered notes when the desk acknowledged the fire of a point, so that people can read it.
func (b *Book) Answered(device, point string, at message.Time) {
	if b.answers == nil {
		b.answers = make(map[string]message.Time)
	}
	b.answers[device+"/"+point] = at
}

// remind fills in when each fire was answered, and forgets what no fire needs any more.
func (b *Book) remind(fires []Fire) []Fire {
	fires = slices.Clone(fires)
	keep := make(map[string]bool, len(fires))
	for i := range fires {
		f := &fires[i]
		if key := f.Device + "/" + f.Point; f.Answered {
			keep[key] = true
			f.AnsweredAt = b.answers[key].Time
		}
	}
	maps.DeleteFunc(b.answers, func(key string, _ message.Time) bool { return !keep[key] })
	return fires
}

// Decide is Decide with the book's orders and memory, which it brings up to date. ended are
// the orders whose lease has just run out.
func (b *Book) Decide(in Input) (scene *Scene, next time.Duration, ended []Order) {
	in.Orders, in.Fires = nil, b.remind(in.Fires)
	b.orders = slices.DeleteFunc(b.orders, func(h held) bool {
		if h.ends > in.Now.Mono {
			return false
		}
		ended = append(ended, h.Order)
		return true
	})
	for i := range b.orders {
		h := &b.orders[i]
		h.Left = h.ends - in.Now.Mono
		in.Orders = append(in.Orders, h.Order)
	}
	scene, b.memory, next = Decide(in, b.memory)
	for i := range b.orders {
		if e := b.orders[i].ends; next == 0 || e < next {
			next = e
		}
	}
	return scene, next, ended
}

// Leases reports whether any order runs: its remaining time is worth keeping now and then.
func (b *Book) Leases() bool { return len(b.orders) > 0 }

// snapshot is a Book on the disk.
type snapshot struct {
	Version int     `json:"version"`
	Orders  []Order `json:"orders"`
	Memory  Memory  `json:"memory"`
	// Answers are the times of the desk's answers, by device and point.
	Answers map[string]message.Time `json:"answers,omitempty"`
}

const snapshotVersion = 1

// Snapshot is the book as it is to be kept.
func (b *Book) Snapshot(now message.Stamp) []byte {
	s := snapshot{Version: snapshotVersion, Memory: b.memory, Answers: b.answers}
	for _, h := range b.orders {
		h.Left = h.ends - now.Mono
		s.Orders = append(s.Orders, h.Order)
	}
	data, err := json.Marshal(s)
	if err != nil {
		panic(err) // a struct of texts and numbers always encodes
	}
	return data
}

// Restore takes over what an earlier process kept. A lease goes on with what was left of it
// when it was kept: time without power does not count, for no clock measured it. What can't be
// understood is an error, and the book stays empty: fires known to the booth itself come back
// from the journal, not from here.
func (b *Book) Restore(data []byte, now message.Stamp) error {
	var s snapshot
	if err := json.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("understand the takeovers that were kept: %w", err)
	}
	if s.Version != snapshotVersion {
		return fmt.Errorf("understand the takeovers that were kept: version %d, this is %d", s.Version, snapshotVersion)
	}
	fresh := Book{memory: s.Memory, answers: s.Answers}
	for _, o := range s.Orders {
		if o.Left <= 0 {
			continue
		}
		if err := fresh.Give(o, min(o.Left, LongestLease), now); err != nil {
			return fmt.Errorf("understand the takeovers that were kept: %w", err)
		}
	}
	*b = fresh
	return nil
}
