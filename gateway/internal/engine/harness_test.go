package engine

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/firmware-contracts/message/messagetest"
	"firepost/firmware-contracts/message/schema"
	"firepost/firmware-contracts/source"
	"firepost/gateway/internal/alarm"
	"firepost/gateway/internal/store"
)

// The raw values of the test detector's smoke point.
const (
	quiet    = 0
	burning  = 1
	hazy     = 2
	nonsense = 77
)

// The points of the test detector, by index.
const (
	smoke = iota
	battery
	temperature
)

func detector() *contract.Contract {
	return &contract.Contract{
		Name: "detector", Version: 1, Class: "detector", Title: contract.Text{ZH: "感烟", EN: "smoke"},
		Points: []contract.Point{
			{
				Name: "smoke", Title: contract.Text{ZH: "烟雾报警", EN: "smoke alarm"}, Role: contract.RoleSmoke, Lane: contract.Alarm, Type: contract.U16,
				Values: []contract.ValueMeaning{
					{Raw: quiet, Title: contract.Text{ZH: "正常", EN: "normal"}},
					{Raw: burning, Means: contract.Fire, Title: contract.Text{ZH: "火警", EN: "fire"}},
					{Raw: hazy, Means: contract.Prealarm},
				},
			},
			{Name: "battery", Role: contract.RoleBattery, Lane: contract.Slow, Unit: "%", Type: contract.U16, Range: &contract.Range{Max: 100}},
			{Name: "temperature", Role: contract.RoleTemperature, Lane: contract.Slow, Unit: "°C", Type: contract.U16},
		},
	}
}

const (
	faultAfter     = 20 * time.Second
	slowFaultAfter = 100 * time.Second
)

func dev(name string) Device {
	return Device{
		Name: name, Bus: "rs485-1", Unit: 1, Premises: "HS-0301-0012", Label: Text{ZH: "张记面馆", EN: "Zhang's Noodles"},
		Model: detector(), FaultAfter: faultAfter, SlowFaultAfter: slowFaultAfter,
	}
}

// tap is the real journal, with a copy of every event that passes.
type tap struct {
	*store.Store
	mu     sync.Mutex
	events []message.Event
	// gate, if not nil, holds every Append until it can be received from.
	gate chan struct{}
}

func (j *tap) Append(recs []store.Record) store.Ticket {
	if j.gate != nil {
		<-j.gate
	}
	t := j.Store.Append(recs)
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, r := range recs {
		j.events = append(j.events, *r.Event)
	}
	return t
}

func (j *tap) all() []message.Event {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.events)
}

// rig is an engine on a real journal, with a clock that only the test moves.
type rig struct {
	*Engine
	t       testing.TB
	dir     string
	journal *tap
	report  store.Report
	opts    func(*Options)

	mu   sync.Mutex
	now  message.Stamp
	stop func()
}

func begin() message.Stamp {
	return message.Stamp{Boot: "boot-1", Mono: time.Hour, Wall: time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC), Trusted: true}
}

func newRig(t testing.TB, devices ...Device) *rig { return newRigAt(t, begin(), nil, devices...) }

func newRigAt(t testing.TB, at message.Stamp, opts func(*Options), devices ...Device) *rig {
	t.Helper()
	r := &rig{t: t, dir: t.TempDir(), now: at, opts: opts}
	r.start(devices...)
	t.Cleanup(func() { r.stop() })
	return r
}

func (r *rig) stamp() message.Stamp {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

func (r *rig) set(s message.Stamp) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = s
}

// wait moves the clock on.
func (r *rig) wait(d time.Duration) { r.set(r.stamp().Add(d)) }

// tick looks at the deadlines, every tick of d.
func (r *rig) tick(d time.Duration) {
	for end := r.stamp().Mono + d; r.stamp().Mono < end; {
		r.wait(tick)
		r.Tick(r.stamp())
	}
}

