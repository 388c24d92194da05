package alarm

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/evaluate"
)

// world drives one point with anything that can happen, and a twin that was restored from
// its snapshot somewhere on the way.
type world struct {
	t    *rapid.T
	s    State
	twin *State
	now  message.Stamp
	seq  uint64
	boot int
	log  []recorded
}

func newWorld(t *rapid.T) *world {
	return &world{t: t, now: message.Stamp{Boot: "b0", Mono: 1234567 * time.Microsecond, Wall: time.Unix(3, 141592653).UTC()}}
}

// advance lets time pass and the clocks misbehave.
func (w *world) advance() {
	w.now = w.now.Add(time.Duration(rapid.Int64Range(0, int64(45*time.Minute)).Draw(w.t, "passes")))
	switch rapid.IntRange(0, 9).Draw(w.t, "clock") {
	case 0:
		w.now.Trusted = !w.now.Trusted
	case 1:
		w.now.Wall = w.now.Wall.Add(time.Duration(rapid.Int64Range(-int64(1e17), int64(1e17)).Draw(w.t, "wall step")))
	}
}

func (w *world) reading() evaluate.Result {
	p := contract.Point{}
	s := contract.Sample{Quality: contract.Quality(rapid.SampledFrom([]uint8{0, 0, 0, 0, 0, 1, 2, 3}).Draw(w.t, "quality"))}
	for i, m := range []contract.Condition{contract.Fire, contract.Fire, contract.Prealarm, contract.Supervisory, contract.Fault, contract.Fault} {
		p.Bits = append(p.Bits, contract.BitMeaning{Bit: uint8(i), When: true, Means: m, Cause: fmt.Sprint("cause", i)})
		if rapid.IntRange(0, 4).Draw(w.t, "bit") == 0 {
			s.Fired |= 1 << i
			s.Means = max(s.Means, m)
		}
	}
	return evaluate.Evaluate(evaluate.Result{}, &p, s, evaluate.Rules{}, evaluate.Context{})
}

func (w *world) command() Command {
	return Command{
		Action: rapid.SampledFrom([]message.Action{
			message.ActionAcknowledge, message.ActionSilence, message.ActionReset, message.ActionReset, message.ActionRemove,
			message.ActionDisable, message.ActionEnable, message.ActionTestOn, message.ActionTestOff, "other",
		}).Draw(w.t, "action"),
		Author:  rapid.SampledFrom([]string{"", "王芳", "a\xff<b>"}).Draw(w.t, "author"),
		Note:    rapid.SampledFrom([]string{"", "原因", "x\x00 y"}).Draw(w.t, "note"),
		Outcome: rapid.SampledFrom([]string{"", "false", "real"}).Draw(w.t, "outcome"),
		Seconds: rapid.SampledFrom([]int64{-1, 0, 60, 7200}).Draw(w.t, "seconds"),
		Seen:    Ref{Epoch: 1, Seq: w.seq - min(w.seq, uint64(rapid.SampledFrom([]int{0, 0, 0, 1, 5}).Draw(w.t, "behind")))},
	}
}

// act does one thing to a state; the same thing to the twin.
func (w *world) act() func(s *State) []Change {
	at := w.now
	switch rapid.IntRange(0, 12).Draw(w.t, "what") {
	case 0:
		return func(s *State) []Change { return s.Lost(CauseNoData, at, nil) }
	case 1:
		return func(s *State) []Change { return s.Found(at, nil) }
	case 2:
		return func(s *State) []Change { return s.Tick(at, nil) }
	case 3:
		w.boot++
		w.now = message.Stamp{Boot: fmt.Sprint("b", w.boot), Mono: time.Second, Wall: time.Unix(1, 0).UTC()}
		at = w.now
		return func(s *State) []Change { s.Resume(at); return nil }
	case 4:
		if rapid.IntRange(0, 9).Draw(w.t, "lose") == 0 {
			return func(s *State) []Change { return s.StateLost(at, nil) }
		}
		fallthrough
	case 5, 6, 7:
		c := w.command()
		return func(s *State) []Change { out, _ := s.Do(c, at, nil); return out }
	default:
		r := w.reading()
		return func(s *State) []Change { return w.observe(s, r, at) }
	}
}

func (w *world) observe(s *State, r evaluate.Result, at message.Stamp) []Change {
	out := s.Observe(r, at, nil)
	b := s.Bits()
	if r.Flags.Has(evaluate.Fire) && (!b.Has(message.Fire|message.Active) || (!b.Has(message.Test) && !b.Has(message.Latched))) {
		w.t.Fatalf("a fire was read and the state is %s", b)
	}
	if r.Flags.Has(evaluate.Fault) && !b.Has(message.Fault) {
		w.t.Fatalf("a fault was read and the state is %s", b)
	}
	return out
}

