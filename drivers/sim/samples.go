package sim

import (
	"math/rand/v2"
	"slices"
	"time"
)

// maxSamples bounds the raw samples kept of one measurement: 37 polls/s for half an hour.
const maxSamples = 1 << 16

// samples keeps raw measurements. Count, mean, least and greatest are always exact, the
// percentiles up to maxSamples; beyond, those of an unbiased choice of that many.
type samples struct {
	kept     []int64
	count    uint64
	sum      int64
	min, max int64
}

func (s *samples) add(v int64, rnd *rand.Rand) {
	if s.count == 0 || v < s.min {
		s.min = v
	}
	if s.count == 0 || v > s.max {
		s.max = v
	}
	s.count++
	s.sum += v
	if len(s.kept) < maxSamples {
		s.kept = append(s.kept, v)
		return
	}
	if i := rnd.Uint64N(s.count); i < maxSamples {
		s.kept[i] = v
	}
}

func (s *samples) reset() { *s = samples{kept: s.kept[:0]} }

// copied lets the caller summarise without holding up the line.
func (s *samples) copied() samples {
	c := *s
	c.kept = slices.Clone(s.kept)
	return c
}

// Summary is a measurement's distribution.
type Summary struct {
	Count uint64        `json:"count"`
	Mean  time.Duration `json:"mean_ns"`
	Min   time.Duration `json:"min_ns"`
	P50   time.Duration `json:"p50_ns"`
	P99   time.Duration `json:"p99_ns"`
	Max   time.Duration `json:"max_ns"`
}

// summary sorts s.kept.
func (s *samples) summary() Summary {
	if s.count == 0 {
		return Summary{}
	}
	slices.Sort(s.kept)
	return Summary{
		Count: s.count,
		Mean:  time.Duration(s.sum / int64(s.count)),
		Min:   time.Duration(s.min),
		P50:   time.Duration(rank(s.kept, 50)),
		P99:   time.Duration(rank(s.kept, 99)),
		Max:   time.Duration(s.max),
	}
}

// rank is the nearest-rank percentile of sorted values.
func rank(sorted []int64, percent int) int64 {
	n := len(sorted)
	return sorted[max(0, (n*percent+99)/100-1)]
}
