package message

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Bits is an alarm state as a set of independent bits, never one enum: a point can be
// in fire, in fault and disabled at the same time (GB/T 26875.3-2011 figure 7 is built
// the same way).
type Bits uint16

// The bits of an alarm state.
const (
	// Fire is set from the first fire reading until a reset: present or latched.
	Fire Bits = 1 << iota
	// Active is set while the point itself reports the fire now; Fire without Active is the latch alone.
	Active
	// Prealarm is a warning below fire; never shown or sent as fire.
	Prealarm
	// Supervisory is an off-normal state that people must look at (a cabinet door, low pressure).
	Supervisory
	// Fault covers no data, impossible data and the device's own fault reports.
	Fault
	// Disabled (屏蔽): fires are forwarded flagged, without sounder or takeover.
	Disabled
	// Test (测试): under a named, self-ending test.
	Test
	// Latched: the fire is held until a person resets it.
	Latched
	// Acknowledged (确认): a person has seen the present fire.
	Acknowledged
	// Silenced (消音): this point no longer asks for the booth's sounder.
	Silenced
)

var bitNames = [...]string{ //nolint:gochecknoglobals // lookup table
	"fire", "active", "prealarm", "supervisory", "fault",
	"disabled", "test", "latched", "acknowledged", "silenced",
}

// Has reports whether all bits of q are set.
func (b Bits) Has(q Bits) bool { return b&q == q }

// With returns b with q set or cleared.
func (b Bits) With(q Bits, on bool) Bits {
	if on {
		return b | q
	}
	return b &^ q
}

// Names returns the set bits' names in a fixed order.
func (b Bits) Names() []string {
	names := make([]string, 0, 4)
	for i, n := range bitNames {
		if b&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	return names
}

// String is the names joined by a plus sign, or "normal" when nothing is set.
func (b Bits) String() string {
	if b == 0 {
		return "normal"
	}
	return strings.Join(b.Names(), "+")
}

// MarshalJSON writes the set bits as an array of names; normal is the empty array.
func (b Bits) MarshalJSON() ([]byte, error) { return json.Marshal(b.Names()) }

// UnmarshalJSON reads an array of names and refuses an unknown one: a bit that is
// silently dropped could be a fire.
func (b *Bits) UnmarshalJSON(data []byte) error {
	var names []string
	if err := json.Unmarshal(data, &names); err != nil {
		return fmt.Errorf("state bits: %w", err)
	}
	var out Bits
next:
	for _, n := range names {
		for i, known := range bitNames {
			if n == known {
				out |= 1 << i
				continue next
			}
		}
		return fmt.Errorf("state bits: unknown bit %q", n)
	}
	*b = out
	return nil
}
