package pressure

import (
	"math"
	"slices"
	"time"
)

const (
	// Units in which history is kept: 0.1 kPa and 0.01 K.
	perMPa = 1e4
	perK   = 100
	// usualHours is how many hours of a day must have readings for its median to count.
	usualHours = 6
	// response: below deafShare of the gas law's response to temperature a gauge does not
	// follow it; above hearsShare it does.
	deafShare, hearsShare = 0.25, 0.5
	// deafDays and deafEvidence, in K² times hours, are what such a verdict needs.
	deafDays, deafEvidence = 3, 300
	// evidence that the gauge's own scatter, or step, could not feign: so many times it.
	clearEvidence = 6
	// forgetDaily is how much of yesterday's evidence counts today.
	forgetDaily = 0.8
)

// hourMean is one hour's mean; dayMedian one day's median. Hours count on the vessel's axis.
type hourMean struct {
	Hour         int32
	P20, Raw, Th int16
}

type dayMedian struct {
	Hour int32
	P20  int16
	Th   int16
}

func (d dayMedian) day() float64     { return float64(d.Hour) / 24 }
func (d dayMedian) mpa() float64     { return float64(d.P20) / perMPa }
func (d dayMedian) celsius() float64 { return float64(d.Th) / perK }

// history is the present hour's sums, today's hours and the days before.
type history struct {
	Hour  int32     `json:"h,omitempty"`
	N     int       `json:"n,omitempty"`
	P20   float64   `json:"p,omitempty"`
	Raw   float64   `json:"r,omitempty"`
	Th    float64   `json:"t,omitempty"`
	Today hourMeans `json:"hs,omitempty"`
	Days  dayMeans  `json:"ds,omitempty"`
	// Every is the usual time between readings, in seconds.
	Every float64 `json:"e,omitempty"`
	// XX, XY and Heard are the evidence of how the gauge follows the temperature.
	XX    float64 `json:"xx,omitempty"`
	XY    float64 `json:"xy,omitempty"`
	Heard int     `json:"xn,omitempty"`
	Deaf  bool    `json:"df,omitempty"`
}

// trait is what of a gauge's readings is its own: its step and scatter, and the reading
// below which there is no gas to measure; all in MPa.
type trait struct{ step, noise, empty float64 }

// add takes one believed and compensated reading at the axis' time at; it reports whether
// a day was closed before it.
func (h *history) add(at time.Duration, p20, raw, celsius float64, own trait) (closed bool) {
	hour := int32(at / time.Hour)
	if h.N > 0 && hour != h.Hour {
		h.closeHour()
	}
	if len(h.Today) > 0 && hour/24 != h.Today[0].Hour/24 {
		closed = h.closeDay(own)
	}
	h.Hour = hour
	h.N++
	h.P20 += p20
	h.Raw += raw
	h.Th += celsius
	return closed
}

func (h *history) closeHour() {
	n := float64(h.N)
	p, okP := pack(h.P20/n, perMPa)
	r, okR := pack(h.Raw/n, perMPa)
	t, okT := pack(h.Th/n, perK)
	if okP && okR && okT && len(h.Today) < 24 {
		h.Today = append(slices.Clip(h.Today), hourMean{h.Hour, p, r, t})
	}
	h.N, h.P20, h.Raw, h.Th = 0, 0, 0, 0
}

func pack(v, per float64) (int16, bool) {
	r := math.Round(v * per)
	return int16(r), math.Abs(r) < math.MaxInt16
}

// closeDay turns today's hours into a median and reports whether there were enough.
func (h *history) closeDay(own trait) bool {
	today := h.Today
	h.Today = nil
	need := usualHours
	if h.Every > 0 {
		need = min(max(int(day.Seconds()/h.Every/4), 1), usualHours)
	}
	if len(today) < need {
		return false
	}
	h.listen(today, own)
	if h.Deaf {
		return true
	}
	ps, ts, sum := make([]float64, len(today)), make([]float64, len(today)), 0.0
	for i, m := range today {
		ps[i], ts[i] = float64(m.P20), float64(m.Th)
		sum += float64(m.Hour)
	}
	slices.Sort(ps)
	slices.Sort(ts)
	d := dayMedian{
		Hour: int32(math.Round(sum / float64(len(today)))),
		P20:  int16(math.Round(median(ps))), Th: int16(math.Round(median(ts))),
	}
	// The old days may be shared with an earlier state: never written in place.
	h.Days = append(slices.Clip(h.Days), d)
	for len(h.Days) > keepDays || h.Days[len(h.Days)-1].Hour-h.Days[0].Hour > keepDays*24 {
		h.Days = h.Days[1:]
	}
	return true
}

// listen learns how the gauge itself follows the vessel's temperature within a day.
func (h *history) listen(today []hourMean, own trait) {
	var raw, celsius float64
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, m := range today {
		t := float64(m.Th) / perK
		raw += float64(m.Raw) / perMPa
		celsius += t
		lo, hi = min(lo, t), max(hi, t)
	}
	n := float64(len(today))
	raw, celsius = raw/n, celsius/n
	k := perKelvin(raw, celsius)
	if k*(hi-lo) < 3*own.step || raw < own.empty {
		return
	}
	h.XX *= forgetDaily
	h.XY *= forgetDaily
	for _, m := range today {
		dt := float64(m.Th)/perK - celsius
		h.XX += dt * dt
		h.XY += dt * (float64(m.Raw)/perMPa - raw)
	}
	h.Heard = min(h.Heard+1, deafDays)
	if h.Heard < deafDays || h.XX < deafEvidence || k*math.Sqrt(h.XX) < clearEvidence*max(own.noise, own.step) {
		return
	}
	switch share := h.XY / h.XX / k; {
	case share < deafShare:
		h.Deaf = true
	case share > hearsShare:
		h.Deaf = false
	}
}

// restart forgets everything that can't be compared with what follows.
func (h *history) restart() { *h = history{Every: h.Every} }

// moved follows the axis over a gap whose length became known, or never will.
func (h *history) moved(m moved) {
	if m.shift == 0 && !m.forget && !m.forgetAfter {
		return
	}
	h.N, h.P20, h.Raw, h.Th, h.Today = 0, 0, 0, 0, nil
	since, by := int32(m.since/time.Hour), int32(m.shift/time.Hour)
	days := make(dayMeans, 0, len(h.Days))
	for _, d := range h.Days {
		after := d.Hour >= since
		switch {
		case after && m.forgetAfter, !after && m.forget:
			continue
		case after:
			d.Hour += by
		}
		days = append(days, d)
	}
	for len(days) > 0 && days[len(days)-1].Hour-days[0].Hour > keepDays*24 {
		days = days[1:]
	}
	h.Days = days
}
