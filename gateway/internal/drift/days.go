package drift

import (
	"math"
	"slices"
	"time"
)

// keepDays is how many days are kept of a detector.
const keepDays = 120

// minHours is how many hours of a day must have been seen for it to count.
const minHours = 6

// Day is what one day comes down to.
type Day struct {
	// Number counts days since 1970-01-01 in the booth's time zone.
	Number int
	// Value is the lower quartile of the day's hourly means, in the point's unit.
	Value float64
}

// dayBook collects the running day.
type dayBook struct {
	number int
	hour   int
	sum    float64
	n      int
	hours  []float64
	stormy bool
}

// Line is a straight line through days.
type Line struct {
	// Slope is per day, Low and High bound it (the quartiles of all slopes); Level is the
	// line's value on the last day.
	Slope, Low, High, Level float64
	// Days is how many days it rests on, over Span days.
	Days, Span int
}

// fit lays a line through days by Theil and Sen; false with fewer than two days.
func fit(days []Day) (Line, bool) {
	n := len(days)
	if n < 2 {
		return Line{}, false
	}
	slopes := make([]float64, 0, n*(n-1)/2)
	for i := range days {
		for j := i + 1; j < n; j++ {
			if d := days[j].Number - days[i].Number; d > 0 {
				slopes = append(slopes, (days[j].Value-days[i].Value)/float64(d))
			}
		}
	}
	if len(slopes) == 0 {
		return Line{}, false
	}
	slices.Sort(slopes)
	l := Line{Slope: quantile(slopes, 0.5), Low: quantile(slopes, 0.25), High: quantile(slopes, 0.75)}
	last := days[n-1].Number
	levels := make([]float64, n)
	for i, d := range days {
		levels[i] = d.Value + l.Slope*float64(last-d.Number)
	}
	slices.Sort(levels)
	l.Level, l.Days, l.Span = quantile(levels, 0.5), n, last-days[0].Number+1
	return l, true
}

// quantile of sorted numbers.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(math.Floor(at))
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (sorted[i+1]-sorted[i])*(at-float64(i))
}

// dayNumber is the day of a wall time in its own zone, and the hour of it.
func dayNumber(wall time.Time) (day, hour int) {
	_, offset := wall.Zone()
	local := wall.Unix() + int64(offset)
	return int(math.Floor(float64(local) / 86400)), wall.Hour()
}

// add puts a value into the running day; it returns a finished day, if one has ended.
func (b *dayBook) add(day, hour int, v float64, storm bool) (Day, bool) {
	var done Day
	var ok bool
	if day != b.number {
		done, ok = b.close()
		*b = dayBook{number: day, hour: hour, hours: b.hours[:0]}
	}
	if hour != b.hour {
		b.closeHour()
		b.hour = hour
	}
	b.stormy = b.stormy || storm
	b.sum += v
	b.n++
	return done, ok
}

func (b *dayBook) closeHour() {
	if b.n > 0 && len(b.hours) < 30 {
		b.hours = append(b.hours, b.sum/float64(b.n))
	}
	b.sum, b.n = 0, 0
}

func (b *dayBook) close() (Day, bool) {
	b.closeHour()
	if len(b.hours) < minHours || b.stormy {
		return Day{}, false
	}
	sorted := slices.Sorted(slices.Values(b.hours))
	return Day{Number: b.number, Value: quantile(sorted, 0.25)}, true
}
