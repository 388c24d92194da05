package i2c

import (
	"slices"
	"time"

	"firepost/firmware-contracts/source"
)

// Stats counts what happened on one bus since the source was made.
type Stats struct {
	// Up is whether the bus is open and, after it was stuck, has been read since; Err is why not.
	Up  bool
	Err error
	// Opened counts successful openings that were followed by use; Reads and Failed the
	// readings; Jobs and FailedJobs the calls of Do that were carried out; Skipped the readings
	// that fell out because the bus was too slow for its periods.
	Opened, Reads, Failed, Jobs, FailedJobs, Skipped uint64
	Devices                                          []DeviceStats

	known bool
}

// DeviceStats counts what happened with one device.
type DeviceStats struct {
	Device string
	// Good and Failed count readings; InRow is how many have failed since the last good one.
	Good, Failed, InRow uint64
	// Err is why the last reading failed, nil when it did not.
	Err error
	// Took is how long the last reading took.
	Took time.Duration
}

// Stats returns a copy of the counters.
func (s *Source) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.stats
	st.Devices = slices.Clone(st.Devices)
	return st
}

func (s *Source) goodReads() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats.Reads - s.stats.Failed
}

// count books a reading of device i and returns how many have failed in a row.
func (s *Source) count(i int, err error, took time.Duration) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := &s.stats.Devices[i]
	d.Err, d.Took = err, took
	s.stats.Reads++
	if err == nil {
		d.Good++
		d.InRow = 0
		return 0
	}
	s.stats.Failed++
	d.Failed++
	d.InRow++
	return d.InRow
}

func (s *Source) countJob(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Jobs++
	if err != nil {
		s.stats.FailedJobs++
	}
}

func (s *Source) skip(n uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Skipped += n
}

// sound notes that something has been read.
func (s *Source) sound() {
	if s.doubted {
		s.doubted = false
		s.up()
	}
}

func (s *Source) up() {
	if s.mark(true, nil) {
		s.sink.Bus(source.BusState{Bus: s.name, Up: true, At: s.now()})
	}
}

func (s *Source) down(err error) {
	if s.mark(false, err) {
		s.sink.Bus(source.BusState{Bus: s.name, Err: err, At: s.now()})
	}
}

// mark notes whether the bus is there and reports whether that is news.
func (s *Source) mark(up bool, err error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := &s.stats
	news := !st.known || st.Up != up
	st.known, st.Up, st.Err = true, up, err
	if up {
		st.Opened++
	}
	return news
}
