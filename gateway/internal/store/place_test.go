package store

import (
	"testing"

	"firepost/cloud-bridge/uplink"
)

// TestPlace: every event is found, confirmed or not, also after a restart; an id that never
// was is nowhere.
func TestPlace(t *testing.T) {
	opts := testOptions(t.TempDir())
	r := start(t, opts)
	r.put(10)
	box := r.Outbox("mqtt")
	all := drain(t, box, uplink.Alarm)
	box.Confirm(uplink.Alarm, all[0].Pos, all[3].Pos)
	for range 2 {
		for i, e := range all {
			pos, lane, ok := r.Place(e.ID)
			if !ok || pos != e.Pos || lane != uplink.Alarm {
				t.Fatalf("event %d stands at %d in %s, %v; want %d", i, pos, lane, ok, e.Pos)
			}
			if got, want := r.Outbox("mqtt").Confirmed(lane, pos), i == 0 || i == 3; got != want {
				t.Errorf("event %d confirmed: %v, want %v", i, got, want)
			}
		}
		r.stop()
		r = start(t, opts)
	}
	for _, id := range []string{"", "hs-03", "hs-03-1-1", "hs-04-x-y", all[0].ID + "99"} {
		if pos, _, ok := r.Place(id); ok {
			t.Errorf("%q is at %d", id, pos)
		}
	}
}
