package evaluate

import (
	"math"

	"firepost/firmware-contracts/contract"
)

// Flags are the conditions of one reading as a set; none set is normal.
type Flags uint8

// The flags of a reading.
const (
	Fault Flags = 1 << iota
	Supervisory
	Prealarm
	Fire
)

// Has reports whether all flags of q are set.
func (f Flags) Has(q Flags) bool { return f&q == q }

// flag is the flag of a condition; Normal has none.
func flag(c contract.Condition) Flags {
	switch c {
	case contract.Fire:
		return Fire
	case contract.Prealarm:
		return Prealarm
	case contract.Supervisory:
		return Supervisory
	case contract.Fault:
		return Fault
	case contract.Normal:
		return 0
	}
	// A condition of a later version must not read as normal.
	return Fault
}

// Result is what one reading means. It is a comparable value without pointers.
type Result struct {
	// Flags are all conditions that hold.
	Flags Flags
	// Condition is the worst of Flags.
	Condition contract.Condition
	// Causes name why, each with its condition; Normal marks mere information.
	Causes Causes
	// Value is the value as read, in the point's unit. It means nothing unless Quality is
	// Good or OutOfRange.
	Value float64
	// Judged is the value that the limits were held against: a compensated pressure at
	// 20 °C, otherwise Value. In the point's unit.
	Judged float64
	// Quality of the value.
	Quality contract.Quality
	// Compensated: Judged was brought to 20 °C by a known temperature.
	Compensated bool

	// held remembers which limits are exceeded, for hysteresis; it outlives bad readings.
	held held
}

type held uint8

const (
	heldLow held = 1 << iota
	heldHigh
	heldPrealarm
)

// Good reports whether the reading can count as proof that something is over.
func (r *Result) Good() bool { return r.Quality == contract.Good }

// Add puts a cause that was found elsewhere into the result, such as a vessel's watch gives;
// Normal adds mere information. A fire is never added so: fires come from a contract only.
func (r *Result) Add(cond contract.Condition, cause string) {
	if cond != contract.Fire {
		r.find(cond, cause)
	}
}

func (r *Result) find(cond contract.Condition, cause string) {
	r.Causes.add(cond, cause)
	r.Flags |= flag(cond)
	r.Condition = max(r.Condition, cond)
}

// Evaluate judges sample s of point c, which must not be nil. prev is the point's previous
// Result, or the zero Result at the start. It does not allocate.
//
// Value meanings and bits come from the contract; a quality other than Good is a fault with
// cause invalid, out_of_range or unknown; limits then say nothing, but a fire that the
// device reports is still a fire.
func Evaluate(prev Result, c *contract.Point, s contract.Sample, r Rules, ctx Context) Result {
	res := Result{Value: s.Value, Judged: s.Value, Quality: s.Quality, held: prev.held}
	if s.Quality == contract.Good && (math.IsNaN(s.Value) || math.IsInf(s.Value, 0)) {
		res.Quality = contract.Invalid
	}
	role := r.Role
	if role == "" {
		role = c.Role
	}
	if s.Means == contract.Fire {
		res.findFire(c, s, role)
	}
	if cause := qualityCause(res.Quality); cause != "" {
		res.find(contract.Fault, cause)
	}
	if res.Quality != contract.Invalid {
		res.meanings(c, s, role)
	}
	if r.Limits != nil && res.Quality == contract.Good {
		res.limits(c, role, r.Limits, ctx)
	}
	return res
}

// findFire adds the fire first, so that no number of other causes can crowd it out.
func (r *Result) findFire(c *contract.Point, s contract.Sample, role contract.Role) {
	for i := range c.Bits {
		if i < 64 && s.Fired&(1<<i) != 0 && c.Bits[i].Means == contract.Fire {
			r.find(contract.Fire, orDefault(c.Bits[i].Cause, contract.Fire, role))
		}
	}
	if v := valueMeaning(c, s); v != nil && v.Means == contract.Fire {
		r.find(contract.Fire, orDefault(v.Cause, contract.Fire, role))
	}
	if !r.Flags.Has(Fire) {
		r.find(contract.Fire, defaultCause(contract.Fire, role))
	}
}

// meanings adds what the contract's bits and values say, the decoder's verdict last.
func (r *Result) meanings(c *contract.Point, s contract.Sample, role contract.Role) {
	for i := range c.Bits {
		b := &c.Bits[i]
		if i < 64 && s.Fired&(1<<i) != 0 && b.Means != contract.Normal {
			r.find(b.Means, orDefault(b.Cause, b.Means, role))
		}
	}
	if v := valueMeaning(c, s); v != nil && v.Means != contract.Normal {
		r.find(v.Means, orDefault(v.Cause, v.Means, role))
	}
	if s.Means != contract.Normal && !r.Flags.Has(flag(s.Means)) {
		r.find(s.Means, defaultCause(s.Means, role))
	}
}

// valueMeaning is the meaning that the contract gives to the raw value, or nil.
func valueMeaning(c *contract.Point, s contract.Sample) *contract.ValueMeaning {
	raw := s.Raw
	if c.Mask != 0 {
		raw &= c.Mask
	}
	for i := range c.Values {
		if c.Values[i].Raw == raw {
			return &c.Values[i]
		}
	}
	return c.Otherwise
}

func orDefault(cause string, cond contract.Condition, role contract.Role) string {
	if cause != "" {
		return cause
	}
	return defaultCause(cond, role)
}

func qualityCause(q contract.Quality) string {
	switch q {
	case contract.Good:
		return ""
	case contract.Invalid:
		return CauseInvalid
	case contract.OutOfRange:
		return CauseOutOfRange
	case contract.Unknown:
		return CauseUnknown
	}
	return CauseUnknown
}

// limits holds the value, or the interval in which it must lie, against the limits. A
// limit is exceeded only when the whole interval is outside, and lets go only when the
// whole interval is back inside: what is not known changes nothing.
func (r *Result) limits(c *contract.Point, role contract.Role, l *Limits, ctx Context) {
	v, per := interval{r.Value, r.Value}, 1.0
	if role == contract.RolePressure {
		var ok bool
		if per, ok = mpaPer(c.Unit); !ok {
			r.find(contract.Fault, CauseRules)
			return
		}
		if !l.Pipe {
			v, r.Compensated = at20(r.Value, per, ctx)
			if r.Compensated {
				r.Judged = v.min
			}
			if l.outsideRating(ctx) {
				r.find(contract.Normal, CauseTemperatureOutOfRating)
			}
		}
	}
	low, high := l.band(per)
	atOrBelow := role != contract.RolePressure
	r.judge(low.Set, heldLow, v.max < low.Value || (atOrBelow && v.max == low.Value),
		v.min >= low.Value+l.Hysteresis && (v.min > low.Value || !atOrBelow), lowWord(role))
	r.judge(high.Set, heldHigh, v.min > high.Value, v.max <= high.Value-l.Hysteresis, highWord(role))
	r.judge(l.Prealarm.Set, heldPrealarm, v.min >= l.Prealarm.Value,
		v.max < l.Prealarm.Value-l.Hysteresis,
		word{contract.Prealarm, CausePrealarm})
}

func (r *Result) judge(set bool, h held, outside, inside bool, w word) {
	switch {
	case !set || inside:
		r.held &^= h
	case outside:
		r.held |= h
	}
	if r.held&h != 0 {
		r.find(w.cond, w.cause)
	}
}
