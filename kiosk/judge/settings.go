package judge

import (
	"fmt"
	"time"
)

// Rung is one step of the ladder.
type Rung uint8

// The rungs, the gentlest first.
const (
	// None: nothing is to be done.
	None Rung = iota
	// Page: the page is ordered to load itself anew.
	Page
	// Browser: the runner ends the browser and starts it with a fresh profile.
	Browser
	// Compositor: the runner ends, and with it the compositor; systemd starts both again.
	Compositor
	// Reboot: the board starts again.
	Reboot
)

// rungs is how many there are, None included.
const rungs = 5

// String names the rung as it stands in logs and on the wire.
func (r Rung) String() string {
	switch r {
	case None:
		return "none"
	case Page:
		return "page"
	case Browser:
		return "browser"
	case Compositor:
		return "compositor"
	case Reboot:
		return "reboot"
	}
	return "unknown"
}

// Caps are how often each rung may be climbed in one boot; zero: never.
type Caps struct {
	Page, Browser, Compositor, Reboot int
}

func (c Caps) of(r Rung) int {
	switch r {
	case None:
		return 0
	case Page:
		return c.Page
	case Browser:
		return c.Browser
	case Compositor:
		return c.Compositor
	case Reboot:
		return c.Reboot
	}
	return 0
}

// Pace is how long each sign of trouble is borne, and how long a rung is given to work.
type Pace struct {
	// Away: no page is connected. Beat: a connected page is silent; its main thread is stuck.
	Away, Beat time.Duration
	// Frames: beats come, but the compositor asks for no pictures.
	Frames time.Duration
	// Video: a video that is not paused stands still.
	Video time.Duration
	// Item: the main zone shows something else than it should.
	Item time.Duration
	// Takeover: a takeover is wanted and not painted, or painted and not wanted.
	Takeover time.Duration
	// Pong: a ping through the way that orders take has no answer; the page is deaf.
	Pong time.Duration
	// Size: the page has not the size of the panel.
	Size time.Duration
	// SettlePage, SettleBrowser and SettleCompositor are how long the rung has to work before
	// the next one is climbed; the first is also the least time between any two.
	SettlePage, SettleBrowser, SettleCompositor time.Duration
}

// Settings are the judge's limits. The zero value of a field takes its default; a negative
// cap means never.
type Settings struct {
	// Caps bound what is done in ordinary times, 6, 4, 3 and 1 a boot; TakeoverCaps what is
	// done besides while a takeover stands, 12, 8 and 4 a boot and never a reboot.
	Caps, TakeoverCaps Caps
	// Normal and Urgent are the paces without and with a takeover.
	Normal, Urgent Pace
	// HeapMax is how much script memory a page may hold, in bytes; 256 MiB by default.
	HeapMax int64
	// RecycleAt is the time of day, in Beijing, of the planned recycle: 04:10 by default.
	// RecycleEvery is how long a browser runs at most while no clock is trusted: 24 h.
	RecycleAt, RecycleEvery time.Duration
	// Grace is how long everything is given after the daemon's start and after the screen was
	// plugged in again: 30 s.
	Grace time.Duration
	// RebootAfter is how long a screen must have been black before the board is started again
	// for it (10 min); RebootClear how long a boot must last, with the screen well, before a
	// further reboot may follow (24 h): at most one a day, whatever happens.
	RebootAfter, RebootClear time.Duration
	// Runner says that a runner is expected to report the browser and the connectors. While
	// it does not, the screen is never called well.
	Runner bool
}

// DefaultPace is the pace without a takeover.
func DefaultPace() Pace {
	return Pace{
		Away: 15 * time.Second, Beat: 12 * time.Second, Frames: 10 * time.Second,
		Video: 8 * time.Second, Item: 10 * time.Second, Takeover: 2 * time.Second,
		Pong: 12 * time.Second, Size: 20 * time.Second,
		SettlePage: 20 * time.Second, SettleBrowser: 45 * time.Second, SettleCompositor: 90 * time.Second,
	}
}

