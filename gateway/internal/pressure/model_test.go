package pressure

import (
	"math"
	"math/rand/v2"
	"time"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
)

const (
	every   = 30 * time.Minute
	perDay  = int(day / every)
	yearLen = 365 * perDay
	absolut = 0.101 // atmosphere in MPa
)

// begin is a summer's day, so that the winter lies in the middle.
func begin() time.Time { return time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC) }

// chifeng is a year of outdoor temperatures: the season, the day, and weather that lasts for
// days. Mean 7 °C, January −12 °C, nights below −30 °C.
func chifeng(seed uint64) []float64 {
	r := rand.New(rand.NewPCG(seed, 1))
	ts := make([]float64, yearLen)
	weather := 0.0
	keep := math.Exp(-float64(every) / float64(60*time.Hour))
	for i := range ts {
		d := float64(i) / float64(perDay)
		weather = weather*keep + r.NormFloat64()*5*math.Sqrt(1-keep*keep)
		ts[i] = 7 + 18.5*math.Cos(2*math.Pi*(d-20)/365) + 7*math.Cos(2*math.Pi*(d-0.3)) + weather
	}
	return ts
}

// heated is the air of a shop that is heated by day from October to April.
func heated(outdoor []float64) []float64 {
	ts := make([]float64, len(outdoor))
	room := 24.0
	for i, out := range outdoor {
		d := float64(i) / float64(perDay)
		want := 16 + 0.45*out
		if d > 105 && d < 290 {
			want = 13 + 0.15*out
			if hour := math.Mod(d+1.0/3, 1) * 24; hour > 8 && hour < 21 {
				want = 19
			}
		}
		room += (want - room) * (1 - math.Exp(-float64(every)/float64(3*time.Hour)))
		ts[i] = room
	}
	return ts
}

// scene is one simulated vessel with its gauge and its climate point.
type scene struct {
	name    string
	outdoor bool
	p20     float64 // MPa at the start
	// leak in MPa per day from leakFrom; for leakDays, 0 for ever.
	leak               float64
	leakFrom, leakDays float64
	noise, step        float64 // standard deviation and step of the gauge in MPa
	// stuckFrom is the day on which the gauge sticks; burstEvery the days between bursts of
	// noise; driftFrom the day from which it drifts by drift MPa per day.
	stuckFrom, burstEvery, driftFrom, drift float64
	// blind is the share of time, in stretches, without a temperature; blank without readings.
	blind, blank float64
	// reboots on every so many days, with a clock that is trusted after untrusted readings.
	reboots   int
	untrusted int
	// rating overrides.
	spec Spec
}

// truth is what really was, beside what was read.
type truth struct {
	reading Reading
	p20     float64
	air     float64
	knownT  bool
}

func (s *scene) faulty() bool { return s.stuckFrom > 0 || s.burstEvery > 0 || s.drift > 0 }

// play calls each with every reading of the year; i is its place.
func (s *scene) play(outdoor, indoor []float64, seed uint64, each func(i int, tr truth)) {
	r := rand.New(rand.NewPCG(seed, 2))
	air := indoor
	if s.outdoor {
		air = outdoor
	}
	lag := time.Duration((0.6 + 1.0*r.Float64()) * float64(time.Hour))
	keep := math.Exp(-float64(every) / float64(lag))
	offset := r.NormFloat64() * 0.4 // of the climate point
	warm := 0.5 + r.Float64()       // the sun on the cabinet, in K
	vessel, p20, stuck := air[0], s.p20, math.NaN()
	boot, booted := 0, 0
	blindUntil, blankUntil, burstUntil := -1, -1, -1
	for i := range air {
		d := float64(i) / float64(perDay)
		around := air[i]
		if s.outdoor {
			around += 2 * warm * max(0, math.Cos(2*math.Pi*(d-0.25)))
		}
		vessel = around + (vessel-around)*keep
		if s.leak > 0 && d >= s.leakFrom && (s.leakDays == 0 || d < s.leakFrom+s.leakDays) {
			p20 = max(p20-s.leak/float64(perDay), 0)
		}
		g := (p20+absolut)*(vessel+273.15)/293.15 - absolut
		if s.drift > 0 && d > s.driftFrom {
			g += s.drift * (d - s.driftFrom)
		}
		noise := s.noise
		if s.burstEvery > 0 && math.Mod(d, s.burstEvery) < 0.5/float64(perDay) && d > 1 {
			burstUntil = i + perDay/2
		}
		if i < burstUntil {
			noise = 0.08
		}
		g += r.NormFloat64() * noise
		if s.step > 0 {
			g = math.Round(g/s.step) * s.step
		}
		if s.stuckFrom > 0 && d >= s.stuckFrom {
			if math.IsNaN(stuck) {
				stuck = g
			}
			g = stuck
		}
		if s.reboots > 0 && i > 0 && i%(s.reboots*perDay) == 0 {
			boot++
			booted = i
		}
		if blindUntil < i && r.Float64() < s.blind/float64(perDay) {
			blindUntil = i + perDay // a day at a time
		}
		if blankUntil < i && r.Float64() < s.blank/float64(perDay) {
			blankUntil = i + 2*perDay
		}
		if i < blankUntil {
			continue
		}
		known := s.blind < 1 && i >= blindUntil
		celsius := air[i] + offset + 0.1*r.NormFloat64()
		each(i, truth{p20: p20, air: celsius, knownT: known, reading: Reading{
			GaugeMPa: g, Quality: contract.Good,
			Temperature: Temperature{Celsius: celsius, Known: known, Age: time.Minute},
			At:          s.stamp(i, boot, booted),
		}})
	}
}

func (s *scene) stamp(i, boot, booted int) message.Stamp {
	st := message.Stamp{
		Boot: string(rune('a' + boot%26)), Mono: time.Duration(i-booted)*every + time.Minute,
		Wall: begin().Add(time.Duration(i) * every), Trusted: true,
	}
	if boot > 0 && i-booted < s.untrusted {
		st.Trusted, st.Wall = false, time.Unix(0, 0).Add(st.Mono)
	}
	return st
}

// naive is a gauge's limit without any of this package: as read, or brought to 20 °C by
// the present air; with the same hysteresis and duration.
type naive struct{ side }

func (n *naive) low(p, limit float64, at time.Duration) bool {
	n.judge(p < limit, p >= limit+DefaultHysteresis, at, DefaultMinDuration)
	return n.Held
}
