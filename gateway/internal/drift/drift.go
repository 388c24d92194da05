package drift

import (
	"errors"
	"fmt"
	"math"
	"time"

	"firepost/firmware-contracts/contract"
)

// ErrConfig is wrapped by every error of Config.Check.
var ErrConfig = errors.New("drift settings can't work")

// The cause words of supervisory conditions. They are stable.
const (
	// CauseDirty: the chamber needs cleaning, now or by the day named.
	CauseDirty = "dirty"
	// CauseInsensitive: it reads too low: covered, aged or wrongly set.
	CauseInsensitive = "insensitive"
)

// Config is how one kind of detector is judged. Zero settings take defaults.
type Config struct {
	// Clean is the value in clean air of a new chamber; where it is nil the first two weeks
	// give it. Alarm is the value at which the device alarms, in the same unit. It is needed.
	Clean *float64
	Alarm float64
	// DirtyAt and LowAt are the parts of the way from Clean to Alarm at which cleaning is
	// asked for (0.5), and below Clean at which it is insensitive (0.3).
	DirtyAt, LowAt float64
	// Horizon is how long before the limit is reached it is asked for.
	Horizon time.Duration
	// MinDays is how many days a line needs to be believed.
	MinDays int
}

// WithDefaults is c with its zero settings filled in.
func (c Config) WithDefaults() Config {
	if c.DirtyAt == 0 {
		c.DirtyAt = 0.5
	}
	if c.LowAt == 0 {
		c.LowAt = 0.3
	}
	if c.Horizon == 0 {
		c.Horizon = 14 * 24 * time.Hour
	}
	if c.MinDays == 0 {
		c.MinDays = 14
	}
	return c
}

// Check reports what is wrong with c, wrapping ErrConfig, or nil.
func (c Config) Check() error {
	c = c.WithDefaults()
	bad := func(format string, args ...any) error {
		return fmt.Errorf("check drift settings: "+format+": %w", append(args, ErrConfig)...)
	}
	switch {
	case math.IsNaN(c.Alarm) || math.IsInf(c.Alarm, 0) || c.Alarm == 0:
		return bad("alarm value is %g (write the value at which the device alarms)", c.Alarm)
	case c.Clean != nil && !(*c.Clean < c.Alarm && *c.Clean > -1e9):
		return bad("clean value %g is not below the alarm value %g", *c.Clean, c.Alarm)
	case !(c.DirtyAt >= 0.05 && c.DirtyAt <= 0.95) || !(c.LowAt >= 0.05 && c.LowAt <= 0.95):
		return bad("limits are %g and %g of the way (write 0.05 to 0.95)", c.DirtyAt, c.LowAt)
	case c.Horizon < 0 || c.Horizon > 180*24*time.Hour:
		return bad("horizon is %s (write up to 180 days)", c.Horizon)
	case c.MinDays < 3 || c.MinDays > keepDays:
		return bad("days of a line are %d (write 3 to %d)", c.MinDays, keepDays)
	}
	return nil
}

// Chamber is what is remembered of one detector. The zero Chamber is one never seen.
type Chamber struct {
	book  dayBook
	days  []Day
	clean float64
	known bool
	dirty bool
	low   bool
}

// Assessment is what is known of one detector.
type Assessment struct {
	// Known is false until enough days have been seen; nothing else means anything then.
	Known bool
	Line  Line
	// Clean is the value that it is compared with, Limit the one at which it is dirty.
	Clean, Limit float64
	// Crosses says that the line reaches the limit; Day is when, Early and Late bound it
	// by the doubt of the slope (Late is zero when it may never be).
	Crosses          bool
	Day, Early, Late time.Time
	// Cause is CauseDirty, CauseInsensitive, or empty. Supervisory, never a fire.
	Cause string
	Text  contract.Text
}

// Add takes one good reading of a detector's clean-air value at a wall time in the booth's
// zone, and whether a dust storm stands. Readings of a clock that is not trusted are not for
// this: the day would be wrong. A value that is not finite is ignored.
func (ch Chamber) Add(v float64, wall time.Time, trusted, storm bool) Chamber {
	if !trusted || !(math.Abs(v) <= 1e9) || wall.Year() < 2020 {
		return ch
	}
	day, hour := dayNumber(wall)
	if ch.book.n > 0 && day < ch.book.number {
		// The clock was set back: the running day is not to be believed.
		ch.book = dayBook{number: day, hour: hour}
	}
	ch.book.hours = append([]float64(nil), ch.book.hours...)
	done, ok := ch.book.add(day, hour, v, storm)
	if !ok {
		return ch
	}
	if n := len(ch.days); n > 0 && done.Number <= ch.days[n-1].Number {
		return ch
	}
	days := make([]Day, 0, len(ch.days)+1)
	days = append(append(days, ch.days...), done)
	if len(days) > keepDays {
		days = days[len(days)-keepDays:]
	}
	ch.days = days
	return ch
}

