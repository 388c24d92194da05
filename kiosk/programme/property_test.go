package programme

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// drawProgramme writes a programme that parses.
func drawProgramme(t *rapid.T) string {
	var b strings.Builder
	b.WriteString("id: any\nversion: 7\ntitle: {zh: 随机}\n")
	clock := rapid.Custom(func(t *rapid.T) string {
		from := rapid.SampledFrom([]string{"00:00", "06:00", "07:00", "12:30", "22:00", "23:59"}).Draw(t, "from")
		until := rapid.SampledFrom([]string{"00:01", "06:00", "07:01", "12:31", "22:00", "24:00"}).Draw(t, "until")
		if from == until {
			return "01:00-02:00"
		}
		return from + "-" + until
	})
	fmt.Fprintf(&b, "brightness: %d\nsound_hours: %s\n", rapid.IntRange(1, 100).Draw(t, "brightness"),
		rapid.SampledFrom([]string{"06:00-22:00", "08:00-20:00", "12:00-12:01"}).Draw(t, "sound"))
	if rapid.Bool().Draw(t, "has hours") {
		fmt.Fprintf(&b, "hours: [%q]\ndimmed: [{at: %q, brightness: 5}]\n", clock.Draw(t, "hours"), clock.Draw(t, "dimmed"))
	}
	fmt.Fprintf(&b, "screens: {led: {zones: [main], hours: [%q]}}\nitems:\n", clock.Draw(t, "led"))
	n := rapid.IntRange(1, 12).Draw(t, "items")
	dated := make([]bool, n)
	for i := range n {
		kind := rapid.SampledFrom([]string{"text: {zh: 你好}, kind: text", "kind: video, sound: speech, media: " + strings.Repeat("a", 64)}).Draw(t, "kind")
		fmt.Fprintf(&b, "  - {id: i%d, %s, for: %dms, weight: %d", i, kind,
			rapid.SampledFrom([]int{3000, 3500, 10000, 61001, 3600000}).Draw(t, "for"), rapid.IntRange(1, 10).Draw(t, "weight"))
		if dated[i] = i > 0 && rapid.Bool().Draw(t, "dated"); dated[i] {
			fmt.Fprintf(&b, ", from: 2026-12-%02d", rapid.IntRange(1, 31).Draw(t, "day"))
			if rapid.Bool().Draw(t, "ends") {
				b.WriteString(", until: 2027-01-01")
			}
		}
		b.WriteString("}\n")
	}
	b.WriteString("  - {id: line, kind: text, for: 7s, text: {zh: 你好}}\nplaylists:\n  lines: [line]\n  safe: [i0]\n")
	lists := rapid.IntRange(1, 4).Draw(t, "lists")
	for l := range lists {
		members := rapid.SliceOfNDistinct(rapid.IntRange(0, n-1), 1, n, rapid.ID).Draw(t, "members")
		fmt.Fprintf(&b, "  p%d: [%s]\n", l, "i"+strings.ReplaceAll(strings.Trim(fmt.Sprint(members), "[]"), " ", ", i"))
	}
	b.WriteString("schedule:\n")
	for i := range rapid.IntRange(1, 6).Draw(t, "entries") {
		fmt.Fprintf(&b, "  - {name: e%d, zones: {main: p%d%s}, priority: %d", i, rapid.IntRange(0, lists-1).Draw(t, "list"),
			rapid.SampledFrom([]string{"", ", ticker: lines"}).Draw(t, "ticker"), rapid.IntRange(0, 2).Draw(t, "priority"))
		if rapid.Bool().Draw(t, "daily") {
			fmt.Fprintf(&b, ", daily: %q", clock.Draw(t, "part"))
		}
		if rapid.Bool().Draw(t, "weekly") {
			b.WriteString(", weekdays: [mon, sat]")
		}
		b.WriteString(rapid.SampledFrom([]string{"", ", days: [12-31]", ", days: [12-20..01-10]", ", days: [2026-12-30..2027-01-02, 02-29]"}).Draw(t, "days"))
		b.WriteString(rapid.SampledFrom([]string{"", ", screens: [led]"}).Draw(t, "screens") + "}\n")
	}
	b.WriteString("fallback: {main: safe}\n")
	return b.String()
}

