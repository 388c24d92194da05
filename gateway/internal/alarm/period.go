package alarm

import (
	"time"

	"firepost/firmware-contracts/message"
)

// stamp is message.Stamp with the precision of a recorded event: milliseconds.
type stamp struct {
	Boot    string `json:"boot"`
	MonoMS  int64  `json:"mono_ms"`
	WallMS  int64  `json:"wall_ms"`
	Trusted bool   `json:"trusted"`
}

func stampOf(at message.Stamp) stamp {
	return stamp{Boot: at.Boot, MonoMS: at.Mono.Milliseconds(), WallMS: at.Wall.UnixMilli(), Trusted: at.Trusted}
}

// Stamp is the moment as the rest of the house keeps it.
func (t stamp) Stamp() message.Stamp {
	return message.Stamp{
		Boot: t.Boot, Mono: time.Duration(t.MonoMS) * time.Millisecond,
		Wall: time.UnixMilli(t.WallMS).UTC(), Trusted: t.Trusted,
	}
}

// period is a disablement or a test.
type period struct {
	On      bool   `json:"on"`
	Author  string `json:"author,omitempty"`
	Note    string `json:"note,omitempty"`
	Seconds int64  `json:"seconds,omitempty"`
	Began   stamp  `json:"began,omitzero"`
	// Anchor is Began, or the first moment of the boot that took the period over.
	Anchor stamp `json:"anchor,omitzero"`
}

// Period describes a running disablement or test to people.
type Period struct {
	Author, Note string
	Began        message.Stamp
	Length       time.Duration
}

func (p *period) public() Period {
	return Period{Author: p.Author, Note: p.Note, Began: p.Began.Stamp(), Length: time.Duration(p.Seconds) * time.Second}
}

// anchor makes the period measurable in the boot of at.
func (p *period) anchor(at message.Stamp) {
	if p.On && p.Anchor.Boot != at.Boot {
		p.Anchor = stampOf(at)
	}
}

// monoMS is when the period ends by the monotonic clock of the anchor's boot.
func (p *period) monoMS() int64 { return p.Anchor.MonoMS + p.Seconds*1000 }

// wallMS is when the period ends by the wall clock; only for a period that began in an
// earlier boot while the clock was trusted. Within one boot the wall clock has no say: it
// can step.
func (p *period) wallMS() (int64, bool) {
	if p.Anchor.Boot == p.Began.Boot || !p.Began.Trusted {
		return 0, false
	}
	return p.Began.WallMS + p.Seconds*1000, true
}

// over reports whether the period has ended at this moment. The period is anchored.
func (p *period) over(at message.Stamp) bool {
	if !p.On {
		return false
	}
	if at.Mono.Milliseconds() >= p.monoMS() {
		return true
	}
	end, ok := p.wallMS()
	return ok && at.Trusted && at.Wall.UnixMilli() >= end
}

// until is the wall time of the end as far as it is known at this moment.
func (p *period) until(at message.Stamp) (time.Time, bool) {
	if end, ok := p.wallMS(); ok {
		return time.UnixMilli(end).UTC(), true
	}
	if !at.Trusted || at.Boot != p.Anchor.Boot {
		return time.Time{}, false
	}
	left := time.Duration(p.monoMS())*time.Millisecond - at.Mono
	return at.Wall.Add(left).UTC().Truncate(time.Millisecond), true
}
