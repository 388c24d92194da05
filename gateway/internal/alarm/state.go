package alarm

import (
	"fmt"
	"time"

	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/evaluate"
)

// goodReads is how many readings in a row prove that something is over.
const goodReads = 2

// fireBits are the bits of a fire and of what people did about it.
const fireBits = message.Fire | message.Active | message.Latched | message.Acknowledged | message.Silenced

// State is the alarm state of one point. The zero State is a normal point. It is a value:
// a copy is independent, and two states compare with ==. It is not safe for concurrent use.
type State struct {
	// bits holds fireBits only; the others follow from what is below.
	bits      message.Bits
	confirmed bool
	// good counts the good readings without fire in a row, up to goodReads. Not recorded.
	good uint8

	conds [maxConditions]condition
	n     uint8

	disabled, test period

	// last is the last event of the point; first and latest are the first and the newest
	// raise of the present fire. unnumbered: the newest raise has no number yet.
	last, first, latest Ref
	unnumbered          bool
	since, raised       stamp
}

// Bits is the state as the independent bits that events and screens carry.
func (s *State) Bits() message.Bits {
	return (s.bits|s.conditionBits()).
		With(message.Disabled, s.disabled.On).
		With(message.Test, s.test.On)
}

// Faults names the causes behind the fault bit, oldest first; nil when there are none.
func (s *State) Faults() []string { return s.Causes(message.ClassFault) }

// Causes names the held causes of a class (prealarm, supervisory, fault), oldest first.
func (s *State) Causes(class message.Class) []string {
	var words []string
	for i := range s.conds[:s.n] {
		if s.conds[i].Class == class {
			words = append(words, s.conds[i].Cause)
		}
	}
	return words
}

// HasFault reports whether the fault with this cause holds.
func (s *State) HasFault(cause string) bool { return s.findCondition(message.ClassFault, cause) >= 0 }

// Unreachable (失联) reports whether the point does not answer or was removed. With a fire
// it reads 失联 (疑似烧毁).
func (s *State) Unreachable() bool { return s.linked() }

// NeedsConfirm reports whether a fire waits for its second reading.
func (s *State) NeedsConfirm() bool { return s.bits.Has(message.Active) && !s.confirmed }

// RealFire reports whether a fire is latched that is not merely a test's.
func (s *State) RealFire() bool { return s.bits.Has(message.Fire | message.Latched) }

// FireSince and FireRaised are when the present fire was first and last raised; zero
// stamps when there is none.
func (s *State) FireSince() message.Stamp { return s.fireStamp(s.since) }

// FireRaised is when the present fire was raised last. See FireSince.
func (s *State) FireRaised() message.Stamp { return s.fireStamp(s.raised) }

func (s *State) fireStamp(t stamp) message.Stamp {
	if !s.bits.Has(message.Fire) {
		return message.Stamp{}
	}
	return t.Stamp()
}

// FireRefs are the first and the newest raise of the present fire; zero when there is none.
func (s *State) FireRefs() (first, latest Ref) { return s.first, s.latest }

// Last is the point's last event: what an acknowledgement, silence or reset should name.
func (s *State) Last() Ref { return s.last }

// Disablement is the running disablement, if any.
func (s *State) Disablement() (Period, bool) { return s.disabled.public(), s.disabled.On }

// Test is the running test, if any.
func (s *State) Test() (Period, bool) { return s.test.public(), s.test.On }

// Until is when the disablement, or else the test, ends by the wall clock; false when
// none runs or the clock can't tell.
func (s *State) Until(at message.Stamp) (time.Time, bool) {
	switch {
	case s.disabled.On:
		return s.disabled.until(at)
	case s.test.On:
		return s.test.until(at)
	}
	return time.Time{}, false
}

// Observe takes one reading and appends what it changed to out. It does not allocate when
// nothing changes, nor otherwise when out has room.
func (s *State) Observe(r evaluate.Result, at message.Stamp, out []Change) []Change {
	out = s.expire(at, out)
	out = s.observeFire(&r, at, out)
	out = s.observeRaises(&r, at, out)
	return s.observeClears(&r, at, out)
}

