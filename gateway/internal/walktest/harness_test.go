package walktest

import (
	"fmt"
	"testing"
	"time"

	"firepost/firmware-contracts/message"
)

const boot = "boot-1"

// stage is a session with the world around it, in a time that only the test moves.
type stage struct {
	t   *testing.T
	s   *Session
	v   View
	now message.Stamp
	seq uint64
}

func stampAt(d time.Duration) message.Stamp {
	return message.Stamp{Boot: boot, Mono: d, Wall: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC).Add(d), Trusted: true}
}

// shops are a place with two detectors, a gauge and a door, all under test.
func shops() []Place {
	detector := func(name string) Place {
		return Place{
			Device: name, Label: Text{ZH: "探测器" + name, EN: "detector " + name}, Premises: "HS-1", Bus: "rs485-1", Contract: "smoke@1", State: message.Test,
			Points: []Point{{Name: "smoke", Kind: Detector, Good: true, State: message.Test}, {Name: "version", Identity: true, Good: true, Value: new(3.0)}},
		}
	}
	return []Place{
		detector("a"), detector("b"),
		{Device: "gauge", Premises: "HS-1", State: message.Test, Points: []Point{{Name: "pressure", Kind: Gauge, Good: true, Value: new(1.18), Unit: "MPa", State: message.Test}}},
		{Device: "door", Premises: "HS-1", State: message.Test, Points: []Point{{Name: "open", Kind: Contact, Good: true, State: message.Test}}},
	}
}

func newStage(t *testing.T) *stage {
	t.Helper()
	st := &stage{t: t, now: stampAt(time.Hour), seq: 100}
	st.v = View{Now: st.now, Places: shops(), Outputs: []Output{{Name: "siren"}}}
	st.s = NewSession("wt-hs-03-1-100", "hs-03", "wang", shops(), st.v.Outputs, st.now)
	return st
}

func (st *stage) after(d time.Duration) { st.now = st.now.Add(d) }

func (st *stage) look() bool {
	st.v.Now = st.now
	return st.s.Look(&st.v)
}

// event is one event of a device's main point.
func (st *stage) event(kind message.Kind, class message.Class, device, point string, state message.Bits) *message.Event {
	st.seq++
	return &message.Event{
		ID: fmt.Sprintf("hs-03-1-%d", st.seq), Epoch: 1, Seq: st.seq, Kind: kind, Class: class, Device: device, Point: point,
		State: state, At: message.Time{Time: st.now.Wall}, ReceivedAt: message.Time{Time: st.now.Wall}, ClockTrusted: st.now.Trusted,
		Boot: st.now.Boot, MonoMS: st.now.Mono.Milliseconds(),
	}
}

const inTest = message.Test

// fire makes a detector report, in test mode, and shows it in the view.
func (st *stage) fire(device string) {
	st.t.Helper()
	st.s.Event(st.event(message.KindRaised, message.ClassFire, device, "smoke", message.Fire|message.Active|inTest))
	st.active(device, true)
	st.look()
}

// clear ends what fire began.
func (st *stage) clear(device string) {
	st.t.Helper()
	st.s.Event(st.event(message.KindCleared, message.ClassFire, device, "smoke", message.Fire|inTest))
	st.active(device, false)
	st.look()
}

func (st *stage) active(device string, on bool) {
	if p := st.v.place(device); p != nil {
		p.Points[0].State = p.Points[0].State.With(message.Fire|message.Active, on)
		p.State = p.State.With(message.Fire|message.Active, on)
	}
}

// live takes everything out of test mode.
func (st *stage) live() {
	for i := range st.v.Places {
		p := &st.v.Places[i]
		p.State &^= inTest
		for j := range p.Points {
			p.Points[j].State &^= inTest
		}
	}
}

func (st *stage) ok(err error) {
	st.t.Helper()
	if err != nil {
		st.t.Fatal(err)
	}
}

// refused fails the test unless err is this refusal.
func (st *stage) refused(err error, code string) {
	st.t.Helper()
	r, is := err.(*Refusal) //nolint:errorlint // the session returns it bare
	if !is || r.Code != code {
		st.t.Fatalf("got %v, want the refusal %s", err, code)
	}
	if r.EN == "" || r.ZH == "" {
		st.t.Errorf("%s says nothing to people", code)
	}
}

func (st *stage) now1(device string) error  { return st.s.Now(device, "smoke", st.now) }
func (st *stage) it(device, p string) *Item { return st.s.item(device, p) }
func (st *stage) smoke(device string) *Item { return st.s.item(device, "smoke") }
func (st *stage) mark(device, point string, r Result, reason string) error {
	return st.s.Mark(device, point, r, reason, "wang", st.now)
}

// rest passes everything that is not a detector.
func (st *stage) rest() {
	st.t.Helper()
	st.ok(st.mark("gauge", "pressure", Passed, ""))
	st.ok(st.mark("", "siren", Passed, ""))
	st.s.Event(st.event(message.KindRaised, message.ClassSupervisory, "door", "open", message.Supervisory|inTest))
	st.s.Event(st.event(message.KindCleared, message.ClassSupervisory, "door", "open", inTest))
}

func (st *stage) pass(device string) {
	st.t.Helper()
	st.ok(st.now1(device))
	st.after(3 * time.Second)
	st.fire(device)
	st.after(5 * time.Second)
	st.clear(device)
}
