package sim

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestSummaryOfFewSamples(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	var s samples
	if got := s.summary(); got != (Summary{}) {
		t.Errorf("nothing measured gives %+v", got)
	}
	for _, v := range []int64{50, -10, 30, 20, 40} {
		s.add(v, rnd)
	}
	want := Summary{Count: 5, Mean: 26, Min: -10, P50: 30, P99: 50, Max: 50}
	if got := s.summary(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestPercentilesAreNearestRank(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	var s samples
	for i := range 200 {
		s.add(int64(200-i), rnd)
	}
	if got := s.summary(); got.P50 != 100 || got.P99 != 198 || got.Mean != 100 {
		t.Errorf("of 1 to 200: %+v, want 100 and 198", got)
	}
	s.reset()
	s.add(7, rnd)
	if got := s.summary(); got.P50 != 7 || got.P99 != 7 || got.Count != 1 {
		t.Errorf("of 7 alone: %+v", got)
	}
}

func TestSamplesAreBoundedAndStayFair(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	var s samples
	const n = 4 * maxSamples
	for i := range n {
		s.add(int64(i), rnd)
	}
	got := s.summary()
	if len(s.kept) != maxSamples || got.Count != n || got.Min != 0 || got.Max != n-1 || got.Mean != time.Duration((n-1)/2) {
		t.Errorf("kept %d of %+v", len(s.kept), got)
	}
	if p := float64(got.P50) / n; p < 0.49 || p > 0.51 {
		t.Errorf("median of the kept is at %.3f of the range", p)
	}
}
