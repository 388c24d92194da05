package programme

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"firepost/firmware-contracts/strictyaml"
)

// loudest is the widest part of the day in which education may be heard: silence from 22:00 to
// 06:00 is no setting.
var loudest = span{6 * 60, 22 * 60} //nolint:gochecknoglobals // a constant

// Label is a text in the languages that it was given in; ZH is always there.
type Label struct {
	ZH string `json:"zh"`
	MN string `json:"mn,omitempty"`
	EN string `json:"en,omitempty"`
}

// Programme is one edition of a programme. It is immutable once parsed, and safe for
// concurrent use.
type Programme struct {
	// ID and Version name the edition; a higher version replaces a lower one.
	ID      string
	Version int
	Title   Label
	// Warnings are doubts that did not keep the programme from being used.
	Warnings strictyaml.Problems

	items    []scheduled
	plain    []Item
	entries  []*entry
	fallback map[Zone]*playlist
	screen   screen
	screens  map[string]screen
	// edges are the minutes of the day at which an entry begins or ends, in order.
	edges []int
}

// scheduled is an item and the days on which it is shown; until is the last of them.
type scheduled struct {
	weight      int
	heard       bool
	dated       bool
	from, until int64
}

func (s *scheduled) shown(day int64) bool { return !s.dated || day >= s.from && day <= s.until }

// playlist is a list of items. always is its round of the items without dates, nil when there
// are none; it is the whole round unless some are dated.
type playlist struct {
	members []int
	dated   bool
	always  *cycle
}

// entry is one line of the schedule.
type entry struct {
	zones    map[Zone]*playlist
	daily    *span
	weekdays [7]bool
	days     []days
	priority int
	screens  []string
	// limited: it depends on the time or the day.
	limited bool
}

// begins reports whether the entry's part of the day may begin on the day.
func (e *entry) begins(d date) bool {
	return e.weekdays[d.weekday] && (len(e.days) == 0 || slices.ContainsFunc(e.days, func(r days) bool { return r.has(d) }))
}

// screen is how one screen is used.
type screen struct {
	zones      []Zone
	brightness int
	dimmed     []rawDim
	hours      []span
	sound      span
	// edges are the minutes of the day at which any of this changes, in order.
	edges []int
}

// Name is the programme and its edition as people and records write it: "winter v3".
func (p *Programme) Name() string { return fmt.Sprintf("%s v%d", p.ID, p.Version) }

// Items returns every item of the programme, in the order of the file.
func (p *Programme) Items() []Item { return slices.Clone(p.plain) }