func (w *world) run() {
	w.advance()
	do := w.act()
	before := w.s.Bits()
	began := map[message.Kind]period{message.KindEnabled: w.s.disabled, message.KindTestOff: w.s.test}
	out := do(&w.s)
	for i := range out {
		w.checkChange(before, &out[i])
		if p := began[out[i].Kind]; out[i].Cause == CauseExpired && p.Began.Boot == out[i].At.Boot {
			if lasted := out[i].At.Mono - p.Began.Stamp().Mono; lasted < time.Duration(p.Seconds)*time.Second {
				w.t.Fatalf("%s after %v of %d s", out[i].Kind, lasted, p.Seconds)
			}
		}
		before = out[i].Bits
	}
	if before != w.s.Bits() {
		w.t.Fatalf("bits went from %s to %s without a change", before, w.s.Bits())
	}
	if w.s.Bits().Has(message.Fault) != (len(w.s.Faults()) > 0) {
		w.t.Fatalf("bits %s with faults %q", w.s.Bits(), w.s.Faults())
	}
	if w.twin != nil {
		if got := do(w.twin); !reflect.DeepEqual(got, out) {
			w.t.Fatalf("the restored state changes by %q, the original by %q", kinds(got), kinds(out))
		}
	}
	for i := range out {
		w.seq++
		ref := Ref{Epoch: 1, Seq: w.seq}
		w.s.Numbered(&out[i], ref)
		if w.twin != nil {
			w.twin.Numbered(&out[i], ref)
		}
		w.log = append(w.log, recorded{out[i], ref})
	}
	if w.twin != nil && *w.twin != w.s {
		w.t.Fatalf("twin\n%+v\nis not\n%+v", *w.twin, w.s)
	}
}

// touches are the only bits that a kind of change may change.
func touches(c *Change) message.Bits {
	switch c.Kind {
	case message.KindRaised:
		if c.Class == message.ClassFire {
			return fireBits
		}
		return classBit(c.Class)
	case message.KindCleared:
		if c.Class == message.ClassFire {
			return message.Active
		}
		return classBit(c.Class)
	case message.KindAcknowledged:
		return message.Acknowledged
	case message.KindSilenced:
		return message.Silenced
	case message.KindReset:
		return fireBits
	case message.KindRemoved:
		return fireBits | message.Prealarm | message.Supervisory | message.Fault
	case message.KindDisabled, message.KindEnabled:
		return message.Disabled
	case message.KindTestOn:
		return message.Test
	case message.KindTestOff:
		return message.Test | fireBits
	default:
		return 0
	}
}

func (w *world) checkChange(before message.Bits, c *Change) {
	if extra := (before ^ c.Bits) &^ touches(c); extra != 0 {
		w.t.Fatalf("%s %s changed %s too: from %s to %s", c.Class, c.Kind, extra, before, c.Bits)
	}
	gone := before &^ c.Bits
	person := c.Kind == message.KindReset || c.Kind == message.KindRemoved
	if gone.Has(message.Latched) && !person {
		w.t.Fatalf("a latched fire disappeared by %s", c.Kind)
	}
	if gone.Has(message.Fire) && !person && (c.Kind != message.KindTestOff || before.Has(message.Latched) || before.Has(message.Active)) {
		w.t.Fatalf("a fire disappeared by %s from %s", c.Kind, before)
	}
	if person && (c.Detail.Author == "" || c.Detail.Note == "") {
		w.t.Fatalf("%s without author or note", c.Kind)
	}
	if c.Kind == message.KindReset && before.Has(message.Active) {
		w.t.Fatal("reset while the point was in fire")
	}
}

func TestPropertyAFireNeverDisappearsWithoutAPerson(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			w.run()
		}
	})
}

func TestPropertyRestoredGoesOnAsTheOriginal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		for range rapid.IntRange(1, 30).Draw(t, "before") {
			w.run()
		}
		twin, err := Restore(snapshotOf(t, w.s), w.now)
		if err != nil {
			t.Fatal(err)
		}
		w.s.Resume(w.now)
		w.twin = &twin
		if twin != w.s {
			t.Fatalf("restored\n%+v\nis not\n%+v", twin, w.s)
		}
		for range rapid.IntRange(1, 30).Draw(t, "after") {
			w.run()
		}
	})
}

func TestPropertyReplayingTheRecordGivesTheState(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			w.run()
		}
		var s State
		for _, r := range w.log {
			c, ref, err := ChangeOf(eventOf(t, r))
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Apply(c, ref); err != nil {
				t.Fatal(err)
			}
		}
		s.Resume(w.now)
		w.s.Resume(w.now)
		// When a period was taken over by the present boot is not recorded.
		for _, p := range []*period{&s.disabled, &s.test, &w.s.disabled, &w.s.test} {
			p.Anchor = stamp{}
		}
		if s != w.s {
			t.Fatalf("replayed\n%+v\nis not\n%+v", s, w.s)
		}
	})
}

func TestPropertyEveryPeriodEndsByItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			w.run()
		}
		for range 3 {
			w.s.Tick(w.now, nil)
			mono, _, ok := w.s.NextDeadline()
			if !ok {
				break
			}
			w.now.Mono = max(mono, w.now.Mono)
		}
		if b := w.s.Bits(); b&(message.Disabled|message.Test) != 0 {
			t.Fatalf("still %s after its deadlines", b)
		}
	})
}
