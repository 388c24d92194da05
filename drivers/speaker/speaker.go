package speaker

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
)

// Options are what an operator sets. Zero values mean what is said of each.
type Options struct {
	// Device is ALSA's name of the sound device as aplay -L lists it, for example
	// plughw:CARD=Headphones,DEV=0; empty means default.
	Device string
	// Command is the program that plays; empty means /usr/bin/aplay.
	Command string
	// Stall is how long aplay may take no samples before it is killed; 0 means 5 s.
	Stall time.Duration
	// LeastPause and MostPause bound the pauses between attempts of a level that can't be
	// played; each pause is twice the one before. 0 means 500 ms and 15 s.
	LeastPause, MostPause time.Duration
	// Report is told once when something begins to be wrong, once more when something else
	// is, and nil once it sounds again. It is called by Run's goroutine and must not block.
	Report func(error)
}

// Status is how the speaker is.
type Status struct {
	// Want is the sequence that should sound; empty: silence.
	Want []string
	// Sounding is true while aplay takes the samples of the level or of a Play.
	Sounding bool
	// Err is what is wrong with the level at present, nil where nothing is known to be. What
	// was wrong stays until something has sounded.
	Err error
	// Failures counts the attempts that failed since New.
	Failures uint64
}

// Speaker plays recordings. It is safe for concurrent use; New starts nothing.
type Speaker struct {
	opt Options
	// lead is how far what is handed over may run ahead of the time, so that a device that
	// takes everything at once, as ALSA's null, does not turn the loop into a busy one.
	lead time.Duration
	// turn is held by who uses the device.
	turn chan struct{}
	// stuck is an aplay that could not be killed; it belongs to who has the turn.
	stuck *child
	// woken is sent to when the level changed.
	woken chan struct{}

	mu     sync.Mutex
	want   []string
	end    func() // ends what sounds for an older level, or a Play
	status Status
}

// New checks the options; whether program and device are there is seen when something is to
// sound. Errors wrap ErrSettings.
func New(o Options) (*Speaker, error) {
	o.Device, o.Command = or(o.Device, "default"), or(o.Command, "/usr/bin/aplay")
	o.Stall = or(o.Stall, 5*time.Second)
	o.LeastPause, o.MostPause = or(o.LeastPause, 500*time.Millisecond), or(o.MostPause, 15*time.Second)
	if strings.HasPrefix(o.Device, "-") || len(o.Device) > 200 || strings.ContainsFunc(o.Device, odd) {
		return nil, fmt.Errorf("%w: device %q is no name that aplay -L lists", ErrSettings, o.Device)
	}
	if !strings.HasPrefix(o.Command, "/") || strings.ContainsFunc(o.Command, unicode.IsControl) {
		return nil, fmt.Errorf("%w: command %q must be a path from the root, as /usr/bin/aplay", ErrSettings, o.Command)
	}
	if o.Stall < 0 || o.LeastPause < 0 || o.MostPause < o.LeastPause {
		return nil, fmt.Errorf("%w: stall %s, pauses %s to %s must be above zero and in order", ErrSettings, o.Stall, o.LeastPause, o.MostPause)
	}
	return &Speaker{opt: o, lead: 2 * time.Second, turn: make(chan struct{}, 1), woken: make(chan struct{}, 1)}, nil
}

func odd(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }

func or[T comparable](v, instead T) T {
	var zero T
	if v == zero {
		return instead
	}
	return v
}

// Set says what should sound: the recordings at these paths, one after the other, again and
// again; nothing: silence, at once. The sequence that sounds already goes on without a break.
// It takes effect through Run and never waits.
func (s *Speaker) Set(sequence []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.Equal(sequence, s.want) {
		return
	}
	s.want = slices.Clone(sequence)
	if s.end != nil {
		s.end()
	}
	select {
	case s.woken <- struct{}{}:
	default:
	}
}

// Status returns how the speaker is.
func (s *Speaker) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.status
	out.Want = slices.Clone(s.want)
	return out
}

// sounding notes whether something sounds.
func (s *Speaker) sounding(yes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status.Sounding = yes
}

// failed notes one failure and reports it where it is another trouble than before.
func (s *Speaker) failed(err error) {
	s.mu.Lock()
	before := s.status.Err
	s.status.Err = err
	s.status.Failures++
	s.mu.Unlock()
	if s.opt.Report != nil && kind(before) != kind(err) { //nolint:errorlint // kind returns sentinels
		s.opt.Report(err)
	}
}

// well notes that it sounds as it should.
func (s *Speaker) well() {
	s.mu.Lock()
	before := s.status.Err
	s.status.Err = nil
	s.mu.Unlock()
	if s.opt.Report != nil && before != nil {
		s.opt.Report(nil)
	}
}
