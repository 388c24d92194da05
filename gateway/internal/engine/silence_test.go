package engine

import (
	"testing"
	"time"

	"firepost/firmware-contracts/message"
	"firepost/firmware-contracts/source"
)

func TestNoDataIsAFaultInTime(t *testing.T) {
	r := newRig(t, dev("a"), dev("b"))
	r.readAll("a")
	from := r.stamp().Mono
	r.alive(faultAfter-2*time.Second-time.Second, "b")
	r.bits("a", "link", 0)
	for r.point("a", "link").State == 0 {
		r.readAll("b")
		r.tick(tick)
	}
	if took := r.stamp().Mono - from; took > faultAfter {
		t.Errorf("the fault came after %v, want within %v", took, faultAfter)
	}
	r.bits("a", "link", message.Fault)
	r.bits("b", "link", 0)
	if d := r.device("a"); !d.Unreachable || d.State != message.Fault {
		t.Errorf("device a: %+v", d)
	}
	r.read("a", smoke, quiet)
	r.bits("a", "link", 0)
	equal(t, "link", r.kinds("a", "link", 0), []string{"fault raised no_data", "fault cleared no_data"})
	if d := r.device("a"); d.Unreachable {
		t.Error("a device that answers is shown as lost")
	}
}

// TestNeverAnswered: a device that never answered is a fault as well.
func TestNeverAnswered(t *testing.T) {
	r := newRig(t, dev("a"))
	r.tick(faultAfter)
	equal(t, "link", r.kinds("a", "link", 0), []string{"fault raised no_data"})
}

// TestOneRegisterIsSilent: that a device answers to some registers says nothing of its smoke.
func TestOneRegisterIsSilent(t *testing.T) {
	r := newRig(t, dev("a"))
	r.readAll("a")
	from := r.stamp().Mono
	for r.point("a", "smoke").State == 0 {
		r.read("a", battery, 90)
		r.tick(tick)
	}
	if took := r.stamp().Mono - from; took > faultAfter {
		t.Errorf("the fault came after %v, want within %v", took, faultAfter)
	}
	r.bits("a", "smoke", message.Fault)
	r.bits("a", "link", 0)
	if p := r.point("a", "smoke"); p.Quality != message.Stale || p.Value != nil || p.Faults[0] != "no_data" {
		t.Errorf("the silent register shows %+v", p)
	}
	if p := r.point("a", "battery"); p.Quality != message.Good || p.Value == nil {
		t.Errorf("the answering one shows %+v", p)
	}
	r.bits("a", "temperature", 0) // slow points have more time
	r.read("a", smoke, quiet)
	equal(t, "smoke", r.kinds("a", "smoke", 0), []string{"fault raised no_data", "fault cleared no_data"})
	for range 70 {
		r.read("a", smoke, quiet)
		r.read("a", battery, 90)
		r.tick(time.Second)
	}
	equal(t, "temperature", r.kinds("a", "temperature", 0), []string{"fault raised no_data"})
}

// TestSomePointsNeverRead: a point that was never read is a fault too.
func TestSomePointsNeverRead(t *testing.T) {
	r := newRig(t, dev("a"))
	for range 25 {
		r.read("a", battery, 90)
		r.tick(time.Second)
	}
	equal(t, "smoke", r.kinds("a", "smoke", 0), []string{"fault raised no_data"})
	if p := r.point("a", "smoke"); p.Quality != message.NoData || p.AgeMS >= 0 {
		t.Errorf("a point never read shows %+v", p)
	}
}

// TestBackAfterSilence: a device that comes back is given time for its other registers.
func TestBackAfterSilence(t *testing.T) {
	r := newRig(t, dev("a"))
	r.readAll("a")
	r.tick(5 * time.Minute)
	n := r.count()
	r.read("a", battery, 90)
	r.tick(2 * time.Second)
	r.read("a", smoke, quiet)
	r.tick(2 * time.Second)
	equal(t, "smoke", r.kinds("a", "smoke", n), nil)
	equal(t, "temperature", r.kinds("a", "temperature", n), nil)
}

// TestBurntDetector: a fire point that stops answering stays a fire, marked 失联.
func TestBurntDetector(t *testing.T) {
	r := newRig(t, dev("a"))
	r.readAll("a")
	r.read("a", smoke, burning)
	r.tick(faultAfter)
	r.has("a", "smoke", latched|message.Active|message.Fault)
	d := r.device("a")
	if !d.Unreachable || !d.State.Has(message.Fire|message.Fault) {
		t.Errorf("device %+v", d)
	}
	if s, _ := r.DeviceState("a"); !s.Unreachable || !s.State.Has(message.Fire) {
		t.Errorf("retained state %+v", s)
	}
	if pic := r.Picture(); len(pic.Points) != 1 || !pic.Points[0].Unreachable {
		t.Errorf("the picture lost the fire: %+v", pic.Points)
	}
	if res := r.do(message.ActionReset, "a", "smoke"); res.OK || res.Code != "unreachable" {
		t.Errorf("a burnt detector was reset: %+v", res)
	}
	last := r.journal.all()[r.count()-1]
	if last.Value != nil {
		t.Errorf("the event of a silent point shows an old value: %v", *last.Value)
	}
	r.must(r.do(message.ActionRemove, "a", ""))
	if r.point("a", "smoke").State.Has(message.Fire) || len(r.Picture().Points) != 0 {
		t.Error("the fire stays after a person closed it")
	}
}

