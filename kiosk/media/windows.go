package media

import (
	"fmt"
	"time"
)

// beijing is the time of day that people set hours in; China has one zone and no summer time.
var beijing = time.FixedZone("CST", 8*60*60) //nolint:gochecknoglobals // a constant

// Hours is a span of the day in Beijing time, in minutes from midnight. Until before From goes
// across midnight; both equal is the whole day.
type Hours struct{ From, Until int }

// ParseHours reads "01:00-05:00"; an en dash is taken too. Errors wrap ErrConfig.
func ParseHours(s string) (Hours, error) {
	var h Hours
	var fh, fm, uh, um int
	text := []rune(s)
	if len(text) != 11 || text[5] != '-' && text[5] != '–' {
		return h, fmt.Errorf("%w: hours %q; write 01:00-05:00", ErrConfig, s)
	}
	text[5] = '-'
	for i, r := range text {
		if i != 2 && i != 5 && i != 8 && (r < '0' || r > '9') {
			return h, fmt.Errorf("%w: hours %q; write 01:00-05:00", ErrConfig, s)
		}
	}
	if _, err := fmt.Sscanf(string(text), "%d:%d-%d:%d", &fh, &fm, &uh, &um); err != nil || fh > 23 || uh > 24 || fm > 59 || um > 59 || uh == 24 && um > 0 {
		return h, fmt.Errorf("%w: hours %q; write 01:00-05:00", ErrConfig, s)
	}
	return Hours{fh*60 + fm, (uh*60 + um) % (24 * 60)}, nil
}

// String writes what ParseHours reads.
func (h Hours) String() string {
	return fmt.Sprintf("%02d:%02d-%02d:%02d", h.From/60, h.From%60, h.Until/60, h.Until%60)
}

// Open reports whether the time of day lies within.
func (h Hours) Open(at time.Time) bool {
	at = at.In(beijing)
	m := at.Hour()*60 + at.Minute()
	switch {
	case h.From == h.Until:
		return true
	case h.From < h.Until:
		return m >= h.From && m < h.Until
	default:
		return m >= h.From || m < h.Until
	}
}
