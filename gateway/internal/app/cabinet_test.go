package app

import (
	"slices"
	"testing"

	"firepost/firmware-contracts/message"
)

// TestCabinet: a fire nearby unlocks it, the reset locks it; the desk's word unlocks it for a
// while; each is in the journal once, with who gave the word.
func TestCabinet(t *testing.T) {
	h := newHouse(t)
	h.extra = "  - {name: cabinet, kind: cabinet, device: booth-relays, channel: output_3}\n"
	h.start(nil)
	h.eventually("the lock is known", func() bool { return h.outputKnown("cabinet") })
	if h.relay("output_3") {
		t.Fatal("unlocked without a reason")
	}
	h.smoke("a", true)
	h.eventually("unlocked by the fire", func() bool { return h.relay("output_3") && h.kinds(message.KindUnlocked) == 1 })
	h.smoke("a", false)
	h.eventually("the detector is quiet", func() bool { return !h.device("a").State.Has(message.Active) })
	if !h.relay("output_3") {
		t.Error("locked before the reset")
	}
	h.must(message.Command{Action: message.ActionReset, Device: "a", Author: "王", Event: h.lastEvent(), Outcome: "test", Note: "n"})
	h.eventually("locked after the reset", func() bool { return !h.relay("output_3") && h.kinds(message.KindLocked) == 1 })

	if res := h.command(message.Command{Action: message.ActionUnlock}); res.OK || res.Code != "needs_author" || res.TextZH == "" {
		t.Errorf("unlocking without a name: %+v", res)
	}
	h.must(message.Command{Action: message.ActionUnlock, Author: "李", Seconds: 3600})
	h.eventually("unlocked on the desk's word", func() bool { return h.relay("output_3") && h.kinds(message.KindUnlocked) == 2 })
	h.must(message.Command{Action: message.ActionUnlock, Author: "李", Seconds: 1})
	h.eventually("locked again", func() bool { return !h.relay("output_3") && h.kinds(message.KindLocked) == 2 })
	h.stop()
	var causes []string
	for _, ev := range h.journal() {
		if ev.Kind == message.KindUnlocked || ev.Kind == message.KindLocked {
			causes = append(causes, string(ev.Kind)+" "+ev.Cause)
		}
	}
	if want := []string{"unlocked fire", "locked over", "unlocked command", "locked over"}; !slices.Equal(causes, want) {
		t.Errorf("the journal says %q, want %q", causes, want)
	}
}

// TestReloadLeavesTheCabinetOpen: a new configuration does not take the desk's word back.
func TestReloadLeavesTheCabinetOpen(t *testing.T) {
	h := newHouse(t)
	h.extra = "  - {name: cabinet, kind: cabinet, device: booth-relays, channel: output_3}\n"
	h.start(nil)
	h.must(message.Command{Action: message.ActionUnlock, Author: "李", Seconds: 3600})
	h.eventually("unlocked", func() bool { return h.relay("output_3") && h.kinds(message.KindUnlocked) == 1 })
	h.reload(h.text())
	h.eventually("the lock is known again", func() bool { return h.outputKnown("cabinet") })
	if !h.relay("output_3") || h.kinds(message.KindLocked) != 0 || h.kinds(message.KindUnlocked) != 1 {
		t.Error("the reload locked the cabinet, or the journal says so")
	}
	h.stop()
}

func TestUnlockWithoutCabinet(t *testing.T) {
	h := newHouse(t)
	h.start(nil)
	if res := h.command(message.Command{Action: message.ActionUnlock, Author: "李"}); res.OK || res.Code != "unknown_output" {
		t.Errorf("%+v", res)
	}
}

func (h *house) command(cmd message.Command) message.Result {
	cmd.ID, cmd.Station = "c", "hs-03"
	return booth{h.gen(), ""}.Command(h.t.Context(), cmd)
}

func (h *house) must(cmd message.Command) {
	h.t.Helper()
	if res := h.command(cmd); !res.OK {
		h.t.Fatalf("%s: %+v", cmd.Action, res)
	}
}

func (h *house) lastEvent() string {
	s := h.app.store.Health()
	return message.EventID("hs-03", s.Epoch, s.Seq)
}

func (h *house) outputKnown(name string) bool {
	for _, o := range h.gen().outputs {
		if s := o.Status(); s.Name == name {
			return s.Verified
		}
	}
	return false
}
