package engine

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/alarm"
	"firepost/gateway/internal/store"
)

// rebirths are the ways in which an engine's memory ends. Each leaves the same latches.
var rebirths = []struct {
	name string
	do   func(r *rig, devices ...Device)
}{
	{"restart", (*rig).restart},
	{"reload", func(r *rig, devices ...Device) { r.engine(devices...) }},
	{"another boot", func(r *rig, devices ...Device) {
		r.stop()
		s := r.stamp().Add(time.Minute)
		s.Boot, s.Mono = "boot-2", time.Minute
		r.set(s)
		r.start(devices...)
	}},
	{"journal set aside", func(r *rig, devices ...Device) {
		r.stop()
		spoil(r.t, r.dir)
		r.start(devices...)
		if r.report.Quarantined == "" {
			r.t.Errorf("the journal was not set aside: %+v", r.report)
		}
	}},
	{"replaced board", func(r *rig, devices ...Device) {
		states := r.retained()
		r.stop()
		r.dir = r.t.TempDir()
		s := r.stamp().Add(time.Minute)
		s.Boot, s.Mono = "boot-9", time.Minute
		r.set(s)
		r.start(devices...)
		if !r.report.Fresh {
			r.t.Errorf("the board is not fresh: %+v", r.report)
		}
		r.Adopt(states)
	}},
}

