package power

import (
	"math"
	"time"
)

const (
	// unstableLosses within lossWindow make the mains unstable.
	unstableLosses = 3
	lossWindow     = time.Hour
	// unknownMainsAfter is how long the mains contact may be silent.
	unknownMainsAfter = 30 * time.Second
	// contradictAfter is how long a discharge may last while the mains are reported.
	contradictAfter = time.Minute
)

type mainsState struct {
	believed     Mains
	since        time.Duration
	known        bool
	raw          Mains
	rawSince     time.Duration
	contradicted bool
	discharging  hold
	lost         [8]time.Duration
	nLost        int
}

// onBattery reports whether the battery is known to feed the booth.
func (m *mainsState) onBattery() bool { return m.believed == MainsAbsent || m.contradicted }

// step follows the mains.
func (m *mainsState) step(in *seen, c *Config) {
	draws, feeds := m.flow(in, c)
	raw := in.mains
	switch {
	case raw == MainsUnknown && draws:
		raw = MainsAbsent
	case raw == MainsUnknown && (feeds || in.hasVolts && in.volts >= c.fullVolts()):
		// It is charged, or stands at a voltage that only a charger holds.
		raw = MainsPresent
	case raw == MainsAbsent && feeds:
		// The contact says no and the charger charges: one of them is wrong.
		raw = MainsUnknown
	}
	m.contradicted = m.discharging.keep(in.mains == MainsPresent && draws, in.at) >= contradictAfter
	if !m.known {
		m.known, m.raw, m.rawSince = true, raw, in.at
		m.believed, m.since = raw, in.at
	}
	if raw != m.raw {
		if m.raw == MainsPresent && raw == MainsAbsent {
			m.lose(in.at)
		}
		m.raw, m.rawSince = raw, in.at
	}
	if m.raw != m.believed && in.at-m.rawSince >= m.delay(c) {
		m.believed, m.since = m.raw, in.at
	}
}

// flow says whether the battery is seen to feed the booth, or to be charged.
func (m *mainsState) flow(in *seen, c *Config) (draws, feeds bool) {
	// Half of the watch's current is certainly a booth that runs on it.
	draw := math.Max(0.05, 0.5*c.Watts.Watch()/c.Volts)
	return in.hasAmps && in.amps <= -draw, in.hasAmps && in.amps >= math.Max(0.1, 0.005*c.CapacityAh)
}

func (m *mainsState) delay(c *Config) time.Duration {
	switch m.raw {
	case MainsAbsent:
		return c.LostAfter
	case MainsPresent:
		return c.BackAfter
	case MainsUnknown:
	}
	return unknownMainsAfter
}

func (m *mainsState) lose(at time.Duration) {
	m.lost[m.nLost%len(m.lost)] = at
	m.nLost++
}

// losses is how often the mains failed within the last hour, at most len(lost).
func (m *mainsState) losses(now time.Duration) int {
	n := 0
	for i := range min(m.nLost, len(m.lost)) {
		if now-m.lost[i] < lossWindow {
			n++
		}
	}
	return n
}

// steady is how long the mains must stand before loads return.
func (m *mainsState) steady(now time.Duration, c *Config) time.Duration {
	d := c.Steady
	for range m.losses(now) - 1 {
		d = min(2*d, c.SteadyMost)
	}
	return d
}

// stood is how long the mains have been there without a dip; 0 while they are not.
func (m *mainsState) stood(now time.Duration) time.Duration {
	if m.believed != MainsPresent || m.raw != MainsPresent || m.contradicted {
		return 0
	}
	return now - max(m.since, m.rawSince)
}
