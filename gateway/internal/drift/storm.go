package drift

import (
	"fmt"
	"math"
	"slices"
	"time"

	"firepost/firmware-contracts/contract"
)

const (
	// stormPart of the outdoor detectors begins a storm, calmPart ends it.
	stormPart, calmPart = 0.5, 0.2
	// stormFor is how long it must have been so to begin, calmFor to end.
	stormFor, calmFor = 5 * time.Minute, 30 * time.Minute
	// slow is how fast a detector's normal follows it: a storm of hours does not become
	// normal, a season does.
	slow = 24 * time.Hour
	// staleAfter is the age from which a density says nothing.
	staleAfter = 5 * time.Minute
)

// Density is one detector's momentary value.
type Density struct {
	// Detector names it, Site its place: a fire fills one site, a storm many.
	Detector, Site string
	Outdoor        bool
	// Value and the value at which it alarms, in the same unit; measured At, by the
	// monotonic clock.
	Value, Alarm float64
	At           time.Duration
	// Good is false for a reading that can't be believed.
	Good bool
}

// StormConfig is what makes a storm. Zero settings take defaults.
type StormConfig struct {
	// Detectors and Sites are the fewest that must rise together: 4 on 3 sites.
	Detectors, Sites int
	// Rise is the part of the way to the alarm value that counts as risen: 0.08.
	Rise float64
}

// Storm is what is remembered. The zero Storm is a start.
type Storm struct {
	normal  map[string]normal
	on      bool
	since   time.Duration
	rising  hold
	falling hold
}

type normal struct {
	value float64
	at    time.Duration
}

type hold struct {
	on    bool
	since time.Duration
}

func (h *hold) keep(on bool, now time.Duration) time.Duration {
	if !on {
		*h = hold{}
		return 0
	}
	if !h.on {
		*h = hold{true, now}
	}
	return now - h.since
}

// Banner is what is said about a storm. It is a text and nothing else: alarms of these
// detectors are raised, sounded and sent as ever.
type Banner struct {
	On    bool
	Since time.Duration
	// Risen of Outdoor fresh outdoor detectors, on Sites sites.
	Risen, Outdoor, Sites int
	Text                  contract.Text
}

// Step takes the momentary values of all detectors and says whether a storm stands.
func (s Storm) Step(now time.Duration, list []Density, c StormConfig) (Storm, Banner) {
	if c.Detectors == 0 {
		c.Detectors = 4
	}
	if c.Sites == 0 {
		c.Sites = 3
	}
	if c.Rise == 0 {
		c.Rise = 0.08
	}
	old := s.normal
	s.normal = make(map[string]normal, len(list))
	var b Banner
	var sites []string
	for i := range list {
		d := &list[i]
		if !d.Outdoor || !usable(d, now) {
			if n, ok := old[d.Detector]; ok {
				s.normal[d.Detector] = n
			}
			continue
		}
		b.Outdoor++
		n, known := old[d.Detector]
		if !known || d.At < n.at {
			n = normal{d.Value, d.At}
		}
		if d.Value-n.value >= c.Rise*(d.Alarm-n.value) {
			b.Risen++
			if !slices.Contains(sites, d.Site) {
				sites = append(sites, d.Site)
			}
		}
		n.value += (d.Value - n.value) * (1 - math.Exp(-float64(d.At-n.at)/float64(slow)))
		n.at = d.At
		s.normal[d.Detector] = n
	}
	b.Sites = len(sites)
	s.judge(now, c, &b)
	return s, b
}

func usable(d *Density, now time.Duration) bool {
	return d.Good && d.At <= now && now-d.At <= staleAfter && math.Abs(d.Value) <= 1e9 && math.Abs(d.Alarm) <= 1e9
}

func (s *Storm) judge(now time.Duration, c StormConfig, b *Banner) {
	part := 0.0
	if b.Outdoor > 0 {
		part = float64(b.Risen) / float64(b.Outdoor)
	}
	many := b.Risen >= c.Detectors && b.Sites >= c.Sites && part >= stormPart
	up, down := s.rising.keep(many, now), s.falling.keep(part <= calmPart, now)
	switch {
	case !s.on && many && up >= stormFor:
		s.on, s.since = true, now-up
	case s.on && s.falling.on && down >= calmFor:
		s.on = false
	}
	if b.On, b.Since = s.on, s.since; b.On {
		b.Text = contract.Text{
			ZH: fmt.Sprintf("沙尘天气:%d个室外探测器中%d个读数同时升高。报警照常,请核实", b.Outdoor, b.Risen),
			EN: fmt.Sprintf("dust storm: %d of %d outdoor detectors have risen together; alarms go on as ever, check each", b.Risen, b.Outdoor),
		}
	}
}
