package programme

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

// wall is a moment of Beijing, told in another zone: which one must not matter.
func wall(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04:05", s, time.FixedZone("", 8*60*60))
	if err != nil {
		t.Fatal(err)
	}
	return at.In(time.FixedZone("elsewhere", -5*60*60))
}

func trusted(t testing.TB, s string) Moment {
	t.Helper()
	return Moment{Wall: wall(t, s), Trusted: true, Mono: 100 * time.Hour}
}

func ids(slots []Slot) string {
	var out []string
	for _, s := range slots {
		out = append(out, s.Item.ID)
	}
	return strings.Join(out, " ")
}

// What the example shows by day, by night, at the edges of dayparts and on days of its own.
// 2026-11-09 is a Monday, 2026-11-14 a Saturday.
func TestAt(t *testing.T) {
	p := winter(t)
	for _, c := range []struct {
		screen, at string
		on         bool
		brightness int
		sound      bool
		qr         bool
		among      string // what main may show
		until      string // how long nothing else changes
	}{
		{"tv", "2026-11-10 12:00:00", true, 90, true, true, "kitchen-film poster-stove poster-lane case-2026", "7h"}, // dims at 19:00
		{"tv", "2026-12-01 12:00:00", true, 90, true, true, "kitchen-film poster-stove poster-lane", "7h"},
		{"tv", "2026-11-10 06:59:59", true, 40, false, false, "poster-lane poster-stove", "1s"},
		{"tv", "2026-11-10 07:00:00", true, 90, false, true, "kitchen-film poster-stove poster-lane case-2026", "1h"},
		{"tv", "2026-11-10 21:59:30", true, 40, false, true, "kitchen-film poster-stove poster-lane case-2026", "30s"},
		{"tv", "2026-11-10 23:00:00", true, 40, false, false, "poster-lane poster-stove", "30m"},
		{"tv", "2026-11-10 23:30:00", false, 40, false, false, "poster-lane poster-stove", "30m"},
		{"tv", "2026-11-11 00:00:00", false, 40, false, false, "poster-lane poster-stove", "6h"},
		{"tv", "2026-11-09 00:00:00", false, 40, false, false, "fire-day kitchen-film", "6h"},
		{"tv", "2027-11-09 12:00:00", true, 90, true, true, "fire-day kitchen-film", "7h"},
		{"led", "2026-11-09 12:00:00", true, 60, true, false, "kitchen-film poster-stove poster-lane case-2026", "8h"},
		{"led", "2026-11-14 10:30:00", true, 60, true, false, "fire-day kitchen-film", "30m"},
		{"led", "2026-11-13 10:30:00", true, 60, true, false, "kitchen-film poster-stove poster-lane case-2026", "9h30m"},
		{"led", "2026-11-10 21:00:00", false, 60, false, false, "kitchen-film poster-stove poster-lane case-2026", "1h"},
		{"tv", "1970-01-01 12:00:00", true, 90, true, true, "kitchen-film poster-stove poster-lane", "7h"},
		{"tv", "2099-12-31 23:59:59", false, 40, false, false, "poster-lane poster-stove", "1s"},
		{"tv", "0001-01-01 00:00:00", false, 40, false, false, "poster-lane poster-stove", "6h"},
	} {
		m := trusted(t, c.at)
		s := p.At(c.screen, m, Quiet)
		until, err := time.ParseDuration(c.until)
		if err != nil {
			t.Fatal(err)
		}
		if s.On != c.on || s.Brightness != c.brightness || s.Sound != c.sound || (len(s.Zones[QR]) > 0) != c.qr || s.Taken {
			t.Errorf("%s %s: %+v", c.screen, c.at, s)
		}
		if s.Until-m.Mono != until {
			t.Errorf("%s %s: steady for %s, want %s", c.screen, c.at, s.Until-m.Mono, until)
		}
		if now := s.Zones[Main][0].Item.ID; !strings.Contains(c.among, now) {
			t.Errorf("%s %s shows %s, want one of %s", c.screen, c.at, now, c.among)
		}
		if (c.screen == "tv") != (len(s.Zones[Clock]) > 0) {
			t.Errorf("%s %s: clock %v", c.screen, c.at, s.Zones[Clock])
		}
	}
}

