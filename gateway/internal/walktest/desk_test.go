package walktest

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"firepost/firmware-contracts/message"
)

// booth is an engine that obeys at once.
type booth struct {
	mu     sync.Mutex
	st     *stage
	events []message.Event
	// refuse is a device that can't be put into test mode.
	refuse string
	orders []string
}

func (b *booth) View() View {
	b.mu.Lock()
	defer b.mu.Unlock()
	v := b.st.v
	v.Now, v.Places = b.st.now, slices.Clone(v.Places)
	return v
}

func (b *booth) Events() []message.Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := slices.Clone(b.events)
	slices.Reverse(out)
	return out
}

func (b *booth) About() About {
	return About{Station: "hs-03", District: "hongshan", Software: "test", Label: Text{ZH: "三号", EN: "three"}}
}

func (b *booth) Command(_ context.Context, cmd message.Command) message.Result {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.orders = append(b.orders, string(cmd.Action)+" "+cmd.Device+" "+cmd.Author)
	if cmd.Device == b.refuse {
		return message.Result{Code: "refused", Text: "no", TextZH: "不"}
	}
	kind, on := message.KindTestOn, true
	if cmd.Action == message.ActionTestOff {
		kind, on = message.KindTestOff, false
	}
	p := b.st.v.place(cmd.Device)
	p.State = p.State.With(message.Test, on)
	for i := range p.Points {
		p.Points[i].State = p.Points[i].State.With(message.Test, on)
	}
	ev := b.st.event(kind, message.ClassOperation, cmd.Device, p.Points[0].Name, p.State)
	b.events = append(b.events, *ev)
	return message.Result{OK: true, Code: "ok", Events: []string{ev.ID}}
}

// happen is an event of a detector that the view shows, too.
func (b *booth) happen(kind message.Kind, device string, state message.Bits) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events = append(b.events, *b.st.event(kind, message.ClassFire, device, "smoke", state))
	b.st.active(device, state.Has(message.Active))
}

func (b *booth) pass(d *Desk, id, device string) {
	b.st.t.Helper()
	b.st.ok(d.Now(id, "wang", device, "smoke"))
	b.mu.Lock()
	b.st.after(time.Second)
	b.mu.Unlock()
	b.happen(message.KindRaised, device, message.Fire|message.Active|message.Test)
	b.happen(message.KindCleared, device, message.Fire|message.Test)
	d.follow()
}

func newDesk(t *testing.T) (*booth, *Desk) {
	t.Helper()
	b := &booth{st: newStage(t)}
	b.st.live()
	dir := t.TempDir()
	return b, NewDesk(b, filepath.Join(dir, "walktests"), filepath.Join(dir, "reports"), slog.New(slog.DiscardHandler))
}

