package receiver_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"firepost/cloud-bridge/uplink/receiver"
	"firepost/firmware-contracts/message"
)

var begin = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

func event(epoch, seq uint64, prev string) []byte {
	b, err := json.Marshal(message.Event{
		ID: message.EventID("hs-03", epoch, seq), Epoch: epoch, Seq: seq, Station: "hs-03",
		Lane: message.LaneAlarm, Prev: prev, Class: message.ClassFire, Kind: message.KindRaised,
	})
	if err != nil {
		panic(err)
	}
	return b
}

func id(epoch, seq uint64) string { return message.EventID("hs-03", epoch, seq) }

func take(t *testing.T, r *receiver.Receiver, now time.Time, payload []byte) receiver.Outcome {
	t.Helper()
	out, err := r.Take(now, payload)
	if err != nil {
		t.Fatalf("take %s: %v", payload, err)
	}
	return out
}

func stored(out receiver.Outcome) string {
	s := string(out.Verdict)
	for _, a := range out.Accepted {
		s += " " + a.Event.ID
		if a.Gap {
			s += "+gap"
		}
		if a.Late {
			s += "+late"
		}
		if a.Conflict {
			s += "+conflict"
		}
	}
	return s
}

func TestSequences(t *testing.T) {
	marked := append(bytes.TrimSuffix(event(1, 1, ""), []byte("}")), `,"resend":true}`...)
	changed := bytes.Replace(event(1, 1, ""), []byte(`"fire"`), []byte(`"fault"`), 1)
	type step struct {
		payload []byte
		want    string
		acks    int
	}
	for name, steps := range map[string][]step{
		"in order": {
			{event(1, 1, ""), "stored hs-03-1-1", 1},
			{event(1, 2, id(1, 1)), "stored hs-03-1-2", 1},
			{event(1, 5, id(1, 2)), "stored hs-03-1-5", 1},
		},
		"a repeat is acknowledged again, whatever its mark": {
			{event(1, 1, ""), "stored hs-03-1-1", 1},
			{marked, "repeat", 1},
			{event(1, 1, ""), "repeat", 1},
		},
		"other content under a known id is a conflict": {
			{event(1, 1, ""), "stored hs-03-1-1", 1},
			{changed, "conflict hs-03-1-1+conflict", 1},
		},
		"a gap holds what follows and is filled": {
			{event(1, 1, ""), "stored hs-03-1-1", 1},
			{event(1, 3, id(1, 2)), "held", 0},
			{event(1, 4, id(1, 3)), "held", 0},
			{event(1, 3, id(1, 2)), "held", 0},
			{event(1, 2, id(1, 1)), "stored hs-03-1-2 hs-03-1-3 hs-03-1-4", 3},
			{event(1, 4, id(1, 3)), "repeat", 1},
		},
		"a new epoch continues the lane": {
			{event(1, 1, ""), "stored hs-03-1-1", 1},
			{event(2, 1, id(1, 1)), "stored hs-03-2-1", 1},
			{event(2, 2, id(2, 1)), "stored hs-03-2-2", 1},
		},
		"numbers given in memory: two epochs continue the same event": {
			{event(1, 7, ""), "stored hs-03-1-7", 1},
			{event(2, 1, id(1, 7)), "stored hs-03-2-1", 1},
			{event(3, 1, id(1, 7)), "stored hs-03-3-1", 1},
		},
		"a new journal whose past is unknown": {
			{event(1, 7, ""), "stored hs-03-1-7", 1},
			{event(2, 1, ""), "stored hs-03-2-1+gap", 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := receiver.New(receiver.Config{Hold: time.Minute})
			for i, s := range steps {
				out := take(t, r, begin, s.payload)
				if got := stored(out); got != s.want || len(out.Acks) != s.acks {
					t.Fatalf("step %d: %s with %d acks, want %s with %d", i, got, len(out.Acks), s.want, s.acks)
				}
			}
		})
	}
}

func TestGapIsGivenUpAndCompletedLate(t *testing.T) {
	r := receiver.New(receiver.Config{Hold: time.Minute})
	take(t, r, begin, event(1, 1, ""))
	take(t, r, begin, event(1, 3, id(1, 2)))
	take(t, r, begin.Add(30*time.Second), event(1, 4, id(1, 3)))
	if out := r.Tick(begin.Add(59 * time.Second)); len(out.Accepted) != 0 {
		t.Fatalf("given up too early: %s", stored(out))
	}
	if w := r.Waiting(); len(w) != 2 || w[0].Prev != id(1, 2) || !w[0].Since.Equal(begin) {
		t.Fatalf("waiting: %+v", w)
	}
	if got := stored(r.Tick(begin.Add(time.Minute))); got != "stored hs-03-1-3+gap hs-03-1-4" {
		t.Fatalf("after the hold: %s", got)
	}
	if got := stored(take(t, r, begin, event(1, 2, id(1, 1)))); got != "stored hs-03-1-2+late" {
		t.Fatalf("the missing one, late: %s", got)
	}
	if len(r.Waiting()) != 0 {
		t.Fatal("still waiting")
	}
}