// A daypart begins with the beginning of an item, and cuts the one before, but never to less
// than anybody could read.
func TestDaypartsCut(t *testing.T) {
	p := winter(t)
	s := p.At("tv", trusted(t, "2026-11-10 06:59:50"), Quiet)
	edge := 100*time.Hour + 10*time.Second
	main := s.Zones[Main]
	if main[0].Until != edge || main[1].From != edge || !strings.Contains("poster-lane poster-stove", main[0].Item.ID) {
		t.Errorf("%+v", main)
	}
	if s.Zones[QR] != nil || len(s.Zones[Ticker]) < LeastSlots {
		t.Errorf("%+v", s.Zones)
	}
	short := strings.Replace(small, "for: 10s", "for: 10s, weight: 1", 1)
	short = strings.Replace(short, "playlists: {p: [x]}", "  - {id: y, kind: text, for: 9s, text: {zh: 再见}}\nplaylists: {p: [x], q: [y]}\n"+
		"schedule: [{name: n, zones: {main: q}, daily: 12:00-12:01}]", 1)
	q, err := Parse("f.yaml", []byte(short))
	if err != nil {
		t.Fatal(err)
	}
	// 12:00 to 12:01 holds six items of 9 s and a rest of 6 s; a minute of 10 s has no rest.
	slots := q.At("x", trusted(t, "2026-11-10 12:00:00"), Quiet).Zones[Main]
	if got := ids(slots[:8]); got != "y y y y y y y x" || slots[6].Until-slots[6].From != 6*time.Second {
		t.Errorf("%s: %+v", got, slots[6])
	}
	q, err = Parse("f.yaml", []byte(strings.Replace(short, "for: 9s", "for: 29s", 1)))
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{"12:00:00", "12:00:57", "12:00:59"} {
		slots = q.At("x", trusted(t, "2026-11-10 "+at), Quiet).Zones[Main]
		last := slots[0]
		if at == "12:00:00" {
			last = slots[1]
		}
		if last.Item.ID != "y" || last.Until-last.From != 31*time.Second {
			t.Errorf("%s: %+v", at, slots)
		}
	}
}

// Without a clock only what has no limits plays, at the same pace, lit, and silent.
func TestWithoutAClock(t *testing.T) {
	p := winter(t)
	for _, mono := range []time.Duration{0, time.Second, time.Hour, 1000 * time.Hour, -time.Minute} {
		s := p.At("night", Moment{Wall: wall(t, "1970-01-01 03:00:00"), Mono: mono}, Quiet)
		if !s.On || s.Brightness != 90 || s.Sound || s.Zones[Clock] != nil || s.Zones[QR] != nil {
			t.Errorf("%+v", s)
		}
		for _, slot := range s.Zones[Main] {
			if slot.Item.Sound || !strings.HasPrefix(slot.Item.ID, "poster-") {
				t.Errorf("%+v", slot)
			}
		}
		if first := s.Zones[Main][0]; first.From > mono || first.Until <= mono {
			t.Errorf("%s: %+v", mono, first)
		}
		if !strings.HasPrefix(ids(s.Zones[Ticker]), "line-") {
			t.Errorf("%+v", s.Zones[Ticker])
		}
	}
	if got := ids(p.At("led", Moment{}, Quiet).Zones[Main]); !strings.HasPrefix(got, "poster-lane poster-stove poster-lane") {
		t.Error(got)
	}
}

func TestTaken(t *testing.T) {
	p := winter(t)
	for _, m := range []Moment{trusted(t, "2026-11-10 03:00:00"), {}} {
		s := p.At("led", m, Taken)
		want := Showing{Programme: "winter v3", Taken: true, On: true, Brightness: 100, Sound: true, Zones: map[Zone][]Slot{}, Until: m.Mono + 24*time.Hour}
		if !reflect.DeepEqual(s, want) {
			t.Errorf("%+v", s)
		}
	}
}

