package programme

import (
	"slices"
	"time"
)

// How far Showing.Zones looks ahead: so many slots and so long, whichever is more.
const (
	LeastAhead = 2 * time.Minute
	LeastSlots = 5
)

// MostHeld is how much longer than its item a slot may be: what would be left for the next item
// before another daypart begins is less than anybody could read.
const MostHeld = 3 * time.Second

// At returns what the screen shows at a moment under an alarm picture. A screen that the
// programme does not name is used as its head says.
//
// The answer depends on nothing else. After a jump of the wall clock it is what the new time
// says; slots are told in time since boot, so between two jumps every answer continues the one
// before, and Main is never empty whatever the clock says. While the clock is not trusted, only
// what has no limits of time and date plays, in step with the time since boot; the screen is
// lit at its plain brightness, no time of day is shown, and nothing is heard, because it may be
// night.
func (p *Programme) At(name string, m Moment, a Alarm) Showing {
	s, ok := p.screens[name]
	if !ok {
		s = p.screen
	}
	q := &question{p: p, screen: &s, name: name, mono: m.Mono}
	switch {
	case a != Quiet:
		return Showing{
			Programme: p.Name(), Taken: true, On: true, Brightness: 100, Sound: true,
			Zones: map[Zone][]Slot{}, Until: m.Mono + dayLength,
		}
	case !m.Trusted:
		return q.timeless()
	}
	q.today, q.since = civil(m.Wall)
	return q.timely()
}

// question is one call of At under way.
type question struct {
	p      *Programme
	screen *screen
	name   string
	mono   time.Duration
	// today and since are Beijing's day and the time since its midnight.
	today int64
	since time.Duration
	// facts are those of the days looked at so far, from today on.
	facts []*facts
}

// timeless answers without a clock.
func (q *question) timeless() Showing {
	zones := make(map[Zone][]Slot, len(q.screen.zones))
	for _, zone := range q.screen.zones {
		if zone == Clock {
			continue
		}
		if l := q.p.unlimited(zone, q.name); l != nil {
			r := run{p: q.p, round: l.always, until: q.mono + dayLength}
			zones[zone], _ = r.slots(nil, q.mono, q.mono)
		}
	}
	return Showing{
		Programme: q.p.Name(), On: true, Brightness: q.screen.brightness,
		Zones: zones, Until: q.mono + dayLength,
	}
}

// unlimited is the playlist of the highest entry that has no limits; nil when the zone has none.
func (p *Programme) unlimited(zone Zone, screen string) *playlist {
	for _, e := range p.entries {
		if l := e.zones[zone]; l != nil && !e.limited && l.always != nil && e.on(screen) {
			return l
		}
	}
	return p.fallback[zone]
}

// on reports whether the entry is meant for the screen.
func (e *entry) on(screen string) bool {
	return len(e.screens) == 0 || slices.Contains(e.screens, screen)
}

// timely answers by the wall clock.
func (q *question) timely() Showing {
	minute := int(q.since / time.Minute)
	out := Showing{
		Programme: q.p.Name(), On: q.screen.lit(minute), Brightness: q.screen.light(minute), Sound: q.screen.heard(q.since, q.since),
		Zones: make(map[Zone][]Slot, len(q.screen.zones)),
	}
	end := q.screen.steadyUntil(minute)
	for _, zone := range q.screen.zones {
		slots, until := q.zone(zone)
		end = min(end, until)
		if len(slots) > 0 {
			out.Zones[zone] = slots
		}
	}
	out.Until = q.mono + time.Duration(end)*time.Minute - q.since
	return out
}

// steadyUntil is the first minute after the given one at which light or sound change, at the
// latest the end of the day.
func (s *screen) steadyUntil(minute int) int {
	now := time.Duration(minute) * time.Minute
	for _, edge := range s.edges {
		at := time.Duration(edge) * time.Minute
		if edge > minute && (s.lit(edge) != s.lit(minute) || s.light(edge) != s.light(minute) || s.heard(at, at) != s.heard(now, now)) {
			return edge
		}
	}
	return dayMinutes
}

// zone returns the slots of one zone, and the minute of today until which its playlist stays.
func (q *question) zone(zone Zone) (slots []Slot, until int) {
	offset := q.since // of the moment, in its day
	for ahead := 0; ; ahead++ {
		f := q.day(ahead)
		for done := false; !done; {
			part := f.part(q, zone, int(offset/time.Minute))
			if until == 0 {
				until = part.until
			}
			if part.list == nil {
				return slots, until
			}
			midnight := q.mono - q.since + time.Duration(ahead)*dayLength
			r := run{
				p: q.p, round: f.round(q.p, part.list), screen: q.screen, base: midnight,
				from: time.Duration(part.from) * time.Minute, until: time.Duration(part.until) * time.Minute,
			}
			r.first = r.round.begin(f.today.number, part.from)
			if slots, done = r.slots(slots, offset, q.mono); done {
				return slots, until
			}
			offset, done = r.until, part.until == dayMinutes
		}
		offset = 0
	}
}

// run is one playlist playing through one part of a day.
type run struct {
	p      *Programme
	round  *cycle
	screen *screen // nil: nothing is heard
	// from and until bound the part and base is their zero in time since boot.
	from, until, base time.Duration
	// first is the place of the round that the part begins with.
	first int
}

// slots appends the slots from offset to the part's end, and reports whether they look far
// enough ahead of mono.
func (r *run) slots(out []Slot, offset, mono time.Duration) (_ []Slot, enough bool) {
	c := r.round
	phase := (c.starts[r.first] + (offset - r.from)) % c.total
	if phase < 0 {
		phase += c.total // a time since boot below zero
	}
	at := c.at(phase)
	begin := offset - (phase - c.starts[at])
	if r.until-begin < MostHeld && begin > r.from {
		at = (at + len(c.order) - 1) % len(c.order)
		begin -= r.p.plain[c.order[at]].For
	}
	for begin < r.until {
		it := r.p.plain[c.order[at]]
		end := begin + it.For
		if r.until-end < MostHeld {
			end = r.until
		}
		it.Sound = r.screen != nil && r.p.items[c.order[at]].heard && r.screen.heard(begin, end)
		out = append(out, Slot{Item: it, From: r.base + begin, Until: r.base + end})
		if len(out) >= LeastSlots && r.base+end >= mono+LeastAhead {
			return out, true
		}
		begin, at = end, (at+1)%len(c.order)
	}
	return out, false
}
