package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"firepost/kiosk/media"
	"firepost/kiosk/programme"
)

// longestTable is the longest time that one table shows.
const longestTable = 48 * time.Hour

// beijing is the time of all programmes.
func beijing() *time.Location { return time.FixedZone("CST", 8*60*60) }

func programmeCheck(args []string, std streams) error {
	fs := flags("programme check", std, programmeHelp)
	screen := fs.String("screen", "", "the screen's `name`, such as tv")
	at := fs.String("at", "", "Beijing `time` at which the table begins, such as 2026-11-24T07:55; now if missing")
	span := fs.Duration("for", time.Hour, "how long the table is, at most 48h")
	lang := fs.String("lang", "en", "language: en or zh")
	files, err := mixed(fs, args)
	if err != nil {
		return err
	}
	if err := language(*lang); err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("%w: name a programme's file", errUsage)
	}
	if *span <= 0 || *span > longestTable {
		return fmt.Errorf("%w: -for %s: from 1s to %s", errUsage, *span, longestTable)
	}
	begin := time.Now().In(beijing()).Truncate(time.Minute)
	if *at != "" {
		if begin, err = time.ParseInLocation("2006-01-02T15:04", *at, beijing()); err != nil {
			return fmt.Errorf("%w: -at %q: write it like 2026-11-24T07:55", errUsage, *at)
		}
	}
	var bad []error
	for _, path := range files {
		p, err := programmeFile(path)
		if err != nil {
			bad = append(bad, err)
			continue
		}
		if len(p.Warnings) > 0 {
			fmt.Fprintln(std.err, p.Warnings.Error())
		}
		fmt.Fprintf(std.out, in(*lang, "%s：无误：%s（%s），%d 项内容，%d 个媒体文件\n", "%s: fine: %s (%s), %d items, %d media files\n"),
			path, p.Name(), p.Title.ZH, len(p.Items())-1, len(p.Media()))
		if *screen == "" && *at == "" {
			continue
		}
		if *screen != "" && len(p.Screens()) > 0 && !slices.Contains(p.Screens(), *screen) {
			fmt.Fprintf(std.err, "note: the programme does not treat a screen %q apart, only %v\n", *screen, p.Screens())
		}
		bad = append(bad, writeTable(std.out, p, *screen, begin, *span, *lang))
	}
	return errors.Join(bad...)
}

func programmeFile(path string) (*programme.Programme, error) {
	data, err := readBounded(path, media.MaxDocument)
	if err != nil {
		return nil, err
	}
	return programme.Parse(path, data)
}

// showing is one line of the table: one item, so many times in a row.
type showing struct {
	zone        programme.Zone
	from, until time.Duration
	item        programme.Item
	times       int
}

// showings are what a zone plays within a span, by the time since its beginning.
func showings(p *programme.Programme, screen string, zone programme.Zone, begin time.Time, span time.Duration) []showing {
	var out []showing
	for at := time.Duration(0); at < span; {
		s := p.At(screen, programme.Moment{Wall: begin.Add(at), Trusted: true, Mono: at}, programme.Quiet)
		before := at
		for _, slot := range s.Zones[zone] {
			if slot.From >= span || slot.Until <= at {
				continue
			}
			at = slot.Until
			if n := len(out); n > 0 && out[n-1].item == slot.Item && out[n-1].until == slot.From {
				out[n-1].until, out[n-1].times = slot.Until, out[n-1].times+1
				continue
			}
			out = append(out, showing{zone, slot.From, slot.Until, slot.Item, 1})
		}
		if at == before {
			// The zone is empty until something changes.
			at = max(s.Until, at+time.Minute)
		}
	}
	return out
}

// light is how a screen is lit from a moment on.
type light struct {
	from       time.Duration
	on         bool
	brightness int
}

func lights(p *programme.Programme, screen string, begin time.Time, span time.Duration) []light {
	var out []light
	for at := time.Duration(0); at < span; {
		s := p.At(screen, programme.Moment{Wall: begin.Add(at), Trusted: true, Mono: at}, programme.Quiet)
		if n := len(out); n == 0 || out[n-1].on != s.On || out[n-1].brightness != s.Brightness {
			out = append(out, light{at, s.On, s.Brightness})
		}
		at = max(s.Until, at+time.Second)
	}
	return out
}

// writeTable writes what a screen shows from when to when.
func writeTable(w io.Writer, p *programme.Programme, screen string, begin time.Time, span time.Duration, lang string) error {
	clock := func(d time.Duration) string {
		t := begin.Add(d)
		if t.YearDay() != begin.YearDay() {
			return t.Format("01-02 15:04:05")
		}
		return t.Format("15:04:05")
	}
	name := screen
	if name == "" {
		name = in(lang, "任一屏幕", "any screen")
	}
	fmt.Fprintf(w, "\n%s · %s · %s\n", name, begin.Format("2006-01-02 15:04"), span)
	for _, l := range lights(p, screen, begin, span) {
		if !l.on {
			fmt.Fprintf(w, "%s  %s\n", clock(l.from), in(lang, "熄屏", "dark"))
			continue
		}
		fmt.Fprintf(w, "%s  %s %d%%\n", clock(l.from), in(lang, "亮度", "lit at"), l.brightness)
	}
	var all []showing
	for _, zone := range []programme.Zone{programme.Main, programme.Ticker, programme.QR} {
		all = append(all, showings(p, screen, zone, begin, span)...)
	}
	slices.SortStableFunc(all, func(a, b showing) int { return cmp.Compare(a.from, b.from) })
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, in(lang, "从\t到\t区域\t内容\t类型\t声音\t文字", "FROM\tUNTIL\tZONE\tITEM\tKIND\tSOUND\tWORDS"))
	for _, s := range all {
		item := s.item.ID
		if s.times > 1 {
			item = fmt.Sprintf("%s ×%d", item, s.times)
		}
		sound := "-"
		if s.item.Sound {
			sound = in(lang, "有声", "heard")
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", clock(s.from), clock(s.until), s.zone, item, s.item.Kind, sound, short(s.item.ZH))
	}
	return t.Flush()
}

// short is the beginning of a text.
func short(s string) string {
	const most = 24
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
