package pressure

import (
	"time"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
)

// Temperature is what the nearest climate point says.
type Temperature struct {
	Celsius float64
	// Known: the point is read well. Age is how old its reading is.
	Known bool
	Age   time.Duration
}

// Reading is one reading of a vessel's gauge.
type Reading struct {
	// GaugeMPa is the gauge pressure in MPa, as read.
	GaugeMPa float64
	Quality  contract.Quality
	// Temperature near the vessel.
	Temperature Temperature
	// At is when the gauge was read.
	At message.Stamp
}

// State is what is remembered of one vessel. Its zero value is a vessel never seen. It is a
// value: a copy is not changed by later steps of the original.
type State struct{ d data }

type data struct {
	Axis    axis    `json:"x"`
	Metal   metal   `json:"m"`
	Gauge   gauge   `json:"g"`
	Low     side    `json:"lo"`
	High    side    `json:"hi"`
	Outside side    `json:"ou"`
	Unsure  side    `json:"un"`
	History history `json:"h"`
	Trend   trended `json:"tr"`
	// Span is the last believed pressure at 20 °C.
	Min float64 `json:"p0,omitempty"`
	Mid float64 `json:"p,omitempty"`
	Max float64 `json:"p1,omitempty"`
	// Causes is the last set of causes, by their place.
	Causes uint32 `json:"c,omitempty"`
}

// side is one limit: whether it is exceeded, and how long the opposite has held.
type side struct {
	Held  bool          `json:"h,omitempty"`
	N     int           `json:"n,omitempty"`
	Since time.Duration `json:"s,omitempty"`
}

// judge turns the limit over once two readings and least time have said so.
func (s *side) judge(outside, inside bool, at, least time.Duration) {
	if s.Held && !inside || !s.Held && !outside {
		s.N = 0
		return
	}
	if s.N == 0 {
		s.Since = at
	}
	s.N = min(s.N+1, 2)
	if s.N == 2 && at-s.Since >= least {
		*s = side{Held: !s.Held}
	}
}

// trended is what the days' fits came to.
type trended struct {
	Known bool `json:"k,omitempty"`
	Fit   fit  `json:"f"`
	Leak  slow `json:"l"`
	Drift slow `json:"d"`
}

// slow is a finding that needs, and ends after, several days.
type slow struct {
	Held bool `json:"h,omitempty"`
	N    int  `json:"n,omitempty"`
	Fit  fit  `json:"f"`
}

const (
	daysToRaise = 2
	daysToClear = 5
)

func (s *slow) judge(found bool, f fit) {
	if found {
		s.Fit = f
	}
	if found == s.Held {
		s.N = 0
		return
	}
	s.N++
	if found && s.N >= daysToRaise || !found && s.N >= daysToClear {
		s.Held, s.N = found, 0
	}
}

// Step takes one reading of a vessel's gauge and gives what it means. It never looks at a
// clock: a gauge that is silent is for the caller to notice. A reading older than the last
// one is ignored and marked Stale. A spec that Check refuses is a fault, never normal.
func Step(st State, r Reading, spec Spec) (State, Verdict) {
	if spec.Check() != nil {
		v := Verdict{}
		v.find(Finding{Cause: CauseRules, Condition: contract.Fault})
		return st, st.d.finish(v, false)
	}
	full := spec.filled()
	d := st.d
	m := d.Axis.step(r.At)
	if m.stale {
		v := d.verdict(&full)
		v.Stale = true
		return st, v
	}
	d.History.moved(m)
	if m.forget || m.forgetAfter {
		d.Trend = trended{Leak: d.Trend.Leak}
	}
	d.shift(m)
	d.Metal.step(r.Temperature, m.dt, &full)
	closed := d.observe(&r, m.dt, &full)
	v := d.verdict(&full)
	v = d.finish(v, closed)
	return State{d}, v
}

// shift keeps marks on the axis within it when it was set back to the start of a gap.
func (d *data) shift(m moved) {
	if !m.forgetAfter {
		return
	}
	for _, at := range []*time.Duration{
		&d.Gauge.At, &d.Gauge.LevelAt, &d.Gauge.JumpAt, &d.Gauge.Spiked, &d.Gauge.RunSince, &d.Gauge.First,
		&d.Low.Since, &d.High.Since, &d.Outside.Since, &d.Unsure.Since,
	} {
		*at = min(*at, d.Axis.At)
	}
	d.Gauge.NoisyUntil = min(d.Gauge.NoisyUntil, d.Axis.At+holdNoise)
}