func drawMoment(t *rapid.T) Moment {
	base := time.Date(rapid.SampledFrom([]int{1970, 2026, 2027, 2028, 2099}).Draw(t, "year"), time.December, 31, 15, 59, 50, 0, time.UTC)
	if rapid.Bool().Draw(t, "leap") {
		base = base.AddDate(0, 2, -2)
	}
	off := time.Duration(rapid.Int64Range(-int64(48*time.Hour), int64(48*time.Hour)).Draw(t, "offset"))
	if rapid.Bool().Draw(t, "edge") {
		off = off.Truncate(time.Hour) + 10*time.Second
	}
	return Moment{
		Wall: base.Add(off), Trusted: rapid.IntRange(0, 4).Draw(t, "trusted") > 0,
		Mono: time.Duration(rapid.Int64Range(0, int64(400*24*time.Hour)).Draw(t, "mono")),
	}
}

func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := drawProgramme(t)
		p, err := Parse("any.yaml", []byte(text))
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		screen := rapid.SampledFrom([]string{"tv", "led"}).Draw(t, "screen")
		m := drawMoment(t)
		s := p.At(screen, m, Quiet)
		if again := p.At(screen, m, Quiet); !reflect.DeepEqual(s, again) {
			t.Fatalf("two answers to one question:\n%+v\n%+v", s, again)
		}
		checkShowing(t, s, screen, m)
		checkModel(t, p, s, screen, m)
		ahead := rapid.Int64Range(0, int64(s.Zones[Main][len(s.Zones[Main])-1].Until-m.Mono)-1).Draw(t, "ahead")
		checkLater(t, p, s, screen, m, time.Duration(ahead))
		if s.Until-m.Mono > 1 {
			checkLater(t, p, s, screen, m, s.Until-m.Mono-1)
		}
	})
}

func checkShowing(t *rapid.T, s Showing, screen string, m Moment) {
	if len(s.Zones[Main]) == 0 || s.Brightness < 1 || s.Brightness > 100 || s.Until <= m.Mono || s.Taken {
		t.Fatalf("%+v", s)
	}
	if !m.Trusted && (!s.On || s.Sound || s.Zones[Clock] != nil) {
		t.Fatalf("without a clock: %+v", s)
	}
	for zone, slots := range s.Zones {
		if screen == "led" && zone != Main {
			t.Fatalf("the screen has no %s", zone)
		}
		end := slots[0].From
		for _, slot := range slots {
			length := slot.Until - slot.From
			if slot.From != end || length <= 0 || length >= slot.Item.For+MostHeld {
				t.Fatalf("%s: %+v after %s", zone, slot, end)
			}
			end = slot.Until
			if !slot.Item.Sound {
				continue
			}
			from := m.Wall.Add(slot.From - m.Mono).In(time.FixedZone("", 8*60*60))
			last := from.Add(length - 1)
			if !m.Trusted || from.Hour() < 6 || last.Hour() > 21 || last.YearDay() != from.YearDay() {
				t.Fatalf("heard from %s to %s", from, last)
			}
		}
		if slots[0].From > m.Mono || slots[0].Until <= m.Mono {
			t.Fatalf("%s: %+v is not now", zone, slots[0])
		}
		enough := len(slots) >= LeastSlots && end >= m.Mono+LeastAhead
		if !enough && (zone == Main || end < s.Until) {
			t.Fatalf("%s: looks ahead by %d slots and %s", zone, len(slots), end-m.Mono)
		}
	}
}

