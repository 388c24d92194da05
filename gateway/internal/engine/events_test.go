package engine

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"firepost/cloud-bridge/uplink"
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/firmware-contracts/message/messagetest"
	"firepost/firmware-contracts/message/schema"
	"firepost/firmware-contracts/source"
	"firepost/gateway/internal/alarm"
)

// TestEventsInOrder: numbers, links and values of the events, and snapshots that restore to
// the very state that the engine holds.
func TestEventsInOrder(t *testing.T) {
	r := newRig(t, dev("a"))
	if want := r.read("a", smoke, burning); want != source.Confirm {
		t.Error("a fire on a single read asks for no second one")
	}
	if want := r.read("a", smoke, burning); want != source.Nothing {
		t.Error("a confirmed fire still asks")
	}
	r.read("a", smoke, quiet)
	r.read("a", smoke, quiet)
	r.read("a", smoke, hazy)
	equal(t, "events", r.kinds("a", "smoke", 0), []string{
		"fire raised single_read", "fire confirmed", "fire cleared", "prealarm raised prealarm",
	})
	prev := ""
	for i, e := range r.journal.all() {
		if e.Seq != uint64(i+1) || e.Epoch != r.report.Epoch || e.ID != message.EventID("hs-03", e.Epoch, e.Seq) {
			t.Errorf("event %d is numbered %d-%d, id %s", i, e.Epoch, e.Seq, e.ID)
		}
		if e.Prev != prev || e.Lane != message.LaneAlarm {
			t.Errorf("event %s: prev %q, want %q; lane %s", e.ID, e.Prev, prev, e.Lane)
		}
		if e.Value == nil || e.Premises != "HS-0301-0012" || e.Device != "a" || !e.ClockTrusted || e.MonoMS == 0 {
			t.Errorf("event %s is incomplete: %+v", e.ID, e)
		}
		prev = e.ID
	}
	saved := r.journal.Points()["a/smoke"]
	restored, err := alarm.Restore(saved.Snapshot, r.stamp())
	if err != nil {
		t.Fatal(err)
	}
	live := r.byName["a"].points[smoke].state
	live.Resume(r.stamp())
	if restored != live {
		t.Errorf("the snapshot restores to another state:\n got %+v\nwant %+v", restored, live)
	}
	if saved.Seq != 4 || saved.State != live.Bits() {
		t.Errorf("the record says %d %s", saved.Seq, saved.State)
	}
}

// TestReplayGivesTheSameStates: a story with every kind of event; whoever applies the
// journal's events comes to the engine's states.
func TestReplayGivesTheSameStates(t *testing.T) {
	r := newRig(t, dev("a"), dev("b"))
	story(r)
	states := replay(t, r.journal.all())
	for _, d := range r.devices {
		for _, p := range d.points {
			want := p.state
			got := alarm.State{}
			if s := states[p.key()]; s != nil {
				got = *s
			}
			got.Resume(r.stamp())
			want.Resume(r.stamp())
			if got != want {
				t.Errorf("%s: replay gives %s, the engine has %s", p.key(), got.Bits(), want.Bits())
			}
		}
	}
}

// story makes every kind of event of a point.
func story(r *rig) {
	r.readAll("a")
	r.readAll("b")
	r.read("a", smoke, burning)
	r.read("a", smoke, burning)
	r.must(r.do(message.ActionAcknowledge, "a", ""))
	r.must(r.do(message.ActionSilence, "", ""))
	r.read("a", smoke, quiet)
	r.read("a", smoke, quiet)
	r.must(r.do(message.ActionReset, "a", ""))
	r.read("b", battery, 400)
	r.must(r.do(message.ActionDisable, "b", "smoke", seconds(60)))
	r.read("b", smoke, burning)
	r.must(r.do(message.ActionEnable, "b", "smoke"))
	r.must(r.do(message.ActionTestOn, "a", "", seconds(30)))
	r.read("a", smoke, burning)
	r.must(r.do(message.ActionTestOff, "a", ""))
	r.tick(faultAfter + time.Second)
	r.must(r.do(message.ActionRemove, "b", ""))
	r.readAll("a")
	r.Internal("journal", Text{ZH: "日志", EN: "Journal"}, "journal_memory_only", r.stamp())
	r.Internal("journal", Text{ZH: "日志", EN: "Journal"}, "", r.stamp())
}