// TestHalfBurnt: the device answers, its fire point does not.
func TestHalfBurnt(t *testing.T) {
	r := newRig(t, dev("a"))
	r.readAll("a")
	r.read("a", smoke, burning)
	for range 25 {
		r.read("a", battery, 90)
		r.tick(time.Second)
	}
	if d := r.device("a"); !d.Unreachable {
		t.Error("a fire point that does not answer is not marked")
	}
	if !r.Picture().Points[0].Unreachable || !r.point("a", "smoke").Unreachable {
		t.Error("the silent fire is not marked")
	}
	r.must(r.do(message.ActionRemove, "a", "smoke"))
}

// TestBusDownHidesNothing: the bus is one fault of the booth, its devices have their own.
func TestBusDownHidesNothing(t *testing.T) {
	r := newRig(t, dev("a"), dev("b"))
	r.readAll("a")
	r.readAll("b")
	r.read("a", smoke, burning)
	r.Bus(source.BusState{Bus: "rs485-1", At: r.stamp()})
	r.bits(Booth, "bus-rs485-1", message.Fault)
	r.tick(faultAfter)
	for _, name := range []string{"a", "b"} {
		if d := r.device(name); !d.Unreachable || !d.State.Has(message.Fault) {
			t.Errorf("%s hides behind its bus: %+v", name, d)
		}
	}
	r.has("a", "smoke", latched)
	if f := r.point(Booth, "bus-rs485-1").Faults; len(f) != 1 || f[0] != "bus_down" {
		t.Errorf("faults of the bus: %v", f)
	}
	n := r.count()
	r.Bus(source.BusState{Bus: "rs485-1", At: r.stamp()})
	if r.count() != n {
		t.Error("the same news makes another event")
	}
	r.Bus(source.BusState{Bus: "rs485-1", Up: true, At: r.stamp()})
	r.bits(Booth, "bus-rs485-1", 0)
	r.has("b", "link", message.Fault)
}

// TestNothingUnknownIsNormal: in the page's view, the retained state and telemetry alike.
func TestNothingUnknownIsNormal(t *testing.T) {
	r := newRigAt(t, begin(), func(o *Options) { o.Parts = []Part{BusPart("rs485-1")} }, dev("a"))
	check := func(point string, want message.Quality, value bool) {
		t.Helper()
		if p := r.point("a", point); p.Quality != want || (p.Value != nil) != value {
			t.Errorf("view of %s: quality %s, value %v; want %s", point, p.Quality, p.Value, want)
		}
		s, _ := r.DeviceState("a")
		for _, p := range s.Points {
			if p.Point == point && (p.Quality != want || (p.Value != nil) != value) {
				t.Errorf("retained %s: quality %s, value %v; want %s", point, p.Quality, p.Value, want)
			}
		}
	}
	for _, p := range []string{"smoke", "battery", "link"} {
		check(p, message.NoData, false)
	}
	if p := r.point(Booth, "bus-rs485-1"); p.Quality != message.NoData {
		t.Errorf("a bus of which nothing is known shows %s", p.Quality)
	}
	r.readAll("a")
	check("smoke", message.Good, true)
	check("link", message.Good, false)
	r.read("a", smoke, nonsense)
	check("smoke", message.Unknown, false)
	r.read("a", battery, 400)
	check("battery", message.OutOfRange, true)
	r.tick(faultAfter)
	for _, p := range []string{"smoke", "battery", "link"} {
		check(p, message.Stale, false)
	}
	if m := r.point("a", "smoke").Meaning; m != (Text{}) {
		t.Errorf("a stale value is still called %q", m)
	}
}

// TestStaleTemperature: a pressure is compensated only by a fresh temperature.
func TestStaleTemperature(t *testing.T) {
	d := dev("b")
	d.TemperatureFrom = Source{"a", "temperature"}
	r := newRig(t, dev("a"), d)
	b := r.byName["b"]
	if c := r.context(b, r.stamp()); c.Known {
		t.Error("a temperature never read is known")
	}
	r.readAll("a")
	if c := r.context(b, r.stamp()); !c.Known || c.Temperature != 20 {
		t.Errorf("a fresh temperature is not used: %+v", c)
	}
	r.tick(slowFaultAfter + time.Second)
	if c := r.context(b, r.stamp()); c.Known {
		t.Error("a stale temperature is known")
	}
}
