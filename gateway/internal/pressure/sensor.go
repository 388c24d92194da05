package pressure

import (
	"math"
	"time"

	"firepost/firmware-contracts/contract"
)

const (
	// lowestGauge in MPa: below it a gauge's zero is broken. overRange, times the rating, is
	// more than any vessel of that rating would hold.
	lowestGauge = -0.05
	overRange   = 3
	// together is how close readings must be to be compared with one another.
	together = time.Hour
	// hold is how long a jump, spikes and noise stay reported.
	holdJump  = day
	holdNoise = time.Hour
	// spikesTolerated in a day are a disturbance of the line; one more is the gauge.
	spikesTolerated = 2
	// noiseMemory is how many readings the noise is averaged over to call a gauge noisy;
	// doubtMemory the same for what its level may be off by.
	noiseMemory = 32
	doubtMemory = 8
	// meanBend is E|a−2b+c| of three readings with standard deviation 1: a steady fall is no noise.
	meanBend = 1.954
	// doubts is how many standard deviations a level may be off.
	doubts = 2
	// noiseClip bounds what one difference adds, so that a jump is no noise.
	noiseClip = 4
	// stuckFor and stuckSwing: a gauge is stuck that did not move by itself for so long while
	// the temperature should have moved it by so much, in MPa, and by three of its steps.
	stuckFor   = day
	stuckSwing = 0.02
	// A gauge's step while none has been seen, and the least that counts as one, in MPa.
	unknownStep = 0.01
	leastStep   = 0.0005
	// emptyShare of the rating: below it there is no gas left that could follow a temperature.
	emptyShare = 0.1
	// misfitAfter and misfitReadings: never once inside the band since it was fitted.
	misfitAfter    = day
	misfitReadings = 20
)

// gauge is what is remembered of how a gauge behaves.
type gauge struct {
	// Bad is the cause for which the last reading can't be believed.
	Bad string `json:"b,omitempty"`
	// Recent are the last readings at 20 °C, or as read while Recent is not compensated.
	Recent      [3]float64 `json:"rc"`
	N           int        `json:"n,omitempty"`
	Compensated bool       `json:"c,omitempty"`
	// Lone is how many readings in a row had none within an hour before them.
	Lone int           `json:"ln,omitempty"`
	At   time.Duration `json:"at,omitempty"`
	// Level is the last level without spikes, at LevelAt, compensated.
	Level   float64       `json:"lv,omitempty"`
	LevelAt time.Duration `json:"la,omitempty"`
	Levels  bool          `json:"lk,omitempty"`
	// Smooth follows the readings within an hour, for limits while the gauge is noisy.
	Smooth float64 `json:"sm,omitempty"`

	Noise      float64       `json:"ns,omitempty"`
	Fresh      float64       `json:"nf,omitempty"` // as Noise, of the last few readings
	NoiseN     int           `json:"nn,omitempty"`
	Noisy      bool          `json:"ny,omitempty"`
	NoisyUntil time.Duration `json:"nu,omitempty"`

	Jumped bool          `json:"j,omitempty"`
	Jump   float64       `json:"js,omitempty"`
	JumpAt time.Duration `json:"ja,omitempty"`
	Spikes int           `json:"sp,omitempty"`
	Spiked time.Duration `json:"sa,omitempty"`

	// Run is how long the raw value has not moved, and the temperatures meanwhile.
	Run      float64       `json:"r,omitempty"`
	RunSince time.Duration `json:"rs,omitempty"`
	RunLow   float64       `json:"rl,omitempty"`
	RunHigh  float64       `json:"rh,omitempty"`
	Running  bool          `json:"rn,omitempty"`
	Stuck    bool          `json:"st,omitempty"`
	// Suspect: it should have moved by now, but has not stood for stuckFor.
	Suspect bool    `json:"su,omitempty"`
	Step    float64 `json:"sz,omitempty"`
	LastRaw float64 `json:"lr,omitempty"`

	InBand  bool          `json:"ib,omitempty"`
	First   time.Duration `json:"f,omitempty"`
	Counted int           `json:"fn,omitempty"`
}

// unbelievable names why a reading can't be used, "" if it can.
func unbelievable(r *Reading, spec *Spec) string {
	switch {
	case r.Quality == contract.OutOfRange:
		return CauseSensorRange
	case r.Quality != contract.Good, math.IsNaN(r.GaugeMPa), math.IsInf(r.GaugeMPa, 0):
		return CauseSensorInvalid
	case r.GaugeMPa < lowestGauge, r.GaugeMPa > overRange*spec.Limits.RatedMPa.Value:
		return CauseSensorRange
	}
	return ""
}

// resolution is the gauge's step in MPa.
func (g *gauge) resolution(spec *Spec) float64 {
	switch {
	case spec.ResolutionMPa > 0:
		return spec.ResolutionMPa
	case g.Step > 0:
		return g.Step
	}
	return unknownStep
}

