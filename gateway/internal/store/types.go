package store

import (
	"errors"
	"log/slog"
	"time"

	"firepost/cloud-bridge/uplink"
	"firepost/firmware-contracts/message"
)

// The errors of this package.
var (
	// ErrMemoryOnly completes a ticket whose records are kept in memory because the disk
	// does not take them. They are in the outboxes and will be written when it does.
	ErrMemoryOnly = errors.New("journal: kept in memory only")
	// ErrClosed completes a ticket whose store was closed before the records were written.
	ErrClosed = errors.New("journal: closed")
	// ErrOptions is a programmer's mistake in Options.
	ErrOptions = errors.New("journal: options")

	errCorrupt = errors.New("journal file is corrupt")
	errNewer   = errors.New("journal was written by a newer version")
	errLocked  = errors.New("journal is in use by another process")
	errFull    = errors.New("journal has reached its size limit or the disk is full")
	errClash   = errors.New("journal on disk holds other events under positions given meanwhile")
)

// Quota bounds the journal on disk. Zero values take the defaults.
type Quota struct {
	// MaxBytes is the hard limit of the journal file; default 256 MiB.
	MaxBytes int64
	// AlarmReserve is the part of MaxBytes that only the alarm lane may use; default an eighth.
	AlarmReserve int64
	// TelemetryBytes bounds spooled telemetry; default a quarter of MaxBytes.
	TelemetryBytes int64
	// MinEvents is how many of the newest events age never touches; default 100 000.
	MinEvents int
	// Keep is how long confirmed events stay at least; default 366 days.
	Keep time.Duration
}

// Faults are hooks for fault injection in tests; nil hooks do nothing. A hook's error is
// taken for the disk's; a hook that blocks is a disk that hangs.
type Faults struct {
	// Open runs before the journal file is opened.
	Open func() error
	// Commit runs before each transaction of the writer.
	Commit func() error
	// Second runs before each write of the second copy.
	Second func() error
}

// Options configure a Store. Dir, Station and Now are required.
type Options struct {
	// Dir is the folder of journal.db, state.json, ballast and quarantined files.
	Dir string
	// Station and District go into events that don't name them.
	Station, District string
	// Quota bounds the disk.
	Quota Quota
	// Now gives stamps for the store's own events and for ages.
	Now func() message.Stamp
	// Log gets one line per change of state; default: discard.
	Log *slog.Logger
	// Uplinks names the uplinks whose confirmation counts before events may go by age.
	Uplinks []string
	// Late, if set, is called from Run with snapshots that only became readable after Open
	// (a disk that came back, a salvage) and that are newer than what Points gave.
	Late func(points map[string]PointRecord)
	// Faults inject faults in tests.
	Faults Faults

	// StallAfter is how long a commit may take before entries go out from memory; default 2 s.
	StallAfter time.Duration
	// CursorEvery is the shortest time between two cursor writes; default 1 s.
	CursorEvery time.Duration
	// TelemetryEvery is the shortest time between two telemetry writes; default 5 s.
	TelemetryEvery time.Duration
	// SecondEvery is the shortest time between two writes of the second copy; default 1 s.
	SecondEvery time.Duration
	// RetryFirst and RetryMax bound the back-off of a failing disk; default 250 ms and 10 s.
	RetryFirst, RetryMax time.Duration
	// MemoryAlarms and MemoryRest bound what is kept in memory; default 50 000 and 5 000 events.
	MemoryAlarms, MemoryRest int
	// MemoryTelemetry bounds telemetry in memory, in bytes; default 1 MiB.
	MemoryTelemetry int
	// BallastBytes is the size of the file given up when the disk is full; default 4 MiB,
	// negative for none.
	BallastBytes int64
}

// Record is one event with what it changed.
type Record struct {
	// Event gets epoch, seq, prev and id in place.
	Event *message.Event
	// Key names the point whose state changed ("device/point"), empty for none.
	Key string
	// Snapshot is the point's alarm state after the event; nil changes nothing, empty but
	// not nil forgets the point.
	Snapshot []byte
	// Numbered, if set, is called once the event has its number, and gives the Snapshot: a
	// state remembers the numbers of its own events. It must not call the store.
	Numbered func(e *message.Event) []byte
}

// PointRecord is the latest stored snapshot of a point.
type PointRecord struct {
	// Epoch and Seq number the event that left the point so.
	Epoch, Seq uint64
	// State are the point's bits after that event.
	State message.Bits
	// Snapshot is what the engine gave.
	Snapshot []byte
}

// newer reports whether p was written after q.
func (p PointRecord) newer(q PointRecord) bool {
	return p.Epoch > q.Epoch || p.Epoch == q.Epoch && p.Seq > q.Seq
}

