package pressure

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

const (
	// snapshotVersion is the present form. An older form is read as long as it is known.
	snapshotVersion = 1
	// MaxSnapshot bounds a snapshot in bytes.
	MaxSnapshot = 4096
)

// ErrState is wrapped by every error of Snapshot and Restore: the state can't be used, and
// the vessel begins anew.
var ErrState = errors.New("stored state of a vessel can't be used")

type envelope struct {
	V int  `json:"v"`
	D data `json:"d"`
}

// Snapshot gives the state as JSON of at most MaxSnapshot bytes, to be stored and given to
// Restore.
func (s State) Snapshot() ([]byte, error) {
	b, err := json.Marshal(envelope{snapshotVersion, s.d})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrState, err)
	}
	if len(b) > MaxSnapshot {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrState, len(b), MaxSnapshot)
	}
	return b, nil
}

// Restore gives the state back. On an error, which wraps ErrState, it gives the zero State:
// a vessel never seen, whose history begins anew.
func Restore(snapshot []byte) (State, error) {
	if len(snapshot) > MaxSnapshot {
		return State{}, fmt.Errorf("%w: %d bytes, at most %d", ErrState, len(snapshot), MaxSnapshot)
	}
	var e envelope
	if err := json.Unmarshal(snapshot, &e); err != nil {
		return State{}, fmt.Errorf("%w: %w", ErrState, err)
	}
	if e.V != snapshotVersion {
		return State{}, fmt.Errorf("%w: version %d, this program knows %d", ErrState, e.V, snapshotVersion)
	}
	if err := e.D.check(); err != nil {
		return State{}, fmt.Errorf("%w: %w", ErrState, err)
	}
	return State{e.D}, nil
}

// longestAxis is far longer than any vessel lives, and far from overflow.
const longestAxis = 100 * 365 * day

// check refuses what no Step could have left behind.
func (d *data) check() error {
	for _, t := range []time.Duration{
		d.Axis.At, d.Axis.WallAt, d.Axis.Since, d.Gauge.At, d.Gauge.LevelAt, d.Gauge.JumpAt, d.Gauge.Spiked,
		d.Gauge.RunSince, d.Gauge.First, d.Low.Since, d.High.Since, d.Outside.Since, d.Unsure.Since,
	} {
		if t < 0 || t > longestAxis || t > d.Axis.At {
			return errors.New("a time lies outside the vessel's own")
		}
	}
	h, g := &d.History, &d.Gauge
	if g.N < 0 || g.N > 3 || g.NoiseN < 0 || g.NoiseN > noiseMemory || g.NoisyUntil < 0 || g.NoisyUntil > longestAxis || h.N < 0 {
		return errors.New("a count is out of range")
	}
	if len(h.Today) > 24 || len(h.Days) > keepDays {
		return errors.New("too much history")
	}
	if !slices.IsSortedFunc(h.Days, func(a, b dayMedian) int { return int(a.Hour) - int(b.Hour) }) {
		return errors.New("days out of order")
	}
	for i, x := range h.Days {
		if x.Hour < 0 || time.Duration(x.Hour)*time.Hour > d.Axis.At || i > 0 && x.Hour == h.Days[i-1].Hour {
			return errors.New("a day lies outside the vessel's own time")
		}
	}
	if !d.Axis.Wall.IsZero() && (d.Axis.Wall.Year() < 1970 || d.Axis.Wall.Year() > 9000) {
		return errors.New("the wall clock is out of range")
	}
	if d.Metal.Slack < 0 || math.Abs(d.Metal.T) > hottestBelievable || math.Abs(d.Metal.Air) > hottestBelievable {
		return errors.New("a temperature is out of range")
	}
	return nil
}

// hourMeans and dayMeans are stored as packed numbers: a year of JSON digits would not fit.
type (
	hourMeans []hourMean
	dayMeans  []dayMedian
)

// MarshalText packs 10 bytes for each hour.
func (h hourMeans) MarshalText() ([]byte, error) {
	b := make([]byte, 0, 10*len(h))
	for _, x := range h {
		b = binary.LittleEndian.AppendUint32(b, uint32(x.Hour))
		for _, v := range [...]int16{x.P20, x.Raw, x.Th} {
			b = binary.LittleEndian.AppendUint16(b, uint16(v))
		}
	}
	return encode(b), nil
}

// UnmarshalText unpacks them.
func (h *hourMeans) UnmarshalText(text []byte) error {
	b, err := decode(text, 10, 24)
	if err != nil {
		return err
	}
	*h = nil
	for ; len(b) > 0; b = b[10:] {
		*h = append(*h, hourMean{int32(binary.LittleEndian.Uint32(b)), packed(b[4:]), packed(b[6:]), packed(b[8:])})
	}
	return nil
}

// MarshalText packs 8 bytes for each day.
func (d dayMeans) MarshalText() ([]byte, error) {
	b := make([]byte, 0, 8*len(d))
	for _, x := range d {
		b = binary.LittleEndian.AppendUint32(b, uint32(x.Hour))
		for _, v := range [...]int16{x.P20, x.Th} {
			b = binary.LittleEndian.AppendUint16(b, uint16(v))
		}
	}
	return encode(b), nil
}

// UnmarshalText unpacks them.
func (d *dayMeans) UnmarshalText(text []byte) error {
	b, err := decode(text, 8, keepDays)
	if err != nil {
		return err
	}
	*d = nil
	for ; len(b) > 0; b = b[8:] {
		*d = append(*d, dayMedian{int32(binary.LittleEndian.Uint32(b)), packed(b[4:]), packed(b[6:])})
	}
	return nil
}

func packed(b []byte) int16 { return int16(binary.LittleEndian.Uint16(b)) }

func encode(b []byte) []byte { return base64.RawStdEncoding.AppendEncode(nil, b) }

func decode(text []byte, each, most int) ([]byte, error) {
	b, err := base64.RawStdEncoding.AppendDecode(nil, text)
	if err != nil {
		return nil, err
	}
	if len(b)%each != 0 || len(b) > each*most {
		return nil, fmt.Errorf("%d bytes of history, want a multiple of %d up to %d", len(b), each, each*most)
	}
	return b, nil
}
