package pins

import "time"

// A contact that has not settled for unsteadyAfter, or for unsteadyTimes its debounce time
// where that is longer, is a fault: neither open nor closed would be the truth.
const (
	unsteadyAfter = time.Second
	unsteadyTimes = 4
)

// settler decides when a contact's level counts. It is pure: levels and times come in.
type settler struct {
	debounce time.Duration

	begun bool
	// raw is the level seen last and since when it has been seen without interruption.
	raw   bool
	since time.Time
	// level is the one that counts, once known.
	level, known bool
	// settled is when a level was last seen to have lasted long enough.
	settled time.Time
}

// see takes in one look. changed: level is new. noise: a pulse that was too short to count
// has ended.
func (s *settler) see(closed bool, at time.Time) (changed, noise bool) {
	switch {
	case !s.begun:
		s.begun, s.raw, s.since, s.settled = true, closed, at, at
	case closed != s.raw:
		noise = s.pending()
		s.raw, s.since = closed, at
	}
	if at.Sub(s.since) < s.debounce {
		return false, noise
	}
	s.settled = at
	if s.pending() {
		s.level, s.known = s.raw, true
		return true, noise
	}
	return false, noise
}

// pending tells that the level seen last does not count yet.
func (s *settler) pending() bool { return !s.known || s.raw != s.level }

// settling tells that the level seen last has not lasted long enough yet, be it new or not.
func (s *settler) settling() bool { return s.begun && s.settled.Before(s.due()) }

// due is when the level seen last will have lasted long enough.
func (s *settler) due() time.Time { return s.since.Add(s.debounce) }

// unsteady tells that no level has lasted long enough for too long a time.
func (s *settler) unsteady(at time.Time) bool {
	return s.begun && at.Sub(s.settled) >= max(unsteadyAfter, unsteadyTimes*s.debounce)
}
