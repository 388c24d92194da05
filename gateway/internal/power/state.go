package power

import "time"

// State is what the keeper remembers. The zero State is a start without any past.
type State struct {
	started bool
	begun   time.Duration
	last    time.Duration
	mains   mainsState
	gauge   gauge
	shed    shedState
	watts   wattState
	charge  chargeState

	// noEnergySince is when the remaining energy became unknown; held while it is.
	noEnergySince hold
	low           bool
	shown         time.Duration
}

// NewBattery is the state after the battery was replaced: what was measured of the old one is
// forgotten, so that its age does not accuse the new one.
func (s State) NewBattery() State {
	s.gauge, s.started, s.low = gauge{}, false, false
	s.charge.toFull, s.charge.late = 0, false
	return s
}

// hold measures how long something has been so.
type hold struct {
	on    bool
	since time.Duration
}

// keep follows a condition and returns how long it has held, 0 when it does not.
func (h *hold) keep(on bool, now time.Duration) time.Duration {
	if !on {
		*h = hold{}
		return 0
	}
	if !h.on {
		*h = hold{on: true, since: now}
	}
	return now - h.since
}

// unknownAfter is how long an energy may be unknown before that is a fault.
const unknownAfter = time.Minute

// Step takes a reading and says what to do. Readings come in the order of their time; one
// that is not later than the last is judged as if no time had passed. It is called every
// second or so, and at once when the mains contact changes.
func Step(s State, r Reading, c Config) (State, Decision) {
	c = c.WithDefaults()
	if !s.started {
		s.started, s.begun, s.last = true, r.At, r.At
		s.gauge.begin(&c)
		s.charge.allowed = false
	}
	if r.At < s.last {
		r.At = s.last
	}
	dt := r.At - s.last
	s.last = r.At
	in := r.look(&c)
	var d Decision
	s.mains.step(&in, &c)
	s.gauge.step(&in, &c, s.mains.onBattery(), dt)
	s.remaining(&in, &c, &d)
	s.shed.step(&in, &c, &s.mains, &d, &s.watts)
	s.watts.step(&in, &c, s.mains.onBattery(), d.On)
	s.charge.step(&in, &c, &s.mains, &s.gauge, &d)
	d.Mains, d.OnBattery = s.mains.believed, s.mains.onBattery()
	d.Since, d.Elapsed = s.mains.since, in.at-s.mains.since
	d.Capacity = s.gauge.capacity(&c)
	d.Learned = s.watts.all(&c)
	s.judge(&in, &c, &d)
	d.Text = summary(&d)
	return s, d
}

// judge adds the faults, most urgent first.
func (s *State) judge(in *seen, c *Config, d *Decision) {
	unknown := s.noEnergySince.keep(!d.Remaining.Known, in.at)
	empty := in.hasVolts && in.volts <= c.emptyVolts() && d.OnBattery
	switch reserve := c.ReserveWh(); {
	case empty || d.Remaining.Known && d.Remaining.LeastWh < reserve:
		s.low = true
	case d.Remaining.Known && d.Remaining.LeastWh >= 1.2*reserve:
		s.low = false
	}
	missing := in.hasVolts && in.volts < 0.4*c.Volts
	if d.OnBattery {
		d.fault(CauseOnBattery, "市电中断,正由电池供电", "mains lost, running on battery")
	}
	if s.mains.contradicted {
		d.fault(CauseSupply, "市电正常但电池在放电:检查电源", "mains reported but the battery feeds the booth: check the power supply")
	}
	if d.Mains == MainsUnknown {
		d.fault(CauseMainsUnknown, "无法判断市电是否正常", "nobody can say whether the mains are there")
	}
	if missing {
		d.fault(CauseBatteryMissing, "电池未接入", "no battery is connected")
	}
	if s.low {
		d.fault(CauseBatteryLow, "电池电量低于报警储备", "the battery is below the reserve for alarms")
	}
	if unknown >= unknownAfter && !missing {
		d.fault(CauseBatteryUnknown, "电池电量未知", "the battery's charge is not known")
	}
	if s.gauge.aged(c) {
		d.fault(CauseBatteryAged, "电池老化,达不到规定的供电时间:更换电池", "the battery has aged below what watch and reserve need: replace it")
	}
	if s.charge.late {
		d.fault(CauseRecharge, "电池未能在规定时间内充满", "the battery was not recharged in time")
	}
	if s.charge.disobeyed {
		d.fault(CauseCharging, "禁止充电时仍在充电", "the charger charges although it may not")
	}
	if s.mains.losses(in.at) >= unstableLosses {
		d.fault(CauseMainsUnstable, "一小时内市电多次中断", "the mains failed several times within an hour")
	}
}
