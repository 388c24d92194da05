package engine

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/firmware-contracts/source"
	"firepost/gateway/internal/alarm"
	"firepost/gateway/internal/evaluate"
	"firepost/gateway/internal/store"
)

// Engine is all points of a booth. It is safe for concurrent use.
type Engine struct {
	opts Options

	mu      sync.Mutex
	devices []*device
	byName  map[string]*device
	// changes is reused by every reading, so that one without news allocates nothing.
	changes     []alarm.Change
	started     message.Stamp
	clock       clockWatch
	recent      recent
	watch       watchers
	telemetryAt message.Stamp
}

type device struct {
	Device
	points   []*point
	link     *point
	lastGood message.Stamp
	answered bool
	lost     bool
	// orphan: not in the configuration any more, but a latch or disablement is.
	orphan bool
}

type point struct {
	device *device
	name   string
	title  Text
	role   contract.Role
	unit   string
	// model is nil for a point that no contract describes: link, booth and orphans.
	model *contract.Point
	rules evaluate.Rules
	state alarm.State
	last  evaluate.Result
	raw   uint64
	read  bool
	at    message.Stamp
	// event is the id of the last event of this point.
	event string
}

func (p *point) key() string { return p.device.Name + "/" + p.name }

// New returns an engine with every point in the state that the journal remembers. Points
// that are latched or disabled but no longer configured stay, until a person removes them.
func New(opts Options) (*Engine, error) {
	e := &Engine{opts: opts, byName: make(map[string]*device), started: opts.Now()}
	e.clock.start(e.started)
	e.telemetryAt = e.started
	booth := e.add(Device{Name: Booth, Label: Text{ZH: "驿站", EN: "Booth"}})
	booth.answered = true
	for _, d := range opts.Devices {
		if e.byName[d.Name] != nil {
			return nil, fmt.Errorf("device %q stands twice", d.Name)
		}
		e.addConfigured(d)
	}
	e.restore(opts.Journal.Points())
	return e, nil
}

func (e *Engine) add(d Device) *device {
	dev := &device{Device: d}
	e.devices = append(e.devices, dev)
	e.byName[d.Name] = dev
	return dev
}

func (e *Engine) addConfigured(d Device) {
	dev := e.add(d)
	for i := range d.Model.Points {
		m := &d.Model.Points[i]
		rules := d.Rules[m.Name]
		rules.Role = m.Role
		dev.points = append(dev.points, &point{
			device: dev, name: m.Name, title: Text(m.Title), role: m.Role, unit: m.Unit, model: m, rules: rules,
		})
	}
	dev.link = dev.addPoint(LinkPoint, Text{ZH: "通信", EN: "Link"}, "link")
}

func (d *device) addPoint(name string, title Text, role contract.Role) *point {
	p := &point{device: d, name: name, title: title, role: role}
	d.points = append(d.points, p)
	return p
}

func (d *device) pointNamed(name string) *point {
	for _, p := range d.points {
		if p.name == name {
			return p
		}
	}
	return nil
}

// restore gives every point its remembered state. A state that can't be read starts the
// point in fault: a latch may have stood there.
func (e *Engine) restore(saved map[string]store.PointRecord) {
	now := e.started
	for _, key := range slices.Sorted(maps.Keys(saved)) {
		name, pointName, ok := strings.Cut(key, "/")
		if !ok {
			e.opts.Log.Error("a saved point has no device", "key", key)
			continue
		}
		rec := saved[key]
		state, err := alarm.Restore(rec.Snapshot, now)
		p := e.place(name, pointName, err != nil || keeps(&state))
		if p == nil {
			continue
		}
		p.event = message.EventID(e.opts.Station, rec.Epoch, rec.Seq)
		if err != nil {
			e.opts.Log.Error("a saved point can't be read", "device", name, "point", pointName, "error", err)
			e.changes = p.state.StateLost(now, e.changes[:0])
			e.commit(p, e.changes)
			continue
		}
		p.state = state
		if p.device.orphan {
			e.changes = p.state.Lost(alarm.CauseNoData, now, e.changes[:0])
			e.commit(p, e.changes)
		}
	}
}

// keeps reports whether a state may not be forgotten even if its point is not configured.
func keeps(s *alarm.State) bool {
	return s.Bits()&(message.Fire|message.Latched|message.Disabled) != 0
}