// TestEveryMessageMeetsItsSchema: events, states and telemetry of the whole story, and the
// booth's own.
func TestEveryMessageMeetsItsSchema(t *testing.T) {
	r := newRigAt(t, begin(), func(o *Options) {
		o.TelemetryEvery = 10 * time.Second
		o.Parts = []Part{BusPart("rs485-1")}
	}, dev("a"), dev("b"))
	v, err := messagetest.NewValidator()
	if err != nil {
		t.Fatal(err)
	}
	check := func(kind schema.Kind, m any) {
		t.Helper()
		data, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if err := v.Validate(kind, data); err != nil {
			t.Errorf("%v\nin %s", err, data)
		}
	}
	states := func() {
		for _, name := range r.Devices() {
			s, ok := r.DeviceState(name)
			if !ok {
				t.Errorf("no state of %s", name)
			}
			check(schema.State, s)
		}
	}
	states()
	for _, kind := range []message.Kind{message.KindStarted, message.KindStopped, message.KindConfigChanged, message.KindConfigRefused} {
		r.Record(kind, "why", map[string]string{"version": "dev"})
	}
	r.Bus(source.BusState{Bus: "rs485-1", Err: contract.ErrNoPoint, At: r.stamp()})
	story(r)
	states()
	s := r.stamp()
	s.Wall = s.Wall.Add(time.Hour)
	r.set(s)
	r.tick(20 * time.Second)
	all := r.journal.all()
	seen := make(map[message.Kind]bool)
	for i := range all {
		check(schema.Event, all[i])
		seen[all[i].Kind] = true
	}
	for _, kind := range []message.Kind{
		message.KindRaised, message.KindConfirmed, message.KindCleared, message.KindAcknowledged, message.KindSilenced,
		message.KindReset, message.KindRemoved, message.KindDisabled, message.KindEnabled, message.KindTestOn, message.KindTestOff,
		message.KindTimeCorrected,
	} {
		if !seen[kind] {
			t.Errorf("the story makes no %s event", kind)
		}
	}
	entries := r.telemetry(v)
	if entries == 0 {
		t.Error("no telemetry")
	}
	states()
}

