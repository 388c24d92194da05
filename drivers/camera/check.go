package camera

import (
	"time"

	"firepost/firmware-contracts/message"
)

// State is what is known about one way in which a camera can fail.
type State string

// The states of a finding.
const (
	// StateUnknown: not judged yet, or it can't be judged now. Unknown is not good.
	StateUnknown State = ""
	// StateGood: judged and found in order.
	StateGood State = "good"
	// StateFault: found wrong often enough in a row.
	StateFault State = "fault"
)

// Finding is one judgement with its memory.
type Finding struct {
	State State
	// Bad and Fine count the judgements in a row that said so.
	Bad, Fine int
}

// Health is what is known about a camera. The zero value knows nothing.
type Health struct {
	// Covered: almost no detail anywhere: paint, a cloth, frost, dirt, or dense smoke.
	Covered Finding
	// Dark: less light than the hour allows.
	Dark Finding
	// Frozen: the same picture for too long.
	Frozen Finding
	// Away: no picture at all.
	Away Finding

	// Last is the last picture that was judged, at its Stamp.
	Last Sample
	// Tried is when a picture was last judged or missed.
	Tried message.Stamp
	// Same is since when pictures are identical to Last, and Repeats how many were.
	Same    message.Stamp
	Repeats int
}

// Limits are the thresholds of Check. Start from DefaultLimits.
type Limits struct {
	// Detail is the contrast below which a picture shows nothing; see Sample.Detail.
	Detail float64
	// Dark is the mean luminance, 0 to 255, that each hour of the day in Beijing must reach.
	Dark [24]float64
	// FrozenFor is how long pictures must be identical; zero switches the judgement off, and
	// Frozen stays unknown.
	FrozenFor time.Duration
	// Raise is how many bad judgements in a row make a fault, Clear how many good ones end it.
	Raise, Clear int
	// Spacing is the least time between two judgements that count, so that a burst of pictures
	// during one fire, with its smoke, is one judgement.
	Spacing time.Duration
}

// DefaultLimits suit a booth with its lights on at night. They come from synthetic pictures.
func DefaultLimits() Limits {
	l := Limits{Detail: 4, FrozenFor: 10 * time.Minute, Raise: 3, Clear: 2, Spacing: 30 * time.Second}
	for hour := range l.Dark {
		l.Dark[hour] = 8
		// Chifeng, 42° N: the sun is up from 8 to 16 o'clock on the shortest day.
		if hour >= 9 && hour < 16 {
			l.Dark[hour] = 30
		}
	}
	return l
}

// beijing is the time zone that hours are counted in.
const beijing = 8 * time.Hour

// judgement is one look's word on one finding.
type judgement int

const (
	cantTell judgement = iota
	fine
	bad
)

// Check takes in one measured picture. It is pure: the same arguments give the same result.
func Check(prev Health, s Sample, l Limits) Health {
	h := prev
	if !spaced(prev.Tried, s.Stamp, l.Spacing) {
		return h
	}
	h.Tried = s.Stamp
	h.Away = step(prev.Away, fine, l)
	h.Covered = step(prev.Covered, when(s.Detail < l.Detail), l)
	h.Dark = step(prev.Dark, dark(s, l), l)
	h = frozen(h, s, l)
	h.Last = s
	return h
}

// Miss takes in that no picture could be had. While the camera is away nothing else that was
// good still is: it is unknown. A fault stays until pictures show otherwise.
func Miss(prev Health, at message.Stamp, l Limits) Health {
	h := prev
	if !spaced(prev.Tried, at, l.Spacing) {
		return h
	}
	h.Tried = at
	h.Away = step(prev.Away, bad, l)
	h.Covered = step(prev.Covered, cantTell, l)
	h.Dark = step(prev.Dark, cantTell, l)
	h.Frozen = step(prev.Frozen, cantTell, l)
	h.Same, h.Repeats = message.Stamp{}, 0
	return h
}