// A round that is longer than its daypart is shown whole in the course of days.
func TestEveryItemIsShown(t *testing.T) {
	var b strings.Builder
	b.WriteString("id: a\nversion: 1\ntitle: {zh: 标题}\nitems:\n  - {id: z, kind: text, for: 10s, text: {zh: 你好}}\n")
	list := make([]string, 48)
	for i := range list {
		list[i] = "i" + string(rune('a'+i/26)) + string(rune('a'+i%26))
		b.WriteString("  - {id: " + list[i] + ", kind: text, for: 5m, text: {zh: 你好}}\n")
	}
	b.WriteString("playlists: {p: [z], q: [" + strings.Join(list, ", ") + "]}\n" +
		"schedule: [{name: n, zones: {main: q}, daily: 12:00-13:00}]\nfallback: {main: p}\n")
	p, err := Parse("f.yaml", []byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]int)
	for day := range 48 {
		for slot := range 12 {
			m := trusted(t, "2026-11-10 12:00:00")
			m.Wall = m.Wall.Add(time.Duration(day)*24*time.Hour + time.Duration(slot)*5*time.Minute)
			seen[p.At("x", m, Quiet).Zones[Main][0].Item.ID]++
		}
	}
	for _, id := range list {
		if n := seen[id]; n < 8 || n > 16 {
			t.Errorf("%s was shown %d times in 48 days, an even share is 12", id, n)
		}
	}
}

// A jump of the clock gives what the new time says, and never leaves the screen empty.
func TestJumps(t *testing.T) {
	p := winter(t)
	m := trusted(t, "2026-11-10 12:00:00")
	before := p.At("tv", m, Quiet)
	for _, to := range []string{"1970-01-01 08:00:00", "2099-06-01 03:00:00", "2026-11-10 11:59:59", "2026-11-10 12:00:00"} {
		jumped := Moment{Wall: wall(t, to), Trusted: true, Mono: m.Mono}
		s := p.At("tv", jumped, Quiet)
		if first := s.Zones[Main][0]; first.From > m.Mono || first.Until <= m.Mono {
			t.Errorf("%s: %+v", to, first)
		}
		if back := p.At("tv", m, Quiet); !reflect.DeepEqual(back, before) {
			t.Errorf("%s left a trace", to)
		}
	}
}

// The example of the documentation is one that parses.
func TestDocumentation(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		if code, ok := strings.CutPrefix(line, "//\t"); ok || strings.TrimSpace(line) == "//" {
			b.WriteString(strings.TrimPrefix(code, "//"))
			if !ok {
				b.WriteByte('\n')
			}
		}
	}
	in := strings.NewReplacer("9f86d0…", strings.Repeat("9", 64), "60303a…", strings.Repeat("6", 64)).Replace(b.String())
	p, err := Parse("doc.go", []byte(in))
	if err != nil || len(p.Media()) != 2 {
		t.Errorf("%v\n%s", err, in)
	}
}

// A part of the day that crosses midnight belongs to the day that it begins on; 2026-11-14 is a
// Saturday. Items have their first and their last day.
func TestAcrossMidnight(t *testing.T) {
	text := strings.Replace(small, "playlists: {p: [x]}", `  - {id: late, kind: text, for: 10s, text: {zh: 夜}}
  - {id: new, kind: text, for: 10s, from: 2026-12-30, until: 2027-01-02, text: {zh: 新年}}
playlists: {p: [x], n: [late], y: [new]}
schedule:
  - {name: 周六夜, zones: {main: n}, daily: 22:00-06:00, weekdays: [sat]}
  - {name: 年底, zones: {main: y}, days: [12-20..01-10], daily: 23:00-01:00}`, 1)
	p, err := Parse("f.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]string{
		"2026-11-14 05:59:59": "x", // Friday's night
		"2026-11-14 21:59:59": "x",
		"2026-11-14 22:00:00": "late",
		"2026-11-14 22:00:59": "late",
		"2026-11-14 23:59:59": "late",
		"2026-11-15 00:00:00": "late",
		"2026-11-15 05:59:59": "late",
		"2026-11-15 06:00:00": "x",
		"2026-11-15 22:00:00": "x",
		"2026-12-29 23:30:00": "x", // the item's first day is the next
		"2026-12-30 00:00:00": "new",
		"2026-12-31 23:00:00": "new",
		"2026-12-31 23:00:30": "new",
		"2027-01-02 00:59:59": "new",
		"2027-01-02 01:00:00": "x", // a Saturday, but its night begins at 22:00
		"2027-01-02 23:59:59": "late",
		"2027-01-03 00:30:00": "late",
		"2027-01-04 00:30:00": "x",
	} {
		if got := p.At("tv", trusted(t, at), Quiet).Zones[Main][0].Item.ID; got != want {
			t.Errorf("%s shows %s, want %s", at, got, want)
		}
	}
}
