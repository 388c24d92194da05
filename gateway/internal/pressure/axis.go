package pressure

import (
	"time"

	"firepost/firmware-contracts/message"
)

const (
	day = 24 * time.Hour
	// longestGap is the longest time without readings that is believed of a wall clock.
	longestGap = 2 * 365 * day
)

// axis is a vessel's own time: it begins with the first reading and goes on over restarts.
// Within a boot it follows the monotonic clock, so that no step of the wall clock bends a
// slope; between boots it needs a wall clock that was trusted before and is trusted now.
type axis struct {
	Started bool          `json:"s,omitempty"`
	At      time.Duration `json:"at,omitempty"` // of the last reading
	Boot    string        `json:"b,omitempty"`
	Mono    time.Duration `json:"m,omitempty"`
	// Wall is the last trusted wall time and WallAt its place on the axis.
	Wall   time.Time     `json:"w,omitzero"`
	WallAt time.Duration `json:"wa,omitempty"`
	// Torn: a gap of unknown length lies at Since; what is older can't be compared with
	// what is newer until the wall clock is trusted.
	Torn  bool          `json:"t,omitempty"`
	Since time.Duration `json:"si,omitempty"`
}

// moved is what a stamp did to the axis.
type moved struct {
	// dt is the time since the last reading, as far as it is known.
	dt time.Duration
	// shift: what stands at or after since moves by so much; the gap became known.
	shift time.Duration
	since time.Duration
	// forget: days before since can't be compared any more. forgetAfter: those at or after.
	forget, forgetAfter bool
	// stale: the stamp is older than the last one; nothing happened.
	stale bool
}

func (a *axis) step(s message.Stamp) moved {
	var m moved
	switch {
	case !a.Started:
		a.Started = true
	case s.Boot == a.Boot:
		m.dt = s.Mono - a.Mono
		if m.dt < 0 {
			m.stale = true
			return m
		}
		a.At += m.dt
	default:
		m = a.reboot(s)
	}
	a.Boot, a.Mono = s.Boot, s.Mono
	if !s.Trusted || s.Wall.IsZero() {
		return m
	}
	if a.Torn {
		m = a.mend(s, m)
	}
	a.Wall, a.WallAt = s.Wall, a.At
	return m
}

// reboot bridges the gap to the first reading of another boot.
func (a *axis) reboot(s message.Stamp) moved {
	if s.Trusted && !a.Torn {
		if gap, ok := a.gap(s.Wall); ok {
			a.At += gap
			return moved{dt: gap}
		}
	}
	m := moved{since: a.Since}
	switch {
	case a.Torn:
		// Two gaps of unknown length can't be told apart: what lies between them is lost.
		m.forgetAfter = true
		a.At = a.Since
	case a.Wall.IsZero() || s.Trusted:
		// No wall clock will ever tell: begin anew.
		m.since, m.forget = a.At, true
	default:
		a.Torn, a.Since = true, a.At
		m.since = a.At
	}
	return m
}

// mend learns how long a gap was.
func (a *axis) mend(s message.Stamp, m moved) moved {
	m.since = a.Since
	a.Torn, a.Since = false, 0
	if gap, ok := a.gap(s.Wall); ok {
		m.shift = gap
		a.At += gap
	} else {
		m.forget = true
	}
	return m
}

// gap is how much more time the wall clock saw than the axis.
func (a *axis) gap(wall time.Time) (time.Duration, bool) {
	if a.Wall.IsZero() {
		return 0, false
	}
	gap := wall.Sub(a.Wall) - (a.At - a.WallAt)
	// The clocks of two boots may differ by what they drifted.
	if gap < 0 && gap > -time.Hour {
		gap = 0
	}
	return gap, gap >= 0 && gap <= longestGap
}

// now is the present by clocks that were trusted, if ever. Across a gap of unknown length it
// is the earliest that it can be; exact says whether it is more than that.
func (a *axis) now() (t time.Time, exact bool) {
	if a.Wall.IsZero() {
		return time.Time{}, false
	}
	return a.Wall.Add(a.At - a.WallAt), !a.Torn
}