func (s *State) observeFire(r *evaluate.Result, at message.Stamp, out []Change) []Change {
	if r.Flags.Has(evaluate.Fire) {
		s.good = 0
		switch {
		case !s.bits.Has(message.Active):
			out = s.emit(Change{Kind: message.KindRaised, Class: message.ClassFire, Cause: CauseSingleRead, At: at}, out)
		case !s.confirmed:
			out = s.emit(Change{Kind: message.KindConfirmed, Class: message.ClassFire, At: at}, out)
		}
		return out
	}
	if !r.Good() {
		s.good = 0
		return out
	}
	s.good = min(s.good+1, goodReads)
	if s.good == goodReads && s.bits.Has(message.Active) {
		out = s.emit(Change{Kind: message.KindCleared, Class: message.ClassFire, At: at}, out)
	}
	return out
}

func (s *State) observeRaises(r *evaluate.Result, at message.Stamp, out []Change) []Change {
	for i := range r.Causes.Len() {
		cause := r.Causes.At(i)
		class, ok := classOf(cause.Condition)
		if !ok {
			continue
		}
		if k := s.findCondition(class, cause.Word); k >= 0 {
			s.conds[k].good = 0
			continue
		}
		if s.hasRoom(fromReading) {
			out = s.emit(Change{Kind: message.KindRaised, Class: class, Cause: cause.Word, At: at}, out)
		}
	}
	return out
}

func (s *State) observeClears(r *evaluate.Result, at message.Stamp, out []Change) []Change {
	for i := 0; i < int(s.n); {
		c := &s.conds[i]
		if !s.isOver(c, r) {
			i++
			continue
		}
		out = s.emit(Change{Kind: message.KindCleared, Class: c.Class, Cause: c.Cause, At: at}, out)
	}
	return out
}

// isOver counts this reading for a condition and reports whether it has ended.
func (s *State) isOver(c *condition, r *evaluate.Result) bool {
	switch c.From {
	case fromLink:
		return true
	case fromState:
		return false
	case fromReading:
	}
	if !r.Good() || holds(r, c) {
		c.good = 0
		return false
	}
	c.good = min(c.good+1, goodReads)
	return c.good == goodReads
}

func holds(r *evaluate.Result, c *condition) bool {
	for i := range r.Causes.Len() {
		k := r.Causes.At(i)
		if class, ok := classOf(k.Condition); ok && class == c.Class && k.Word == c.Cause {
			return true
		}
	}
	return false
}

// Lost says that the point can't be read, and why (no_data, bus_down, …). Each cause raises
// one fault; the first answer, good or bad, ends them all. A fire stays what it was; the
// count of good readings begins anew. A removed point has nothing more to lose.
func (s *State) Lost(cause string, at message.Stamp, out []Change) []Change {
	out = s.expire(at, out)
	s.restartCounts()
	if s.removed() || s.hasFaultFrom(cause, fromLink) || !s.hasRoom(fromLink) {
		return out
	}
	return s.emit(Change{Kind: message.KindRaised, Class: message.ClassFault, Cause: cause, At: at, Detail: Detail{Link: true}}, out)
}

// Found ends what Lost began, for a point that has no readings of its own (a device's link).
func (s *State) Found(at message.Stamp, out []Change) []Change {
	out = s.expire(at, out)
	for i := 0; i < int(s.n); {
		if c := s.conds[i]; c.From == fromLink {
			out = s.emit(Change{Kind: message.KindCleared, Class: c.Class, Cause: c.Cause, At: at}, out)
			continue
		}
		i++
	}
	return out
}

// StateLost marks a point whose saved state could not be read: a latch may have stood
// here, so only a person's reset (or remove) ends it.
func (s *State) StateLost(at message.Stamp, out []Change) []Change {
	out = s.expire(at, out)
	if s.stateLost() {
		return out
	}
	return s.emit(Change{
		Kind: message.KindRaised, Class: message.ClassFault, Cause: CauseStateLost, At: at,
		Detail: Detail{UntilReset: true},
	}, out)
}

