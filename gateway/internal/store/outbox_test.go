package store

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"firepost/cloud-bridge/uplink"
)

func TestConfirmOutOfOrderMovesTheCursorOverWholeRunsOnly(t *testing.T) {
	r := start(t, testOptions(t.TempDir()))
	r.put(10)
	box := r.Outbox("mqtt")
	all := drain(t, box, uplink.Alarm)
	if len(all) != 10 {
		t.Fatalf("%d entries", len(all))
	}
	begin := box.Cursor(uplink.Alarm)
	box.Confirm(uplink.Alarm, all[2].Pos, all[1].Pos, all[5].Pos, all[5].Pos)
	if got := box.Cursor(uplink.Alarm); got != begin {
		t.Fatalf("cursor moved to %d over an unconfirmed entry", got)
	}
	if n := box.Backlog(uplink.Alarm); n != 7 {
		t.Fatalf("backlog %d, want 7: a repeated confirmation counts once", n)
	}
	if box.Confirmed(uplink.Alarm, all[0].Pos) || !box.Confirmed(uplink.Alarm, all[5].Pos) {
		t.Fatal("wrong entries are confirmed")
	}
	box.Confirm(uplink.Alarm, all[0].Pos)
	if got := box.Cursor(uplink.Alarm); got != all[2].Pos {
		t.Fatalf("cursor %d, want %d", got, all[2].Pos)
	}
}

func TestCursorAndRangesSurviveARestart(t *testing.T) {
	opts := testOptions(t.TempDir())
	r := start(t, opts)
	r.put(10)
	box := r.Outbox("mqtt")
	all := drain(t, box, uplink.Alarm)
	box.Confirm(uplink.Alarm, all[0].Pos, all[3].Pos, all[4].Pos, all[8].Pos)
	r.stop()
	r = start(t, opts)
	box = r.Outbox("mqtt")
	if got := box.Cursor(uplink.Alarm); got != all[0].Pos {
		t.Fatalf("cursor %d, want %d", got, all[0].Pos)
	}
	if n := box.Backlog(uplink.Alarm); n != 6 {
		t.Fatalf("backlog %d, want 6", n)
	}
	want := []string{all[1].ID, all[2].ID, all[5].ID, all[6].ID, all[7].ID, all[9].ID}
	left := drain(t, box, uplink.Alarm)
	if got := ids(left); !slices.Equal(got, want) {
		t.Fatalf("left %v, want %v", got, want)
	}
	// An acknowledgement for what the last run sent, before this run sent it again.
	again := start2(t, r, opts)
	pos, lane, ok := again.Find(all[7].ID)
	if !ok || pos != all[7].Pos || lane != uplink.Alarm {
		t.Fatalf("find an older run's event: %d %s %v", pos, lane, ok)
	}
	if _, _, ok := again.Find(all[8].ID); ok {
		t.Fatal("a confirmed event is found as unconfirmed")
	}
	if _, _, ok := again.Find("hs-03-1-1"); ok {
		t.Fatal("an id that never was is found")
	}
	again.Confirm(uplink.Alarm, pos)
	if got := drain(t, again, uplink.Alarm); len(got) != 5 {
		t.Fatalf("%d left, want 5", len(got))
	}
}

// start2 stops r and starts a store on the same folder; it returns its outbox, unread.
func start2(t *testing.T, r *rig, opts Options) uplink.Outbox {
	t.Helper()
	r.stop()
	return start(t, opts).Outbox("mqtt")
}

func TestAlarmLaneIsReadPastABacklogOfTheOther(t *testing.T) {
	r := start(t, testOptions(t.TempDir()))
	for range 300 {
		r.Append([]Record{lifecycle()})
	}
	want := r.put(3)
	got, err := r.Outbox("mqtt").Next(t.Context(), uplink.Alarm, 0, 10, nil)
	if err != nil || !slices.Equal(ids(got), want) {
		t.Fatalf("alarm lane %v, %v", ids(got), err)
	}
	rest := drain(t, r.Outbox("mqtt"), uplink.Rest)
	if len(rest) != 300 {
		t.Fatalf("rest lane has %d entries, want 300", len(rest))
	}
}

func TestWakeComesWithDurableEntries(t *testing.T) {
	r := start(t, testOptions(t.TempDir()))
	box := r.Outbox("mqtt")
	rec := record("d1")
	ticket := r.Append([]Record{rec})
	<-box.Wake()
	if err := ticket.Err(); err != nil {
		t.Fatal(err)
	}
	if got := ids(drain(t, box, uplink.Alarm)); !slices.Equal(got, []string{rec.Event.ID}) {
		t.Fatalf("woken for %v", got)
	}
	if pos, lane, ok := box.Find(rec.Event.ID); !ok || lane != uplink.Alarm || pos == 0 {
		t.Fatal("a sent event is not found by its id")
	}
}

func TestNewUplinkBeginsBehindWhatOthersConfirmed(t *testing.T) {
	opts := testOptions(t.TempDir())
	r := start(t, opts)
	r.put(6)
	box := r.Outbox("mqtt")
	all := drain(t, box, uplink.Alarm)
	for _, e := range all[:4] {
		box.Confirm(uplink.Alarm, e.Pos)
	}
	r.stop()
	opts.Uplinks = []string{"mqtt", "fire-brigade"}
	r = start(t, opts)
	got := drain(t, r.Outbox("fire-brigade"), uplink.Alarm)
	if len(got) != 2 || got[0].ID != all[4].ID {
		t.Fatalf("new uplink begins with %v", ids(got))
	}
	if n := r.Outbox("fire-brigade").Backlog(uplink.Alarm); n != 2 {
		t.Fatalf("backlog %d, want 2", n)
	}
}

// TestCursorModel checks the cursor against a plain set of confirmed entries.
func TestCursorModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 60).Draw(t, "entries")
		var lane []uplink.Entry
		at := uplink.Position(0)
		for range n {
			at += uplink.Position(rapid.IntRange(1, 4).Draw(t, "gap"))
			lane = append(lane, uplink.Entry{Pos: at, ID: fmt.Sprint(at)})
		}
		c := &cursor{backlog: int64(n)}
		confirmed := make(map[uplink.Position]bool)
		read := 0
		check := func() {
			low := uplink.Position(0)
			for _, e := range lane {
				if !confirmed[e.Pos] {
					break
				}
				low = e.Pos
			}
			if c.pos > low {
				t.Fatalf("cursor %d passed the first unconfirmed entry after %d", c.pos, low)
			}
			for _, e := range lane {
				if c.isConfirmed(e.Pos) != confirmed[e.Pos] {
					t.Fatalf("entry %d: confirmed %v, want %v", e.Pos, c.isConfirmed(e.Pos), confirmed[e.Pos])
				}
			}
			if c.backlog != int64(n-len(confirmed)) {
				t.Fatalf("backlog %d, want %d", c.backlog, n-len(confirmed))
			}
		}
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0:
				to := min(n, read+rapid.IntRange(1, 9).Draw(t, "read"))
				c.deliver(c.known, lane[read:to])
				read = to
			case 1, 2:
				e := lane[rapid.IntRange(0, n-1).Draw(t, "confirm")]
				c.confirm(e.Pos)
				c.advance()
				confirmed[e.Pos] = true
			case 3:
				saved := cursorRow{pos: c.pos, ranges: c.ranges().encode()}
				c.restart(saved.pos, decodeSpans(saved.ranges))
				for read = 0; read < n && lane[read].Pos <= c.pos; read++ {
				}
			}
			check()
		}
	})
}