// Rest takes in that the camera is switched off on purpose: what was good is unknown now, and a
// fault stays until pictures show otherwise.
func Rest(prev Health, l Limits) Health {
	h := prev
	for _, f := range []*Finding{&h.Away, &h.Covered, &h.Dark, &h.Frozen} {
		*f = step(*f, cantTell, l)
	}
	h.Same, h.Repeats = message.Stamp{}, 0
	return h
}

// spaced reports whether a judgement at now counts. After a restart of the board the first does.
func spaced(last, now message.Stamp, spacing time.Duration) bool {
	return last.Boot != now.Boot || last.Boot == "" || now.Sub(last) >= spacing
}

func when(wrong bool) judgement {
	if wrong {
		return bad
	}
	return fine
}

// dark needs the hour; with a clock that isn't trusted only what would be the same at every
// hour can be told.
func dark(s Sample, l Limits) judgement {
	if s.Stamp.Trusted {
		return when(s.Mean < l.Dark[s.Stamp.Wall.UTC().Add(beijing).Hour()])
	}
	least, most := l.Dark[0], l.Dark[0]
	for _, v := range l.Dark {
		least, most = min(least, v), max(most, v)
	}
	switch {
	case s.Mean < least:
		return bad
	case s.Mean >= most:
		return fine
	}
	return cantTell
}

func frozen(h Health, s Sample, l Limits) Health {
	if l.FrozenFor <= 0 {
		h.Frozen = Finding{}
		return h
	}
	same := h.Last.Stamp.Boot != "" && h.Last.Print == s.Print
	if !same {
		// The very first picture has nothing to be compared with.
		if h.Last.Stamp.Boot != "" {
			h.Frozen = step(h.Frozen, fine, l)
		}
		h.Same, h.Repeats = s.Stamp, 0
		return h
	}
	if h.Same.Boot != s.Stamp.Boot {
		// Times of two boots don't compare: the time starts again, the finding stays.
		h.Same, h.Repeats = s.Stamp, 0
	}
	h.Repeats++
	h.Frozen.Fine = 0
	if h.Repeats >= l.Raise && s.Stamp.Sub(h.Same) >= l.FrozenFor {
		h.Frozen.State = StateFault
		h.Frozen.Bad = h.Repeats
	}
	return h
}

// step applies hysteresis. From unknown, one good judgement is enough: nothing was wrong yet.
func step(f Finding, j judgement, l Limits) Finding {
	switch j {
	case bad:
		f.Bad, f.Fine = f.Bad+1, 0
		if f.Bad >= l.Raise {
			f.State = StateFault
		}
	case fine:
		f.Bad, f.Fine = 0, f.Fine+1
		if f.State != StateFault || f.Fine >= l.Clear {
			f.State = StateGood
		}
	case cantTell:
		f.Bad, f.Fine = 0, 0
		if f.State == StateGood {
			f.State = StateUnknown
		}
	}
	return f
}

// Fault is one thing that is wrong with a camera, with its stable word and its texts for people.
type Fault struct {
	Cause  string
	ZH, EN string
}

// Faults lists what is wrong, in a fixed order.
func (h Health) Faults() []Fault {
	var out []Fault
	for _, f := range []struct {
		finding Finding
		fault   Fault
	}{
		{h.Away, Fault{"camera_away", "摄像机无图像", "the camera gives no picture"}},
		{h.Covered, Fault{"camera_covered", "摄像机被遮挡（或浓烟、结霜、脏污）", "the camera is covered (or smoke, frost, dirt)"}},
		{h.Dark, Fault{"camera_dark", "摄像机画面过暗", "the camera's picture is too dark for the hour"}},
		{h.Frozen, Fault{"camera_frozen", "摄像机画面冻结", "the camera's picture is frozen"}},
	} {
		if f.finding.State == StateFault {
			out = append(out, f.fault)
		}
	}
	return out
}

// Good reports whether everything was judged and nothing is wrong.
func (h Health) Good() bool {
	return h.Away.State == StateGood && h.Covered.State == StateGood &&
		h.Dark.State == StateGood && h.Frozen.State == StateGood
}