func start(t *testing.T, d *Desk) string {
	t.Helper()
	id, err := d.Start(t.Context(), "wang", []string{"HS-1"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// whole runs a test up to its end, without finishing it.
func whole(t *testing.T, b *booth, d *Desk) string {
	t.Helper()
	id := start(t, d)
	b.pass(d, id, "a")
	b.pass(d, id, "b")
	b.st.ok(d.Mark(id, "wang", "gauge", "pressure", Passed, ""))
	b.st.ok(d.Mark(id, "wang", "", "siren", Passed, ""))
	b.st.ok(d.Mark(id, "wang", "door", "open", NotReached, "锁着"))
	return id
}

func TestDesk(t *testing.T) {
	b, d := newDesk(t)
	id := whole(t, b, d)
	if !strings.HasPrefix(id, "wt-hs-03-1-") {
		t.Errorf("id %q", id)
	}
	changed, cancel := d.Watch()
	defer cancel()
	b.st.ok(d.Finish(t.Context(), id, "wang"))
	<-changed
	d.follow()
	list, err := d.Reports().List()
	if err != nil || len(list) != 1 || list[0].ID != id || list[0].Outcome != OutcomeIncomplete || list[0].Damaged != "" {
		t.Fatalf("%+v %v", list, err)
	}
	r, err := d.Reports().Load(id)
	if err != nil || len(r.Items) != 5 || *r.Items[0].Hit.ResponseMS != 1000 || r.Label.ZH != "三号" {
		t.Errorf("%+v %v", r, err)
	}
	if o, err := d.Overview(); err != nil || len(o.Sessions) != 0 || len(o.Candidates) != 4 {
		t.Errorf("%+v %v", o, err)
	}
	left, err := os.ReadDir(d.open.Dir)
	if err != nil || len(left) != 0 {
		t.Errorf("an ended session lies about: %v %v", left, err)
	}
	b.st.refused(d.Stop(id, "wang"), "no_session")
}

// TestStartIsAllOrNothing: one device that refuses leaves all live; one in alarm, or in
// another test, is not touched.
func TestStartIsAllOrNothing(t *testing.T) {
	b, d := newDesk(t)
	b.refuse = "gauge"
	if _, err := d.Start(t.Context(), "wang", []string{"HS-1"}, nil); err == nil {
		t.Fatal("started")
	}
	for i := range b.st.v.Places {
		if b.st.v.Places[i].State.Has(message.Test) {
			t.Errorf("%s stays in test mode", b.st.v.Places[i].Device)
		}
	}
	b.refuse = ""
	_, err := d.Start(t.Context(), "wang", []string{"HS-9"}, nil)
	b.st.refused(err, "no_devices")
	_, err = d.Start(t.Context(), "wang", nil, []string{"nothing"})
	b.st.refused(err, "unknown_device")
	b.st.v.place("a").State = message.Fire | message.Latched
	_, err = d.Start(t.Context(), "wang", nil, []string{"a"})
	b.st.refused(err, "in_alarm")
	b.st.v.place("a").State = 0
	if _, err = d.Start(t.Context(), "wang", nil, []string{"a"}); err != nil {
		t.Fatal(err)
	}
	_, err = d.Start(t.Context(), "li", []string{"HS-1"}, nil)
	b.st.refused(err, "taken")
	if _, err = d.Start(t.Context(), "li", nil, []string{"b"}); err != nil {
		t.Errorf("another device: %v", err)
	}
}

// TestFinishWaitsForSmoke: ending test mode over a detector that reports would be a real fire.
func TestFinishWaitsForSmoke(t *testing.T) {
	b, d := newDesk(t)
	id := whole(t, b, d)
	b.happen(message.KindRaised, "a", message.Fire|message.Active|message.Test)
	n := len(b.orders)
	b.st.refused(d.Finish(t.Context(), id, "wang"), "still_fire")
	b.st.refused(d.Abandon(t.Context(), id, "wang", "x"), "still_fire")
	if len(b.orders) != n {
		t.Errorf("%v", b.orders[n:])
	}
}

// TestOverARestart: another desk over the same folders takes the test up, paused; and a
// damaged one is passed over, not deleted.
func TestOverARestart(t *testing.T) {
	b, d := newDesk(t)
	id := start(t, d)
	b.pass(d, id, "a")
	bad := filepath.Join(d.open.Dir, "wt-bad.json")
	if err := os.WriteFile(bad, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	d = NewDesk(b, d.open.Dir, d.reports.Dir, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	changed, stop := d.Watch()
	defer stop()
	for {
		d.mu.Lock()
		n := len(d.sessions)
		d.mu.Unlock()
		if n == 1 {
			break
		}
		select {
		case <-changed:
		case <-time.After(time.Millisecond):
		}
	}
	b.st.refused(d.Now(id, "wang", "b", "smoke"), "not_running")
	b.st.ok(d.TakeUp(t.Context(), id, "li"))
	b.st.refused(d.Now(id, "wang", "b", "smoke"), "not_yours")
	b.st.ok(d.Extend(t.Context(), id, "li"))
	b.st.ok(d.TakeUp(t.Context(), id, "wang"))
	b.st.refused(d.Abandon(t.Context(), id, "wang", " "), "needs_reason")
	b.st.ok(d.Abandon(t.Context(), id, "wang", "明天"))
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	r, err := d.Reports().Load(id)
	if err != nil || r.Outcome != OutcomeIncomplete || len(r.Authors) != 2 || r.Items[0].Result != Passed {
		t.Errorf("%+v %v", r, err)
	}
	if _, err := os.Stat(bad); err != nil {
		t.Error("a damaged test was thrown away")
	}
}

// TestAReportThatCantBeWritten is not forgotten: the session stays until it can.
func TestAReportThatCantBeWritten(t *testing.T) {
	b, d := newDesk(t)
	id := whole(t, b, d)
	// A file where the folder should be: root can write everywhere else.
	if err := os.WriteFile(d.reports.Dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	b.st.ok(d.Finish(t.Context(), id, "wang"))
	d.follow()
	o, err := d.Overview()
	if err != nil || len(o.Sessions) != 1 || o.Errors[id] == "" {
		t.Fatalf("%+v %v", o, err)
	}
	if err := os.Remove(d.reports.Dir); err != nil {
		t.Fatal(err)
	}
	d.follow()
	if _, err := d.Reports().Load(id); err != nil {
		t.Error(err)
	}
	if o, err := d.Overview(); err != nil || len(o.Sessions) != 0 || len(o.Errors) != 0 {
		t.Errorf("%+v %v", o, err)
	}
}

// TestReports: what stands is never overwritten, and a changed one is shown as changed.
func TestReports(t *testing.T) {
	b, d := newDesk(t)
	id := start(t, d)
	b.pass(d, id, "a")
	b.st.ok(d.Abandon(t.Context(), id, "wang", "明天"))
	r, err := d.Reports().Load(id)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Reports().Save(r); err != nil {
		t.Errorf("the same once more: %v", err)
	}
	other := *r
	other.Outcome = OutcomePassed
	if other.Hash, err = other.sum(); err != nil {
		t.Fatal(err)
	}
	if err := d.Reports().Save(&other); !errors.Is(err, fs.ErrExist) {
		t.Errorf("another content: %v", err)
	}
	path := filepath.Join(d.reports.Dir, id+".json")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Replace(data, []byte(`"wang"`), []byte(`"zhao"`), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err = d.Reports().Load(id)
	if !errors.Is(err, ErrHash) || r == nil {
		t.Fatalf("a changed report: %v", err)
	}
	var page bytes.Buffer
	if err := Print(&page, r, err, "../report.css", "../report.js"); err != nil || !strings.Contains(page.String(), "此报告不可信") {
		t.Errorf("%v %s", err, page.String())
	}
	if list, err := d.Reports().List(); err != nil || list[0].Damaged == "" {
		t.Errorf("%+v %v", list, err)
	}
	for _, id := range []string{"", "wt-", "../accounts", "wt-../x", "wt-a/b", "wt-A", "wt-" + strings.Repeat("a", 200)} {
		if _, err := d.Reports().Load(id); !errors.Is(err, ErrID) {
			t.Errorf("%q: %v", id, err)
		}
	}
	if _, err := d.Reports().Load("wt-none"); !errors.Is(err, ErrNone) {
		t.Error(err)
	}
	if err := Print(&page, nil, nil, "", ""); err == nil {
		t.Error("printed nothing")
	}
}

// TestTimesAreCorrected: a test that began in 1970 reads right once the clock is trusted.
func TestTimesAreCorrected(t *testing.T) {
	early := message.Stamp{Boot: boot, Mono: time.Minute, Wall: time.Unix(60, 0).UTC()}
	s := NewSession("wt-x", "hs-03", "<b>wang</b>", shops(), nil, early)
	s.Close(early.Add(time.Minute), "wang", Text{ZH: "完", EN: "end"})
	late := stampAt(3 * time.Minute)
	r, err := s.Report(About{}, late)
	if err != nil {
		t.Fatal(err)
	}
	if want := late.Wall.Add(-2 * time.Minute); !r.Began.Trusted || !r.Began.At.Equal(want) {
		t.Errorf("%+v, want %v", r.Began, want)
	}
	late.Boot = "boot-2"
	if r, err = s.Report(About{}, late); err != nil || r.Began.Trusted {
		t.Errorf("%+v %v", r.Began, err)
	}
	var page bytes.Buffer
	if err := Print(&page, r, nil, "s", "j"); err != nil {
		t.Fatal(err)
	}
	if text := page.String(); !strings.Contains(text, "时钟未校准") || strings.Contains(text, "<b>wang") || !strings.Contains(text, "未测") {
		t.Error(text)
	}
}
