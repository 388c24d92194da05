package pressure

import (
	"math"
	"slices"
)

const (
	// keepDays is how many days of medians are kept.
	keepDays = 112
	// leastDays is how many days a slope needs: with fewer, no order of the medians is
	// significant at 99 %.
	leastDays = 6
	// sigma99 is the two-sided 99 % quantile of the normal distribution.
	sigma99 = 2.576
	// compensationDoubt is how far, as a share, the thermal coefficient of a vessel may lie
	// from the ideal gas's: the liquid's expansion, a warm wall, a climate point that is not
	// quite where the vessel hangs.
	compensationDoubt = 0.10
	// leastDrop is the least total change that counts, as a share of the rating.
	leastDrop = 0.0125
	// leastCover is the share of a window that its days must span.
	leastCover = 0.7
)

// window is a span of days that is fitted, thinned to blocks so that all cost the same.
type window struct{ days, block int }

//nolint:gochecknoglobals // lookup table
var windows = [...]window{{7, 1}, {14, 1}, {28, 1}, {56, 2}, {keepDays, 4}}

// sample is one day's, or one block's, median.
type sample struct{ day, mpa, celsius float64 }

// fit is a straight line through days of pressure at 20 °C.
type fit struct {
	// Slope in MPa per day; Low and High bound it at 99 %.
	Slope float64 `json:"s"`
	Low   float64 `json:"l"`
	High  float64 `json:"h"`
	// Level is the line's value, in MPa, on its last day, which is Day on the vessel's axis.
	Level float64 `json:"v"`
	Day   float64 `json:"d"`
	// Span is how many days it covers.
	Span float64 `json:"n"`
}

// falls and rises report whether the line does so beyond doubt and beyond what matters.
func (f *fit) falls(rated float64) bool { return f.High < 0 && -f.Slope*f.Span >= leastDrop*rated }
func (f *fit) rises(rated float64) bool { return f.Low > 0 && f.Slope*f.Span >= leastDrop*rated }

// line fits one window's samples, oldest first. It is not ok when they are too few or when
// their order proves nothing.
func line(xs []sample) (fit, bool) {
	n := len(xs)
	if n < leastDays {
		return fit{}, false
	}
	c, doubt := residualResponse(xs)
	meanT := 0.0
	for _, x := range xs {
		meanT += x.celsius / float64(n)
	}
	ys := make([]float64, n)
	for i, x := range xs {
		ys[i] = x.mpa - c*(x.celsius-meanT)
	}
	slopes := make([]float64, 0, n*(n-1)/2)
	warming := make([]float64, 0, n*(n-1)/2)
	for i := range xs {
		for j := i + 1; j < n; j++ {
			dt := xs[j].day - xs[i].day
			slopes = append(slopes, (ys[j]-ys[i])/dt)
			warming = append(warming, (xs[j].celsius-xs[i].celsius)/dt)
		}
	}
	slices.Sort(slopes)
	f := fit{Slope: median(slopes), Day: xs[n-1].day, Span: xs[n-1].day - xs[0].day}
	levels := make([]float64, n)
	for i, x := range xs {
		levels[i] = ys[i] + f.Slope*(f.Day-x.day)
	}
	spread := math.Sqrt(float64(n*(n-1)*(2*n+5))/18) * sigma99 * inflation(levels)
	slices.Sort(levels)
	f.Level = median(levels)
	lowest := int(math.Floor((float64(len(slopes)) - spread) / 2))
	if lowest < 0 {
		return fit{}, false
	}
	highest := len(slopes) - 1 - lowest
	slices.Sort(warming)
	extra := sigma99 * doubt * math.Abs(median(warming))
	f.Low = f.Slope - math.Hypot(f.Slope-slopes[lowest], extra)
	f.High = f.Slope + math.Hypot(slopes[highest]-f.Slope, extra)
	return f, true
}

// residualResponse is what temperature is still in the compensated pressures, in MPa per K,
// from neighbouring days, with its standard error. Without proof it is nothing, but with
// the doubt that compensation always has.
func residualResponse(xs []sample) (c, doubt float64) {
	const leastStep, leastPairs = 1.5, 5
	last := xs[len(xs)-1]
	prior := compensationDoubt * perKelvin(last.mpa, last.celsius)
	ratios := make([]float64, 0, len(xs))
	for i := 1; i < len(xs); i++ {
		if dT := xs[i].celsius - xs[i-1].celsius; math.Abs(dT) >= leastStep {
			ratios = append(ratios, (xs[i].mpa-xs[i-1].mpa)/dT)
		}
	}
	if len(ratios) < leastPairs {
		return 0, prior
	}
	slices.Sort(ratios)
	m := median(ratios)
	off := make([]float64, len(ratios))
	for i, r := range ratios {
		off[i] = math.Abs(r - m)
	}
	slices.Sort(off)
	// 1.4826 makes a median deviation a standard one, 1.2533 is the median's own loss.
	se := 1.4826 * 1.2533 * median(off) / math.Sqrt(float64(len(ratios)))
	weight := prior * prior / (prior*prior + se*se)
	return m * weight, math.Sqrt(weight) * se
}

// inflation widens an interval for residuals that follow each other.
func inflation(levels []float64) float64 {
	const fewDays, fewFloor, most = 10, 0.3, 0.85
	m := 0.0
	for _, v := range levels {
		m += v / float64(len(levels))
	}
	var same, next float64
	for i, v := range levels {
		same += (v - m) * (v - m)
		if i > 0 {
			next += (v - m) * (levels[i-1] - m)
		}
	}
	r := 0.0
	if same > 0 {
		r = next / same
	}
	if len(levels) < fewDays {
		r = max(r, fewFloor)
	}
	r = min(max(r, 0), most)
	return math.Sqrt((1 + r) / (1 - r))
}

// median of sorted values, which must not be empty.
func median(sorted []float64) float64 {
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// trend is the line that today's history supports: of those windows that agree with all
// shorter ones the longest significant one. A leak that ended, or began lately, makes the
// longer windows disagree with the shorter ones.
func trend(days []dayMedian, rated float64) (best fit, ok bool) {
	if len(days) == 0 {
		return fit{}, false
	}
	last := days[len(days)-1].day()
	var seen []fit
	for _, w := range windows {
		xs := blocks(days, last, w)
		if len(xs) < leastDays || last-xs[0].day < leastCover*float64(w.days-1) {
			continue
		}
		f, good := line(xs)
		if !good {
			continue
		}
		for _, s := range seen {
			if f.Slope > s.High || f.Slope < s.Low {
				return best, ok
			}
		}
		seen = append(seen, f)
		if f.falls(rated) || f.rises(rated) {
			best, ok = f, true
		}
	}
	return best, ok
}

// blocks are the samples of a window that ends with day last.
func blocks(days []dayMedian, last float64, w window) []sample {
	var out []sample
	var sum sample
	n, at := 0.0, 0
	flush := func() {
		if n > 0 {
			out = append(out, sample{sum.day / n, sum.mpa / n, sum.celsius / n})
		}
		sum, n = sample{}, 0
	}
	for _, d := range days {
		age := last - d.day()
		if age >= float64(w.days) {
			continue
		}
		if k := int(age) / w.block; n > 0 && k != at {
			flush()
		}
		at = int(age) / w.block
		sum.day += d.day()
		sum.mpa += d.mpa()
		sum.celsius += d.celsius()
		n++
	}
	flush()
	return out
}
