package engine

import (
	"encoding/json"
	"slices"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/alarm"
)

// PointView is one point as people see it.
type PointView struct {
	Name   string
	Title  Text
	Role   contract.Role
	State  message.Bits
	Faults []string
	// Causes are those of pre-alarms, supervisory states and faults.
	Causes  []string
	Value   *float64
	Unit    string
	Quality message.Quality
	// Unreachable (失联): the point does not answer, whatever the rest of its device does.
	Unreachable bool
	// AgeMS is how old the value is; negative when it was never read.
	AgeMS int64
	Event string
	// Meaning is what the contract calls the present value, if it names it.
	Meaning Text
	// Notes are what has been found over days, with figures.
	Notes []Text
}

// DeviceView is one device as people see it.
type DeviceView struct {
	Device
	State message.Bits
	// Unreachable (失联): the device does not answer, or a point with a fire does not.
	Unreachable bool
	// Orphan: no longer configured, kept because of a latch or a disablement.
	Orphan bool
	Points []PointView
}

// View is every device at this moment, the booth first.
func (e *Engine) View() []DeviceView {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := e.opts.Now()
	out := make([]DeviceView, 0, len(e.devices))
	for _, d := range e.devices {
		v := DeviceView{Device: d.Device, Unreachable: d.unreachable(), Orphan: d.orphan}
		for _, p := range d.points {
			pv := p.view(now)
			v.State |= pv.State
			v.Points = append(v.Points, pv)
		}
		out = append(out, v)
	}
	return out
}

func (p *point) view(now message.Stamp) PointView {
	v := PointView{
		Name: p.name, Title: p.title, Role: p.role, State: p.state.Bits(), Faults: p.state.Faults(),
		Unit: p.unit, Quality: p.quality(now), AgeMS: -1, Event: p.event, Value: p.value(now),
		Unreachable: p.state.Unreachable(),
	}
	for _, class := range [...]message.Class{message.ClassPrealarm, message.ClassSupervisory, message.ClassFault} {
		v.Causes = append(v.Causes, p.state.Causes(class)...)
	}
	if p.read {
		v.AgeMS = now.Sub(p.at).Milliseconds()
	}
	if v.Value != nil {
		v.Meaning = p.meaning()
	}
	v.Notes = p.notes()
	return v
}

// meaning is the contract's word for the present value.
func (p *point) meaning() Text {
	if m := p.model.Meaning(contract.Sample{Raw: p.raw}); m != nil {
		return Text(m.Title)
	}
	return Text{}
}

// Recent returns the newest events, newest first.
func (e *Engine) Recent() []message.Event {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.recent.newest()
}

// unreachable reports whether the device does not answer, or a point of it with a fire
// does not: half burnt is as good as burnt.
func (d *device) unreachable() bool {
	if d.lost {
		return true
	}
	for _, p := range d.points {
		if p.state.Unreachable() && p.state.Bits().Has(message.Fire) {
			return true
		}
	}
	return false
}

// Changes returns a channel of the names of devices whose state changed. A slow reader gets
// each name later, but gets it. cancel closes the channel.
func (e *Engine) Changes() (names <-chan string, cancel func()) { return e.watch.add() }

// Devices lists the devices whose state is published, those that are gone last.
func (e *Engine) Devices() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	names := make([]string, 0, len(e.devices)+len(e.gone))
	for _, d := range e.devices {
		names = append(names, d.Name)
	}
	return append(names, e.gone...)
}

// DeviceState is the retained state of one device. One that is gone from the configuration
// has no points and is unreachable: what was retained of it before must not stand for ever.
func (e *Engine) DeviceState(name string) (message.DeviceState, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := e.opts.Now()
	d := e.byName[name]
	if d == nil {
		return message.DeviceState{
			Station: e.opts.Station, Device: name, At: message.Time{Time: now.Wall}, Unreachable: true, Points: []message.PointState{},
		}, slices.Contains(e.gone, name)
	}
	out := message.DeviceState{
		Station: e.opts.Station, Device: name, Premises: d.Premises, Label: d.Label.ZH,
		At: message.Time{Time: now.Wall}, Unreachable: d.unreachable(), Points: []message.PointState{},
	}
	for _, p := range d.points {
		v := p.view(now)
		out.State |= v.State
		ps := message.PointState{
			Point: v.Name, State: v.State, Faults: v.Faults, Event: v.Event,
			Value: v.Value, Unit: v.Unit, Quality: v.Quality,
		}
		if until, ok := p.state.Until(now); ok {
			ps.Until = &message.Time{Time: until}
		}
		if keeps(&p.state) {
			if data, err := json.Marshal(p.state); err == nil {
				ps.Snapshot = data
			}
		}
		if last := p.state.Last(); (alarm.Ref{Epoch: out.Epoch, Seq: out.Seq}).Before(last) {
			out.Epoch, out.Seq = last.Epoch, last.Seq
		}
		out.Points = append(out.Points, ps)
	}
	return out, true
}
