package engine

import (
	"context"
	"testing"
	"time"
	"unicode"

	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/alarm"
	"firepost/gateway/internal/annunciate"
)

func chinese(s string) bool {
	for _, r := range s {
		if unicode.Is(unicode.Han, r) {
			return true
		}
	}
	return false
}

func TestUnknownThingsAreRefused(t *testing.T) {
	r := newRig(t, dev("a"))
	r.read("a", smoke, burning)
	last := r.last()
	h := r.journal.Health()
	for _, tt := range []struct {
		name, device, point, event, code string
		action                           message.Action
	}{
		{"device", "nobody", "", last, "unknown_device", message.ActionAcknowledge},
		{"point", "a", "nothing", last, "unknown_point", message.ActionAcknowledge},
		{"no device", "", "", last, "unknown_device", message.ActionReset},
		{"event", "a", "smoke", "rubbish", "unknown_event", message.ActionAcknowledge},
		{"event of another station", "a", "smoke", message.EventID("hs-04", h.Epoch, h.Seq), "unknown_event", message.ActionAcknowledge},
		{"event of the future", "a", "smoke", message.EventID("hs-03", h.Epoch, h.Seq+1), "unknown_event", message.ActionAcknowledge},
		{"event of a later epoch", "a", "smoke", message.EventID("hs-03", h.Epoch+1, 1), "unknown_event", message.ActionAcknowledge},
		{"odd writing of an event", "a", "smoke", "hs-03-0" + last[len("hs-03-"):], "unknown_event", message.ActionAcknowledge},
		{"no event", "a", "smoke", "", "needs_event", message.ActionAcknowledge},
		{"action", "a", "smoke", last, "unknown_action", "dance"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := r.count()
			res := r.do(tt.action, tt.device, tt.point, seen(tt.event))
			if res.OK || res.Code != tt.code || res.Text == "" || !chinese(res.TextZH) {
				t.Errorf("%+v, want %s in two languages", res, tt.code)
			}
			if r.count() != n {
				t.Error("a refused command made events")
			}
		})
	}
	r.has("a", "smoke", latched)
}

func TestCommandOnADeviceWithSeveralPoints(t *testing.T) {
	r := newRig(t, dev("a"))
	r.readAll("a")
	r.read("a", smoke, burning)
	res := r.do(message.ActionAcknowledge, "a", "")
	r.must(res)
	if len(res.Events) != 1 || res.Events[0] != r.last() || res.ID != "c1" || res.Station != "hs-03" {
		t.Errorf("result %+v", res)
	}
	r.has("a", "smoke", message.Acknowledged)
	// Again: nothing new, and no error.
	if res := r.do(message.ActionAcknowledge, "a", ""); !res.OK || len(res.Events) != 0 {
		t.Errorf("the second acknowledgement: %+v", res)
	}
	res = r.do(message.ActionTestOn, "a", "")
	r.must(res)
	if len(res.Events) != len(r.byName["a"].points) {
		t.Errorf("a test of a device makes %d events for %d points", len(res.Events), len(r.byName["a"].points))
	}
	if p, _ := r.byName["a"].points[smoke].state.Test(); p.Length != 30*time.Minute {
		t.Errorf("the test lasts %v", p.Length)
	}
}

// TestAllOrNothing: a command that one point refuses changes none.
func TestAllOrNothing(t *testing.T) {
	r := newRig(t, dev("a"))
	r.readAll("a")
	n := r.count()
	res := r.do(message.ActionDisable, "a", "", seconds(60), func(c *message.Command) { c.Note = "" })
	if res.OK || res.Code != "needs_reason" || r.count() != n {
		t.Errorf("%+v after %d events", res, r.count()-n)
	}
	for _, p := range r.device("a").Points {
		if p.State != 0 {
			t.Errorf("%s is %s", p.Name, p.State)
		}
	}
}

// decided is what the sounder and the strobe do now.
func (r *rig) decided() annunciate.Desired { return annunciate.Decide(r.Picture(), r.stamp()) }

// TestSilenceOfTheBooth: all fires that its author has seen; any later one sounds again, also
// of the same point, and silence is no acknowledgement.
func TestSilenceOfTheBooth(t *testing.T) {
	r := newRig(t, dev("a"), dev("b"), dev("c"))
	r.read("a", smoke, burning)
	r.read("b", smoke, burning)
	beforeC := r.last()
	r.must(r.do(message.ActionSilence, "", ""))
	if d := r.decided(); d.SounderOn || !d.Strobe || !d.Takeover {
		t.Errorf("after the silence: %+v", d)
	}
	if r.point("a", "smoke").State.Has(message.Acknowledged) {
		t.Error("silence acknowledges")
	}
	r.read("c", smoke, burning)
	if !r.decided().SounderOn {
		t.Error("a new fire does not sound")
	}
	// Who has not seen the third fire can't silence it.
	res := r.do(message.ActionSilence, "", "", seen(beforeC))
	if !res.OK || !r.decided().SounderOn {
		t.Errorf("a later fire was silenced: %+v", res)
	}
	if res := r.do(message.ActionSilence, "c", "", seen(beforeC)); res.OK || res.Code != string(alarm.LaterEvent) {
		t.Errorf("silence of an unseen fire: %+v", res)
	}
	r.must(r.do(message.ActionSilence, "", ""))
	if r.decided().SounderOn {
		t.Error("the booth goes on sounding")
	}
	r.read("a", smoke, quiet)
	r.read("a", smoke, quiet)
	r.read("a", smoke, burning)
	if !r.decided().SounderOn {
		t.Error("the same point's new fire does not sound")
	}
	r.bits("a", "smoke", latched|message.Active)
}

