package message

import "time"

// Stamp is a moment as a booth knows it. A booth without a battery-backed clock
// boots in 1970, so every record keeps both clocks: Mono orders and measures,
// Wall is for people, and Trusted says whether Wall may be believed.
type Stamp struct {
	// Boot is the kernel's boot id; Mono of two stamps compares only within one boot.
	Boot string
	// Mono is CLOCK_BOOTTIME: time since boot, suspend included.
	Mono time.Duration
	// Wall is the wall clock in UTC, whatever it said.
	Wall time.Time
	// Trusted is true once the kernel reports a synchronised clock.
	Trusted bool
}

// Sub returns the time elapsed from u to s by the monotonic clock. Both must be of one boot.
func (s Stamp) Sub(u Stamp) time.Duration { return s.Mono - u.Mono }

// Add returns s moved by d on both clocks.
func (s Stamp) Add(d time.Duration) Stamp {
	s.Mono += d
	s.Wall = s.Wall.Add(d)
	return s
}
