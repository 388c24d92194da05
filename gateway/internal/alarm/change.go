package alarm

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"firepost/firmware-contracts/message"
)

// Causes that this package gives by itself; the others come with the readings.
const (
	// CauseSingleRead: a fire seen by one reading so far.
	CauseSingleRead = "single_read"
	// CauseStillPresent: the fire was there when a disablement or test ended.
	CauseStillPresent = "still_present"
	// CauseNoData: the point does not answer (失联).
	CauseNoData = "no_data"
	// CauseStateLost: the saved state was unreadable; a latch may have stood here.
	CauseStateLost = "state_lost"
	// CauseRemoved: a person closed the point as destroyed or removed; nothing watches here.
	CauseRemoved = "removed"
	// CauseExpired: a disablement or test ended by itself.
	CauseExpired = "expired"
	// CauseLatch and CauseDisablement say what was restored.
	CauseLatch       = "latch"
	CauseDisablement = "disablement"
)

// Errors of replay.
var (
	// ErrNotAChange: the event is not one that changes a point's alarm state.
	ErrNotAChange = errors.New("not a change of a point")
	// ErrMismatch: after applying a recorded change the state's bits differ from the recorded ones.
	ErrMismatch = errors.New("state differs from the record")
)

// Ref is an event's place in its station's order: epoch, then sequence number. The zero Ref
// is before every event.
type Ref struct {
	Epoch uint64 `json:"epoch"`
	Seq   uint64 `json:"seq"`
}

// Before reports whether r is older than o.
func (r Ref) Before(o Ref) bool {
	return r.Epoch < o.Epoch || (r.Epoch == o.Epoch && r.Seq < o.Seq)
}

// IsZero reports whether r names no event.
func (r Ref) IsZero() bool { return r == Ref{} }

// ParseRef reads the epoch and sequence number from an event id "{station}-{epoch}-{seq}".
func ParseRef(id string) (Ref, error) {
	rest, seq, ok := cutLast(id)
	if !ok {
		return Ref{}, fmt.Errorf("event id %q: want station-epoch-seq", id)
	}
	station, epoch, ok := cutLast(rest)
	if !ok || station == "" {
		return Ref{}, fmt.Errorf("event id %q: want station-epoch-seq", id)
	}
	e, err := strconv.ParseUint(epoch, 10, 64)
	if err != nil {
		return Ref{}, fmt.Errorf("event id %q: epoch: %w", id, err)
	}
	s, err := strconv.ParseUint(seq, 10, 64)
	if err != nil {
		return Ref{}, fmt.Errorf("event id %q: seq: %w", id, err)
	}
	return Ref{Epoch: e, Seq: s}, nil
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, '-')
	if i < 0 {
		return "", "", false
	}
	return s[:i], s[i+1:], true
}

// Change is one thing that happened to a point: what becomes an event.
type Change struct {
	Kind  message.Kind
	Class message.Class
	// Cause is the event's cause word; may be empty.
	Cause string
	// Bits is the point's state after this change.
	Bits message.Bits
	// At is the moment given to the call that made the change.
	At message.Stamp
	// Detail is what else belongs to this kind.
	Detail Detail
}

// IsFire reports whether c begins a fire, flagged or not: what sounds and wakes people.
func (c *Change) IsFire() bool {
	return c.Class == message.ClassFire && c.Kind == message.KindRaised
}

// Detail is the content of an event's detail field for the events of a point.
type Detail struct {
	Author  string `json:"author,omitempty"`
	Note    string `json:"note,omitempty"`
	Outcome string `json:"outcome,omitempty"`
	// Seen is the last event that the author had seen.
	Seen Ref `json:"seen,omitzero"`
	// Seconds is how long a disablement or test lasts.
	Seconds int64 `json:"seconds,omitempty"`
	// Until is when it ends, where the clock was trusted when it began.
	Until *message.Time `json:"until,omitempty"`
	// Link marks a fault of the way to the point; the first answer ends it.
	Link bool `json:"link,omitempty"`
	// UntilReset marks a fault that only a reset ends.
	UntilReset bool `json:"until_reset,omitempty"`
	// Began is when a restored disablement began, in the boot that it began in.
	Began *stamp `json:"began,omitempty"`
	// Held are the bits of a fire that was restored.
	Held message.Bits `json:"held,omitempty"`
}

// JSON is the detail as it stands in an event; nil when there is nothing to say.
func (d Detail) JSON() (json.RawMessage, error) {
	if d == (Detail{}) {
		return nil, nil
	}
	out, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("encode event detail: %w", err)
	}
	return out, nil
}

// ChangeOf is the inverse of recording: the change that an event of a point carries, for
// replay. It returns ErrNotAChange for events of other kinds or without a point.
func ChangeOf(e *message.Event) (Change, Ref, error) {
	c := Change{
		Kind: e.Kind, Class: e.Class, Cause: e.Cause, Bits: e.State,
		At: message.Stamp{
			Boot: e.Boot, Mono: time.Duration(e.MonoMS) * time.Millisecond,
			Wall: e.ReceivedAt.Time, Trusted: e.ClockTrusted,
		},
	}
	ref := Ref{Epoch: e.Epoch, Seq: e.Seq}
	if e.Point == "" || !isPointKind(e.Kind) {
		return Change{}, ref, fmt.Errorf("event %s of kind %q: %w", e.ID, e.Kind, ErrNotAChange)
	}
	if len(e.Detail) > 0 {
		if err := json.Unmarshal(e.Detail, &c.Detail); err != nil {
			return Change{}, ref, fmt.Errorf("event %s: decode detail: %w", e.ID, err)
		}
	}
	return c, ref, nil
}

func isPointKind(k message.Kind) bool {
	switch k {
	case message.KindRaised, message.KindConfirmed, message.KindCleared,
		message.KindAcknowledged, message.KindSilenced, message.KindReset, message.KindRemoved,
		message.KindDisabled, message.KindEnabled, message.KindTestOn, message.KindTestOff,
		message.KindRestored:
		return true
	case message.KindStarted, message.KindStopped, message.KindConfigChanged, message.KindConfigRefused,
		message.KindTimeCorrected, message.KindJournalSetAside, message.KindDropped,
		message.KindUnlocked, message.KindLocked, message.KindPicture,
		message.KindTakeover, message.KindPainted, message.KindNotice:
		return false
	}
	return false
}
