package app

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/annunciate"
	"firepost/gateway/internal/climate"
	"firepost/gateway/internal/config"
	"firepost/gateway/internal/engine"
	"firepost/gateway/internal/outputs"
	"firepost/gateway/internal/power"
)

// keeper runs power and climate: readings from the engine in, decisions to the outputs out.
type keeper struct {
	power   *config.Power
	climate *config.Climate

	progress atomic.Uint64
	// ahead is how much later than it is the keeper believes it to be; tests let time pass so.
	ahead    atomic.Int64
	restored sync.Once

	mu      sync.Mutex
	supply  power.State
	inside  climate.State
	powered power.Decision
	kept    climate.Decision
	decided bool
	began   time.Duration
}

// The pace of the keeper, how often it saves what must survive a restart, and how long it may
// make no progress.
const (
	keepEvery = time.Second
	keepSave  = 10 * time.Minute
	keepStall = time.Minute
	// keepLearn is how long after its start the keeper may not know yet.
	keepLearn  = 20 * time.Second
	powerKey   = "power"
	climateKey = "climate"
)

// The booth's own points that power and climate report on, by the causes that belong to them.
func supplyPart(cause string) engine.Part {
	switch cause {
	case power.CauseOnBattery, power.CauseMainsUnknown, power.CauseMainsUnstable, power.CauseSupply:
		return engine.Part{Name: "power-mains", Title: engine.Text{ZH: "市电", EN: "Mains"}}
	case power.CauseRecharge, power.CauseCharging:
		return engine.Part{Name: "power-charge", Title: engine.Text{ZH: "充电", EN: "Charging"}}
	case climate.CauseHeaterDead, climate.CauseHeaterOn, climate.CauseCutout:
		return engine.Part{Name: "climate-heater", Title: engine.Text{ZH: "加热器", EN: "Heater"}}
	case climate.CauseFan, climate.CauseFilter:
		return engine.Part{Name: "climate-fan", Title: engine.Text{ZH: "风扇", EN: "Fan"}}
	case climate.CauseSensor, climate.CauseHumidity, climate.CauseHot, climate.CauseCold, climate.CauseWet:
		return engine.Part{Name: "climate-inside", Title: engine.Text{ZH: "舱内气候", EN: "Inside"}}
	}
	return engine.Part{Name: "power-battery", Title: engine.Text{ZH: "蓄电池", EN: "Battery"}}
}

// supplyParts are all of them.
func supplyParts() []engine.Part {
	return []engine.Part{
		supplyPart(power.CauseOnBattery), supplyPart(power.CauseBatteryLow), supplyPart(power.CauseRecharge),
		supplyPart(climate.CauseHeaterDead), supplyPart(climate.CauseFan), supplyPart(climate.CauseSensor),
	}
}

// configured reports whether there is anything to keep.
func (k *keeper) configured() bool { return k.power != nil || k.climate != nil }

// keep decides again and again until ctx ends.
func (g *generation) keep(ctx context.Context) error {
	t := time.NewTicker(keepEvery)
	defer t.Stop()
	saved := g.app.now().Mono
	for {
		now := g.app.now()
		g.keepOnce(now)
		if now.Mono-saved >= keepSave {
			g.keepSafe(now)
			saved = now.Mono
		}
		select {
		case <-ctx.Done():
			g.keepSafe(g.app.now())
			return nil
		case <-t.C:
		}
	}
}

func pointOf(ref string) engine.Source {
	device, point, _ := strings.Cut(ref, "/")
	return engine.Source{Device: device, Point: point}
}

// value is a point's value, with the keeper's own time.
func (g *generation) value(ref string) (v float64, at time.Duration, ok bool) {
	v, at, ok = g.engine.Value(pointOf(ref))
	return v, at + time.Duration(g.keeper.ahead.Load()), ok
}

// keepOnce is one decision from what is known now.
func (g *generation) keepOnce(now message.Stamp) {
	faults, changed := g.decide(now)
	g.keeper.progress.Add(1)
	for _, p := range supplyParts() {
		if cause, known := faults[p.Name]; known {
			g.internal(p, cause, now)
		}
	}
	if changed {
		g.wakeOutputs()
	}
}