// place finds the point that a saved state belongs to, or makes an orphan for one that may
// not be forgotten.
func (e *Engine) place(name, pointName string, keep bool) *point {
	d := e.byName[name]
	if d != nil {
		if p := d.pointNamed(pointName); p != nil {
			return p
		}
		if d.Name == Booth {
			return d.addPoint(pointName, Text{ZH: pointName, EN: pointName}, "internal")
		}
	}
	if !keep {
		return nil
	}
	if d == nil {
		d = e.add(Device{Name: name, Label: Text{ZH: name + "（已不在配置中）", EN: name + " (no longer configured)"}})
		d.orphan = true
		d.lost = true
		d.answered = true
	}
	return d.addPoint(pointName, Text{ZH: pointName, EN: pointName}, "orphan")
}

// Deliver takes in one exchange. It implements source.Sink.
func (e *Engine) Deliver(b *source.Batch) source.Want {
	e.mu.Lock()
	defer e.mu.Unlock()
	d := e.byName[b.Device]
	if d == nil || d.orphan || b.Err != nil {
		return source.Nothing
	}
	d.lastGood, d.answered = b.At, true
	if d.lost {
		e.found(d, b.At)
	}
	want := source.Nothing
	for i := range b.Samples {
		if e.take(d, &b.Samples[i], b.At) {
			want = source.Confirm
		}
	}
	return want
}

// take judges one sample and reports whether a confirming read is wanted.
func (e *Engine) take(d *device, s *contract.Sample, at message.Stamp) bool {
	if s.Point < 0 || s.Point >= len(d.points) {
		return false
	}
	p := d.points[s.Point]
	if p.model == nil {
		return false
	}
	p.last = evaluate.Evaluate(p.last, p.model, *s, p.rules, e.context(d, at))
	p.read, p.at, p.raw = true, at, s.Raw
	e.changes = p.state.Observe(p.last, at, e.changes[:0])
	e.commit(p, e.changes)
	return p.state.NeedsConfirm()
}

// context is the temperature that compensates d's pressure, if there is a fresh one.
func (e *Engine) context(d *device, at message.Stamp) evaluate.Context {
	if d.TemperatureFrom.Device == "" {
		return evaluate.Context{}
	}
	src := e.byName[d.TemperatureFrom.Device]
	if src == nil || src.lost {
		return evaluate.Context{}
	}
	p := src.pointNamed(d.TemperatureFrom.Point)
	if p == nil || !p.read || p.last.Quality != contract.Good || at.Sub(p.at) > src.StaleAfter {
		return evaluate.Context{}
	}
	return evaluate.Context{Temperature: p.last.Value, Known: true}
}

func (e *Engine) found(d *device, at message.Stamp) {
	d.lost = false
	for _, p := range d.points {
		e.changes = p.state.Found(at, e.changes[:0])
		e.commit(p, e.changes)
	}
}

// lose marks a device that gives no good reads: on its link point, and on every point with
// a fire, so that the fire is shown as 失联 (疑似烧毁) and never hidden.
func (e *Engine) lose(d *device, at message.Stamp) {
	d.lost = true
	for _, p := range d.points {
		if p != d.link && !p.state.Bits().Has(message.Fire) {
			continue
		}
		e.changes = p.state.Lost(alarm.CauseNoData, at, e.changes[:0])
		e.commit(p, e.changes)
	}
}

// Bus takes in the state of a bus as a whole; it becomes a fault of the booth beside the
// faults of the devices, never instead of them.
func (e *Engine) Bus(s source.BusState) {
	cause := ""
	if !s.Up {
		cause = "bus_down"
	}
	e.Internal("bus-"+s.Bus, Text{ZH: "总线 " + s.Bus, EN: "Bus " + s.Bus}, cause, s.At)
}

// Internal sets or clears a fault of the booth itself. An empty cause clears it.
func (e *Engine) Internal(name string, title Text, cause string, at message.Stamp) {
	e.mu.Lock()
	defer e.mu.Unlock()
	d := e.byName[Booth]
	p := d.pointNamed(name)
	if p == nil {
		p = d.addPoint(name, title, "internal")
	}
	p.title, p.read, p.at = title, true, at
	e.changes = e.changes[:0]
	if !p.state.HasFault(cause) {
		e.changes = p.state.Found(at, e.changes)
	}
	if cause != "" {
		e.changes = p.state.Lost(cause, at, e.changes)
	}
	e.commit(p, e.changes)
}

// Touch tells watchers that something about a device is worth showing again although no
// event was made.
func (e *Engine) Touch(device string) { e.watch.notify(device) }

// Late takes over point records that the journal could read only after the start: from a
// disk that came back, or a journal that was set aside. It only ever adds.
func (e *Engine) Late(points map[string]store.PointRecord) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := e.opts.Now()
	for _, key := range slices.Sorted(maps.Keys(points)) {
		name, pointName, _ := strings.Cut(key, "/")
		e.adopt(name, pointName, points[key].Snapshot, now)
	}
}