// step takes a believed reading: raw as read, x at 20 °C where compensated. It reports
// whether the level changed so much that history does not apply any more.
func (g *gauge) step(raw, x float64, compensated bool, m *metal, at time.Duration, spec *Spec) (broken bool) {
	dt := at - g.At
	if g.Counted == 0 {
		g.First = at
	}
	g.Counted = min(g.Counted+1, misfitReadings)
	g.watchRun(raw, m, at, spec)
	if dt > together {
		g.Lone = min(g.Lone+1, 2)
	} else {
		g.Lone = 0
	}
	if g.N == 0 || dt > together || compensated != g.Compensated {
		g.N, g.Smooth = 0, x
	}
	if g.N > 1 {
		g.noise(math.Abs(x-2*g.Recent[0]+g.Recent[1]), at, spec)
	}
	if g.N > 0 {
		g.Smooth += (x - g.Smooth) * (1 - math.Exp(-dt.Hours()))
	}
	g.Recent = [3]float64{x, g.Recent[0], g.Recent[1]}
	g.N = min(g.N+1, 3)
	g.Compensated, g.At = compensated, at
	g.spikes(at, spec)
	if g.Jumped && at-g.JumpAt > holdJump {
		g.Jumped, g.Jump = false, 0
	}
	if compensated {
		broken = g.jump(at, spec)
	}
	return broken
}

// level is the present reading without single spikes, and without noise where there is some.
func (g *gauge) level() float64 {
	if g.Noisy {
		return g.Smooth
	}
	if g.N < 3 {
		return g.Recent[0]
	}
	a, b, c := g.Recent[0], g.Recent[1], g.Recent[2]
	return max(min(a, b), min(max(a, b), c))
}

// doubt is how far, in MPa, the level may be off because readings scatter.
func (g *gauge) doubt() float64 {
	spread := 0.0
	if g.N == 3 && !g.Noisy {
		a, b, c := g.Recent[0], g.Recent[1], g.Recent[2]
		spread = max(a, b, c) - min(a, b, c)
	}
	return max(spread, doubts*max(g.Noise, g.Fresh))
}

func (g *gauge) noise(bend float64, at time.Duration, spec *Spec) {
	g.NoiseN = min(g.NoiseN+1, noiseMemory)
	sigma := min(bend/meanBend, noiseClip*spec.NoiseMPa)
	g.Noise += (sigma - g.Noise) / float64(g.NoiseN)
	g.Fresh += (sigma - g.Fresh) / float64(min(g.NoiseN, doubtMemory))
	switch {
	case g.NoiseN == noiseMemory && g.Noise > spec.NoiseMPa:
		g.Noisy, g.NoisyUntil = true, at+holdNoise
		g.Spikes, g.Jumped, g.Jump = 0, false, 0 // noise is what they were
	case g.Noisy && at >= g.NoisyUntil && g.Noise < spec.NoiseMPa/2:
		g.Noisy = false
	}
}

// spikes counts single readings that left and came back.
func (g *gauge) spikes(at time.Duration, spec *Spec) {
	if g.Spikes > 0 && at-g.Spiked > holdJump {
		g.Spikes = 0
	}
	if g.N < 3 || g.Noisy {
		return
	}
	a, b, c := g.Recent[2], g.Recent[1], g.Recent[0]
	if math.Abs(b-a) > spec.JumpMPa && math.Abs(b-c) > spec.JumpMPa && math.Abs(a-c) < spec.JumpMPa/2 {
		g.Spikes = min(g.Spikes+1, 100)
		g.Spiked = at
	}
}

// jump compares the level with the one before; it reports whether it changed at once.
func (g *gauge) jump(at time.Duration, spec *Spec) bool {
	if g.N < 3 && g.Levels && g.Lone < 2 {
		return false // after a pause: wait for three that agree
	}
	was, since, had := g.Level, at-g.LevelAt, g.Levels
	g.Level, g.LevelAt, g.Levels = g.level(), at, true
	by := g.Level - was
	if !had || g.Noisy || math.Abs(by) <= spec.JumpMPa {
		return false
	}
	if since > day {
		// Too long ago to call it a jump; but what went up was refilled or replaced.
		return by > 0
	}
	if g.Jumped && at-g.JumpAt <= together {
		by += g.Jump
	}
	g.Jumped, g.Jump, g.JumpAt = true, by, at
	return true
}

// watchRun finds a raw value that does not move while the temperature should move it.
func (g *gauge) watchRun(raw float64, m *metal, at time.Duration, spec *Spec) {
	if step := math.Abs(raw - g.LastRaw); g.Counted > 1 && step > 1e-9 {
		if step = max(step, leastStep); g.Step == 0 || step < g.Step {
			g.Step = step
		}
	}
	g.LastRaw = raw
	res := g.resolution(spec)
	if !g.Running || math.Abs(raw-g.Run) > res/2 {
		g.Running, g.Run, g.RunSince, g.Stuck = true, raw, at, false
		g.Suspect = false
		g.RunLow, g.RunHigh = math.Inf(1), math.Inf(-1)
		if !m.known() {
			g.RunLow, g.RunHigh = 0, 0
			g.Running = false
			return
		}
	}
	if !m.known() {
		return
	}
	g.RunLow, g.RunHigh = min(g.RunLow, m.T), max(g.RunHigh, m.T)
	swing := perKelvin(raw, m.T) * (g.RunHigh - g.RunLow)
	g.Suspect = swing >= max(3*res, stuckSwing) && raw > emptyShare*spec.Limits.RatedMPa.Value
	g.Stuck = g.Suspect && at-g.RunSince >= stuckFor
}

// misfit reports whether the gauge has never shown a pressure that the vessel could have.
func (g *gauge) misfit(at time.Duration) bool {
	return !g.InBand && g.Counted >= misfitReadings && at-g.First >= misfitAfter
}