// decide is what is wrong with each part of which that is known, and whether an output has to
// follow. A decision that panics must not keep the lock: the booth's health needs it.
func (g *generation) decide(now message.Stamp) (faults map[string]string, changed bool) {
	k := &g.keeper
	desired := g.desired(now)
	k.restored.Do(func() { g.keepRestore(now) })
	now = now.Add(time.Duration(k.ahead.Load()))
	k.mu.Lock()
	defer k.mu.Unlock()
	power0, kept0, first := k.powered, k.kept, !k.decided
	if k.power != nil {
		k.supply, k.powered = power.Step(k.supply, g.powerReading(now, &desired), k.power.Settings())
	}
	if k.climate != nil {
		k.inside, k.kept = climate.Step(k.inside, g.climateReading(now), k.climate.Settings())
	}
	if k.decided = true; first {
		k.began = now.Mono
	}
	changed = first || power0.On != k.powered.On || power0.ChargeAllowed != k.powered.ChargeAllowed ||
		kept0.Heater != k.kept.Heater || kept0.Fan != k.kept.Fan ||
		kept0.Screens != k.kept.Screens || kept0.TakeoverScreens != k.kept.TakeoverScreens
	return k.faults(now.Mono-k.began < keepLearn), changed
}

// faults are the most urgent cause of each part, empty for none. While the keeper is still
// learning, not to know is no fault yet, nor the end of one: the part is then left out. The
// caller holds the lock.
func (k *keeper) faults(learning bool) map[string]string {
	out := make(map[string]string)
	for _, p := range supplyParts() {
		out[p.Name] = ""
	}
	add := func(cause string) {
		p := supplyPart(cause).Name
		switch cause {
		case power.CauseMainsUnknown, power.CauseBatteryUnknown, climate.CauseSensor, climate.CauseHumidity:
			if learning {
				if out[p] == "" {
					delete(out, p)
				}
				return
			}
		}
		if out[p] == "" {
			out[p] = cause
		}
	}
	for _, f := range k.powered.Faults {
		add(f.Cause)
	}
	for _, f := range k.kept.Faults {
		add(f.Cause)
	}
	for _, f := range k.kept.Supervisory {
		add(f.Cause)
	}
	return out
}

// contact is the state of a dry contact; false for one that is neither open nor closed, such
// as a supervised one whose wire is cut.
func (g *generation) contact(ref string) (closed bool, at time.Duration, ok bool) {
	v, at, ok := g.value(ref)
	return v == 1, at, ok && (v == 0 || v == 1)
}

func (g *generation) powerReading(now message.Stamp, d *annunciate.Desired) power.Reading {
	p := g.keeper.power
	r := power.Reading{At: now.Mono, Takeover: d.Takeover, Sounding: d.SounderOn, HeaterOn: g.keeper.kept.Heater}
	value := func(ref string, scale float64) power.Value {
		if v, at, ok := g.value(ref); ok {
			return power.Measured(v*scale, at)
		}
		return power.Value{}
	}
	r.Voltage, r.Current, r.Temperature = value(p.Voltage, 1), value(p.Current, 1), value(p.Temperature, 1)
	r.Charge = value(p.Charge, 0.01)
	if closed, at, ok := g.contact(p.Mains); ok {
		r.Mains, r.MainsAt = power.MainsAbsent, at
		if closed {
			r.Mains = power.MainsPresent
		}
	}
	return r
}

func (g *generation) climateReading(now message.Stamp) climate.Reading {
	c, k := g.keeper.climate, &g.keeper
	r := climate.Reading{
		At: now.Mono, Wall: now.Wall.In(beijing()), Trusted: now.Trusted, OnBattery: k.powered.OnBattery,
		HeaterBudget: k.powered.HeaterWatts, WantWarmth: k.powered.WantWarmth,
	}
	if k.power == nil {
		r.HeaterBudget = c.HeaterWatts
	}
	value := func(ref string) climate.Value {
		if v, at, ok := g.value(ref); ok {
			return climate.Measured(v, at)
		}
		return climate.Value{}
	}
	r.Inside, r.Humidity, r.Surface = value(c.Inside), value(c.Humidity), value(c.Surface)
	r.Screen, r.Outside = value(c.Screen), value(c.Outside)
	if k.power != nil {
		r.Battery = value(k.power.Temperature)
	}
	if open, _, ok := g.contact(c.Cutout); ok {
		r.CutoutKnown, r.CutoutOpen = true, open
	}
	for _, o := range g.outputs {
		if s := o.Status(); s.Kind == outputs.Screen {
			r.ScreensOn = r.ScreensOn || s.Actual
		}
	}
	g.cables.mu.Lock()
	r.Dust = g.cables.banner.On
	g.cables.mu.Unlock()
	return r
}