// spoil makes the journal unusable in a way that every opening notices.
func spoil(t testing.TB, dir string) {
	t.Helper()
	path := filepath.Join(dir, "journal", "journal.db")
	if err := os.WriteFile(path, []byte("no journal at all, and long enough to be looked at as one"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// retained is what the broker holds of this booth.
func (r *rig) retained() []message.DeviceState {
	var states []message.DeviceState
	for _, name := range r.Devices() {
		if s, ok := r.DeviceState(name); ok {
			states = append(states, s)
		}
	}
	return states
}

// TestAFireOutlivesEverything: also an acknowledged and silenced one that has cleared.
func TestAFireOutlivesEverything(t *testing.T) {
	for _, b := range rebirths {
		t.Run(b.name, func(t *testing.T) {
			r := newRig(t, dev("a"), dev("b"))
			r.readAll("b")
			r.read("a", smoke, burning)
			r.read("a", smoke, burning)
			r.must(r.do(message.ActionAcknowledge, "a", ""))
			r.must(r.do(message.ActionSilence, "", ""))
			r.read("a", smoke, quiet)
			r.read("a", smoke, quiet)
			r.bits("a", "smoke", latched|message.Acknowledged|message.Silenced)
			b.do(r, dev("a"), dev("b"))
			r.bits("a", "smoke", latched|message.Acknowledged|message.Silenced)
			if len(r.Picture().Points) != 1 {
				t.Error("the outputs do not see the fire")
			}
			if r.point("b", "smoke").State != 0 {
				t.Error("a normal point came back as something else")
			}
			// The same fire, not a new one; a new one sounds again.
			r.read("a", smoke, quiet)
			r.has("a", "smoke", message.Silenced)
			r.read("a", smoke, burning)
			r.bits("a", "smoke", latched|message.Active)
			if res := r.do(message.ActionReset, "a", "smoke"); res.Code != string(alarm.StillInFire) {
				t.Errorf("reset while it burns: %+v", res)
			}
			r.read("a", smoke, quiet)
			r.read("a", smoke, quiet)
			r.must(r.do(message.ActionReset, "a", "smoke"))
			r.bits("a", "smoke", 0)
		})
	}
}

// TestADisablementOutlivesEverything: with its reason and its end.
func TestADisablementOutlivesEverything(t *testing.T) {
	for _, b := range rebirths {
		t.Run(b.name, func(t *testing.T) {
			r := newRig(t, dev("a"))
			r.readAll("a")
			r.must(r.do(message.ActionDisable, "a", "smoke", seconds(3600)))
			b.do(r, dev("a"))
			r.bits("a", "smoke", message.Disabled)
			p, _ := r.byName["a"].points[smoke].state.Disablement()
			if p.Author != "李值班" || p.Note != "现场查看" || p.Length != time.Hour {
				t.Errorf("the disablement is now %+v", p)
			}
			s, _ := r.DeviceState("a")
			if s.Points[smoke].Until == nil {
				t.Error("the end of the disablement is not told")
			}
			r.read("a", smoke, burning)
			r.has("a", "smoke", latched|message.Disabled)
			n := r.count()
			r.wait(time.Hour)
			r.Tick(r.stamp())
			// The detector was not read for an hour: that is a fault as well, and comes last.
			equal(t, "at the end", r.kinds("a", "smoke", n), []string{
				"operation enabled expired", "fire raised still_present", "fault raised no_data",
			})
			r.has("a", "smoke", latched|message.Active)
		})
	}
}

// TestATestOutlivesARestart: and ends by itself. A replaced board does not take it over:
// there a fire is real.
func TestATestOutlivesARestart(t *testing.T) {
	for _, b := range rebirths {
		t.Run(b.name, func(t *testing.T) {
			r := newRig(t, dev("a"))
			r.readAll("a")
			r.must(r.do(message.ActionTestOn, "a", ""))
			b.do(r, dev("a"))
			want := message.Test
			if b.name == "replaced board" {
				want = 0
			}
			r.bits("a", "smoke", want)
			r.wait(30 * time.Minute)
			r.Tick(r.stamp())
			if got := r.point("a", "smoke").State; got.Has(message.Test) {
				t.Errorf("the test goes on: %s", got)
			}
		})
	}
}

// TestTheLastEventOutlivesARestart: a person can name it afterwards.
func TestTheLastEventOutlivesARestart(t *testing.T) {
	r := newRig(t, dev("a"))
	r.read("a", smoke, burning)
	id := r.last()
	r.restart(dev("a"))
	if got := r.point("a", "smoke").Event; got != id {
		t.Errorf("last event %q, want %q", got, id)
	}
	r.must(r.do(message.ActionAcknowledge, "a", "", seen(id)))
}

// TestRemovedFromTheConfiguration: a latched device stays visible until a person closes it.
func TestRemovedFromTheConfiguration(t *testing.T) {
	for _, b := range rebirths {
		t.Run(b.name, func(t *testing.T) {
			r := newRig(t, dev("a"), dev("b"))
			r.readAll("a")
			r.read("a", smoke, burning)
			r.read("a", smoke, quiet)
			r.read("a", smoke, quiet)
			b.do(r, dev("b"))
			d := r.device("a")
			if !d.Orphan || !d.Unreachable || !d.State.Has(latched) {
				t.Fatalf("the orphan shows %+v", d)
			}
			if p := r.point("a", "smoke"); p.Quality != message.NoData {
				t.Errorf("an orphan's quality is %s", p.Quality)
			}
			pic := r.Picture()
			if len(pic.Points) != 1 || pic.Points[0].PublicLabel.ZH != "" {
				t.Errorf("the outputs see %+v", pic.Points)
			}
			if !slices.Contains(r.Devices(), "a") {
				t.Error("the orphan's state is not published")
			}
			if res := r.do(message.ActionReset, "a", "smoke"); res.Code != string(alarm.Unreachable) {
				t.Errorf("reset of an orphan: %+v", res)
			}
			r.must(r.do(message.ActionRemove, "a", ""))
			if len(r.Picture().Points) != 0 || r.point("a", "smoke").State.Has(message.Fire) {
				t.Error("the orphan goes on after a person closed it")
			}
			r.restart(dev("b"))
			if r.shown("a") {
				t.Error("a closed orphan came back")
			}
		})
	}
}

// TestBackInTheConfiguration: an orphan becomes a device again, with its latch.
func TestBackInTheConfiguration(t *testing.T) {
	r := newRig(t, dev("a"))
	r.read("a", smoke, burning)
	r.restart()
	r.restart(dev("a"))
	if d := r.device("a"); d.Orphan || !d.State.Has(latched) {
		t.Fatalf("device %+v", d)
	}
	r.read("a", smoke, quiet)
	r.read("a", smoke, quiet)
	r.bits("a", "smoke", latched)
	r.must(r.do(message.ActionReset, "a", "smoke"))
}

// TestPointRemovedFromItsContract: the point stays, and can be closed.
func TestPointRemovedFromItsContract(t *testing.T) {
	r := newRig(t, dev("a"))
	r.read("a", smoke, burning)
	without := dev("a")
	m := *without.Model
	m.Points = m.Points[1:]
	without.Model = &m
	r.restart(without)
	r.has("a", "smoke", latched|message.Fault)
	r.read("a", 0, 90) // the battery, now the first
	r.has("a", "smoke", latched|message.Fault)
	if !r.device("a").Unreachable {
		t.Error("a fire that nobody reads is not marked")
	}
	r.must(r.do(message.ActionRemove, "a", "smoke"))
}

// TestFaultsOfGoneDevicesAreClosed: nobody waits for ever for a fault to quiet, or for a test
// to end, of a device that is no more; what the broker retains of it does not say "normal".
func TestFaultsOfGoneDevicesAreClosed(t *testing.T) {
	r := newRig(t, dev("a"), dev("b"), dev("c"))
	r.readAll("b")
	r.readAll("c")
	r.must(r.do(message.ActionTestOn, "b", "smoke"))
	r.alive(faultAfter+time.Second, "b", "c")
	n := r.count()
	if len(r.kinds("a", "link", 0)) != 1 {
		t.Fatal("no fault to begin with")
	}
	r.restart(dev("c"))
	n -= n // the tap is new
	equal(t, "a/link", r.kinds("a", "link", n), []string{"operation removed"})
	equal(t, "b/smoke", r.kinds("b", "smoke", n), []string{"operation test_ended", "fault raised no_data", "operation removed"})
	for _, name := range []string{"a", "b"} {
		if r.shown(name) {
			t.Errorf("%s is still shown", name)
		}
		s, ok := r.DeviceState(name)
		if !ok || !s.Unreachable || len(s.Points) != 0 || !slices.Contains(r.Devices(), name) {
			t.Errorf("retained state of %s: %v %+v", name, ok, s)
		}
	}
	r.restart(dev("c"))
	if r.count() != 0 {
		t.Errorf("the next start says it again: %v", r.kinds("b", "smoke", 0))
	}
	r.restart(dev("a"), dev("c"))
	r.readAll("a")
	r.bits("a", "link", 0)
}

// TestSilentOverARestart: a device that was lost is lost until it answers, and then is not.
func TestSilentOverARestart(t *testing.T) {
	r := newRig(t, dev("a"), dev("b"))
	r.readAll("a")
	r.readAll("b")
	r.alive(faultAfter+time.Second, "b")
	r.restart(dev("a"), dev("b"))
	if !r.device("a").Unreachable || r.device("b").Unreachable {
		t.Errorf("after a restart: a %v, b %v", r.device("a").Unreachable, r.device("b").Unreachable)
	}
	r.readAll("a")
	r.bits("a", "link", 0)
	if r.device("a").Unreachable {
		t.Error("it answers and is still called lost")
	}
	equal(t, "link", r.kinds("a", "link", 0), []string{"fault cleared no_data"})
}

// TestUnreadableState: a latch may have stood there, so only a person ends it; also for an
// orphan.
func TestUnreadableState(t *testing.T) {
	r := newRig(t, dev("a"))
	for _, key := range []string{"a/smoke", "x/smoke"} {
		ev := r.event(r.stamp(), message.ClassFire, message.KindRaised)
		ev.State = latched
		r.journal.Append([]store.Record{{Event: ev, Key: key, Snapshot: []byte(`{"v":99}`)}})
	}
	r.restart(dev("a"))
	for _, name := range []string{"a", "x"} {
		p := r.point(name, "smoke")
		if !p.State.Has(message.Fault) || !slices.Contains(p.Faults, alarm.CauseStateLost) {
			t.Errorf("%s/smoke: %s %v", name, p.State, p.Faults)
		}
	}
	r.restart(dev("a"))
	r.has("x", "smoke", message.Fault)
	r.read("a", smoke, quiet)
	r.read("a", smoke, quiet)
	r.has("a", "smoke", message.Fault)
	r.must(r.do(message.ActionReset, "a", "smoke"))
	r.bits("a", "smoke", 0)
	r.must(r.do(message.ActionRemove, "x", "smoke"))
}

// TestAdoptOnlyAdds: an unreadable state is a fault, a lost device's fire can be closed, and
// what stands here already stays.
func TestAdoptOnlyAdds(t *testing.T) {
	old := newRig(t, dev("a"), dev("b"))
	old.read("a", smoke, burning)
	states := old.retained()
	states = append(states, message.DeviceState{Device: "b", Points: []message.PointState{{Point: "smoke", Snapshot: []byte("{}")}}})
	r := newRig(t, dev("a"), dev("b"))
	r.readAll("b")
	r.alive(faultAfter, "b")
	if n := r.Adopt(states); n != 2 {
		t.Errorf("%d points changed, want 2", n)
	}
	r.has("a", "smoke", latched|message.Fault)
	r.has("b", "smoke", message.Fault)
	if n := r.Adopt(states); n != 0 {
		t.Errorf("adopting twice changes %d points", n)
	}
	r.must(r.do(message.ActionRemove, "a", "smoke"))
}

// TestLateRecords: what the journal could read only after the start.
func TestLateRecords(t *testing.T) {
	old := newRig(t, dev("a"), dev("gone"))
	old.read("a", smoke, burning)
	old.read("gone", smoke, burning)
	r := newRig(t, dev("a"))
	r.Late(old.journal.Points())
	r.has("a", "smoke", latched)
	if d := r.device("gone"); !d.Orphan || !d.State.Has(latched) {
		t.Errorf("the late orphan: %+v", d)
	}
	equal(t, "a/smoke", r.kinds("a", "smoke", 0), []string{"fire restored latch"})
}

// TestFaultsOfOldPartsAreCleared: a bus that was renamed is nobody's fault any more.
func TestFaultsOfOldPartsAreCleared(t *testing.T) {
	r := newRigAt(t, begin(), func(o *Options) { o.Parts = []Part{BusPart("old")} })
	r.Internal("bus-old", Text{}, "bus_down", r.stamp())
	r.restart()
	r.has(Booth, "bus-old", message.Fault)
	r.opts = func(o *Options) { o.Parts = []Part{BusPart("new")} }
	r.restart()
	equal(t, "bus-old", r.kinds(Booth, "bus-old", 0), []string{"fault cleared bus_down"})
	for _, p := range r.device(Booth).Points {
		if p.Name == "bus-old" {
			t.Errorf("the old bus is still shown: %+v", p)
		}
	}
}
