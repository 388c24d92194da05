package climate

import (
	"time"

	"firepost/firmware-contracts/contract"
)

// screenBack is how far above the lower rating screens must be to get power, in kelvin.
const screenBack = 2

// screenOff is how far outside the rating they lose it.
const screenOff = 3

type screenState struct {
	on   bool
	warm hold
	dry  hold
}

// step decides whether the screens may have power.
func (s *screenState) step(in *seen, c *Config, st *State, d *Decision) {
	part := in.screens()
	hot := hottest(in.screen, in.inside)
	soak := c.Soak
	if !in.humidity.ok {
		// Nobody can say whether it is wet: time has to dry it.
		soak = 3 * c.Soak
	}
	warm := s.warm.keep(part.ok && part.v >= *c.ScreenFrom+screenBack, in.at) >= soak
	dry := s.dry.keep(!st.wet, in.at) >= time.Minute
	tooHot := hot.ok && (hot.v > c.ScreenTo || !s.on && hot.v > c.ScreenTo-5)
	say := func(zh, en string) { d.ScreenText = contract.Text{ZH: zh, EN: en} }
	switch {
	case tooHot:
		s.on = false
		say("屏幕过热", "screens too hot")
	case !part.ok:
		// What runs goes on running: it warms itself. What is off waits.
		say("屏幕温度未知", "screen temperature not known")
	case part.v < *c.ScreenFrom-screenOff:
		s.on = false
		say("屏幕过冷,先加热", "screens too cold, heating first")
	case !s.on && !warm:
		say("屏幕预热中", "screens are being warmed")
	case !s.on && !dry:
		say("等待凝露消退", "waiting for condensation to dry")
	default:
		s.on = true
	}
	d.Screens = s.on
	dead := part.ok && part.v < *c.ScreenSurvive
	d.TakeoverScreens = !dead && !(hot.ok && hot.v > c.ScreenTo+10)
}

// screens is the screens' temperature: their own, or the nearest to it that is known.
func (s *seen) screens() number {
	for _, n := range []number{s.screen, s.surface, s.inside} {
		if n.ok {
			return n
		}
	}
	return number{}
}