// Cleaned is the chamber after somebody cleaned or replaced it: the old days say nothing
// about it any more, and its clean value is measured anew unless it is configured.
func (ch Chamber) Cleaned() Chamber { return Chamber{} }

// Days are the days that are kept, oldest first.
func (ch Chamber) Days() []Day { return append([]Day(nil), ch.days...) }

// Assess judges a detector at a wall time. The state that it returns keeps the hysteresis. It
// sorts some thousand slopes: once an hour is often enough.
func (ch Chamber) Assess(c Config, wall time.Time) (Chamber, Assessment) {
	c = c.WithDefaults()
	var a Assessment
	if !ch.known && len(ch.days) >= c.MinDays {
		first, _ := fit(ch.days[:c.MinDays])
		ch.clean, ch.known = first.Level, true
	}
	if c.Clean != nil {
		ch.clean, ch.known = *c.Clean, true
	}
	line, ok := fit(ch.days)
	if !ok || line.Days < c.MinDays || !ch.known || ch.clean >= c.Alarm {
		a.Text = contract.Text{ZH: "数据不足,尚无法判断", EN: "too few days to judge"}
		return ch, a
	}
	way := c.Alarm - ch.clean
	a = Assessment{Known: true, Line: line, Clean: ch.clean, Limit: ch.clean + c.DirtyAt*way}
	a.cross(ch.days[len(ch.days)-1].Number, wall.Location())
	soon := a.Crosses && line.Low > 0 && !a.Day.After(wall.Add(c.Horizon))
	switch {
	case line.Level >= a.Limit || soon:
		ch.dirty = true
	case line.Level < ch.clean+0.8*c.DirtyAt*way && !soon:
		ch.dirty = false
	}
	switch low := ch.clean - c.LowAt*way; {
	case line.Level <= low:
		ch.low = true
	case line.Level > low+0.05*way:
		ch.low = false
	}
	a.words(ch.dirty, ch.low)
	return ch, a
}

// cross finds the day on which the line reaches the limit.
func (a *Assessment) cross(last int, zone *time.Location) {
	l := a.Line
	if zone == nil {
		zone = time.UTC
	}
	at := func(slope float64) (time.Time, bool) {
		days := math.Ceil((a.Limit - l.Level) / slope)
		if slope <= 0 || math.IsNaN(days) || days > 3650 {
			return time.Time{}, false
		}
		return time.Date(1970, 1, 1+last+max(int(days), 0), 0, 0, 0, 0, zone), true
	}
	if a.Day, a.Crosses = at(l.Slope); !a.Crosses {
		return
	}
	a.Early, _ = at(max(l.High, l.Slope))
	a.Late, _ = at(l.Low)
}

func (a *Assessment) words(dirty, low bool) {
	perMonth := a.Line.Slope * 30
	switch {
	case dirty:
		a.Cause = CauseDirty
		zh, en := "已到清洗限值", "the limit is reached"
		if a.Line.Level < a.Limit && a.Crosses {
			zh, en = "预计"+a.Day.Format("2006-01-02")+"到限", "the limit is expected on "+a.Day.Format("2006-01-02")
		}
		a.Text = contract.Text{
			ZH: fmt.Sprintf("烟室积尘,请清洗:%s(每月%+.3g)", zh, perMonth),
			EN: fmt.Sprintf("the chamber is dirty, please clean it: %s (%+.3g a month)", en, perMonth),
		}
	case low:
		a.Cause = CauseInsensitive
		a.Text = contract.Text{
			ZH: fmt.Sprintf("探测器读数过低,可能被遮盖或老化(每月%+.3g)", perMonth),
			EN: fmt.Sprintf("the detector reads too low, it may be covered or aged (%+.3g a month)", perMonth),
		}
	default:
		a.Text = contract.Text{
			ZH: fmt.Sprintf("烟室清洁(每月%+.3g)", perMonth),
			EN: fmt.Sprintf("the chamber is clean (%+.3g a month)", perMonth),
		}
	}
}
