package app

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/config"
	"firepost/gateway/internal/drift"
	"firepost/gateway/internal/engine"
	"firepost/gateway/internal/poll"
	"firepost/gateway/internal/wires"
)

// cable is one bus's cable under watch: where it is broken, and that it is noisy.
type cable struct {
	bus    *poll.Bus
	layout wires.Layout
	watch  wires.Watch
	noise  wires.Noise
}

// cables are all of them, with what was found last, and the smoke chambers' drift.
type cables struct {
	list []*cable

	chambers map[string]*chamber
	storm    drift.Storm

	mu       sync.Mutex
	findings map[string][]wires.Finding
	noisy    map[string]wires.Condition
	dirty    map[string]drift.Assessment
	banner   drift.Banner
}

// chamber is one detector whose density is followed over weeks.
type chamber struct {
	device  *config.Device
	point   string
	cfg     drift.Config
	state   drift.Chamber
	judged  time.Duration
	sampled time.Duration
}

// The pace of the watch, and how often a chamber is judged.
const (
	cablesEvery  = time.Second
	chamberEvery = time.Hour
)

func cablePart(bus string) engine.Part {
	return engine.Part{Name: "cable-" + bus, Title: engine.Text{ZH: "线缆 " + bus, EN: "Cable " + bus}}
}

func noisePart(bus string) engine.Part {
	return engine.Part{Name: "noise-" + bus, Title: engine.Text{ZH: "总线干扰 " + bus, EN: "Noise on " + bus}}
}

// layoutOf is the order of a bus's devices along the cable, as far as it was recorded.
func layoutOf(cfg *config.Config, b *config.Bus) (wires.Layout, error) {
	var list []wires.Positioned
	for i := range cfg.Devices {
		d := &cfg.Devices[i]
		if d.Bus != b.Name || d.Cable == nil {
			continue
		}
		list = append(list, wires.Positioned{
			Device: d.Name, Label: d.Label.ZH, Position: d.Cable.Position, Branch: d.Cable.Branch, From: d.Cable.From,
		})
	}
	return wires.FromPositions(b.Name, b.Loop, list)
}

// CheckCables reports every cable whose order can't be. It touches no hardware.
func CheckCables(cfg *config.Config) error {
	var bad []error
	for i := range cfg.Buses {
		if _, err := layoutOf(cfg, &cfg.Buses[i]); err != nil {
			bad = append(bad, err)
		}
	}
	return errors.Join(bad...)
}

// addCables prepares the watch over the polled buses.
func (g *generation) addCables() {
	c := &g.cables
	c.findings, c.noisy = make(map[string][]wires.Finding), make(map[string]wires.Condition)
	c.dirty, c.chambers = make(map[string]drift.Assessment), make(map[string]*chamber)
	for _, b := range g.buses {
		l, err := layoutOf(g.cfg, b.cfg)
		if err != nil {
			g.problems = append(g.problems, fmt.Sprintf("bus %s: %v", b.Name(), err))
		}
		c.list = append(c.list, &cable{bus: b.Bus, layout: l})
	}
	for i := range g.cfg.Devices {
		d := &g.cfg.Devices[i]
		if d.Model == nil || d.Model.Class != "detector" {
			continue
		}
		for j := range d.Model.Points {
			p := &d.Model.Points[j]
			if l, ok := d.Limits[p.Name]; ok && p.Role == contract.RoleDensity && l.Prealarm != nil {
				ch := &chamber{device: d, point: p.Name, cfg: drift.Config{Alarm: *l.Prealarm}.WithDefaults()}
				if data := g.app.histories.Load(ch.key()); data != nil {
					var err error
					if ch.state, err = drift.Restore(data); err != nil {
						g.app.log.Warn("a smoke chamber's history begins anew", "device", d.Name, "error", err)
					}
				}
				c.chambers[d.Name] = ch
			}
		}
	}
}

func (ch *chamber) key() string { return "chamber/" + ch.device.Name }

// cableParts are the booth's own points for them.
func (g *generation) cableParts() []engine.Part {
	var list []engine.Part
	for _, c := range g.cables.list {
		list = append(list, noisePart(c.bus.Name()))
		if len(c.layout.Places) > 0 {
			list = append(list, cablePart(c.bus.Name()))
		}
	}
	for name := range g.cables.chambers {
		list = append(list, chamberPart(name))
	}
	return list
}

func chamberPart(device string) engine.Part {
	return engine.Part{Name: "chamber-" + device, Title: engine.Text{ZH: "探测室 " + device, EN: "Chamber of " + device}}
}

