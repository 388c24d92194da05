package frames

import (
	"slices"

	"firepost/firmware-contracts/message"
)

// Stats is what a line has counted since it was made.
type Stats struct {
	StreamStats
	// Unknown is how many of the sound frames came from senders that nobody configured,
	// Duplicates how many were repeats, and BadID how many carried an id that is none.
	Unknown, Duplicates, BadID uint64
	// Up says whether the port is open, Err why it is not; Opened counts how often it was.
	Up     bool
	Err    error
	Opened uint64
	// Devices are the configured devices, in their order.
	Devices []DeviceStats
}

// DeviceStats is what one device has sent.
type DeviceStats struct {
	Device string
	// Frames are all of them, Duplicates those that repeated the one before.
	Frames, Duplicates uint64
	// Last is when the last one came; its zero value when there was none.
	Last message.Stamp
}

// Stats is what the line has counted so far. The caller may keep it.
func (s *Source) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.stats
	out.Devices = slices.Clone(s.stats.Devices)
	return out
}

// Strangers lists senders that nobody configured, at most MaxStrangers, in order of their
// ids. The caller may keep it.
func (s *Source) Strangers() []Stranger {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.strangers.copied()
}
