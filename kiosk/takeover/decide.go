package takeover

import (
	"cmp"
	"slices"
	"time"

	"firepost/firmware-contracts/message"
)

// Defaults where an Input says nothing.
const (
	// DefaultRadius is how far away, in metres, a fire may be to take this booth's screens over.
	DefaultRadius = 300
	// DefaultUnanswered is how long a fire may stay unanswered before people are told to leave.
	DefaultUnanswered = 60 * time.Second
)

// Order is a takeover that the district ordered. It lasts while its lease does.
type Order struct {
	ID     string  `json:"id"`
	Kind   Kind    `json:"kind"`
	Stage  Stage   `json:"stage"`
	Places []Place `json:"places"`
	// At is when it was given, by the district's clock.
	At message.Time `json:"at"`
	// Left is what is left of the lease.
	Left time.Duration `json:"left_ns"`
}

// Input is everything that decides.
type Input struct {
	Fires  []Fire
	Orders []Order
	// Radius is in metres, Unanswered the longest wait for an answer; zero: the defaults.
	Radius     float64
	Unanswered time.Duration
	Now        message.Stamp
}

// Memory is what one takeover remembers of itself, kept over restarts: a stage never goes back,
// and a revision never returns.
type Memory struct {
	ID      string `json:"id"`
	Rev     uint64 `json:"rev"`
	Kind    Kind   `json:"kind"`
	Stage   Stage  `json:"stage"`
	Content uint64 `json:"content"`
	// Word: the desk said to evacuate.
	Word bool `json:"word,omitempty"`
	// Since is when it began; not to be believed while Trusted is false.
	Since   message.Time `json:"since"`
	Trusted bool         `json:"trusted"`
}

// Decide says what the screens show now; nil: the programme may run. next is the time since
// boot when the answer changes by itself, zero when it does not. m is what the last answer
// remembered; the new one replaces it, also when the scene is nil.
func Decide(in Input, m Memory) (scene *Scene, after Memory, next time.Duration) {
	k, fires, orders := in.strongest()
	if k == "" {
		return nil, Memory{Rev: m.Rev}, 0
	}
	after = m
	if m.ID == "" || k != m.Kind {
		after = Memory{
			ID: identity(fires, orders), Rev: m.Rev, Kind: k,
			Since: message.Time{Time: in.Now.Wall}, Trusted: in.Now.Trusted,
		}
	}
	stage, next := in.stage(fires, orders, after)
	after.Stage = stage
	s := compose(k, stage, fires, orders)
	s.ID, s.Since = after.ID, after.Since
	if c := s.content(); c != after.Content || m.ID != after.ID {
		after.Content = c
		after.Rev++
	}
	s.Rev = after.Rev
	return s, after, next
}

// strongest are the fires and orders of the strongest kind, in order: a real fire ends every
// drill and every test. An empty kind: nothing takes the screens over.
func (in *Input) strongest() (Kind, []Fire, []Order) {
	radius := in.Radius
	if radius <= 0 {
		radius = DefaultRadius
	}
	for _, k := range [...]Kind{Real, Drill, Test} {
		var fires []Fire
		for _, f := range in.Fires {
			if f.kind() == k && (f.Metres < 0 || f.Metres <= radius) {
				fires = append(fires, f)
			}
		}
		var orders []Order
		for _, o := range in.Orders {
			if o.Kind == k && o.Left > 0 {
				orders = append(orders, o)
			}
		}
		if len(fires)+len(orders) > 0 {
			return k, inOrder(fires), orders
		}
	}
	return "", nil, nil
}

// kind is what one fire asks for; empty: nothing. A fire that began before its point came
// under test is real.
func (f *Fire) kind() Kind {
	switch {
	case !f.Bits.Has(message.Fire):
		return ""
	case f.Drill:
		return Drill
	case f.Bits.Has(message.Disabled):
		return ""
	case f.Bits.Has(message.Test) && !f.Bits.Has(message.Latched):
		return ""
	}
	return Real
}

// inOrder puts the first fire first and then the newest next.
func inOrder(fires []Fire) []Fire {
	if len(fires) < 2 {
		return fires
	}
	first := slices.MinFunc(fires, func(a, b Fire) int { return cmp.Compare(a.Order, b.Order) })
	slices.SortStableFunc(fires, func(a, b Fire) int {
		if a, b := a.same(&first), b.same(&first); a != b {
			if a {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(b.Latest, a.Latest), cmp.Compare(a.Device, b.Device), cmp.Compare(a.Point, b.Point))
	})
	return fires
}

func (f *Fire) same(g *Fire) bool { return f.Device == g.Device && f.Point == g.Point }

func identity(fires []Fire, orders []Order) string {
	if len(fires) > 0 {
		return fires[0].ID
	}
	return orders[0].ID
}

// stage is how far it has come, and when that changes by itself.
func (in *Input) stage(fires []Fire, orders []Order, m Memory) (Stage, time.Duration) {
	if m.Stage == Evacuate || m.Word || len(detectors(fires)) > 1 {
		return Evacuate, 0
	}
	for i := range orders {
		if orders[i].Stage == Evacuate {
			return Evacuate, 0
		}
	}
	wait := in.Unanswered
	if wait <= 0 {
		wait = DefaultUnanswered
	}
	next := time.Duration(0)
	for i := range fires {
		f := &fires[i]
		switch {
		case f.CallPoint:
			return Evacuate, 0
		case f.Answered:
			continue
		case f.Raised.Boot != in.Now.Boot:
			// It burns since before the power came back; nobody knows for how long.
			return Evacuate, 0
		}
		at := f.Raised.Mono + wait
		if in.Now.Mono >= at {
			return Evacuate, 0
		}
		if next == 0 || at < next {
			next = at
		}
	}
	return Verifying, next
}

// detectors are the devices that report the fires: two points of one device are one witness.
func detectors(fires []Fire) []string {
	var names []string
	for i := range fires {
		if !slices.Contains(names, fires[i].Device) {
			names = append(names, fires[i].Device)
		}
	}
	return names
}