func TestConflictOfAHeldEvent(t *testing.T) {
	r := receiver.New(receiver.Config{Hold: time.Minute})
	take(t, r, begin, event(1, 3, id(1, 2)))
	changed := bytes.Replace(event(1, 3, id(1, 2)), []byte(`"fire"`), []byte(`"fault"`), 1)
	if got := stored(take(t, r, begin, changed)); got != "conflict hs-03-1-3+conflict" {
		t.Fatal(got)
	}
}

func TestBounds(t *testing.T) {
	r := receiver.New(receiver.Config{Hold: time.Minute, HoldMost: 2, Remember: 2})
	for seq := uint64(10); seq < 12; seq++ {
		take(t, r, begin, event(1, seq, id(1, seq-1)))
	}
	if out := take(t, r, begin, event(1, 13, id(1, 12))); out.Verdict != receiver.Refused || out.Acks != nil {
		t.Fatalf("beyond the bound: %+v", out)
	}
	take(t, r, begin, event(1, 9, ""))
	for seq := uint64(12); seq < 20; seq++ {
		take(t, r, begin, event(1, seq, id(1, seq-1)))
	}
	if out := take(t, r, begin, event(1, 9, "")); out.Verdict != receiver.Repeat || len(out.Acks) != 1 {
		t.Fatalf("forgotten but old: %+v", out)
	}
}

func TestResumeAndRecall(t *testing.T) {
	var last message.Event
	payload := event(4, 9, id(4, 8))
	if err := json.Unmarshal(payload, &last); err != nil {
		t.Fatal(err)
	}
	digest, err := receiver.DigestOf(payload)
	if err != nil {
		t.Fatal(err)
	}
	old, err := receiver.DigestOf(event(4, 2, id(4, 1)))
	if err != nil {
		t.Fatal(err)
	}
	r := receiver.New(receiver.Config{Hold: time.Minute, Recall: func(key string) (receiver.Digest, bool) {
		return old, key == id(4, 2)
	}})
	r.Resume(last, digest)
	for _, c := range []struct {
		payload []byte
		want    string
	}{
		{payload, "repeat"},
		{event(4, 2, id(4, 1)), "repeat"},
		{event(4, 2, ""), "conflict hs-03-4-2+conflict"},
		{event(4, 10, id(4, 9)), "stored hs-03-4-10"},
	} {
		if got := stored(take(t, r, begin, c.payload)); got != c.want {
			t.Errorf("%s: %s, want %s", c.payload, got, c.want)
		}
	}
}

func TestUnreadable(t *testing.T) {
	r := receiver.New(receiver.Config{Hold: time.Minute})
	for _, p := range []string{``, `[]`, `{}`, `{"id":"hs-03-1-1","epoch":1,"seq":2,"station":"hs-03","lane":"alarm"}`,
		`{"id":"hs-03-1-1","epoch":1,"seq":1,"station":"hs-03","lane":"fast"}`} {
		if _, err := r.Take(begin, []byte(p)); !errors.Is(err, receiver.ErrUnreadable) {
			t.Errorf("%q: %v", p, err)
		}
	}
}

// TestAnyArrivalOrder: whatever order, repetition and loss the network makes, once the sender
// has brought everything again in order, each event is stored exactly once and in order.
func TestAnyArrivalOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 30).Draw(t, "events")
		sent := make([][]byte, n)
		prev := ""
		for i := range n {
			sent[i] = event(1, uint64(i+1), prev)
			prev = id(1, uint64(i+1))
		}
		r := receiver.New(receiver.Config{Hold: time.Hour})
		var got []string
		acked := map[string]bool{}
		feed := func(i int) {
			out, err := r.Take(begin, sent[i])
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range out.Accepted {
				if a.Gap || a.Late || a.Conflict {
					t.Fatalf("flagged: %+v", a)
				}
				got = append(got, a.Event.ID)
			}
			for _, k := range out.Acks {
				acked[k] = true
			}
		}
		for _, i := range rapid.SliceOfN(rapid.IntRange(0, n-1), 0, 60).Draw(t, "arrivals") {
			feed(i)
		}
		for i := range n {
			if !acked[id(1, uint64(i+1))] {
				feed(i)
			}
		}
		var want []string
		for i := range n {
			want = append(want, id(1, uint64(i+1)))
		}
		if !slices.Equal(got, want) || len(acked) != n {
			t.Fatalf("stored %v, acked %d, want %v", got, len(acked), want)
		}
	})
}