// checkModel asks a second, plain way what main may show now.
func checkModel(t *rapid.T, p *Programme, s Showing, screen string, m Moment) {
	now := m.Wall.In(time.FixedZone("", 8*60*60))
	// In a rest too short for an item the one before stays: it was chosen then.
	shown := m.Wall.Add(s.Zones[Main][0].From - m.Mono).In(now.Location())
	if m.Trusted && shown.YearDay() != now.YearDay() {
		t.Fatalf("%s is shown across midnight", s.Zones[Main][0].Item.ID)
	}
	got := slices.IndexFunc(p.plain, func(it Item) bool { return it.ID == s.Zones[Main][0].Item.ID })
	inDay := func(r days, at time.Time) bool {
		layout, from, until := "2006-01-02", "", ""
		if r.from.yearly != 0 {
			layout = "01-02"
			from, until = fmt.Sprintf("%02d-%02d", r.from.yearly/100, r.from.yearly%100), fmt.Sprintf("%02d-%02d", r.until.yearly/100, r.until.yearly%100)
		} else {
			from, until = time.Unix(r.from.number*86400, 0).UTC().Format(layout), time.Unix(r.until.number*86400, 0).UTC().Format(layout)
		}
		d := at.Format(layout)
		if from <= until {
			return from <= d && d <= until
		}
		return d >= from || d <= until
	}
	dayFits := func(e *entry, at time.Time) bool {
		return e.weekdays[(int(at.Weekday())+6)%7] && (len(e.days) == 0 || slices.ContainsFunc(e.days, func(r days) bool { return inDay(r, at) }))
	}
	inForce := func(e *entry) bool {
		if !m.Trusted {
			return !e.limited
		}
		if e.daily == nil {
			return dayFits(e, now)
		}
		minute := now.Hour()*60 + now.Minute()
		for back := range 2 { // begun today, or yesterday
			length := (e.daily.until - e.daily.from + 1440) % 1440
			if length == 0 {
				length = 1440
			}
			if since := minute + back*1440 - e.daily.from; since >= 0 && since < length && dayFits(e, now.AddDate(0, 0, -back)) {
				return true
			}
		}
		return false
	}
	plays := func(l *playlist) (members []int) {
		for _, i := range l.members {
			d := now.Format("2006-01-02")
			sc := p.items[i]
			if !sc.dated || m.Trusted && time.Unix(sc.from*86400, 0).UTC().Format("2006-01-02") <= d &&
				(sc.until > 1<<40 || d <= time.Unix(sc.until*86400, 0).UTC().Format("2006-01-02")) {
				members = append(members, i)
			}
		}
		return members
	}
	want := p.fallback[Main].members
	for _, e := range p.entries {
		if l := e.zones[Main]; l != nil && (e.screens == nil || slices.Contains(e.screens, screen)) && inForce(e) && len(plays(l)) > 0 {
			want = plays(l)
			break
		}
	}
	if !slices.Contains(want, got) {
		t.Fatalf("%s shows %s at %s, want one of %v", screen, p.plain[got].ID, now, want)
	}
}

// checkLater asks again d later, with clocks that run alike: the answer continues the first.
func checkLater(t *rapid.T, p *Programme, s Showing, screen string, m Moment, d time.Duration) {
	later := Moment{Wall: m.Wall.Add(d), Trusted: m.Trusted, Mono: m.Mono + d}
	s2 := p.At(screen, later, Quiet)
	checkShowing(t, s2, screen, later)
	steady := later.Mono < s.Until
	if steady && (s2.On != s.On || s2.Brightness != s.Brightness || s2.Sound != s.Sound || s2.Programme != s.Programme || len(s2.Zones) != len(s.Zones) || m.Trusted && s2.Until != s.Until) {
		t.Fatalf("%s later, before %s:\n%+v\n%+v", d, s.Until-m.Mono, s, s2)
	}
	for zone, slots := range s.Zones {
		if zone != Main && !steady {
			continue
		}
		if s2.Zones[zone] == nil {
			t.Fatalf("%s is gone", zone)
		}
		i := slices.IndexFunc(slots, func(sl Slot) bool { return sl.Until > later.Mono })
		if i < 0 {
			continue
		}
		for k, slot := range s2.Zones[zone] {
			if i+k < len(slots) && !reflect.DeepEqual(slots[i+k], slot) {
				t.Fatalf("%s, %s later:\n%+v\n%+v", zone, d, slots[i+k], slot)
			}
		}
	}
}