func beijing() *time.Location { return time.FixedZone("CST", 8*60*60) }

// keeperWish is what the keeper wants of one kind of output. Before its first decision, and
// where nothing is configured, consumers stay on and the heater and the charger off.
func (g *generation) keeperWish(kind outputs.Kind, takeover bool) outputs.Wish {
	k := &g.keeper
	k.mu.Lock()
	defer k.mu.Unlock()
	p, c := k.power != nil && k.decided, k.climate != nil && k.decided
	on := func(l power.Load) bool { return !p || k.powered.On.Has(l) }
	switch kind { //nolint:exhaustive // the others are not the keeper's
	case outputs.Heater:
		return outputs.Wish{On: c && k.kept.Heater}
	case outputs.Fan:
		return outputs.Wish{On: c && k.kept.Fan}
	case outputs.Charger:
		return outputs.Wish{On: p && k.powered.ChargeAllowed}
	case outputs.CameraPower:
		return outputs.Wish{On: on(power.Camera)}
	case outputs.Screen:
		warm := !c || k.kept.Screens || takeover && k.kept.TakeoverScreens
		return outputs.Wish{On: on(power.Television) && warm}
	case outputs.LED:
		warm := !c || k.kept.Screens || takeover && k.kept.TakeoverScreens
		return outputs.Wish{On: on(power.LED) && warm}
	}
	return outputs.Wish{}
}

// keepRestore takes up what an earlier run has measured. The disk is read without the
// lock: nobody may wait for it.
func (g *generation) keepRestore(now message.Stamp) {
	k := &g.keeper
	var supply power.State
	var inside climate.State
	if data := g.app.histories.Load(powerKey); k.power != nil && data != nil {
		s, err := power.Restore(data, now.Boot, now.Mono, k.power.Settings())
		if err != nil {
			g.app.log.Warn("what was known of the battery is lost", "error", err)
		}
		supply = s
	}
	if data := g.app.histories.Load(climateKey); k.climate != nil && data != nil {
		s, err := climate.Restore(data)
		if err != nil {
			g.app.log.Warn("what was known of the fan's filter is lost", "error", err)
		}
		inside = s
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.supply, k.inside = supply, inside
}

// keepSafe saves what must survive a restart.
func (g *generation) keepSafe(now message.Stamp) {
	k := &g.keeper
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.power != nil {
		if data, err := k.supply.Snapshot(now.Boot); err == nil {
			g.app.histories.Save(powerKey, data)
		}
	}
	if k.climate != nil {
		if data, err := k.inside.Snapshot(); err == nil {
			g.app.histories.Save(climateKey, data)
		}
	}
}

// keeperItems is what the keeper says, for the booth's health.
func (g *generation) keeperItems(add func(code string, sev message.Severity, text string)) {
	k := &g.keeper
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.decided {
		return
	}
	say := func(code string, sev message.Severity, t contract.Text) { add(code, sev, t.ZH+" / "+t.EN) }
	for _, f := range k.powered.Faults {
		say("power."+f.Cause, message.SeverityFault, f.Text)
	}
	for _, f := range k.kept.Faults {
		say("climate."+f.Cause, message.SeverityFault, f.Text)
	}
	for _, f := range k.kept.Supervisory {
		say("climate."+f.Cause, message.SeverityWarn, f.Text)
	}
	if k.power != nil && k.powered.Remaining.Known {
		say("power.remaining", message.SeverityOK, k.powered.Remaining.Text)
	}
}
