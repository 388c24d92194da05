package wires

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"firepost/firmware-contracts/contract"
)

// CauseNoise is the cause word of a noisy bus or device. It is stable.
const CauseNoise = "bus_noise"

const (
	// noisyFrom of the exchanges spoiled, at least noisyErrors of them, for noisyMinutes
	// minutes on end, is noise; below quietFrom for quietMinutes is quiet again.
	noisyFrom, quietFrom       = 0.02, 0.005
	noisyErrors                = 5
	noisyMinutes, quietMinutes = 2, 10
	// suddenFrom is what one minute must reach, after suddenQuiet quiet minutes, with
	// suddenDevices at once, for the words "as after lightning".
	suddenFrom    = 0.05
	suddenQuiet   = 10
	suddenDevices = 3
	// deviceFrom is the part of a device's own exchanges that makes it one that errs, and
	// mostly the part of all failures that makes them one device's.
	deviceFrom = 0.05
	mostly     = 0.8
)

// DeviceCounters count one device's exchanges, ever rising: poll.DeviceStats.
type DeviceCounters struct {
	Name           string
	Attempts, Good uint64
}

// Counters count a bus's frames, ever rising: modbus.Stats and the devices' own. A counter
// that falls begins anew.
type Counters struct {
	At   time.Duration
	Good uint64
	// CRC, Short and Foreign count spoiled frames, LateBytes bytes that nobody waited for.
	CRC, Short, Foreign, LateBytes uint64
	Devices                        []DeviceCounters
}

// Noise is what is remembered of a bus. The zero Noise is a start.
type Noise struct {
	begun  bool
	base   Counters
	loud   int
	quiet  int
	calm   int
	on     bool
	sudden bool
	since  time.Duration
	last   Condition
}

// Condition is what is said about a bus.
type Condition struct {
	// Cause is CauseNoise, or empty.
	Cause string
	// Device is the one that nearly all failures belong to; empty: the whole bus.
	Device string
	// Sudden: it began within a minute at several devices at once.
	Sudden bool
	// Since is when it began. Rate is the spoiled part of the last minute's exchanges,
	// Errors how many, Affected the devices that erred in it.
	Since    time.Duration
	Rate     float64
	Errors   uint64
	Affected []string
	Text     contract.Text
}

// Step takes the counters, as often as they come, and judges whole minutes.
func (n Noise) Step(bus string, c Counters) (Noise, Condition) {
	if !n.begun || c.At < n.base.At {
		n.begun, n.base = true, keep(c)
		return n, n.last
	}
	if c.At-n.base.At < time.Minute {
		return n, n.last
	}
	m := minuteOf(&n.base, &c)
	n.base = keep(c)
	n.judge(&m, c.At)
	n.last = Condition{Rate: m.rate, Errors: m.errors, Affected: m.affected}
	if n.on {
		n.last.Cause, n.last.Sudden, n.last.Since, n.last.Device = CauseNoise, n.sudden, n.since, m.single
		n.last.Text = words(bus, &n.last)
	}
	return n, n.last
}

func keep(c Counters) Counters {
	c.Devices = append([]DeviceCounters(nil), c.Devices...)
	return c
}

// minute is what one minute was like.
type minute struct {
	errors   uint64
	rate     float64
	affected []string
	single   string
}

func risen(from, to uint64) uint64 {
	if to < from {
		return to
	}
	return to - from
}

func minuteOf(a, b *Counters) minute {
	var m minute
	good := risen(a.Good, b.Good)
	m.errors = risen(a.CRC, b.CRC) + risen(a.Short, b.Short) + risen(a.Foreign, b.Foreign) + risen(a.LateBytes, b.LateBytes)/16
	if total := good + m.errors; total > 0 {
		m.rate = float64(m.errors) / float64(total)
	}
	old := make(map[string]DeviceCounters, len(a.Devices))
	for _, d := range a.Devices {
		old[d.Name] = d
	}
	var failed, worst uint64
	for _, d := range b.Devices {
		o := old[d.Name]
		attempts, ok := risen(o.Attempts, d.Attempts), risen(o.Good, d.Good)
		if d.Attempts < o.Attempts || d.Good < o.Good {
			attempts, ok = d.Attempts, d.Good
		}
		// One that never answers is silent: no noise of its.
		if ok == 0 || attempts <= ok {
			continue
		}
		bad := attempts - ok
		failed += bad
		if float64(bad) >= deviceFrom*float64(attempts) {
			m.affected = append(m.affected, d.Name)
		}
		if bad > worst {
			worst, m.single = bad, d.Name
		}
	}
	slices.Sort(m.affected)
	if float64(worst) < mostly*float64(failed) || !slices.Contains(m.affected, m.single) || len(b.Devices) < 2 {
		m.single = ""
	}
	return m
}

// judge keeps the hysteresis. Noise that begins with a bang is said at once.
func (n *Noise) judge(m *minute, now time.Duration) {
	loud := m.rate >= noisyFrom && m.errors >= noisyErrors
	bang := m.rate >= suddenFrom && m.errors >= noisyErrors && n.calm >= suddenQuiet && len(m.affected) >= suddenDevices
	if loud {
		n.loud, n.quiet = n.loud+1, 0
	} else {
		n.loud = 0
	}
	if m.rate < quietFrom {
		n.quiet++
		n.calm++
	} else {
		n.quiet, n.calm = 0, 0
	}
	switch {
	case !n.on && bang:
		n.on, n.sudden, n.since = true, true, now-time.Minute
	case !n.on && n.loud >= noisyMinutes:
		n.on, n.sudden, n.since = true, false, now-noisyMinutes*time.Minute
	case n.on && n.quiet >= quietMinutes:
		n.on, n.sudden = false, false
	}
}

func words(bus string, c *Condition) contract.Text {
	zh := fmt.Sprintf("总线%s干扰:一分钟内%.1f %%的通信出错", bus, c.Rate*100)
	en := fmt.Sprintf("noise on bus %s: %.1f %% of a minute's exchanges spoiled", bus, c.Rate*100)
	switch {
	case c.Device != "":
		zh += fmt.Sprintf(",几乎都在%s:检查该设备及其接线", c.Device)
		en += fmt.Sprintf(", nearly all at %s: check the device and its wiring", c.Device)
	case c.Sudden:
		zh += fmt.Sprintf(",%d个设备同时突然开始,疑似雷击或浪涌:检查防雷器与接线", len(c.Affected))
		en += fmt.Sprintf(", it began suddenly at %d devices at once, as after lightning or a surge: check arresters and wiring", len(c.Affected))
	case len(c.Affected) > 0:
		zh += ",涉及" + strings.Join(c.Affected, "、")
		en += ", at " + strings.Join(c.Affected, ", ")
	default:
		zh += ":检查屏蔽、接地与终端电阻"
		en += ": check shield, earth and terminating resistors"
	}
	return contract.Text{ZH: zh, EN: en}
}
