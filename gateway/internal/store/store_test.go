package store

import (
	"context"
	"fmt"
	"testing"
	"time"

	"firepost/cloud-bridge/uplink"
	"firepost/firmware-contracts/message"
)

// fixedNow is a trusted clock that stands still.
func fixedNow() message.Stamp {
	return message.Stamp{Boot: "boot-1", Mono: time.Hour, Wall: time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC), Trusted: true}
}

func testOptions(dir string) Options {
	return Options{
		Dir: dir, Station: "hs-03", District: "hongshan", Now: fixedNow, Uplinks: []string{"mqtt"}, BallastBytes: -1,
		CursorEvery: 2 * time.Millisecond, TelemetryEvery: 2 * time.Millisecond, SecondEvery: 20 * time.Millisecond,
		RetryFirst: time.Millisecond, RetryMax: 5 * time.Millisecond,
	}
}

// rig is a running store.
type rig struct {
	*Store
	t      testing.TB
	rep    Report
	cancel context.CancelFunc
	done   chan error
}

func start(t testing.TB, opts Options) *rig {
	t.Helper()
	s, rep, err := Open(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{Store: s, t: t, rep: rep, done: make(chan error, 1)}
	ctx, cancel := context.WithCancel(t.Context())
	r.cancel = cancel
	go func() { r.done <- s.Run(ctx) }()
	t.Cleanup(r.stop)
	return r
}

// stop ends the store as a daemon does; it may be called twice.
func (r *rig) stop() {
	if r.cancel == nil {
		return
	}
	r.cancel()
	<-r.done
	_ = r.Close()
	r.cancel = nil
}

// fire is an event of the alarm lane.
func fire(device string) *message.Event {
	now := fixedNow()
	return &message.Event{
		At: message.Time{Time: now.Wall}, ReceivedAt: message.Time{Time: now.Wall}, ClockTrusted: true, Boot: now.Boot,
		Lane: message.LaneAlarm, Class: message.ClassFire, Kind: message.KindRaised, Device: device, Point: "smoke",
		State: message.Fire | message.Active | message.Latched,
	}
}

func record(device string) Record {
	return Record{Event: fire(device), Key: device + "/smoke", Snapshot: []byte(`{"latched":true}`)}
}

func lifecycle() Record {
	e := fire("")
	e.Lane, e.Class, e.Kind, e.State = message.LaneRest, message.ClassLifecycle, message.KindStarted, 0
	return Record{Event: e}
}

// put appends n events and waits until they are durable.
func (r *rig) put(n int) []string {
	r.t.Helper()
	ids := make([]string, 0, n)
	var last Ticket
	for i := range n {
		rec := record(fmt.Sprintf("d%d", i%7))
		last = r.Append([]Record{rec})
		ids = append(ids, rec.Event.ID)
	}
	if n > 0 {
		if err := last.Err(); err != nil {
			r.t.Fatal(err)
		}
	}
	return ids
}

// drain reads everything of a lane that is not confirmed.
func drain(t testing.TB, o uplink.Outbox, lane uplink.Lane) []uplink.Entry {
	t.Helper()
	var out []uplink.Entry
	after := o.Cursor(lane)
	for {
		got, err := o.Next(t.Context(), lane, after, 50, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) == 0 {
			break
		}
		after = got[len(got)-1].Pos
		for _, e := range got {
			if !o.Confirmed(lane, e.Pos) {
				out = append(out, e)
			}
		}
	}
	return out
}

func ids(entries []uplink.Entry) []string {
	out := make([]string, len(entries))
	for i, e := range entries {
		out[i] = e.ID
	}
	return out
}

// eventually waits for the store's own goroutines; cond must become true.
func eventually(t testing.TB, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	limit := time.NewTimer(30 * time.Second)
	defer limit.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-limit.C:
			t.Fatalf("never: %s", what)
		}
	}
}

func TestAppendIsDurableAndNumbered(t *testing.T) {
	dir := t.TempDir()
	r := start(t, testOptions(dir))
	if !r.rep.Fresh || !r.rep.Durable || r.rep.MemoryOnly != "" {
		t.Fatalf("report %+v", r.rep)
	}
	want := r.put(300)
	if r.Append([]Record{lifecycle()}).Err() != nil {
		t.Fatal("lifecycle event not durable")
	}
	if got := ids(drain(t, r.Outbox("mqtt"), uplink.Alarm)); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("outbox has %d entries, want %d in order", len(got), len(want))
	}
	first := r.rep.Epoch
	r.stop()

	again := start(t, testOptions(dir))
	if again.rep.Epoch != first+1 || again.rep.Fresh {
		t.Fatalf("second start: epoch %d after %d, report %+v", again.rep.Epoch, first, again.rep)
	}
	rec := record("d1")
	if err := again.Append([]Record{rec}).Err(); err != nil {
		t.Fatal(err)
	}
	if rec.Event.Prev != want[len(want)-1] {
		t.Fatalf("prev %q, want %q", rec.Event.Prev, want[len(want)-1])
	}
	if rec.Event.Seq != 302 {
		t.Fatalf("seq %d goes not on, want 302", rec.Event.Seq)
	}
	if got := ids(drain(t, again.Outbox("mqtt"), uplink.Alarm)); len(got) != 301 || got[0] != want[0] || got[300] != rec.Event.ID {
		t.Fatalf("after the restart the outbox has %d entries", len(got))
	}
	if p := again.Points()["d1/smoke"]; string(p.Snapshot) != `{"latched":true}` || !p.State.Has(message.Latched) {
		t.Fatalf("snapshot %+v", p)
	}
	if n := again.Outbox("mqtt").Backlog(uplink.Alarm); n != 301 {
		t.Fatalf("backlog %d, want 301", n)
	}
}

func TestNumberedGivesTheSnapshot(t *testing.T) {
	opts := testOptions(t.TempDir())
	r := start(t, opts)
	rec := record("d1")
	rec.Numbered = func(ev *message.Event) []byte { return []byte(ev.ID) }
	must(t, r.Append([]Record{rec}).Err())
	r.stop()
	r = start(t, opts)
	if p := r.Points()["d1/smoke"]; string(p.Snapshot) != rec.Event.ID {
		t.Fatalf("snapshot %q, want the event's own id", p.Snapshot)
	}
	rec = record("d1")
	rec.Numbered = func(*message.Event) []byte { panic("broken") }
	must(t, r.Append([]Record{rec}).Err())
	if got := drain(t, r.Outbox("mqtt"), uplink.Alarm); len(got) != 2 {
		t.Fatalf("%d events after a panic of the caller, want 2", len(got))
	}
	if err := (Ticket{}).Err(); err != nil {
		t.Fatal(err)
	}
	<-Ticket{}.Done()
}
