package analog

import (
	"fmt"
	"math"
)

const (
	// tolerance is that of the installation's resistors.
	tolerance = 0.05
	// cable is the most that wires and contact may have, in ohms: 300 m of 0.25 mm², out and back.
	cable = 50
)

// bands are the states of a supervised contact, as shares of its supply.
type bands struct {
	normalFrom, normalTo float64
	shortTo              float64 // below it: short circuit
	alarmTo              float64 // below it: alarm
	brokenFrom           float64 // above it: broken
}

// band is the range of shares that one state can give.
type band struct {
	name   string
	lo, hi float64
}

// makeBands works out where the states lie and refuses resistors that leave no room between.
func makeBands(w Wiring) (bands, error) {
	l := w.Loop
	for _, v := range []struct {
		name string
		v    float64
	}{
		{"supply_volts", l.SupplyVolts}, {"pull_up_ohms", l.PullUpOhms},
		{"end_of_line_ohms", l.EndOfLineOhms}, {"alarm_ohms", l.AlarmOhms},
	} {
		if v.name == "alarm_ohms" && v.v == 0 {
			continue
		}
		if err := positive(v.name, v.v); err != nil {
			return bands{}, err
		}
	}
	up, down := 1+tolerance, 1-tolerance
	closed := l.EndOfLineOhms * l.AlarmOhms / (l.EndOfLineOhms + l.AlarmOhms)
	states := []band{
		w.widen("short circuit", 0, share(l.PullUpOhms*down, cable)),
		w.widen("alarm", share(l.PullUpOhms*up, closed*down), share(l.PullUpOhms*down, closed*up+cable)),
		w.widen("normal", share(l.PullUpOhms*up, l.EndOfLineOhms*down), share(l.PullUpOhms*down, l.EndOfLineOhms*up+cable)),
		w.widen("broken wire", 1, 1),
	}
	if l.AlarmOhms == 0 {
		// A closed contact and a short circuit are the same: both are alarm.
		states[0] = band{lo: math.Inf(-1), hi: math.Inf(-1)}
		states[1].hi = max(states[1].hi, share(l.PullUpOhms*down, cable)+w.errorAt(0))
	}
	for i := 1; i < len(states); i++ {
		below, above := states[i-1], states[i]
		// What separates two states must be as wide as the error that each may have once more.
		gap := w.errorAt(above.lo) + w.errorAt(below.hi)
		if !(above.lo-below.hi >= gap) && !math.IsInf(below.hi, -1) {
			return bands{}, fmt.Errorf("%w: %s reaches %.2f V and %s begins at %.2f V, with resistors of ±5 %%: "+
				"at least %.2f V must lie between (end of line about equal to the pull-up, alarm a third of it)",
				ErrBands, below.name, below.hi*l.SupplyVolts, above.name, above.lo*l.SupplyVolts, gap*l.SupplyVolts)
		}
	}
	return bands{
		normalFrom: states[2].lo, normalTo: states[2].hi,
		shortTo:    (states[0].hi + states[1].lo) / 2,
		alarmTo:    (states[1].hi + states[2].lo) / 2,
		brokenFrom: (states[2].hi + states[3].lo) / 2,
	}, nil
}

// share is the part of the supply that stands over the lower of two resistors.
func share(pullUp, load float64) float64 { return load / (pullUp + load) }

// widen adds the errors of converter and supply to a state's range.
func (w *Wiring) widen(name string, lo, hi float64) band {
	return band{name: name, lo: lo - w.errorAt(lo), hi: hi + w.errorAt(hi)}
}

// errorAt is the error, as a share of the supply, of a reading that ought to be share.
func (w *Wiring) errorAt(share float64) float64 {
	e := w.Error.Volts*w.Divider/w.Loop.SupplyVolts + w.Error.Share*math.Abs(share)
	if !w.SupplyMeasured {
		e += supplyTolerance * math.Abs(share)
	}
	return e
}

// contact is the state of a supervised contact.
func (s *Sensor) contact(in Input) uint64 {
	supply := s.w.Loop.SupplyVolts
	if s.w.SupplyMeasured {
		if !finite(in.Supply) || math.Abs(in.Supply/supply-1) > supplyLimits {
			return ContactUnclear
		}
		supply = in.Supply
	}
	if !finite(in.Volts) {
		return ContactUnclear
	}
	at, b := in.Volts*s.w.Divider/supply, &s.bands
	switch {
	case in.Saturated, at > b.brokenFrom:
		return ContactBroken
	case at < b.shortTo:
		return ContactShort
	case at < b.alarmTo:
		return ContactAlarm
	case at >= b.normalFrom && at <= b.normalTo:
		return ContactNormal
	default:
		return ContactUnclear
	}
}
