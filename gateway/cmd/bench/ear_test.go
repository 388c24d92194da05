package main

import (
	"encoding/json"
	"testing"

	"firepost/firmware-contracts/message"
)

func TestValueReadsWhatIsPublished(t *testing.T) {
	ev := message.Event{
		ID: "hs-99-7-12", Prev: "hs-99-7-10", Lane: message.LaneAlarm, Class: message.ClassFire,
		Kind: message.KindRaised, Device: "line-003", Point: "smoke", Detail: json.RawMessage(`{"id":"not this one"}`),
	}
	data, err := json.Marshal(ev)
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"id": ev.ID, "prev": ev.Prev, "lane": "alarm", "class": "fire", "kind": "raised", "device": "line-003", "point": "smoke", "none": "",
	} {
		if got := value(data, key); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
}

func TestLaneCount(t *testing.T) {
	l := &laneCount{known: map[uint64]struct{}{}}
	for _, c := range []struct {
		id, prev string
		fresh    bool
		gaps     int
		repeats  int
	}{
		{"hs-99-7-3", "hs-99-7-1", true, 0, 0}, // what came before the first is unknown
		{"hs-99-7-5", "hs-99-7-3", true, 0, 0},
		{"hs-99-7-5", "hs-99-7-3", false, 0, 1},
		{"hs-99-7-9", "hs-99-7-8", true, 1, 1}, // 8 is missing
		{"hs-99-7-8", "hs-99-7-5", true, 2, 1}, // and came too late
		{"nonsense", "", false, 3, 1},
	} {
		if fresh := l.take(c.id, c.prev, 1); fresh != c.fresh || l.gaps != c.gaps || l.repeats != c.repeats {
			t.Errorf("%s after %s: new %v, %d gaps, %d repeats; want %v, %d, %d", c.id, c.prev, fresh, l.gaps, l.repeats, c.fresh, c.gaps, c.repeats)
		}
	}
	if len(l.known) != 4 {
		t.Errorf("%d known, want 4", len(l.known))
	}
}