func TestSilenceWithoutFire(t *testing.T) {
	r := newRig(t, dev("a"))
	r.Record(message.KindStarted, "", nil)
	if res := r.do(message.ActionSilence, "", ""); res.OK || res.Code != string(alarm.NotInAlarm) || !chinese(res.TextZH) {
		t.Errorf("%+v", res)
	}
	// A fire that its author has not seen says more than points without one.
	id := r.last()
	r.read("a", smoke, burning)
	if res := r.do(message.ActionSilence, "", "", seen(id)); res.Code != string(alarm.LaterEvent) {
		t.Errorf("%+v", res)
	}
}

// TestDisabledFire: visible and forwarded flagged, without sounder or takeover.
func TestDisabledFire(t *testing.T) {
	r := newRig(t, dev("a"), dev("b"))
	r.readAll("a")
	r.must(r.do(message.ActionDisable, "a", "smoke", seconds(600)))
	r.read("a", smoke, burning)
	ev := r.journal.all()[r.count()-1]
	if ev.Class != message.ClassFire || !ev.State.Has(message.Fire|message.Disabled) {
		t.Errorf("the fire is sent as %s %s", ev.Class, ev.State)
	}
	if d := r.decided(); d.SounderOn || d.Strobe || d.Takeover {
		t.Errorf("a disabled fire: %+v", d)
	}
	r.read("b", smoke, burning)
	if !r.decided().SounderOn {
		t.Error("a disablement silences another device")
	}
	n := r.count()
	r.must(r.do(message.ActionEnable, "a", "smoke"))
	equal(t, "at the end", r.kinds("a", "smoke", n), []string{"operation enabled", "fire raised still_present"})
}

// TestFireWithinATest: flagged, a chirp, no takeover; elsewhere a fire is real; the test ends
// by itself.
func TestFireWithinATest(t *testing.T) {
	r := newRig(t, dev("a"), dev("b"))
	r.readAll("a")
	r.must(r.do(message.ActionTestOn, "a", "smoke", seconds(60)))
	r.read("a", smoke, burning)
	ev := r.journal.all()[r.count()-1]
	if !ev.State.Has(message.Fire|message.Test) || ev.State.Has(message.Latched) {
		t.Errorf("the test's fire is sent as %s", ev.State)
	}
	if d := r.decided(); d.Sounder != annunciate.SoundChirp || d.Takeover || d.Strobe {
		t.Errorf("a test's fire: %+v", d)
	}
	r.read("a", smoke, quiet)
	r.read("a", smoke, quiet)
	r.read("b", smoke, burning)
	if d := r.decided(); d.Sounder != annunciate.SoundAlarm || !d.Takeover {
		t.Errorf("a real fire during a test: %+v", d)
	}
	r.wait(time.Minute)
	n := r.count()
	r.read("a", smoke, quiet)
	r.Tick(r.stamp())
	equal(t, "at the end", r.kinds("a", "smoke", n), []string{"operation test_ended expired"})
	r.bits("a", "smoke", 0)
}

// TestPrealarmIsNoFire: in no event, no state and no output.
func TestPrealarmIsNoFire(t *testing.T) {
	r := newRig(t, dev("a"))
	r.read("a", smoke, hazy)
	r.bits("a", "smoke", message.Prealarm)
	if len(r.Picture().Points) != 0 || r.decided().Strobe {
		t.Error("a pre-alarm reaches the outputs")
	}
	for _, e := range r.journal.all() {
		if e.Class == message.ClassFire {
			t.Errorf("event %+v", e)
		}
	}
}

// TestCommandWaitsForTheDisk: the answer comes when the events are durable.
func TestCommandWaitsForTheDisk(t *testing.T) {
	r := newRig(t, dev("a"))
	r.read("a", smoke, burning)
	r.must(r.do(message.ActionAcknowledge, "a", ""))
	if h := r.journal.Health(); h.Durable != h.Position || h.Waiting != 0 {
		t.Errorf("answered before the disk had it: %+v", h)
	}
	r.read("a", smoke, quiet)
	r.read("a", smoke, quiet)
	r.stop() // nobody writes any more
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	res := r.Command(ctx, message.Command{
		Action: message.ActionReset, Device: "a", Author: "李值班", Note: "误报", Outcome: "false", Event: r.last(),
	})
	if !res.OK || !chinese(res.TextZH) {
		t.Errorf("without a disk: %+v", res)
	}
	r.bits("a", "smoke", 0)
}
