package power

import (
	"time"

	"firepost/firmware-contracts/contract"
)

// chargeBack is how many kelvin inside the limits charging begins again.
const chargeBack = 2

type chargeState struct {
	allowed bool
	// toFull is how long the mains have been there since the battery was last full.
	toFull    time.Duration
	late      bool
	excess    hold
	disobeyed bool
	last      time.Duration
	begun     bool
}

func (s *chargeState) step(in *seen, c *Config, m *mainsState, g *gauge, d *Decision) {
	from, to := c.chargeLimits()
	low, high := from, to
	if !s.allowed {
		low, high = from+chargeBack, to-chargeBack
	}
	switch {
	case !in.hasC:
		s.allowed = c.Chemistry == LeadAcid
		d.ChargeText = contract.Text{ZH: "电池温度未知", EN: "battery temperature not known"}
	case in.celsius < low:
		s.allowed = false
		d.ChargeText = contract.Text{ZH: "电池过冷,禁止充电", EN: "battery too cold to be charged"}
	case in.celsius > high:
		s.allowed = false
		d.ChargeText = contract.Text{ZH: "电池过热,禁止充电", EN: "battery too hot to be charged"}
	default:
		s.allowed = true
	}
	d.ChargeAllowed = s.allowed
	full := g.isFull(in, c)
	d.WantWarmth = in.hasC && in.celsius < from+chargeBack && !s.allowed && !full && m.believed == MainsPresent
	s.recharge(in, c, m, full)
	s.disobeyed = s.excess.keep(!s.allowed && in.hasAmps && in.amps > 0.02*c.CapacityAh, in.at) >= time.Minute
}

// recharge adds up the time on mains until the battery is full, over all interruptions.
func (s *chargeState) recharge(in *seen, c *Config, m *mainsState, full bool) {
	if !s.begun {
		s.begun, s.last = true, in.at
	}
	dt := in.at - s.last
	s.last = in.at
	if full {
		s.toFull, s.late = 0, false
		return
	}
	// Without any measurement the missing one is the fault.
	if m.believed == MainsPresent && (in.hasVolts && in.hasAmps || in.hasCharge) {
		s.toFull += dt
	}
	s.late = s.toFull >= c.Recharge
}
