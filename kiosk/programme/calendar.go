package programme

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"firepost/firmware-contracts/strictyaml"
)

// beijing is how far Beijing time is ahead of UTC, always: China keeps no summer time. The
// host's time zone is never asked.
const beijing = 8 * time.Hour

const (
	dayMinutes = 24 * 60
	daySeconds = 24 * 60 * 60
	dayLength  = 24 * time.Hour
)

// civil splits a moment into the number of its Beijing day since 1970-01-01 and the time since
// that day's midnight.
func civil(t time.Time) (day int64, since time.Duration) {
	s := t.Unix() + int64(beijing/time.Second)
	day = s / daySeconds
	if s %= daySeconds; s < 0 {
		s += daySeconds
		day--
	}
	return day, time.Duration(s)*time.Second + time.Duration(t.Nanosecond())
}

// date is a day in the three ways that a schedule asks for.
type date struct {
	// number counts days since 1970-01-01; yearly is month×100+day; weekday has Monday as 0.
	number  int64
	yearly  int
	weekday int
}

func dateOf(number int64) date {
	t := time.Unix(number*daySeconds, 0).UTC()
	return date{number, int(t.Month())*100 + t.Day(), (int(t.Weekday()) + 6) % 7}
}

// span is a part of the day in minutes since midnight, until excluded. It crosses midnight
// when from is not before until.
type span struct{ from, until int }

func (s span) crosses() bool { return s.from >= s.until }

// has reports whether the span, taken every day, holds the minute.
func (s span) has(minute int) bool {
	if s.crosses() {
		return minute >= s.from || minute < s.until
	}
	return minute >= s.from && minute < s.until
}

const spanHint = "write HH:MM-HH:MM, such as 07:00-22:00; 22:00-06:00 crosses midnight, 00:00-24:00 is the whole day"

// UnmarshalText reads HH:MM-HH:MM.
func (s *span) UnmarshalText(text []byte) error {
	a, b, ok := strings.Cut(strings.ReplaceAll(string(text), "–", "-"), "-")
	from, okFrom := clockTime(strings.TrimSpace(a))
	until, okUntil := clockTime(strings.TrimSpace(b))
	switch {
	case !ok || !okFrom || !okUntil || from == dayMinutes:
		return strictyaml.Problem{Message: fmt.Sprintf("%q is not a part of the day", clip(string(text))), Hint: spanHint}
	case from == until:
		return strictyaml.Problem{Message: fmt.Sprintf("%q has no length", clip(string(text))), Hint: spanHint}
	}
	*s = span{from, until}
	return nil
}

// String is the span as a file holds it.
func (s span) String() string {
	return fmt.Sprintf("%02d:%02d-%02d:%02d", s.from/60, s.from%60, s.until/60, s.until%60)
}

func clockTime(s string) (minute int, ok bool) {
	if len(s) != 5 || s[2] != ':' {
		return 0, false
	}
	h, okH := digits(s[:2])
	m, okM := digits(s[3:])
	minute = h*60 + m
	return minute, okH && okM && m < 60 && minute <= dayMinutes
}

func digits(s string) (int, bool) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

// oneDay is a day of the calendar (number, days since 1970) or, without a year, of every year
// (yearly).
type oneDay struct {
	number int64
	yearly int
}

const dayHint = "write 2026-11-09, every year as 11-09, a range as 2026-11-01..2026-11-30 or 12-20..01-10"

// UnmarshalText reads YYYY-MM-DD or MM-DD.
func (d *oneDay) UnmarshalText(text []byte) error {
	year, monthDay := 2000, string(text) // a leap year: 02-29 is a day of it
	if len(text) == 10 && text[4] == '-' {
		y, ok := digits(monthDay[:4])
		if !ok || y < 2000 || y > 2199 {
			return strictyaml.Problem{Message: fmt.Sprintf("%q is not a day from 2000 to 2199", clip(string(text))), Hint: dayHint}
		}
		year, monthDay = y, monthDay[5:]
	}
	if len(monthDay) != 5 || monthDay[2] != '-' {
		return strictyaml.Problem{Message: fmt.Sprintf("%q is not a day", clip(string(text))), Hint: dayHint}
	}
	m, okM := digits(monthDay[:2])
	n, okD := digits(monthDay[3:])
	t := time.Date(year, time.Month(m), n, 0, 0, 0, 0, time.UTC)
	if !okM || !okD || int(t.Month()) != m || t.Day() != n {
		return strictyaml.Problem{Message: fmt.Sprintf("%q is no day of the calendar", clip(string(text))), Hint: dayHint}
	}
	if *d = (oneDay{yearly: m*100 + n}); len(text) == 10 {
		*d = oneDay{number: t.Unix() / daySeconds}
	}
	return nil
}

// days is a day or a range of days, both ends included.
type days struct{ from, until oneDay }

// UnmarshalText reads one day or two with .. between.
func (r *days) UnmarshalText(text []byte) error {
	a, b, ok := strings.Cut(string(text), "..")
	if !ok {
		b = a
	}
	var from, until oneDay
	if err := from.UnmarshalText([]byte(a)); err != nil {
		return err
	}
	if err := until.UnmarshalText([]byte(b)); err != nil {
		return err
	}
	switch {
	case (from.yearly == 0) != (until.yearly == 0):
		return strictyaml.Problem{Message: fmt.Sprintf("%q has a year on one side only", clip(string(text))), Hint: dayHint}
	case from.yearly == 0 && until.number < from.number:
		return strictyaml.Problem{Message: fmt.Sprintf("%q ends before it begins", clip(string(text))), Hint: "swap the two"}
	}
	*r = days{from, until}
	return nil
}

func (r days) has(d date) bool {
	switch {
	case r.from.yearly == 0:
		return d.number >= r.from.number && d.number <= r.until.number
	case r.from.yearly > r.until.yearly: // across the new year
		return d.yearly >= r.from.yearly || d.yearly <= r.until.yearly
	default:
		return d.yearly >= r.from.yearly && d.yearly <= r.until.yearly
	}
}

// clip keeps a message on one line.
func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
