package message

import (
	"encoding/json"
	"fmt"
	"time"
)

// Lane orders delivery. An event never overtakes an older one of its own lane.
type Lane string

// The two event lanes.
const (
	// LaneAlarm holds every event that changes a point's alarm state.
	LaneAlarm Lane = "alarm"
	// LaneRest holds the others (life cycle, corrections of time); it yields to LaneAlarm.
	LaneRest Lane = "rest"
)

// Class says how urgent an event is and who must see it.
type Class string

// The classes of events.
const (
	ClassFire        Class = "fire"
	ClassPrealarm    Class = "prealarm"
	ClassSupervisory Class = "supervisory"
	ClassFault       Class = "fault"
	// ClassOperation is a person's act: acknowledge, silence, reset, disable, test.
	ClassOperation Class = "operation"
	// ClassLifecycle is the booth's own life: started, stopped, config changed, time corrected.
	ClassLifecycle Class = "lifecycle"
)

// Kind is what happened.
type Kind string

// The kinds of events. Raised and Cleared exist for each of fire, prealarm, supervisory and fault.
const (
	// KindRaised: the condition of Class began.
	KindRaised Kind = "raised"
	// KindConfirmed: a second read confirmed a fire that was raised on a single read.
	KindConfirmed Kind = "confirmed"
	// KindCleared: the point no longer reports the condition. A fire's latch stays.
	KindCleared Kind = "cleared"
	// KindAcknowledged (确认): a person has seen the fire up to the named event.
	KindAcknowledged Kind = "acknowledged"
	// KindSilenced (停现场声): the booth's sounder was stopped; any new fire sounds again.
	KindSilenced Kind = "silenced"
	// KindReset (复位): a person reset the latch, with an outcome.
	KindReset Kind = "reset"
	// KindRemoved: an unreachable point was closed as destroyed or removed, with a name and a note.
	KindRemoved  Kind = "removed"
	KindDisabled Kind = "disabled"
	KindEnabled  Kind = "enabled"
	KindTestOn   Kind = "test_started"
	KindTestOff  Kind = "test_ended"
	// KindRestored: a latch or disablement was taken over from the second copy or from the district.
	KindRestored Kind = "restored"
	// KindUnlocked and KindLocked: the booth's cabinet was opened for people, and locked again.
	KindUnlocked Kind = "unlocked"
	KindLocked   Kind = "locked"
	// KindPicture: a picture of the scene was taken; the detail names its hash, size and the
	// event that it belongs to.
	KindPicture Kind = "picture"
	// KindTakeover: the screens were taken over, went on to another stage, or were given back;
	// the cause says which (verifying, evacuate, ended, lease_ended, ordered, withdrawn).
	KindTakeover Kind = "takeover"
	// KindPainted (已上屏): a screen reports that a takeover is on its glass; the detail names
	// the screen, the takeover, its revision and stage.
	KindPainted Kind = "painted"
	// KindNotice: a notice was put on the screens, or taken off; the detail names who signed.
	KindNotice Kind = "notice"

	KindStarted       Kind = "started"
	KindStopped       Kind = "stopped"
	KindConfigChanged Kind = "config_changed"
	KindConfigRefused Kind = "config_refused"
	// KindTimeCorrected carries what turns a boot's monotonic times into wall time.
	KindTimeCorrected Kind = "time_corrected"
	// KindJournalSetAside: a corrupt journal was quarantined and a new one begun.
	KindJournalSetAside Kind = "journal_set_aside"
	// KindDropped: records were dropped for want of space; Detail says which.
	KindDropped Kind = "dropped"
)

// Event is one immutable, numbered fact. It is published on …/event and kept in the journal.
// ID is "{station}-{epoch}-{seq}" and stays the same over re-sends; a known ID with other
// content is a fault at the receiver, never a repeat.
type Event struct {
	ID       string `json:"id"`
	Epoch    uint64 `json:"epoch"`
	Seq      uint64 `json:"seq"`
	Station  string `json:"station"`
	District string `json:"district"`

	// At is when it happened by the booth's wall clock; ReceivedAt when the booth learned
	// of it (the same for polled devices). Neither is to be believed while ClockTrusted is
	// false: a later time_corrected event of the same Boot carries the correction.
	At           Time   `json:"at"`
	ReceivedAt   Time   `json:"received_at"`
	ClockTrusted bool   `json:"clock_trusted"`
	Boot         string `json:"boot"`
	// MonoMS is milliseconds since boot at ReceivedAt.
	MonoMS int64 `json:"mono_ms"`

	Lane Lane `json:"lane"`
	// Prev is the id of the event before this one in its lane; empty only for the first
	// event of a journal whose past is unknown.
	Prev  string `json:"prev"`
	Class Class  `json:"class"`
	Kind  Kind   `json:"kind"`

	Device   string   `json:"device,omitempty"`
	Point    string   `json:"point,omitempty"`
	Premises string   `json:"premises,omitempty"`
	Value    *float64 `json:"value,omitempty"`
	Unit     string   `json:"unit,omitempty"`
	// State is the point's alarm state after this event.
	State Bits `json:"state"`
	// Cause is a stable word for why (no_data, single_read, low_pressure, battery, …).
	Cause string `json:"cause,omitempty"`
	// Detail is what else belongs to this kind: author, note, outcome, expiry, offsets.
	Detail json.RawMessage `json:"detail,omitempty"`
	// Resend is true on every copy after the first one. It is outside the event's identity.
	Resend bool `json:"resend,omitempty"`
}

// EventID builds the id of an event.
func EventID(station string, epoch, seq uint64) string {
	return fmt.Sprintf("%s-%d-%d", station, epoch, seq)
}

// Time is a wall-clock time on the wire: UTC, RFC 3339, always three decimals.
type Time struct{ time.Time }

// TimeLayout is how Time is written.
const TimeLayout = "2006-01-02T15:04:05.000Z"

// MarshalJSON writes t in UTC with milliseconds.
func (t Time) MarshalJSON() ([]byte, error) {
	return []byte(`"` + t.UTC().Format(TimeLayout) + `"`), nil
}

// UnmarshalJSON reads any RFC 3339 time.
func (t *Time) UnmarshalJSON(data []byte) error { return t.Time.UnmarshalJSON(data) }
