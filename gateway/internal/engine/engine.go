package engine

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/firmware-contracts/source"
	"firepost/gateway/internal/alarm"
	"firepost/gateway/internal/annunciate"
	"firepost/gateway/internal/evaluate"
)

var _ source.Sink = (*Engine)(nil)

// Engine is all points of a booth. It is safe for concurrent use.
type Engine struct {
	opts Options

	mu      sync.Mutex
	devices []*device
	byName  map[string]*device
	// gone are devices that the journal remembers and nobody has configured or latched:
	// their retained states must not go on saying that all is well.
	gone []string
	// changes is reused by every reading, so that one without news allocates nothing.
	changes     []alarm.Change
	started     message.Stamp
	clock       clockWatch
	recent      recent
	telemetryAt message.Stamp

	watch    watchers
	progress atomic.Uint64
	// picture is what outputs are decided from. It is read without the lock, so that nothing
	// which holds the engine can hold back a sounder.
	picture atomic.Pointer[annunciate.Picture]
}

type device struct {
	Device
	points []*point
	// link is nil for the booth and for orphans.
	link *point
	// lastGood is the last good read; since is when the device last began to answer.
	lastGood, since message.Stamp
	answered        bool
	lost            bool
	// orphan: not in the configuration any more, but a latch or disablement is.
	orphan bool
	// keyed: one of its points is a key switch for silence.
	keyed bool
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
	// orphan: nothing reads this point any more.
	orphan bool
	// vessel is the extinguisher whose gauge this is, nil for every other point.
	vessel *vessel
	// event is the id of the last event of this point.
	event string
}

func (p *point) key() string { return p.device.Name + "/" + p.name }

// New returns an engine with every point in the state that the journal remembers. Points
// that are latched or disabled but no longer configured stay, until a person removes them.
func New(opts Options) (*Engine, error) {
	e := &Engine{opts: opts, byName: make(map[string]*device), started: opts.Now()}
	e.telemetryAt = e.started
	booth := e.add(Device{Name: Booth, Label: Text{ZH: "驿站", EN: "Booth"}})
	booth.answered = true
	for _, p := range opts.Parts {
		if booth.pointNamed(p.Name) == nil {
			booth.addPoint(p.Name, p.Title, roleInternal)
		}
	}
	for _, d := range opts.Devices {
		if e.byName[d.Name] != nil {
			return nil, fmt.Errorf("device %q stands twice", d.Name)
		}
		e.addConfigured(d)
	}
	for _, ev := range slices.Backward(opts.Recent) {
		e.recent.add(ev)
	}
	e.startClock(e.started)
	e.redraw()
	e.restore(opts.Journal.Points())
	return e, nil
}

// The roles of points that no contract describes.
const (
	roleLink     contract.Role = "link"
	roleInternal contract.Role = "internal"
	roleOrphan   contract.Role = "orphan"
)

func (e *Engine) add(d Device) *device {
	dev := &device{Device: d, since: e.started}
	e.devices = append(e.devices, dev)
	e.byName[d.Name] = dev
	return dev
}

func (e *Engine) addConfigured(d Device) {
	dev := e.add(d)
	dev.keyed = hasKey(d.Model)
	for i := range d.Model.Points {
		m := &d.Model.Points[i]
		rules := d.Rules[m.Name]
		rules.Role = m.Role
		dev.points = append(dev.points, &point{
			device: dev, name: m.Name, title: Text(m.Title), role: m.Role, unit: m.Unit, model: m, rules: rules,
		})
	}
	e.watchVessels(dev)
	dev.link = dev.addPoint(LinkPoint, Text{ZH: "通信", EN: "Link"}, roleLink)
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

// Deliver takes in one exchange. It implements source.Sink.
func (e *Engine) Deliver(b *source.Batch) source.Want {
	e.mu.Lock()
	defer e.mu.Unlock()
	d := e.byName[b.Device]
	if d == nil || d.link == nil || b.Err != nil {
		return source.Nothing
	}
	if d.lost || !d.answered {
		d.since = b.At
	}
	d.lastGood, d.answered = b.At, true
	if d.lost {
		e.found(d, b.At)
	}
	want := source.Nothing
	turned := false
	var heard alarm.Ref
	if d.keyed {
		h := e.opts.Journal.Health()
		heard = alarm.Ref{Epoch: h.Epoch, Seq: h.Seq}
	}
	for i := range b.Samples {
		rested := d.keyed && d.key(&b.Samples[i], b.At) == keyRests
		if e.take(d, &b.Samples[i], b.At) {
			want = source.Confirm
		}
		turned = turned || rested && d.key(&b.Samples[i], b.At) == keyTurned
	}
	if turned {
		e.silenceOnSite(d, heard)
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
	if p.vessel != nil {
		e.judgeVessel(p, at)
	}
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
	if src == nil {
		return evaluate.Context{}
	}
	p := src.pointNamed(d.TemperatureFrom.Point)
	if p == nil || p.quality(at) != message.Good {
		return evaluate.Context{}
	}
	return evaluate.Context{Temperature: p.last.Value, Known: true}
}

// found ends what a device's silence began. Its other points end theirs with their own next
// reading: that one register answers proves nothing of another.
func (e *Engine) found(d *device, at message.Stamp) {
	d.lost = false
	e.changes = d.link.state.Found(at, e.changes[:0])
	e.commit(d.link, e.changes)
}

// lose marks a device that gives no good reads: on its link point, and on every point with
// a fire, so that the fire is shown as 失联 (疑似烧毁) and never hidden.
func (e *Engine) lose(d *device, at message.Stamp) {
	d.lost = true
	for _, p := range d.points {
		if p == d.link || p.state.Bits().Has(message.Fire) {
			e.losePoint(p, at)
		}
	}
}

func (e *Engine) losePoint(p *point, at message.Stamp) {
	e.changes = p.state.Lost(alarm.CauseNoData, at, e.changes[:0])
	e.commit(p, e.changes)
}

// Bus takes in the state of a bus as a whole; it becomes a fault of the booth beside the
// faults of the devices, never instead of them.
func (e *Engine) Bus(s source.BusState) {
	cause := ""
	if !s.Up {
		cause = "bus_down"
	}
	part := BusPart(s.Bus)
	e.Internal(part.Name, part.Title, cause, s.At)
}

// BusPart is the booth's own point that stands for a bus.
func BusPart(name string) Part {
	return Part{Name: "bus-" + name, Title: Text{ZH: "总线 " + name, EN: "Bus " + name}}
}

// Internal sets or clears a fault of the booth itself. An empty cause clears it.
func (e *Engine) Internal(name string, title Text, cause string, at message.Stamp) {
	e.mu.Lock()
	defer e.mu.Unlock()
	d := e.byName[Booth]
	p := d.pointNamed(name)
	if p == nil {
		p = d.addPoint(name, title, roleInternal)
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

// Progress counts looks at the deadlines: the engine's sign of life.
func (e *Engine) Progress() uint64 { return e.progress.Load() }