// telemetry waits until the spooled batches are in the outbox, checks and counts them.
func (r *rig) telemetry(v *messagetest.Validator) int {
	r.t.Helper()
	box := r.journal.Outbox("mqtt")
	entries, err := box.Next(r.t.Context(), uplink.Telemetry, 0, 100, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, e := range entries {
		if err := v.Validate(schema.Telemetry, e.Payload); err != nil {
			r.t.Errorf("%v\nin %s", err, e.Payload)
		}
	}
	return len(entries)
}

func TestTwoHundredAlarmsInOneCycle(t *testing.T) {
	var devices []Device
	for i := range 200 {
		devices = append(devices, dev(fmt.Sprintf("d%03d", i)))
	}
	r := newRig(t, devices...)
	names, cancel := r.Changes()
	defer cancel()
	for i := range devices {
		r.read(devices[i].Name, smoke, burning)
	}
	all := r.journal.all()
	if len(all) != 200 {
		t.Fatalf("%d events of 200 fires", len(all))
	}
	for i, e := range all {
		if e.Device != devices[i].Name || e.Seq != uint64(i+1) || e.Class != message.ClassFire {
			t.Fatalf("event %d is %s %s of %s", i, e.ID, e.Class, e.Device)
		}
	}
	pic := r.Picture()
	if len(pic.Points) != 200 || pic.Points[199].Latest.Seq != 200 {
		t.Errorf("the picture has %d fires, the last is %+v", len(pic.Points), pic.Points[len(pic.Points)-1])
	}
	// Two events each: a watcher that does not read hears of every device all the same.
	for i := range devices {
		r.read(devices[i].Name, smoke, burning)
	}
	told := make(map[string]bool)
	for range 3 {
		for len(names) > 0 {
			told[<-names] = true
		}
		r.Tick(r.stamp())
	}
	if len(told) != 200 {
		t.Errorf("a slow watcher heard of %d devices of 200", len(told))
	}
}

// TestSlowWatcher: who is behind hears every name later, once, in order.
func TestSlowWatcher(t *testing.T) {
	var w watchers
	names, cancel := w.add()
	const n = watchBuffer + 44
	for range 2 {
		for i := range n {
			w.notify(fmt.Sprint(i))
		}
	}
	var got []string
	for range 3 {
		for len(names) > 0 {
			got = append(got, <-names)
		}
		w.flush()
	}
	// What found room the first time was told; the rest, and what changed since, waited.
	if len(got) != watchBuffer+n || got[watchBuffer] != fmt.Sprint(watchBuffer) || got[len(got)-1] != fmt.Sprint(watchBuffer-1) {
		t.Errorf("%d names: %v", len(got), got)
	}
	cancel()
	cancel()
	w.notify("late")
	if _, open := <-names; open {
		t.Error("a cancelled watcher hears on")
	}
}

// TestTickTellsWhatIsOwed: also when nothing changes any more.
func TestTickTellsWhatIsOwed(t *testing.T) {
	r := newRig(t, dev("a"))
	names, cancel := r.Changes()
	defer cancel()
	for i := range watchBuffer + 1 {
		r.Touch(fmt.Sprint(i))
	}
	for len(names) > 0 {
		<-names
	}
	r.Tick(r.stamp())
	if len(names) != 1 || <-names != fmt.Sprint(watchBuffer) {
		t.Error("the last change is never told")
	}
}

func TestReadingWithoutNewsAllocatesNothing(t *testing.T) {
	r := newRig(t, dev("a"), func() Device {
		d := dev("b")
		d.TemperatureFrom = Source{"a", "temperature"}
		return d
	}())
	for _, d := range []string{"a", "b"} {
		r.readAll(d)
	}
	samples := []contract.Sample{{Point: smoke}, {Point: battery, Raw: 90, Value: 90}, {Point: temperature, Raw: 20, Value: 20}}
	before := r.count()
	b := &source.Batch{Device: "b", Samples: samples, At: r.stamp()}
	if n := testing.AllocsPerRun(100, func() { r.Deliver(b) }); n != 0 {
		t.Errorf("%v allocations per exchange", n)
	}
	failed := &source.Batch{Device: "b", Err: contract.ErrNoPoint, At: r.stamp()}
	if n := testing.AllocsPerRun(100, func() { r.Deliver(failed) }); n != 0 {
		t.Errorf("%v allocations per failed exchange", n)
	}
	if r.count() != before {
		t.Error("there was news")
	}
}

// TestLocalBeforeTheJournal: with a journal that does not come back, outputs are told, and
// can decide, all the same.
func TestLocalBeforeTheJournal(t *testing.T) {
	told := make(chan struct{}, 10)
	r := newRigAt(t, begin(), func(o *Options) { o.Local = func() { told <- struct{}{} } }, dev("a"))
	r.journal.gate = make(chan struct{})
	done := make(chan struct{})
	go func() {
		r.read("a", smoke, burning)
		close(done)
	}()
	<-told
	pic := r.Picture()
	if len(pic.Points) != 1 || !pic.Points[0].Bits.Has(latched) || !pic.Points[0].Latest.IsZero() {
		t.Errorf("the outputs see %+v while the journal hangs", pic.Points)
	}
	select {
	case <-done:
		t.Fatal("the journal did not hang")
	default:
	}
	if r.count() != 0 {
		t.Error("the journal came first")
	}
	close(r.journal.gate)
	<-done
	if pic := r.Picture(); pic.Points[0].Latest.Seq != 1 {
		t.Errorf("the fire has no number: %+v", pic.Points[0])
	}
}

func TestDevicesOfOneNameAreRefused(t *testing.T) {
	r := newRig(t)
	_, err := New(Options{Devices: []Device{dev("a"), dev("a")}, Journal: r.journal, Now: r.stamp, Log: slog.New(slog.DiscardHandler)})
	if err == nil {
		t.Error("two devices of one name are taken")
	}
}

// TestOddBatches: what no source should deliver does no harm.
func TestOddBatches(t *testing.T) {
	r := newRig(t, dev("a"))
	link := len(detector().Points)
	for _, b := range []source.Batch{
		{Device: "nobody", Samples: []contract.Sample{{Point: smoke, Raw: burning, Means: contract.Fire}}},
		{Device: Booth, Samples: []contract.Sample{{Point: smoke, Raw: burning, Means: contract.Fire}}},
		{Device: "a", Samples: []contract.Sample{{Point: -1}, {Point: link}, {Point: 99}}},
		{Device: "a"},
	} {
		b.At = r.stamp()
		if want := r.Deliver(&b); want != source.Nothing {
			t.Errorf("%+v makes the engine want %d", b, want)
		}
	}
	if r.count() != 0 {
		t.Errorf("events %v", r.journal.all())
	}
}

func TestRecentEventsAreCarriedOver(t *testing.T) {
	r := newRig(t, dev("a"))
	for range recentEvents {
		r.read("a", smoke, burning)
		r.read("a", smoke, quiet)
		r.read("a", smoke, quiet)
	}
	before := r.Recent()
	if len(before) != recentEvents || before[0].ID != r.last() {
		t.Fatalf("%d recent events, newest %s", len(before), before[0].ID)
	}
	r.opts = func(o *Options) { o.Recent = before }
	r.engine(dev("a"))
	same := slices.EqualFunc(r.Recent(), before, func(a, b message.Event) bool { return a.ID == b.ID })
	if !same {
		t.Error("a reload loses the recent events")
	}
}
