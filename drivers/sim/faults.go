package sim

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// Faults is what is wrong with a device. The zero value is a healthy one; several faults
// can hold at once. Durations travel as nanoseconds in JSON.
type Faults struct {
	// Dead: no reply, and no request is carried out.
	Dead bool `json:"dead,omitempty"`
	// Mute: requests are carried out and not answered.
	Mute bool `json:"mute,omitempty"`
	// Stuck: outputs are acknowledged and do not switch.
	Stuck bool `json:"stuck,omitempty"`
	// Turnaround replaces the line's time from the request's end to the reply's start.
	Turnaround time.Duration `json:"turnaround_ns,omitempty"`
	// ShortSilence starts the reply half a character after the request.
	ShortSilence bool `json:"short_silence,omitempty"`
	// Late is added to the turnaround: the reply of a device that was busy. It carries the
	// values of the moment when the request ended, and waits for a free wire.
	Late time.Duration `json:"late_ns,omitempty"`
	// Duplicates is how many more times the whole reply is sent, each DuplicateAfter later
	// than the one before.
	Duplicates     int           `json:"duplicates,omitempty"`
	DuplicateAfter time.Duration `json:"duplicate_after_ns,omitempty"`
	// Truncate cuts that many characters off the reply's end.
	Truncate int `json:"truncate,omitempty"`
	// BitErrors is the probability that a single bit of the reply is flipped.
	BitErrors float64 `json:"bit_errors,omitempty"`
	// WrongCRC sends the reply with an inverted checksum.
	WrongCRC bool `json:"wrong_crc,omitempty"`
	// Exception refuses every request with this code instead of carrying it out.
	Exception byte `json:"exception,omitempty"`
	// Foreign is sent, as it is, right before the reply: noise or another master's frame.
	Foreign Hex `json:"foreign,omitempty"`
	// ForeignUnit sends, before the reply, the same frame from that unit with all data
	// bytes inverted and a right checksum.
	ForeignUnit byte `json:"foreign_unit,omitempty"`
	// ReplyUnit answers under that address instead of the own one.
	ReplyUnit byte `json:"reply_unit,omitempty"`
	// Probability is how often the faults hold, request by request; 0 means always.
	Probability float64 `json:"probability,omitempty"`
}

// Step is a part of a schedule: these faults for that many requests.
type Step struct {
	Requests int    `json:"requests"`
	Faults   Faults `json:"faults"`
}

// Hex is bytes that JSON shows as hexadecimal digits.
type Hex []byte

// MarshalText gives two digits for each byte.
func (h Hex) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h)), nil }

// UnmarshalText reads two digits for each byte.
func (h *Hex) UnmarshalText(b []byte) error {
	v, err := hex.DecodeString(string(b))
	if err != nil {
		return fmt.Errorf("read hexadecimal bytes %q: %w", b, err)
	}
	*h = v
	return nil
}

// schedule gives the faults of each request.
type schedule struct {
	steps []Step
	loop  bool
	at    int
	used  int
	now   Faults
}

// next moves to the next request and returns its faults. The last step lasts for ever,
// unless the schedule loops.
func (s *schedule) next(rnd *rand.Rand) Faults {
	s.now = Faults{}
	if len(s.steps) == 0 {
		return s.now
	}
	if s.used >= max(1, s.steps[s.at].Requests) {
		switch {
		case s.at+1 < len(s.steps):
			s.at, s.used = s.at+1, 0
		case s.loop:
			s.at, s.used = 0, 0
		}
	}
	s.used++
	f := s.steps[s.at].Faults
	if f.Probability == 0 || rnd.Float64() < f.Probability {
		s.now = f
	}
	return s.now
}

// current returns the faults of the request under way.
func (s *schedule) current() Faults { return s.now }

// SetFaults makes f hold from the next request on, until something else is set.
func (s *Slave) SetFaults(f Faults) { s.SetSchedule(false, Step{Faults: f}) }

// SetSchedule makes the steps hold one after the other, each for its number of requests.
// The last one lasts, or the first follows it again if loop is set. A step lasts for at
// least one request.
func (s *Slave) SetSchedule(loop bool, steps ...Step) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = schedule{steps: slices.Clone(steps), loop: loop}
}

// outcome is what became of a request, as far as the device decides it.
type outcome uint8

const (
	outcomeNone      outcome = iota // no reply was owed or given
	outcomeGood                     // an intact reply
	outcomeLate                     // an intact reply, later than it should be
	outcomeException                // an intact refusal
	outcomeBad                      // something that is not the reply
)

func (o outcome) String() string {
	return [...]string{"none", "good", "late", "exception", "bad"}[o]
}

// burst is one run of characters that a device sends.
type burst struct {
	data  []byte
	after time.Duration // from the request's end, turnaround included
	what  outcome
}

// answer carries out the request in frame and appends what the device then sends.
func (s *Slave) answer(dst []burst, frame []byte, turnaround, halfChar time.Duration) []burst {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.faults.next(s.rnd)
	if f.Dead {
		return dst
	}
	reply := append(make([]byte, 0, maxRequest), frame[0])
	if f.Exception != 0 {
		reply = append(reply, frame[1]|0x80, f.Exception)
	} else {
		reply = s.execute(reply, frame[1:len(frame)-2])
	}
	if f.Mute || frame[0] == 0 {
		return dst
	}
	after := turnaround
	if f.Turnaround != 0 {
		after = f.Turnaround
	}
	if f.ShortSilence {
		after = halfChar
	}
	after += f.Late
	reply, what := f.mangle(reply, s.rnd)
	dst = f.prefix(dst, reply, after)
	for i := range 1 + f.Duplicates {
		dst = append(dst, burst{data: reply, after: after + time.Duration(i)*f.DuplicateAfter, what: what})
		if i == 0 && what != outcomeBad {
			what = outcomeLate
		}
	}
	return dst
}

// prefix appends what comes before the reply.
func (f *Faults) prefix(dst []burst, reply []byte, after time.Duration) []burst {
	if len(f.Foreign) > 0 {
		dst = append(dst, burst{data: f.Foreign, after: after, what: outcomeBad})
	}
	if f.ForeignUnit != 0 && len(reply) > 4 {
		other := slices.Clone(reply[:len(reply)-2])
		other[0] = f.ForeignUnit
		for i := 2; i < len(other); i++ {
			if i > 2 || other[1] > fcReadInput {
				other[i] ^= 0xFF
			}
		}
		dst = append(dst, burst{data: seal(other), after: after, what: outcomeBad})
	}
	return dst
}

// mangle seals the reply and spoils it, and says what it is then.
func (f *Faults) mangle(reply []byte, rnd *rand.Rand) ([]byte, outcome) {
	what := outcomeGood
	switch {
	case f.Late > 0:
		what = outcomeLate
	case reply[1]&0x80 != 0:
		what = outcomeException
	}
	if f.ReplyUnit != 0 {
		reply[0], what = f.ReplyUnit, outcomeBad
	}
	reply = seal(reply)
	if f.WrongCRC {
		reply[len(reply)-1] ^= 0xFF
		reply[len(reply)-2] ^= 0xFF
		what = outcomeBad
	}
	if f.BitErrors > 0 {
		for i := range 8 * len(reply) {
			if rnd.Float64() < f.BitErrors {
				reply[i/8] ^= 1 << (i % 8)
				what = outcomeBad
			}
		}
	}
	if f.Truncate > 0 {
		reply, what = reply[:max(0, len(reply)-f.Truncate)], outcomeBad
	}
	return reply, what
}