// Adopt takes over the latch and the disablement of another record of the same point (the
// second copy, or what the district kept for a replaced board). It only ever adds.
func (s *State) Adopt(o State, at message.Stamp, out []Change) []Change {
	out = s.expire(at, out)
	if o.RealFire() && !s.RealFire() {
		out = s.emit(Change{
			Kind: message.KindRestored, Class: message.ClassFire, Cause: CauseLatch, At: at,
			Detail: Detail{Held: o.bits & fireBits},
		}, out)
	}
	if o.disabled.On && !s.disabled.On {
		began := o.disabled.Began
		out = s.emit(Change{
			Kind: message.KindRestored, Class: message.ClassOperation, Cause: CauseDisablement, At: at,
			Detail: Detail{Author: o.disabled.Author, Note: o.disabled.Note, Seconds: o.disabled.Seconds, Began: &began},
		}, out)
	}
	return out
}

// Tick ends what has run out: call it when NextDeadline has come, and after a step of the clock.
func (s *State) Tick(at message.Stamp, out []Change) []Change { return s.expire(at, out) }

// NextDeadline is when Tick has work to do next: at mono by the present boot's monotonic
// clock, or, when wall is not zero, also once the trusted wall clock reaches wall. False
// when nothing is waiting. Valid for the boot of the last Restore, Resume or other call.
func (s *State) NextDeadline() (mono time.Duration, wall time.Time, ok bool) {
	for _, p := range [...]*period{&s.disabled, &s.test} {
		if !p.On {
			continue
		}
		if m := time.Duration(p.monoMS()) * time.Millisecond; !ok || m < mono {
			mono = m
		}
		if end, has := p.wallMS(); has {
			if w := time.UnixMilli(end).UTC(); wall.IsZero() || w.Before(wall) {
				wall = w
			}
		}
		ok = true
	}
	return mono, wall, ok
}

func (s *State) expire(at message.Stamp, out []Change) []Change {
	if !s.disabled.On && !s.test.On {
		return out
	}
	s.disabled.anchor(at)
	s.test.anchor(at)
	if s.test.over(at) {
		out = s.end(message.KindTestOff, CauseExpired, Detail{}, at, out)
	}
	if s.disabled.over(at) {
		out = s.end(message.KindEnabled, CauseExpired, Detail{}, at, out)
	}
	return out
}

// end closes a test or disablement; a fire that is present then is a new one.
func (s *State) end(kind message.Kind, cause string, d Detail, at message.Stamp, out []Change) []Change {
	out = s.emit(Change{Kind: kind, Class: message.ClassOperation, Cause: cause, At: at, Detail: d}, out)
	if s.bits.Has(message.Active) {
		out = s.emit(Change{Kind: message.KindRaised, Class: message.ClassFire, Cause: CauseStillPresent, At: at}, out)
	}
	return out
}

// Numbered tells the state the number that the engine gave to the event of c. Call it for
// every change, in order, before the next command is taken.
func (s *State) Numbered(c *Change, ref Ref) {
	s.last = ref
	if c.Class != message.ClassFire || !s.bits.Has(message.Fire) {
		return
	}
	switch c.Kind {
	case message.KindRaised:
		s.latest, s.unnumbered = ref, false
	case message.KindRestored:
	default:
		return
	}
	if s.first.IsZero() {
		s.first = ref
	}
}

// Apply replays one recorded change with its number. It returns ErrMismatch, wrapped, when
// the bits come out different from the recorded ones; the change is applied all the same.
func (s *State) Apply(c Change, ref Ref) error {
	s.apply(&c)
	s.Numbered(&c, ref)
	if got := s.Bits(); got != c.Bits {
		return fmt.Errorf("replay %s %s %s: %w: recorded %s, got %s", c.Class, c.Kind, c.Cause, ErrMismatch, c.Bits, got)
	}
	return nil
}

// Resume prepares a state that was replayed or carried over a restart: readings from
// before prove nothing any more, and periods are measured in the present boot.
func (s *State) Resume(at message.Stamp) {
	s.restartCounts()
	s.disabled.anchor(at)
	s.test.anchor(at)
	// A raise that was never recorded has no number to wait for.
	if s.unnumbered {
		s.latest, s.unnumbered = s.last, false
	}
}

func (s *State) restartCounts() {
	s.good = 0
	for i := range s.conds[:s.n] {
		s.conds[i].good = 0
	}
}
