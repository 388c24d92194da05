package power

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"time"
)

// ErrSnapshot is wrapped by every error of Restore. The way out is the zero State.
var ErrSnapshot = errors.New("saved power state is unusable")

const (
	snapshotVersion = 1
	// keepCount is the longest interruption over which counted charge is kept.
	keepCount = 10 * time.Minute
)

type snapshot struct {
	Version  int       `json:"v"`
	Boot     string    `json:"boot"`
	AtNS     int64     `json:"at_ns"`
	LowAh    float64   `json:"low_ah"`
	HighAh   float64   `json:"high_ah"`
	Measured bool      `json:"measured"`
	AgeNS    int64     `json:"age_ns"`
	Ohm      float64   `json:"ohm"`
	Anchored bool      `json:"anchored"`
	RemLow   float64   `json:"removed_low_ah"`
	RemHigh  float64   `json:"removed_high_ah"`
	Learned  []float64 `json:"learned_w"`
	Watch    float64   `json:"watch_w"`
	ToFullNS int64     `json:"to_full_ns"`
}

// Snapshot writes what must survive a restart: the measured capacity, the resistance, what
// the loads draw, the time since the battery was full, and, for a short restart within the
// same boot, the counted charge. What is on and off is not in it: that begins anew, shed.
func (s State) Snapshot(boot string) ([]byte, error) {
	g := &s.gauge
	p := snapshot{
		Version: snapshotVersion, Boot: boot, AtNS: int64(s.last),
		LowAh: g.cap.lo, HighAh: g.cap.hi, Measured: g.measured, AgeNS: int64(g.age), Ohm: g.ohm,
		Anchored: g.anchored, RemLow: g.removed.lo, RemHigh: g.removed.hi,
		Learned: make([]float64, loads), Watch: s.watts.watch, ToFullNS: int64(s.charge.toFull),
	}
	for l := range loads {
		if s.watts.has[l] {
			p.Learned[l] = s.watts.learned[l]
		}
	}
	data, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("write power state: %w", err)
	}
	return data, nil
}

// Restore reads what Snapshot wrote, in this boot at this moment by its monotonic clock. It
// is strict: anything that Snapshot can't have written is an error wrapping ErrSnapshot. A
// measured capacity is dropped if the configured battery is another one.
func Restore(data []byte, boot string, now time.Duration, c Config) (State, error) {
	c = c.WithDefaults()
	var p snapshot
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		return State{}, fmt.Errorf("read power state: %w: %w", ErrSnapshot, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return State{}, fmt.Errorf("read power state: %w: trailing data", ErrSnapshot)
	}
	if err := p.check(); err != nil {
		return State{}, fmt.Errorf("read power state: %w: %w", ErrSnapshot, err)
	}
	var s State
	g := &s.gauge
	if p.Measured && p.HighAh <= 1.3*c.CapacityAh && p.HighAh >= 0.05*c.CapacityAh {
		g.cap, g.measured, g.age = span{p.LowAh, p.HighAh}, true, time.Duration(p.AgeNS)
	}
	if p.Ohm > 0.1*c.InternalOhm && p.Ohm < 10*c.InternalOhm {
		g.ohm = p.Ohm
	}
	away := now - time.Duration(p.AtNS)
	if p.Anchored && p.Boot == boot && boot != "" && away >= 0 && away <= keepCount {
		most := (c.Watts.Watch() + c.Watts.Sounder + c.Watts.Television + c.Watts.LED + c.Watts.Camera + c.Watts.Heater) / c.Volts
		g.anchored, g.removed = true, span{p.RemLow, min(p.RemHigh+most*away.Hours(), c.CapacityAh)}
	}
	for l := range loads {
		if w := p.Learned[l]; w > 0 && w <= 3*c.Watts.of(l) {
			s.watts.learned[l], s.watts.has[l] = w, true
		}
	}
	if p.Watch <= 3*c.Watts.Watch() {
		s.watts.watch = p.Watch
	}
	s.charge.toFull = time.Duration(p.ToFullNS)
	return s, nil
}

func (p *snapshot) check() error {
	if p.Version != snapshotVersion {
		return fmt.Errorf("version %d, want %d", p.Version, snapshotVersion)
	}
	numbers := append([]float64{p.LowAh, p.HighAh, p.Ohm, p.RemLow, p.RemHigh, p.Watch}, p.Learned...)
	for _, n := range numbers {
		if math.IsNaN(n) || n < 0 || n > 1e6 {
			return fmt.Errorf("number %g is impossible", n)
		}
	}
	switch {
	case len(p.Learned) != int(loads):
		return fmt.Errorf("%d loads, want %d", len(p.Learned), loads)
	case p.LowAh > p.HighAh, p.RemLow > p.RemHigh:
		return errors.New("an interval is turned round")
	case p.AgeNS < 0, p.ToFullNS < 0, p.AtNS < 0:
		return errors.New("a time is negative")
	case p.Measured && p.HighAh == 0:
		return errors.New("a measured capacity of nothing")
	}
	return nil
}
