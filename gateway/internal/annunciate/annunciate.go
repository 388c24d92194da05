package annunciate

import (
	"time"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/alarm"
)

// The sounder's times where the timing gives none.
const (
	DefaultPause      = time.Minute
	DefaultChirp      = time.Second
	DefaultChirpEvery = 30 * time.Second
)

// PointView is what matters here of one point that is not normal.
type PointView struct {
	Device, Point, Premises string
	// PublicLabel is what the public may read: a shop's sign, a home's compound and
	// building.
	PublicLabel contract.Text
	Bits        message.Bits
	// Drill: the fire is a drill's, not a detector's.
	Drill bool
	// Unreachable: the point does not answer. Not shown to the public.
	Unreachable bool
	// First and Latest are the first and newest raise of the present fire; they give the order.
	First, Latest alarm.Ref
	// Raised is when the fire was raised last; the sounder begins anew from there. Since is when
	// it was raised first.
	Raised, Since message.Stamp
	// CallPoint: a person pressed it. Metres is how far it is from the booth, negative where
	// nobody knows.
	CallPoint bool
	Metres    float64
}

// Timing is how long a sounder may sound and rest. Zero fields take the defaults above.
type Timing struct {
	// MaxOn is the longest time on at a stretch, Pause the rest after it. A MaxOn of zero
	// never pauses.
	MaxOn, Pause time.Duration
	// Chirp is the length of one chirp, ChirpEvery the time from one to the next.
	Chirp, ChirpEvery time.Duration
}

// Picture is everything that decides: the points that are not normal (others do no harm).
type Picture struct {
	Points []PointView
	// Timing is the sounder's; for several sounders that differ see Timing.On.
	Timing Timing
	// Started is when this process took over; fires from an earlier boot sound from there.
	Started message.Stamp
}

// Sound is the pattern that a sounder follows.
type Sound uint8

// The patterns, least urgent first.
const (
	// SoundOff is silence.
	SoundOff Sound = iota
	// SoundChirp is a short chirp now and then: a test or a drill.
	SoundChirp
	// SoundAlarm is a fire.
	SoundAlarm
)

// String names the pattern.
func (s Sound) String() string {
	switch s {
	case SoundOff:
		return "off"
	case SoundChirp:
		return "chirp"
	case SoundAlarm:
		return "alarm"
	}
	return "unknown"
}

// Desired is what the outputs should be now.
type Desired struct {
	// Sounder is the pattern; SounderOn is where it stands now: on or resting.
	Sounder   Sound
	SounderOn bool
	// SounderFrom is when the pattern began, by the monotonic clock.
	SounderFrom time.Duration
	Strobe      bool
	// Takeover: the booth's own fires, or a drill, take its screens over.
	Takeover bool
	// EndDrill: a drill is running and a real fire has ended it.
	EndDrill bool
	// Next is when, by the monotonic clock, SounderOn changes by itself; valid when HasNext.
	Next    time.Duration
	HasNext bool
}

// kind is what one point asks for.
type kind uint8

const (
	nothing kind = iota
	disabledFire
	testFire
	drillFire
	realFire
)

func kindOf(v *PointView) kind {
	switch {
	case !v.Bits.Has(message.Fire):
		return nothing
	case v.Drill:
		return drillFire
	case v.Bits.Has(message.Disabled):
		return disabledFire
	case v.Bits.Has(message.Test) && !v.Bits.Has(message.Latched):
		return testFire
	}
	return realFire
}

// Decide says what the outputs should be at this moment.
func Decide(p Picture, at message.Stamp) Desired {
	var d Desired
	fires, drills := 0, 0
	var alarmFrom, chirpFrom since
	for i := range p.Points {
		v := &p.Points[i]
		quiet := v.Bits.Has(message.Silenced)
		switch kindOf(v) {
		case realFire:
			fires++
			if !quiet {
				alarmFrom.take(p.from(v, at))
			}
		case drillFire:
			drills++
			if !quiet {
				chirpFrom.take(p.from(v, at))
			}
		case testFire:
			if !quiet && v.Bits.Has(message.Active) {
				chirpFrom.take(p.from(v, at))
			}
		case nothing, disabledFire:
		}
	}
	d.Strobe = fires > 0
	d.EndDrill = fires > 0 && drills > 0
	switch {
	case alarmFrom.any:
		d.Sounder, d.SounderFrom = SoundAlarm, alarmFrom.mono
	case fires == 0 && chirpFrom.any:
		d.Sounder, d.SounderFrom = SoundChirp, chirpFrom.mono
	}
	d.SounderOn, d.Next, d.HasNext = p.Timing.On(d.Sounder, d.SounderFrom, at.Mono)
	d.Takeover = fires+drills > 0
	return d
}

// NextChange is when the answer changes although the picture stays the same; false when
// it does not. The caller also decides anew on every change of the picture.
func NextChange(p Picture, at message.Stamp) (mono time.Duration, ok bool) {
	d := Decide(p, at)
	return d.Next, d.HasNext
}

// since is the newest of several moments.
type since struct {
	mono time.Duration
	any  bool
}

func (s *since) take(mono time.Duration) {
	if !s.any || mono > s.mono {
		s.mono = mono
	}
	s.any = true
}

// from is when a fire's pattern began, by this boot's monotonic clock.
func (p *Picture) from(v *PointView, at message.Stamp) time.Duration {
	switch {
	case v.Raised.Boot == at.Boot:
		return min(v.Raised.Mono, at.Mono)
	case p.Started.Boot == at.Boot:
		return min(p.Started.Mono, at.Mono)
	}
	return 0
}

// On reports where a pattern that began at from stands now: on or resting, and when that
// changes next (false: it does not). For a caller with several sounders of their own timing.
func (t Timing) On(sound Sound, from, now time.Duration) (on bool, next time.Duration, changes bool) {
	switch sound {
	case SoundAlarm:
		if t.MaxOn <= 0 {
			return true, 0, false
		}
		on, next = phase(now, from, t.MaxOn, positive(t.Pause, DefaultPause))
		return on, next, true
	case SoundChirp:
		chirp := positive(t.Chirp, DefaultChirp)
		on, next = phase(now, from, chirp, max(positive(t.ChirpEvery, DefaultChirpEvery)-chirp, chirp))
		return on, next, true
	case SoundOff:
	}
	return false, 0, false
}

func positive(d, def time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return def
}

// phase places now in the repetition of on and off that began at from.
func phase(now, from, on, off time.Duration) (bool, time.Duration) {
	at := max(now-from, 0) % (on + off)
	if at < on {
		return true, now + on - at
	}
	return false, now + on + off - at
}
