package host

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// ErrLimits means that Limits contradict themselves.
var ErrLimits = errors.New("invalid host limits")

// Band is a pair of limits. Whether a value above or below them is bad depends on what is
// measured. A finding ends once the value is Hysteresis on the good side of its limit.
type Band struct{ Warn, Fault, Hysteresis float64 }

// Limits is what Judge compares with.
type Limits struct {
	// Hot and Cold are °C of every thermal zone.
	Hot, Cold Band
	// DiskFree and InodesFree are per cent, of the journal's disk and the root disk.
	DiskFree, InodesFree Band
	// WearUsed is per cent of an eMMC's life, in steps of 10.
	WearUsed Band
	// MemoryAvailable is per cent of all memory, SwapUsed per cent of all swap.
	MemoryAvailable, SwapUsed Band
	// LoadPerCore is the load average over 5 minutes by the number of cores.
	LoadPerCore Band
	// NetworkErrors is per cent of an interface's packets within one window.
	NetworkErrors Band
	// Signal is the modem's in dBm.
	Signal Band
	// UPSCharge is the UPS battery's charge in per cent, UPSRuntime the time left on it in minutes.
	UPSCharge, UPSRuntime Band
	// RTCOff is the seconds between the battery-backed clock and a trusted wall clock.
	RTCOff Band
	// RTCRequired makes a missing battery-backed clock a warning.
	RTCRequired bool
	// Earliest is a wall time that no honest clock can be before.
	Earliest time.Time
	// Interfaces must be there, up and with a carrier. If empty, any one interface will do.
	Interfaces []string
	// DefaultRoute makes a missing default route a fault.
	DefaultRoute bool
	// OOMHold is how long a killed process stays a finding; OOMFault kills within it are a fault.
	OOMHold  time.Duration
	OOMFault uint64
	// MaxCommit is the longest interval in seconds (mount option commit=) between two commits
	// of the journal's file system.
	MaxCommit int
	// Confirm readings in a row make a measured value a finding; Clear readings in a row end
	// any finding. A value that can't be read is a finding at once, for information, and a
	// warning after UnknownAfter such readings with fewer than Clear good ones in between.
	Confirm, Clear, UnknownAfter int
}

// DefaultLimits returns the limits of a booth on a Raspberry Pi or a similar board in Chifeng.
func DefaultLimits() Limits {
	return Limits{
		Hot: Band{80, 90, 5}, Cold: Band{-30, -40, 3},
		DiskFree: Band{15, 5, 2}, InodesFree: Band{15, 5, 2},
		WearUsed: Band{80, 100, 0}, MemoryAvailable: Band{15, 5, 3}, SwapUsed: Band{60, 90, 10},
		LoadPerCore: Band{1.5, 4, 0.5}, NetworkErrors: Band{1, 10, 0.5},
		Signal: Band{-101, -109, 4}, UPSCharge: Band{50, 20, 5}, UPSRuntime: Band{30, 10, 5},
		RTCOff: Band{120, math.Inf(1), 60}, RTCRequired: true,
		Earliest:     time.Date(2026, time.September, 21, 0, 0, 0, 0, time.UTC),
		DefaultRoute: true, OOMHold: 24 * time.Hour, OOMFault: 5, MaxCommit: 30,
		Confirm: 2, Clear: 2, UnknownAfter: 3,
	}
}

// Validate reports everything in which the limits contradict themselves, wrapping ErrLimits.
func (l Limits) Validate() error {
	var errs []error
	check := func(name string, b Band, high bool) {
		inOrder := b.Warn <= b.Fault
		if !high {
			inOrder = b.Warn >= b.Fault
		}
		if !inOrder || math.IsNaN(b.Hysteresis) || b.Hysteresis < 0 {
			errs = append(errs, fmt.Errorf("%w: %s: warning %v must be reached before fault %v, and hysteresis %v not be negative",
				ErrLimits, name, b.Warn, b.Fault, b.Hysteresis))
		}
	}
	check("hot", l.Hot, true)
	check("cold", l.Cold, false)
	check("disk_free", l.DiskFree, false)
	check("inodes_free", l.InodesFree, false)
	check("wear_used", l.WearUsed, true)
	check("memory_available", l.MemoryAvailable, false)
	check("swap_used", l.SwapUsed, true)
	check("load_per_core", l.LoadPerCore, true)
	check("network_errors", l.NetworkErrors, true)
	check("signal", l.Signal, false)
	check("ups_charge", l.UPSCharge, false)
	check("ups_runtime", l.UPSRuntime, false)
	check("rtc_off", l.RTCOff, true)
	if l.Confirm < 1 || l.Clear < 1 || l.UnknownAfter < 1 {
		errs = append(errs, fmt.Errorf("%w: confirm %d, clear %d and unknown_after %d must each be at least 1",
			ErrLimits, l.Confirm, l.Clear, l.UnknownAfter))
	}
	return errors.Join(errs...)
}

// level is how bad something is.
type level int

const (
	levelOK level = iota
	levelInfo
	levelWarn
	levelFault
)

// above judges a value that is bad when high, given how bad it was.
func (b Band) above(prev level, v float64) level {
	switch {
	case v >= b.Fault, prev >= levelFault && v > b.Fault-b.Hysteresis:
		return levelFault
	case v >= b.Warn, prev >= levelWarn && v > b.Warn-b.Hysteresis:
		return levelWarn
	}
	return levelOK
}

// below judges a value that is bad when low, given how bad it was.
func (b Band) below(prev level, v float64) level {
	return Band{-b.Warn, -b.Fault, b.Hysteresis}.above(prev, -v)
}

// rule is the limit that a value at this level has broken.
func (b Band) rule(l level) float64 {
	if l >= levelFault {
		return b.Fault
	}
	return b.Warn
}