// start opens the journal and makes an engine on it.
func (r *rig) start(devices ...Device) {
	r.t.Helper()
	s, rep, err := store.Open(context.Background(), store.Options{
		Dir: r.dir, Station: "hs-03", District: "hongshan", Now: r.stamp, Uplinks: []string{"mqtt"}, BallastBytes: -1,
		SecondEvery: time.Millisecond,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		_ = s.Run(ctx)
		close(done)
	}()
	r.stop = sync.OnceFunc(func() {
		cancel()
		<-done
		if err := s.Close(); err != nil {
			r.t.Errorf("close journal: %v", err)
		}
	})
	r.journal, r.report = &tap{Store: s}, rep
	r.engine(devices...)
}

// engine makes a new engine on the same, open journal: a reload.
func (r *rig) engine(devices ...Device) {
	r.t.Helper()
	o := Options{
		Station: "hs-03", District: "hongshan", Devices: devices, Journal: r.journal, Now: r.stamp,
		TestFor: 30 * time.Minute, Log: slog.New(slog.DiscardHandler),
	}
	if r.opts != nil {
		r.opts(&o)
	}
	e, err := New(o)
	if err != nil {
		r.t.Fatal(err)
	}
	r.Engine = e
}

// restart ends daemon and journal and begins anew with these devices.
func (r *rig) restart(devices ...Device) {
	r.t.Helper()
	r.stop()
	r.wait(time.Second)
	r.start(devices...)
}

// read delivers one good read of one point and returns what the engine wants.
func (r *rig) read(device string, index int, raw uint64) source.Want {
	r.t.Helper()
	r.wait(100 * time.Millisecond)
	m := detector()
	data := []byte{byte(raw >> 8), byte(raw)}
	s, err := (&contract.Contract{Points: []contract.Point{m.Points[index]}}).Decode(0, data, 0)
	if err != nil {
		r.t.Fatal(err)
	}
	s.Point = index
	return r.Deliver(&source.Batch{Device: device, Samples: []contract.Sample{s}, At: r.stamp()})
}

// readAll reads every point of a healthy device.
func (r *rig) readAll(device string) {
	r.t.Helper()
	r.read(device, smoke, quiet)
	r.read(device, battery, 90)
	r.read(device, temperature, 20)
}

// alive keeps devices answering for d, while the deadlines are looked at.
func (r *rig) alive(d time.Duration, devices ...string) {
	r.t.Helper()
	for end := r.stamp().Mono + d; r.stamp().Mono < end; {
		for _, name := range devices {
			r.readAll(name)
		}
		r.tick(2 * time.Second)
	}
}

// point is the point's view.
func (r *rig) point(device, name string) PointView {
	r.t.Helper()
	for _, p := range r.device(device).Points {
		if p.Name == name {
			return p
		}
	}
	r.t.Fatalf("device %s shows no point %s", device, name)
	return PointView{}
}

func (r *rig) device(name string) DeviceView {
	r.t.Helper()
	for _, d := range r.View() {
		if d.Name == name {
			return d
		}
	}
	r.t.Fatalf("device %s is not shown", name)
	return DeviceView{}
}

func (r *rig) shown(name string) bool {
	return slices.ContainsFunc(r.View(), func(d DeviceView) bool { return d.Name == name })
}

// kinds are the events of a point since event number from, as "class kind cause".
func (r *rig) kinds(device, name string, from int) []string {
	var out []string
	for _, e := range r.journal.all()[from:] {
		if e.Device == device && e.Point == name {
			s := string(e.Class) + " " + string(e.Kind)
			if e.Cause != "" {
				s += " " + e.Cause
			}
			out = append(out, s)
		}
	}
	return out
}

func (r *rig) count() int { return len(r.journal.all()) }

// last is the id of the newest event: what a person at the desk has seen.
func (r *rig) last() string {
	h := r.journal.Health()
	return message.EventID("hs-03", h.Epoch, h.Seq)
}

// do carries out a command by a person who has seen everything.
func (r *rig) do(action message.Action, device, point string, more ...func(*message.Command)) message.Result {
	r.t.Helper()
	cmd := message.Command{
		ID: "c1", Station: "hs-03", Issuer: "district", Action: action, Device: device, Point: point,
		Author: "李值班", Note: "现场查看", Outcome: "false", Event: r.last(),
	}
	for _, f := range more {
		f(&cmd)
	}
	res := r.Command(context.Background(), cmd)
	data, err := json.Marshal(res)
	if err != nil {
		r.t.Fatal(err)
	}
	messagetest.MustValidate(r.t, schema.Result, data)
	return res
}

func (r *rig) must(res message.Result) {
	r.t.Helper()
	if !res.OK {
		r.t.Fatalf("refused: %s: %s", res.Code, res.Text)
	}
}

func seconds(n int64) func(*message.Command) { return func(c *message.Command) { c.Seconds = n } }
func seen(id string) func(*message.Command)  { return func(c *message.Command) { c.Event = id } }

// bits fails the test unless the point has exactly these.
func (r *rig) bits(device, name string, want message.Bits) {
	r.t.Helper()
	if got := r.point(device, name).State; got != want {
		r.t.Errorf("%s/%s is %s, want %s", device, name, got, want)
	}
}

func (r *rig) has(device, name string, want message.Bits) {
	r.t.Helper()
	if got := r.point(device, name).State; !got.Has(want) {
		r.t.Errorf("%s/%s is %s, want %s in it", device, name, got, want)
	}
}

func equal(t testing.TB, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}

// replay applies recorded events to fresh states, as a reader of the journal would.
func replay(t testing.TB, events []message.Event) map[string]*alarm.State {
	t.Helper()
	states := make(map[string]*alarm.State)
	for i := range events {
		c, ref, err := alarm.ChangeOf(&events[i])
		if err != nil {
			continue // life cycle
		}
		key := events[i].Device + "/" + events[i].Point
		if states[key] == nil {
			states[key] = &alarm.State{}
		}
		if err := states[key].Apply(c, ref); err != nil {
			t.Errorf("event %s: %v", events[i].ID, err)
		}
	}
	return states
}

const latched = message.Fire | message.Latched
