package pressure

import (
	"time"

	"firepost/firmware-contracts/contract"
	"firepost/gateway/internal/evaluate"
)

const (
	daysPerMonth = 365.25 / 12
	// climateDoubt is how far, in K, a climate point may be off for years: the level that a
	// leak is extrapolated from is off by as much.
	climateDoubt = 1
)

// verdict is what the present state means.
func (d *data) verdict(spec *Spec) Verdict {
	g := &d.Gauge
	v := Verdict{
		P20MPa: d.Mid, LowestMPa: d.Min, HighestMPa: d.Max,
		Believed: g.Bad == "" && g.Counted > 0 && !d.stuck(), Compensated: d.Metal.known(), VesselCelsius: d.Metal.T,
		Days: len(d.History.Days),
	}
	if f := d.Trend.Fit; d.Trend.Known {
		v.Leak = Leak{Proven: true, MPaPerDay: f.Slope, Low: f.Low, High: f.High, SpanDays: f.Span}
	}
	if d.Low.Held {
		v.find(Finding{Cause: CausePressureLow, Condition: contract.Supervisory, Value: d.Mid, Limit: spec.Limits.LowMPa.Value})
	}
	if d.High.Held {
		v.find(Finding{Cause: CausePressureHigh, Condition: contract.Supervisory, Value: d.Mid, Limit: spec.Limits.HighMPa.Value})
	}
	d.sensorFindings(&v, spec)
	d.leakFinding(&v, spec)
	d.expiryFinding(&v, spec)
	d.temperatureFindings(&v, spec)
	return v
}

func (d *data) sensorFindings(v *Verdict, spec *Spec) {
	g := &d.Gauge
	if g.Bad != "" {
		v.find(Finding{Cause: g.Bad, Condition: contract.Fault})
	}
	if d.stuck() {
		v.find(Finding{Cause: CauseSensorStuck, Condition: contract.Fault, Value: g.LastRaw})
	}
	if g.Noisy {
		v.find(Finding{Cause: CauseSensorNoisy, Condition: contract.Fault, Value: g.Noise, Limit: spec.NoiseMPa})
	}
	if g.Jumped || g.Spikes > spikesTolerated {
		f := Finding{Cause: CauseSensorJump, Condition: contract.Fault, Value: g.Jump, Limit: spec.JumpMPa}
		if g.Jump < -spec.JumpMPa && g.Spikes <= spikesTolerated {
			f.Condition = contract.Supervisory // most likely used
		}
		v.find(f)
	}
	if s := d.Trend.Drift; s.Held {
		v.find(Finding{Cause: CauseSensorDrift, Condition: contract.Fault, Value: s.Fit.Slope * daysPerMonth})
	}
	if g.misfit(d.Axis.At) {
		v.find(Finding{Cause: CauseSensorOffset, Condition: contract.Fault, Value: d.Mid, Limit: spec.Limits.RatedMPa.Value})
	}
}

// leakFinding names the day on which the low limit will be crossed.
func (d *data) leakFinding(v *Verdict, spec *Spec) {
	s := d.Trend.Leak
	if !s.Held {
		return
	}
	f := Finding{
		Cause: CauseLeakSlow, Condition: contract.Supervisory,
		Value: s.Fit.Slope * daysPerMonth, Limit: spec.Limits.LowMPa.Value,
	}
	since := d.Axis.At.Hours()/24 - s.Fit.Day
	over := s.Fit.Level - f.Limit
	if over > 0 && !d.Low.Held && s.Fit.High < 0 {
		f.Days = over/-s.Fit.Slope - since
		doubt := climateDoubt*perKelvin(s.Fit.Level, evaluate.ReferenceTemperature) + d.Gauge.resolution(spec)/2
		if now, exact := d.Axis.now(); exact {
			in := func(days float64) time.Time { return now.Add(time.Duration(min(days, 1e5) * float64(day))) }
			f.Day = in(f.Days)
			f.Early, f.Late = in(max(over-doubt, 0)/-s.Fit.Low-since), in((over+doubt)/-s.Fit.High-since)
		}
	}
	v.find(f)
}

func (d *data) temperatureFindings(v *Verdict, spec *Spec) {
	if d.Outside.Held {
		f := Finding{Cause: CauseTemperatureOutsideRating, Value: d.Metal.T, Limit: spec.Limits.RatedTo.Value}
		if d.Metal.T < spec.Limits.RatedTo.Value {
			f.Limit = spec.Limits.RatedFrom.Value
			if spec.Limits.Freezes {
				f.Condition = contract.Supervisory
			}
		}
		v.find(f)
	}
	if !d.Metal.known() && spec.Limits.Law != AsRead {
		f := Finding{Cause: CauseTemperatureUnknown, Value: d.Mid, Limit: spec.Limits.LowMPa.Value}
		if d.Unsure.Held {
			f.Condition = contract.Fault
		}
		v.find(f)
	}
}

func (d *data) expiryFinding(v *Verdict, spec *Spec) {
	at, scrap := Expires(spec.Limits.Life, spec.Manufactured, spec.Charged)
	v.Expires = at
	now, _ := d.Axis.now() // the earliest that it can be: never too soon
	if at.IsZero() || now.IsZero() {
		return
	}
	f := Finding{Cause: CauseExpired, Condition: contract.Supervisory, Day: at, Days: at.Sub(now).Hours() / 24, Scrap: scrap}
	switch left := at.Sub(now); {
	case left <= 0:
	case left <= spec.Soon:
		f.Cause, f.Condition = CauseExpirySoon, contract.Normal
	default:
		return
	}
	v.find(f)
}

// Expires gives the day on which a vessel must be serviced or scrapped, whichever is first,
// as midnight in Beijing, and whether it is the latter. The zero time means that nothing is
// known. A vessel must be serviced FirstService years after its manufacture, and NextService
// years after its last service or charge.
func Expires(life Life, manufactured, charged time.Time) (at time.Time, scrap bool) {
	add := func(from time.Time, years Fact, end bool) {
		if from.IsZero() || years.Value <= 0 {
			return
		}
		y, m, d := from.Date()
		t := time.Date(y+int(years.Value), m, d, 0, 0, 0, 0, beijing())
		if at.IsZero() || t.Before(at) {
			at, scrap = t, end
		}
	}
	add(manufactured, life.Scrap, true)
	if charged.IsZero() || sameDay(charged, manufactured) {
		add(manufactured, life.FirstService, false)
	} else {
		add(charged, life.NextService, false)
	}
	return at, scrap
}

func sameDay(a, b time.Time) bool {
	ay, am, ad := a.Date()
	by, bm, bd := b.Date()
	return ay == by && am == bm && ad == bd
}

func beijing() *time.Location { return time.FixedZone("CST", 8*3600) }

// finish notes whether the set of causes changed.
func (d *data) finish(v Verdict, closed bool) Verdict {
	var set uint32
	for _, f := range v.Findings {
		for i, c := range causes {
			if c == f.Cause {
				set |= 1 << i
			}
		}
	}
	v.Changed = set != d.Causes
	v.Save = v.Changed || closed
	d.Causes = set
	return v
}
