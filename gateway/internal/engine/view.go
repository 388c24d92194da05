package engine

import (
	"encoding/json"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/alarm"
)

// PointView is one point as people see it.
type PointView struct {
	Name    string
	Title   Text
	Role    contract.Role
	State   message.Bits
	Faults  []string
	Value   *float64
	Unit    string
	Quality message.Quality
	// Age of the value; negative when it was never read.
	AgeMS int64
	Event string
	// Meaning is what the contract calls the present value, if it names it.
	Meaning Text
}

// DeviceView is one device as people see it.
type DeviceView struct {
	Device
	State       message.Bits
	Unreachable bool
	Orphan      bool
	Points      []PointView
}

// View is every device at this moment, the booth first.
func (e *Engine) View() []DeviceView {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := e.opts.Now()
	out := make([]DeviceView, 0, len(e.devices))
	for _, d := range e.devices {
		v := DeviceView{Device: d.Device, Unreachable: d.lost, Orphan: d.orphan}
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
		Unit: p.unit, Quality: p.quality(now), AgeMS: -1, Event: p.event,
	}
	if p.read {
		v.AgeMS = now.Sub(p.at).Milliseconds()
	}
	if p.read && p.model != nil && (p.last.Quality == contract.Good || p.last.Quality == contract.OutOfRange) {
		x := p.last.Value
		v.Value = &x
		v.Meaning = p.meaning()
	}
	return v
}

// meaning is the contract's word for the present value.
func (p *point) meaning() Text {
	for _, m := range p.model.Values {
		if m.Raw == p.raw {
			return Text(m.Title)
		}
	}
	return Text{}
}

// Recent returns the newest events, newest first.
func (e *Engine) Recent() []message.Event {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.recent.newest()
}

// Changes returns a channel of the names of devices whose state changed; an empty name
// means that some were missed. cancel closes it.
func (e *Engine) Changes() (names <-chan string, cancel func()) { return e.watch.add() }

// Devices lists the devices whose state is published.
func (e *Engine) Devices() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	names := make([]string, len(e.devices))
	for i, d := range e.devices {
		names[i] = d.Name
	}
	return names
}

// DeviceState is the retained state of one device.
func (e *Engine) DeviceState(name string) (message.DeviceState, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	d := e.byName[name]
	if d == nil {
		return message.DeviceState{}, false
	}
	now := e.opts.Now()
	out := message.DeviceState{
		Station: e.opts.Station, Device: name, Premises: d.Premises, Label: d.Label.ZH,
		At: message.Time{Time: now.Wall}, Unreachable: d.lost, Points: []message.PointState{},
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

// Adopt takes over latches and disablements that the platform still holds for this station.
// It only ever adds: what this booth knows by itself stays. It returns how many points
// changed.
func (e *Engine) Adopt(states []message.DeviceState) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	now, n := e.opts.Now(), 0
	for _, ds := range states {
		for _, ps := range ds.Points {
			if len(ps.Snapshot) > 0 && e.adopt(ds.Device, ps.Point, ps.Snapshot, now) {
				n++
			}
		}
	}
	return n
}

// adopt adds the latch or disablement of a snapshot to a point and reports whether that
// changed anything. The caller holds the lock.
func (e *Engine) adopt(device, name string, snapshot []byte, now message.Stamp) bool {
	o, err := alarm.Restore(snapshot, now)
	if err != nil {
		e.opts.Log.Error("a kept state can't be read", "device", device, "point", name, "error", err)
		return false
	}
	p := e.place(device, name, keeps(&o))
	if p == nil {
		return false
	}
	e.changes = p.state.Adopt(o, now, e.changes[:0])
	if p.device.orphan {
		e.changes = p.state.Lost(alarm.CauseNoData, now, e.changes)
	}
	changed := len(e.changes) > 0
	e.commit(p, e.changes)
	return changed
}