// watchCables looks again and again until ctx ends.
func (g *generation) watchCables(ctx context.Context) error {
	t := time.NewTicker(cablesEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		now := g.app.now()
		for _, c := range g.cables.list {
			g.lookAlong(c, now)
		}
		g.lookIntoChambers(now)
	}
}

// lookAlong judges one cable by who answers on it and what arrives spoiled.
func (g *generation) lookAlong(c *cable, now message.Stamp) {
	s := c.bus.Stats()
	name := c.bus.Name()
	counters := wires.Counters{
		At: now.Mono, Good: s.Modbus.Good, CRC: s.Modbus.CRCErrors, Short: s.Modbus.ShortFrames,
		Foreign: s.Modbus.ForeignFrames, LateBytes: s.Modbus.LateBytes,
	}
	answers := wires.Answers{Front: make(map[string]wires.Answer, len(s.Devices))}
	for _, d := range s.Devices {
		counters.Devices = append(counters.Devices, wires.DeviceCounters{Name: d.Name, Attempts: d.Attempts, Good: d.Good})
		switch d.State { //nolint:exhaustive // who was not asked, or not often enough, is not known
		case poll.Alive:
			answers.Front[d.Name] = wires.Alive
		case poll.Dead:
			answers.Front[d.Name] = wires.Silent
		}
	}
	var noisy wires.Condition
	c.noise, noisy = c.noise.Step(name, counters)
	g.internal(noisePart(name), noisy.Cause, now)
	var found []wires.Finding
	// While the port itself is away, that is the fault.
	if len(c.layout.Places) > 0 && s.Up {
		c.watch, found = c.watch.Step(now.Mono, c.layout, answers)
		cause := ""
		for _, f := range found {
			if f.Cause == wires.CauseBreak {
				cause = f.Cause
			}
		}
		g.internal(cablePart(name), cause, now)
	}
	g.cables.mu.Lock()
	defer g.cables.mu.Unlock()
	g.cables.findings[name] = append([]wires.Finding(nil), found...)
	g.cables.noisy[name] = noisy
}

// lookIntoChambers follows the detectors' clean air, and says when there is a dust storm. It
// never touches an alarm.
func (g *generation) lookIntoChambers(now message.Stamp) {
	c := &g.cables
	if len(c.chambers) == 0 {
		return
	}
	list := make([]drift.Density, 0, len(c.chambers))
	for _, ch := range c.chambers {
		v, at, ok := g.engine.Value(engine.Source{Device: ch.device.Name, Point: ch.point})
		list = append(list, drift.Density{
			Detector: ch.device.Name, Site: ch.device.Premises, Outdoor: ch.device.Outdoor, Value: v, Alarm: ch.cfg.Alarm, At: at, Good: ok,
		})
		if ok && at > ch.sampled {
			ch.sampled = at
			ch.state = ch.state.Add(v, now.Wall.In(beijing()), now.Trusted, c.banner.On)
		}
	}
	storm, banner := c.storm.Step(now.Mono, list, drift.StormConfig{})
	c.storm = storm
	c.mu.Lock()
	c.banner = banner
	c.mu.Unlock()
	for name, ch := range c.chambers {
		if ch.judged != 0 && now.Mono-ch.judged < chamberEvery {
			continue
		}
		ch.judged = now.Mono
		var a drift.Assessment
		ch.state, a = ch.state.Assess(ch.cfg, now.Wall.In(beijing()))
		g.internal(chamberPart(name), a.Cause, now)
		c.mu.Lock()
		c.dirty[name] = a
		c.mu.Unlock()
		if data, err := ch.state.Snapshot(); err == nil {
			g.app.histories.Save(ch.key(), data)
		}
	}
}

// cableItems is what was found, for the booth's health.
func (g *generation) cableItems(add func(code string, sev message.Severity, text string)) {
	c := &g.cables
	c.mu.Lock()
	defer c.mu.Unlock()
	say := func(code string, sev message.Severity, t contract.Text) { add(code, sev, t.ZH+" / "+t.EN) }
	for bus, list := range c.findings {
		for _, f := range list {
			if f.Cause == wires.CauseBreak {
				say("cable.break."+bus, message.SeverityFault, f.Text)
			}
		}
	}
	for bus, n := range c.noisy {
		if n.Cause != "" {
			say("cable.noise."+bus, message.SeverityWarn, n.Text)
		}
	}
	for device, a := range c.dirty {
		if a.Cause != "" {
			say("chamber."+device, message.SeverityWarn, a.Text)
		}
	}
	if c.banner.On {
		say("dust", message.SeverityOK, c.banner.Text)
	}
}