// UrgentPace is the pace while a takeover stands: three seconds until a silent browser is
// ended leave two for the new one.
func UrgentPace() Pace {
	return Pace{
		Away: 3 * time.Second, Beat: 3 * time.Second, Frames: 3 * time.Second,
		Video: 8 * time.Second, Item: 10 * time.Second, Takeover: 2 * time.Second,
		Pong: 5 * time.Second, Size: 20 * time.Second,
		SettlePage: 1500 * time.Millisecond, SettleBrowser: 6 * time.Second, SettleCompositor: 12 * time.Second,
	}
}

func orDefault[T comparable](have, otherwise T) T {
	var zero T
	if have == zero {
		return otherwise
	}
	return have
}

// withDefaults fills what was left empty.
func (s Settings) withDefaults() Settings {
	s.Caps.Page, s.TakeoverCaps.Page = orDefault(s.Caps.Page, 6), orDefault(s.TakeoverCaps.Page, 12)
	s.Caps.Browser, s.TakeoverCaps.Browser = orDefault(s.Caps.Browser, 4), orDefault(s.TakeoverCaps.Browser, 8)
	s.Caps.Compositor, s.TakeoverCaps.Compositor = orDefault(s.Caps.Compositor, 3), orDefault(s.TakeoverCaps.Compositor, 4)
	s.Caps.Reboot, s.TakeoverCaps.Reboot = orDefault(s.Caps.Reboot, 1), -1
	s.Normal, s.Urgent = s.Normal.or(DefaultPace()), s.Urgent.or(UrgentPace())
	s.HeapMax = orDefault(s.HeapMax, 256<<20)
	s.RecycleAt = orDefault(s.RecycleAt, 4*time.Hour+10*time.Minute)
	s.RecycleEvery = orDefault(s.RecycleEvery, 24*time.Hour)
	s.Grace = orDefault(s.Grace, 30*time.Second)
	s.RebootAfter = orDefault(s.RebootAfter, 10*time.Minute)
	s.RebootClear = orDefault(s.RebootClear, 24*time.Hour)
	return s
}

func (p Pace) or(d Pace) Pace {
	return Pace{
		orDefault(p.Away, d.Away), orDefault(p.Beat, d.Beat), orDefault(p.Frames, d.Frames),
		orDefault(p.Video, d.Video), orDefault(p.Item, d.Item), orDefault(p.Takeover, d.Takeover),
		orDefault(p.Pong, d.Pong), orDefault(p.Size, d.Size),
		orDefault(p.SettlePage, d.SettlePage), orDefault(p.SettleBrowser, d.SettleBrowser), orDefault(p.SettleCompositor, d.SettleCompositor),
	}
}

func (p Pace) settle(r Rung) time.Duration {
	switch r {
	case None:
		return 0
	case Page:
		return p.SettlePage
	case Browser:
		return p.SettleBrowser
	case Compositor, Reboot:
		return p.SettleCompositor
	}
	return p.SettleCompositor
}

// check refuses times that mean nothing.
func (s Settings) check() error {
	for _, row := range []struct {
		what string
		have time.Duration
	}{
		{"normal pace", s.Normal.least()}, {"urgent pace", s.Urgent.least()},
		{"grace", s.Grace}, {"recycle every", s.RecycleEvery}, {"reboot after", s.RebootAfter}, {"reboot clear", s.RebootClear},
	} {
		if row.have <= 0 {
			return fmt.Errorf("judge: %s of %v: %w; leave it out for the default", row.what, row.have, ErrSettings)
		}
	}
	if s.RecycleAt < 0 || s.RecycleAt >= 24*time.Hour {
		return fmt.Errorf("judge: recycle at %v: %w; a time of day from 00:00 to 23:59", s.RecycleAt, ErrSettings)
	}
	if s.HeapMax < 0 {
		return fmt.Errorf("judge: a heap of %d bytes: %w; leave it out for the default", s.HeapMax, ErrSettings)
	}
	return nil
}

func (p Pace) least() time.Duration {
	return min(p.Away, p.Beat, p.Frames, p.Video, p.Item, p.Takeover, p.Pong, p.Size, p.SettlePage, p.SettleBrowser, p.SettleCompositor)
}