// Main goes on through midnight, the month, the year and 29 February without a gap: every
// answer is asked for at the end of the slot before.
func TestWalkThroughMidnights(t *testing.T) {
	p := winter(t)
	for _, start := range []string{"2026-11-30 21:00:00", "2026-12-31 21:00:00", "2028-02-28 21:00:00", "2028-02-29 21:00:00", "2026-11-08 21:00:00"} {
		m := trusted(t, start)
		from := m
		for m.Mono-from.Mono < 12*time.Hour {
			slot := p.At("tv", m, Quiet).Zones[Main][0]
			if slot.From != m.Mono && m != from {
				t.Fatalf("%s: %+v at %s", start, slot, m.Mono)
			}
			m.Wall, m.Mono = m.Wall.Add(slot.Until-m.Mono), slot.Until
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte(`{"id": "a", "version": 1, "title": {"zh": "x"}, "items": [{"id": "x", "kind": "text", "for": "10s", "text": {"zh": "y"}}], "playlists": {"p": ["x"]}, "fallback": {"main": "p"}}`))
	f.Add([]byte(strings.Replace(small, "fallback:", "schedule: [{name: n, zones: {main: p}, daily: 22:00-06:00, days: [12-20..01-10, 2026-11-09]}]\nfallback:", 1)))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Parse("f", data)
		if (p == nil) == (err == nil) {
			t.Fatal("neither a programme nor a mistake, or both")
		}
		if p == nil {
			return
		}
		for _, m := range []Moment{{}, {Wall: time.Unix(0, 0), Trusted: true}, {Wall: time.Unix(1<<33, 0), Trusted: true, Mono: 1 << 50}} {
			if s := p.At("tv", m, Quiet); len(s.Zones[Main]) < LeastSlots || s.Until <= m.Mono {
				t.Fatalf("%+v", s)
			}
		}
	})
}

// BenchmarkAt asks a programme of 500 items, half of them dated, with 30 dayparts.
func BenchmarkAt(b *testing.B) {
	var s strings.Builder
	s.WriteString("id: big\nversion: 1\ntitle: {zh: 大}\nitems:\n  - {id: line, kind: text, for: 7s, text: {zh: 你好}}\n")
	for i := range 500 {
		fmt.Fprintf(&s, "  - {id: i%d, kind: text, for: 15s, weight: %d, text: {zh: 你好}", i, 1+i%10)
		if i%2 == 1 {
			s.WriteString(", from: 2026-01-01, until: 2026-12-31")
		}
		s.WriteString("}\n")
	}
	s.WriteString("playlists:\n  lines: [line]\n  all:\n")
	for i := range 500 {
		fmt.Fprintf(&s, "    - i%d\n", i)
	}
	s.WriteString("schedule:\n")
	for i := range 30 {
		fmt.Fprintf(&s, "  - {name: e%d, zones: {main: all, ticker: lines}, daily: \"%02d:%02d-%02d:00\", priority: %d}\n", i, i%24, i, (i+3)%24, i)
	}
	s.WriteString("fallback: {main: lines, ticker: lines}\n")
	p, err := Parse("big.yaml", []byte(s.String()))
	if err != nil {
		b.Fatal(err)
	}
	m := trusted(b, "2026-11-10 12:20:00")
	b.ReportAllocs()
	for b.Loop() {
		p.At("tv", m, Quiet)
	}
}
