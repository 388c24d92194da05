package beacon

import (
	"image/color"
	"time"
)

// Sign is what the beacon shows.
type Sign uint8

// The signs. The zero value is not a good one: a beacon that has been told nothing shows fault.
const (
	Fault Sign = iota
	Normal
	Test
	Fire
	// Dark is off: for a booth that saves its battery. It is renewed like all others.
	Dark
)

// String is the sign's name.
func (s Sign) String() string {
	switch s {
	case Fault:
		return "fault"
	case Normal:
		return "normal"
	case Test:
		return "test"
	case Fire:
		return "fire"
	case Dark:
		return "dark"
	default:
		return "unknown"
	}
}

// rhythm is a colour and how long it is on and off in turn, beginning with on.
type rhythm struct {
	colour color.NRGBA
	steps  []time.Duration
}

//nolint:gochecknoglobals // lookup table
var rhythms = [...]rhythm{
	Fault:  {color.NRGBA{R: 255, G: 160, A: 255}, []time.Duration{150e6, 150e6, 150e6, 1550e6}},
	Normal: {color.NRGBA{G: 255, A: 255}, []time.Duration{100e6, 3900e6}},
	Test:   {color.NRGBA{B: 255, A: 255}, []time.Duration{1000e6, 1000e6}},
	Fire:   {color.NRGBA{R: 255, A: 255}, []time.Duration{250e6, 250e6}},
	Dark:   {color.NRGBA{A: 255}, []time.Duration{1000e6, 1000e6}},
}

// At is the colour that sign s has when it has been shown for that long, and for how long it
// keeps it. It is pure. What is no sign is shown as fault.
func At(s Sign, shown time.Duration) (c color.NRGBA, keeps time.Duration) {
	if int(s) >= len(rhythms) {
		s = Fault
	}
	r := &rhythms[s]
	var period time.Duration
	for _, d := range r.steps {
		period += d
	}
	at := max(0, shown) % period
	for i, d := range r.steps {
		if at < d {
			if i%2 == 0 {
				return r.colour, d - at
			}
			return color.NRGBA{A: 255}, d - at
		}
		at -= d
	}
	return color.NRGBA{A: 255}, period // can't be reached: at is less than period
}