// Report is what Open found.
type Report struct {
	// Fresh is true when no journal was there.
	Fresh bool
	// Quarantined is the path of a corrupt journal that was set aside; empty if none.
	Quarantined string
	// Reason says why it was set aside.
	Reason string
	// MemoryOnly is why the disk is not used, empty when it is.
	MemoryOnly string
	// SecondCopy is "ok", "absent", or says why it was set aside.
	SecondCopy string
	// Restored are the points whose snapshot came from the second copy, sorted.
	Restored []string
	// Epoch is this start's epoch; Durable says that it is reserved on disk.
	Epoch   uint64
	Durable bool
	// SalvageUnsent is true while unsent events of a quarantined journal are still being
	// read back; Health counts them.
	SalvageUnsent bool
}

// Mode says where events are kept.
type Mode string

// The modes.
const (
	ModeDisk   Mode = "disk"
	ModeMemory Mode = "memory"
)

// Health is the store's own state for people and metrics.
type Health struct {
	Mode Mode `json:"mode"`
	// Err is why the mode is memory, or the last error of the second copy.
	Err string `json:"error,omitempty"`
	// SecondErr is why the second copy is behind, empty when it is not.
	SecondErr string `json:"second_error,omitempty"`
	// Epoch, Seq and Position are the last ones given.
	Epoch    uint64          `json:"epoch"`
	Seq      uint64          `json:"seq"`
	Position uplink.Position `json:"position"`
	// Durable is the last position known to be on disk.
	Durable uplink.Position `json:"durable"`
	// Waiting counts records that are not on disk yet.
	Waiting int `json:"waiting"`
	// Backlog counts unconfirmed entries by uplink and lane ("mqtt/alarm").
	Backlog map[string]int64 `json:"backlog"`
	// Dropped counts records given up for want of space since the start, by lane.
	Dropped map[string]uint64 `json:"dropped"`
	// Bytes is the journal's used size, FileBytes its size on disk without the WAL.
	Bytes     int64 `json:"bytes"`
	FileBytes int64 `json:"file_bytes"`
	// Events counts events on disk.
	Events int64 `json:"events"`
	// TelemetryBytes is spooled telemetry on disk.
	TelemetryBytes int64 `json:"telemetry_bytes"`
	// Commits and CommitErrors count transactions that succeeded and failed: attempts that a
	// watchdog may count as life.
	Commits      uint64 `json:"commits"`
	CommitErrors uint64 `json:"commit_errors"`
	// LastCommit is how long the last successful transaction took.
	LastCommit time.Duration `json:"last_commit_ns"`
	// Quarantined counts journals set aside since the start; Salvaged the events read back.
	Quarantined uint64 `json:"quarantined"`
	Salvaged    uint64 `json:"salvaged"`
	// Salvaging is true from the discovery of damage until the journal set aside is read back.
	Salvaging bool `json:"salvaging"`
	// Checked is true once the whole file was checked after the start.
	Checked bool `json:"checked"`
}

// Default limits; see Options and Quota.
const (
	defaultMaxBytes     = 256 << 20
	defaultMinEvents    = 100_000
	defaultKeep         = 366 * 24 * time.Hour
	defaultBallast      = 4 << 20
	defaultMemoryAlarms = 50_000
	defaultMemoryRest   = 5_000
	defaultMemoryTele   = 1 << 20
)

func orDefault[T int | int64 | time.Duration](v *T, d T) {
	if *v == 0 {
		*v = d
	}
}

// withDefaults fills what is left open.
func (o Options) withDefaults() Options {
	orDefault(&o.Quota.MaxBytes, defaultMaxBytes)
	orDefault(&o.Quota.AlarmReserve, o.Quota.MaxBytes/8)
	orDefault(&o.Quota.TelemetryBytes, o.Quota.MaxBytes/4)
	orDefault(&o.Quota.MinEvents, defaultMinEvents)
	orDefault(&o.Quota.Keep, defaultKeep)
	orDefault(&o.StallAfter, 2*time.Second)
	orDefault(&o.CursorEvery, time.Second)
	orDefault(&o.TelemetryEvery, 5*time.Second)
	orDefault(&o.SecondEvery, time.Second)
	orDefault(&o.RetryFirst, 250*time.Millisecond)
	orDefault(&o.RetryMax, 10*time.Second)
	orDefault(&o.MemoryAlarms, defaultMemoryAlarms)
	orDefault(&o.MemoryRest, defaultMemoryRest)
	orDefault(&o.MemoryTelemetry, defaultMemoryTele)
	orDefault(&o.BallastBytes, defaultBallast)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}