// Media returns the sha256 of every file that the programme needs, each once.
func (p *Programme) Media() []string {
	var out []string
	for _, it := range p.plain {
		if it.Media != "" {
			out = append(out, it.Media)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Screens returns the names of the screens that the programme treats apart.
func (p *Programme) Screens() []string {
	out := make([]string, 0, len(p.screens))
	for s := range p.screens {
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

// compile builds the programme out of a file without mistakes; at holds the items' places.
func compile(raw *rawProgramme, at map[string]int) *Programme {
	p := &Programme{
		ID: raw.ID, Version: raw.Version, Title: Label(raw.Title),
		fallback: make(map[Zone]*playlist), screens: make(map[string]screen),
	}
	for i := range raw.Items {
		p.add(&raw.Items[i])
	}
	lists := make(map[string]*playlist, len(raw.Playlists))
	for list, ids := range raw.Playlists {
		lists[list] = p.playlist(ids, at)
	}
	for zone, list := range raw.Fallback.in() {
		if list != "" {
			p.fallback[zone] = lists[list]
		}
	}
	p.fallback[Clock] = p.dial()
	p.edges = []int{0}
	for i := range raw.Schedule {
		e := newEntry(&raw.Schedule[i], lists)
		p.entries = append(p.entries, e)
		if e.daily != nil {
			p.edges = append(p.edges, e.daily.from, e.daily.until%dayMinutes)
		}
	}
	slices.SortStableFunc(p.entries, func(a, b *entry) int { return cmp.Compare(b.priority, a.priority) })
	p.edges = inOrder(p.edges)
	p.screen = newScreen(rawScreen{
		Zones: raw.Zones, Brightness: &raw.Brightness, Dimmed: raw.Dimmed, Hours: raw.Hours, SoundHours: &raw.SoundHours,
	}, screen{})
	for s, over := range raw.Screens {
		p.screens[s] = newScreen(over, p.screen)
	}
	return p
}

func (p *Programme) add(raw *rawItem) {
	it := Item{
		ID: raw.ID, Kind: Kind(raw.Kind), Media: raw.Media, For: raw.For.D(), Transition: cmp.Or(string(raw.Transition), "cut"),
		Colour: Colour(raw.Colour), Payload: raw.Payload,
	}
	if raw.Text != nil {
		it.ZH, it.MN, it.EN = raw.Text.ZH, raw.Text.MN, raw.Text.EN
	}
	if it.Kind == Text {
		it.Colour = cmp.Or(it.Colour, Paper)
	}
	s := scheduled{weight: max(1, raw.Weight), heard: raw.Sound == "speech" || raw.Sound == "music", from: 0, until: 1<<62 - 1}
	if raw.From != nil {
		s.dated, s.from = true, raw.From.number
	}
	if raw.Until != nil {
		s.dated, s.until = true, raw.Until.number
	}
	p.plain, p.items = append(p.plain, it), append(p.items, s)
}

// dial is what the zone Clock plays. Its item comes last and belongs to no file.
func (p *Programme) dial() *playlist {
	p.plain = append(p.plain, Item{ID: dialID, Kind: Dial, For: time.Hour, Transition: "cut"})
	p.items = append(p.items, scheduled{weight: 1})
	last := len(p.plain) - 1
	return &playlist{members: []int{last}, always: p.round([]int{last})}
}

func (p *Programme) playlist(ids []string, at map[string]int) *playlist {
	l := &playlist{}
	var undated []int
	for _, id := range ids {
		i := at[id]
		l.members = append(l.members, i)
		if p.items[i].dated {
			l.dated = true
		} else {
			undated = append(undated, i)
		}
	}
	l.always = p.round(undated)
	return l
}

// round is one round of the items, nil when there are none.
func (p *Programme) round(members []int) *cycle {
	if len(members) == 0 {
		return nil
	}
	weights := make([]int, len(members))
	for i, m := range members {
		weights[i] = p.items[m].weight
	}
	return newCycle(p.plain, members, weights)
}

func newEntry(raw *rawEntry, lists map[string]*playlist) *entry {
	e := &entry{
		zones: make(map[Zone]*playlist), daily: raw.Daily, days: raw.Days, priority: raw.Priority, screens: raw.Screens,
		limited: raw.Daily != nil || len(raw.Weekdays) > 0 || len(raw.Days) > 0,
	}
	for zone, list := range raw.Zones.in() {
		if list != "" {
			e.zones[zone] = lists[list]
		}
	}
	for i := range e.weekdays {
		e.weekdays[i] = len(raw.Weekdays) == 0 || slices.Contains(raw.Weekdays, weekday(i)) //nolint:gosec // below 7
	}
	return e
}

// newScreen is base with what raw says otherwise.
func newScreen(raw rawScreen, base screen) screen {
	s := screen{
		zones: slices.Clone(base.zones), brightness: or(raw.Brightness, base.brightness), sound: or(raw.SoundHours, base.sound),
		dimmed: base.dimmed, hours: base.hours, edges: []int{0},
	}
	if raw.Zones != nil {
		s.zones = nil
		for _, z := range raw.Zones {
			s.zones = append(s.zones, Zone(z))
		}
	}
	if raw.Dimmed != nil {
		s.dimmed = raw.Dimmed
	}
	if raw.Hours != nil {
		s.hours = raw.Hours
	}
	for _, d := range s.dimmed {
		s.edges = append(s.edges, d.At.from, d.At.until%dayMinutes)
	}
	for _, h := range s.hours {
		s.edges = append(s.edges, h.from, h.until%dayMinutes)
	}
	s.edges = inOrder(append(s.edges, s.sound.from, s.sound.until))
	return s
}

func inOrder(edges []int) []int {
	slices.Sort(edges)
	return slices.Compact(edges)
}

// lit reports whether the screen is on.
func (s *screen) lit(minute int) bool {
	return len(s.hours) == 0 || slices.ContainsFunc(s.hours, func(h span) bool { return h.has(minute) })
}

// light is the brightness in percent: the lowest of what holds.
func (s *screen) light(minute int) int {
	b := s.brightness
	for _, d := range s.dimmed {
		if d.At.has(minute) {
			b = min(b, d.Brightness)
		}
	}
	return b
}

// heard reports whether sound is allowed at one moment of a day and on until another: within
// the hours of sound, and while the screen is lit.
func (s *screen) heard(from, until time.Duration) bool {
	begin, end := time.Duration(s.sound.from)*time.Minute, time.Duration(s.sound.until)*time.Minute
	if from < begin || from >= end || until > end || !s.lit(int(from/time.Minute)) {
		return false
	}
	for _, h := range s.hours {
		for _, edge := range [...]int{h.from, h.until} {
			if at := time.Duration(edge) * time.Minute; at > from && at < until {
				return false
			}
		}
	}
	return true
}
