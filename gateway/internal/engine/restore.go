package engine

import (
	"maps"
	"slices"
	"strings"

	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/alarm"
	"firepost/gateway/internal/store"
)

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
		e.restorePoint(name, pointName, saved[key], now)
	}
	for _, d := range e.devices {
		// Who was silent before the restart is silent until it answers.
		if d.link != nil && d.link.state.Unreachable() {
			e.lose(d, now)
		}
	}
	e.redraw()
}

func (e *Engine) restorePoint(name, pointName string, rec store.PointRecord, now message.Stamp) {
	state, err := alarm.Restore(rec.Snapshot, now)
	p := e.place(name, pointName, err != nil || keeps(&state))
	event := message.EventID(e.opts.Station, rec.Epoch, rec.Seq)
	if p == nil {
		e.forget(name, pointName, state, now)
		return
	}
	p.event = event
	if err != nil {
		e.opts.Log.Error("a saved point can't be read", "device", name, "point", pointName, "error", err, "snapshot", string(rec.Snapshot))
		e.changes = p.state.StateLost(now, e.changes[:0])
		e.commit(p, e.changes)
	} else {
		p.state = state
	}
	if p.orphan {
		e.losePoint(p, now)
	}
}

// keeps reports whether a state may not be forgotten even if its point is not configured.
func keeps(s *alarm.State) bool {
	return s.Bits()&(message.Fire|message.Latched|message.Disabled) != 0 || s.HasFault(alarm.CauseStateLost)
}

// place finds the point that a saved state belongs to, or makes an orphan for one that may
// not be forgotten.
func (e *Engine) place(name, pointName string, keep bool) *point {
	d := e.byName[name]
	if d != nil {
		if p := d.pointNamed(pointName); p != nil {
			return p
		}
	}
	if !keep {
		return nil
	}
	title := Text{ZH: pointName, EN: pointName}
	if name == Booth {
		return d.addPoint(pointName, title, roleInternal)
	}
	if d == nil {
		d = e.add(Device{Name: name, Label: Text{ZH: name + "（已不在配置中）", EN: name + " (no longer configured)"}})
		d.orphan, d.lost, d.answered = true, true, true
		e.gone = slices.DeleteFunc(e.gone, func(g string) bool { return g == name })
	}
	p := d.addPoint(pointName, title, roleOrphan)
	p.orphan = true
	return p
}

// forget closes what the journal still holds of a point that is not configured any more and
// has no latch and no disablement, so that nobody waits for its faults to clear.
func (e *Engine) forget(name, pointName string, state alarm.State, now message.Stamp) {
	d := e.byName[name]
	if d == nil {
		if !slices.Contains(e.gone, name) {
			e.gone = append(e.gone, name)
		}
		d = &device{Device: Device{Name: name}, orphan: true}
	}
	if state.Bits() == 0 {
		return
	}
	p := &point{device: d, name: pointName, state: state}
	if name == Booth {
		e.changes = p.state.Found(now, e.changes[:0])
		e.commit(p, e.changes)
		return
	}
	by := alarm.Command{Author: "configuration", Note: "no longer in the configuration 已从配置中删除"}
	changes := e.changes[:0]
	for _, act := range [...]message.Action{message.ActionTestOff, message.ActionRemove} {
		if act == message.ActionRemove {
			changes = p.state.Lost(alarm.CauseNoData, now, changes)
		}
		by.Action = act
		// Refused is what is closed already: nothing to say again.
		changes, _ = p.state.Do(by, now, changes)
	}
	e.changes = changes
	e.commit(p, changes)
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

// adopt adds the latch or disablement of a snapshot to a point and reports whether that
// changed anything. One that can't be read is a fault of the point: a latch may stand there.
// The caller holds the lock.
func (e *Engine) adopt(device, name string, snapshot []byte, now message.Stamp) bool {
	o, err := alarm.Restore(snapshot, now)
	p := e.place(device, name, err != nil || keeps(&o))
	if p == nil {
		return false
	}
	if err != nil {
		e.opts.Log.Error("a kept state can't be read", "device", device, "point", name, "error", err)
		e.changes = p.state.StateLost(now, e.changes[:0])
	} else {
		e.changes = p.state.Adopt(o, now, e.changes[:0])
	}
	if p.orphan || p.device.lost && p.state.Bits().Has(message.Fire) {
		e.changes = p.state.Lost(alarm.CauseNoData, now, e.changes)
	}
	changed := len(e.changes) > 0
	e.commit(p, e.changes)
	return changed
}
