package pins

import (
	"fmt"
	"time"
)

// Step is one stretch of a pattern: first On, then Off. Either may be zero.
type Step struct {
	On, Off time.Duration
}

// Pattern is what a sounder, strobe or beacon does while it is wanted: Steps, again and
// again. After LongestOn of that it rests for Pause and begins anew, which spares a siren's
// motor; zero for either means that it never rests. A pattern is pure: where it stands follows
// from how long ago it began and from nothing else, so that a restart, a repeat or a late
// wake never shifts it. The zero pattern is off.
type Pattern struct {
	Steps            []Step
	LongestOn, Pause time.Duration
}

// The patterns that the house uses.

// Steady is on all the time.
func Steady() Pattern { return Pattern{Steps: []Step{{On: time.Hour}}} }

// Flash is on and off for the same time, perSecond times in a second; 1 is a usual beacon.
// At more than 3 flashes per second light can cause seizures, so that is never given: Check
// refuses it. Zero and less is off.
func Flash(perSecond int) Pattern {
	if perSecond <= 0 {
		return Pattern{}
	}
	half := time.Second / time.Duration(2*perSecond)
	return Pattern{Steps: []Step{{On: half, Off: half}}}
}

// Temporal3 is the evacuation signal of ISO 8201: three pulses of 0.5 s with 0.5 s between
// them, then 1.5 s of silence.
func Temporal3() Pattern {
	const half = 500 * time.Millisecond
	return Pattern{Steps: []Step{{half, half}, {half, half}, {half, 3 * half}}}
}

// Chirp is on for a moment now and then: a test, a drill, or a low battery.
func Chirp(on, every time.Duration) Pattern {
	return Pattern{Steps: []Step{{On: on, Off: max(every-on, 0)}}}
}

// Resting is p with a longest time on and the pause after it.
func (p Pattern) Resting(longestOn, pause time.Duration) Pattern {
	p.LongestOn, p.Pause = longestOn, pause
	return p
}

// fastest is the shortest time from one flash to the next: 3 per second, but for rounding.
const fastest = 333 * time.Millisecond

// Check finds a pattern that can't be followed, or that must not be seen. The errors wrap
// ErrConfig.
func (p Pattern) Check() error {
	var cycle time.Duration
	for i, s := range p.Steps {
		if s.On < 0 || s.Off < 0 {
			return fmt.Errorf("pattern step %d: %w: on %v, off %v: times are never negative", i+1, ErrConfig, s.On, s.Off)
		}
		if s.On > 0 && s.Off > 0 && s.On+s.Off < fastest {
			return fmt.Errorf("pattern step %d: %w: one flash in %v: at most 3 per second", i+1, ErrConfig, s.On+s.Off)
		}
		if cycle += s.On + s.Off; cycle < 0 {
			return fmt.Errorf("pattern: %w: it takes longer than can be counted", ErrConfig)
		}
	}
	switch {
	case len(p.Steps) > 0 && cycle == 0:
		return fmt.Errorf("pattern: %w: no step takes any time", ErrConfig)
	case p.LongestOn < 0 || p.Pause < 0:
		return fmt.Errorf("pattern: %w: longest on %v, pause %v: times are never negative", ErrConfig, p.LongestOn, p.Pause)
	case p.LongestOn > 0 && p.Pause == 0:
		return fmt.Errorf("pattern: %w: a longest on-time of %v needs a pause", ErrConfig, p.LongestOn)
	}
	return nil
}

// At says where the pattern stands since it began: on or off, and for how much longer. Next
// is zero when that never changes. A time before the beginning counts as the beginning.
func (p Pattern) At(since time.Duration) (on bool, next time.Duration) {
	at := max(since, 0)
	if round := p.round(); round > 0 {
		at %= round
	}
	on, left := p.phase(at)
	if left <= 0 {
		return on, 0
	}
	// Neighbouring stretches may be alike; within this many a change is met, or there is none.
	for range 2*len(p.Steps) + 4 {
		next += left
		var then bool
		if then, left = p.phase(at + next); then != on {
			return on, next
		}
	}
	return on, 0
}

// rests tells that the pattern has a longest time on.
func (p Pattern) rests() bool { return p.LongestOn > 0 && p.Pause > 0 }

// cycle is how long the steps take.
func (p Pattern) cycle() time.Duration {
	var cycle time.Duration
	for _, s := range p.Steps {
		cycle += max(s.On, 0) + max(s.Off, 0)
	}
	return cycle
}

// round is after how long everything begins anew.
func (p Pattern) round() time.Duration {
	if p.rests() {
		return p.LongestOn + p.Pause
	}
	return p.cycle()
}

// phase is the stretch that the moment at lies in and what is left of it; zero: for ever.
func (p Pattern) phase(at time.Duration) (on bool, left time.Duration) {
	cycle := p.cycle()
	if cycle <= 0 {
		return false, 0
	}
	window := time.Duration(0)
	if p.rests() {
		at %= p.LongestOn + p.Pause
		if at >= p.LongestOn {
			return false, p.LongestOn + p.Pause - at
		}
		window = p.LongestOn - at
	}
	at %= cycle
	for _, s := range p.Steps {
		for _, half := range [...]struct {
			on  bool
			len time.Duration
		}{{true, max(s.On, 0)}, {false, max(s.Off, 0)}} {
			if at < half.len {
				left = half.len - at
				if window > 0 {
					left = min(left, window)
				}
				return half.on, left
			}
			at -= half.len
		}
	}
	return false, 0
}
