package engine

import (
	"encoding/json"
	"testing"
	"time"

	"firepost/firmware-contracts/message"
)

// corrections are the time_corrected events.
func (r *rig) corrections() []message.Event {
	var out []message.Event
	for _, e := range r.journal.all() {
		if e.Kind == message.KindTimeCorrected {
			out = append(out, e)
		}
	}
	return out
}

func (r *rig) trust(wall time.Time) {
	s := r.stamp()
	s.Wall, s.Trusted = wall, true
	r.set(s)
	r.tick(tick)
}

func untrusted() message.Stamp {
	return message.Stamp{Boot: "boot-1", Mono: 10 * time.Second, Wall: time.Unix(10, 0).UTC()}
}

// TestBootIn1970: order is kept, records are marked, and one correction turns their times
// into real ones.
func TestBootIn1970(t *testing.T) {
	r := newRigAt(t, untrusted(), nil, dev("a"))
	r.read("a", smoke, burning)
	fire := r.journal.all()[0]
	burnt := r.stamp().Mono
	if fire.ClockTrusted || fire.At.Year() != 1970 {
		t.Fatalf("the fire's time: %v, trusted %v", fire.At, fire.ClockTrusted)
	}
	r.tick(5 * time.Second)
	if len(r.corrections()) != 0 {
		t.Error("corrected without a trusted clock")
	}
	now := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	r.trust(now)
	all := r.corrections()
	if len(all) != 1 {
		t.Fatalf("%d corrections, want 1", len(all))
	}
	var c TimeCorrection
	if err := json.Unmarshal(all[0].Detail, &c); err != nil {
		t.Fatal(err)
	}
	if at := time.UnixMilli(fire.MonoMS + c.WallMinusMonoMS); c.Boot != "boot-1" || now.Add(-(r.stamp().Mono-tick)+burnt).Sub(at).Abs() > time.Millisecond {
		t.Errorf("the fire was at %v by %+v", at, c)
	}
	if all[0].Seq <= fire.Seq || all[0].Lane != message.LaneRest {
		t.Errorf("the correction is %s in lane %s", all[0].ID, all[0].Lane)
	}
	// Trust that comes and goes without a step needs no second one.
	r.tick(time.Minute)
	s := r.stamp()
	s.Trusted = false
	r.set(s)
	r.tick(time.Second)
	r.trust(r.stamp().Wall)
	// Nor does a restart of the daemon in the same boot.
	r.restart(dev("a"))
	r.tick(time.Minute)
	if n := len(r.corrections()); n != 0 { // the tap is new
		t.Errorf("%d more corrections", n)
	}
}

// TestTrustedAfterARestart: the earlier run's records of the same boot are corrected too.
func TestTrustedAfterARestart(t *testing.T) {
	r := newRigAt(t, untrusted(), nil, dev("a"))
	r.read("a", smoke, burning)
	r.stop()
	s := r.stamp().Add(time.Second)
	s.Wall, s.Trusted = time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC), true
	r.set(s)
	r.start(dev("a"))
	r.tick(time.Second)
	if n := len(r.corrections()); n != 1 {
		t.Errorf("%d corrections, want 1", n)
	}
	// Another boot has its own time.
	r.stop()
	s = r.stamp()
	s.Boot, s.Mono = "boot-2", time.Second
	r.set(s)
	r.start(dev("a"))
	r.tick(time.Second)
	if n := len(r.corrections()); n != 0 {
		t.Errorf("%d corrections in a boot that was trusted from the start", n)
	}
}

// TestSteps: a trusted clock that steps either way is recorded; slewing is not; order, the
// monotonic times and running periods do not care.
func TestSteps(t *testing.T) {
	r := newRig(t, dev("a"))
	r.readAll("a")
	r.must(r.do(message.ActionDisable, "a", "smoke", seconds(3600)))
	r.tick(time.Second)
	for i, step := range []time.Duration{2 * time.Hour, -26 * time.Hour, time.Second} {
		r.trust(r.stamp().Wall.Add(step))
		r.tick(time.Second)
		all := r.corrections()
		if len(all) != i+1 {
			t.Fatalf("%d corrections after %d steps", len(all), i+1)
		}
		var c TimeCorrection
		if err := json.Unmarshal(all[i].Detail, &c); err != nil {
			t.Fatal(err)
		}
		if c.StepMS != step.Milliseconds() || all[i].Cause != "clock_stepped" {
			t.Errorf("step of %v is recorded as %+v, %s", step, c, all[i].Cause)
		}
	}
	r.trust(r.stamp().Wall.Add(100 * time.Millisecond))
	if n := len(r.corrections()); n != 3 {
		t.Errorf("slewing makes a correction: %d", n)
	}
	r.has("a", "smoke", message.Disabled)
	r.read("a", smoke, burning)
	var seq uint64
	var mono int64
	for _, e := range r.journal.all() {
		if e.Seq <= seq || e.MonoMS < mono {
			t.Errorf("event %s is out of order", e.ID)
		}
		seq, mono = e.Seq, e.MonoMS
	}
}
