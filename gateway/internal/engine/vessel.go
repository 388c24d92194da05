package engine

import (
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/evaluate"
	"firepost/gateway/internal/pressure"
)

// Vessels keeps what is remembered of extinguishers, by "device/point", over restarts.
// Neither method may wait for a disk.
type Vessels interface {
	// Load returns the last snapshot that was saved; nil for none.
	Load(key string) []byte
	// Save replaces it.
	Save(key string, snapshot []byte)
}

// vessel is one extinguisher under watch.
type vessel struct {
	spec  pressure.Spec
	state pressure.State
	last  pressure.Verdict
}

// watchVessels begins the watch over a device's extinguishers where the last run left it.
func (e *Engine) watchVessels(d *device) {
	for name, spec := range d.Vessels {
		p := d.pointNamed(name)
		if p == nil || p.model == nil {
			continue
		}
		v := &vessel{spec: spec}
		if e.opts.Vessels != nil {
			if data := e.opts.Vessels.Load(p.key()); data != nil {
				state, err := pressure.Restore(data)
				if err != nil {
					e.opts.Log.Warn("an extinguisher's history begins anew", "device", d.Name, "error", err)
				}
				v.state = state
			}
		}
		p.vessel = v
	}
}

// judgeVessel adds what a vessel's watch says to the result of its gauge's reading.
func (e *Engine) judgeVessel(p *point, at message.Stamp) {
	v := p.vessel
	r := pressure.Reading{Quality: p.last.Quality, At: at, Temperature: e.near(p.device, at)}
	if per, ok := evaluate.MPaPer(p.unit); ok {
		r.GaugeMPa = p.last.Value * per
	} else {
		r.Quality = contract.Invalid
	}
	v.state, v.last = pressure.Step(v.state, r, v.spec)
	for _, f := range v.last.Findings {
		p.last.Add(f.Condition, f.Cause)
	}
	if !v.last.Save || e.opts.Vessels == nil {
		return
	}
	data, err := v.state.Snapshot()
	if err != nil {
		e.opts.Log.Error("an extinguisher's history can't be kept", "device", p.device.Name, "error", err)
		return
	}
	e.opts.Vessels.Save(p.key(), data)
}

// near is the temperature at a device, with its age.
func (e *Engine) near(d *device, at message.Stamp) pressure.Temperature {
	src := e.byName[d.TemperatureFrom.Device]
	if src == nil {
		return pressure.Temperature{}
	}
	p := src.pointNamed(d.TemperatureFrom.Point)
	if p == nil || !p.read || p.quality(at) != message.Good {
		return pressure.Temperature{}
	}
	return pressure.Temperature{Celsius: p.last.Value, Known: true, Age: at.Sub(p.at)}
}

// notes are what a vessel's watch has found, for people, with figures.
func (p *point) notes() []Text {
	if p.vessel == nil {
		return nil
	}
	var out []Text
	for _, f := range p.vessel.last.Findings {
		out = append(out, Text(f.Text()))
	}
	return out
}