// observe takes the reading in and reports whether a day was closed.
func (d *data) observe(r *Reading, dt time.Duration, spec *Spec) (closed bool) {
	g, at := &d.Gauge, d.Axis.At
	d.judgeTemperature(spec)
	if dt > 0 {
		every := min(dt.Seconds(), day.Seconds())
		if d.History.Every == 0 {
			d.History.Every = every
		}
		d.History.Every += (every - d.History.Every) / 16
	}
	if g.Bad = unbelievable(r, spec); g.Bad != "" {
		return false
	}
	raw, law := r.GaugeMPa, spec.Limits.Law
	compensated := law == AsRead || d.Metal.known()
	p := d.Metal.at20(raw, law)
	x := raw
	if compensated {
		x = p.mid
	}
	if g.step(raw, x, compensated, &d.Metal, at, spec) {
		d.History.restart()
		d.Trend = trended{}
	}
	lv := g.level()
	if compensated {
		p = span{lv - (p.mid - p.min), lv, lv + (p.max - p.mid)}
	} else {
		p = d.Metal.at20(lv, law)
	}
	p.min -= g.doubt()
	p.max += g.doubt()
	d.Min, d.Mid, d.Max = p.min, p.mid, p.max
	d.judgePressure(spec)
	if law == AsRead || !d.Metal.known() || g.Noisy || d.stuck() && !d.History.Deaf {
		return false
	}
	closed = d.History.add(at, lv, raw, d.Metal.T, trait{
		step: g.resolution(spec), noise: g.Noise, empty: emptyShare * spec.Limits.RatedMPa.Value,
	})
	if closed {
		d.judgeDay(spec)
		d.judgeTrend(spec)
	}
	return closed
}

// stuck reports whether the gauge does not follow the temperature.
func (d *data) stuck() bool { return d.Gauge.Stuck || d.History.Deaf }

func (d *data) judgePressure(spec *Spec) {
	low, high, at := spec.Limits.LowMPa.Value, spec.Limits.HighMPa.Value, d.Axis.At
	if d.Max >= low && d.Min <= high {
		d.Gauge.InBand = true
	}
	if d.stuck() {
		return
	}
	least := spec.MinDuration
	if d.Max < low/2 {
		least = 0 // emptied: two readings are proof enough
	}
	known := d.Metal.known() || spec.Limits.Law == AsRead
	d.Unsure.judge(!known && d.Min < low && d.Max >= low, known || d.Min >= low+spec.HysteresisMPa, at, day)
	sure := !d.Gauge.Suspect // else it moves again, or is found stuck
	d.Low.judge(d.Max < low && sure, d.Min >= low+spec.HysteresisMPa, at, least)
	d.High.judge(d.Min > high && sure, d.Max <= high-spec.HysteresisMPa, at, spec.MinDuration)
}

// judgeDay holds the last day's median against the low limit: what the scatter of single
// readings leaves in doubt, a day does not.
func (d *data) judgeDay(spec *Spec) {
	if n := len(d.History.Days); n > 0 && !d.stuck() && !d.Low.Held && d.History.Days[n-1].mpa() < spec.Limits.LowMPa.Value &&
		d.Min < spec.Limits.LowMPa.Value+spec.HysteresisMPa {
		d.Low = side{Held: true}
	}
}

func (d *data) judgeTemperature(spec *Spec) {
	const kelvin = 1
	if !d.Metal.known() {
		d.Outside.N = 0
		return
	}
	low, high := d.Metal.interval()
	from, to := spec.Limits.RatedFrom.Value, spec.Limits.RatedTo.Value
	d.Outside.judge(high < from || low > to, low >= from+kelvin && high <= to-kelvin, d.Axis.At, spec.MinDuration)
}

// judgeTrend fits the days anew after one was closed.
func (d *data) judgeTrend(spec *Spec) {
	const year, nearDays = 365, 365
	rated := spec.Limits.RatedMPa.Value
	f, ok := trend(d.History.Days, rated)
	d.Trend.Known, d.Trend.Fit = ok, f
	leak := false
	if ok && f.falls(rated) {
		allowed := spec.Limits.LeakPerYear.Value * rated / year
		left := f.Level - spec.Limits.LowMPa.Value
		leak = -f.Slope > allowed || left <= -f.Slope*nearDays
	}
	d.Trend.Leak.judge(leak, f)
	// Nobody is in a hurry to hear of a drift: twice the change.
	d.Trend.Drift.judge(ok && f.rises(2*rated), f)
}
