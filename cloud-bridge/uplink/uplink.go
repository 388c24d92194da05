// Package uplink is the contract that every way out of a booth meets: what an uplink takes
// from the journal, how it says that the other side has it, and one conformance suite.
package uplink

import (
	"context"
	"time"

	"firepost/firmware-contracts/message"
)

// Lane names a queue of the outbox.
type Lane string

// The three queues. Each is delivered in order within itself; Alarm overtakes the others.
const (
	Alarm     = Lane(message.LaneAlarm)
	Rest      = Lane(message.LaneRest)
	Telemetry = Lane("telemetry")
)

// Position orders the entries of one journal. It only grows, also over restarts; gaps mean
// nothing.
type Position int64

// Entry is one record waiting to go out.
type Entry struct {
	Pos  Position
	Lane Lane
	// ID is the event's id, empty for telemetry.
	ID string
	// Class is the event's class, empty for telemetry.
	Class message.Class
	// Device is the device that the event is about, possibly empty.
	Device string
	// Payload is the exact JSON to send, without the resend mark.
	Payload []byte
}

// Outbox is the journal as one uplink sees it. Nothing is deleted on delivery: Confirm moves
// this uplink's cursor. All methods are safe for concurrent use.
type Outbox interface {
	// Next appends to dst up to max entries of lane that stand after pos, in order.
	Next(ctx context.Context, lane Lane, after Position, max int, dst []Entry) ([]Entry, error)
	// Cursor is the position up to which everything of lane is confirmed.
	Cursor(lane Lane) Position
	// Confirmed reports whether the entry at pos (after the cursor) is confirmed out of order.
	Confirmed(lane Lane, pos Position) bool
	// Confirm marks entries as stored by the other side, in any order. Memory moves at once;
	// the disk follows within a second (a lost confirmation only means a repeat).
	Confirm(lane Lane, pos ...Position)
	// Find returns the position of a sent and unconfirmed event by its id.
	Find(id string) (Position, Lane, bool)
	// Wake returns a channel that receives when new entries may be there. One reader.
	Wake() <-chan struct{}
	// Backlog counts the entries of lane that are not yet confirmed.
	Backlog(lane Lane) int64
}

// Booth is what an uplink publishes besides the journal, and whom it asks to act.
type Booth interface {
	// Devices lists the devices whose state is published.
	Devices() []string
	// DeviceState is the retained state of one device.
	DeviceState(device string) (message.DeviceState, bool)
	// Health is the present health.
	Health() message.Health
	// Online is the birth message.
	Online() message.Online
	// Command carries out a verified command and answers once its events are durable.
	Command(ctx context.Context, cmd message.Command) message.Result
	// Adopt takes over what the platform still knows of this station: a fresh board gets
	// its latches, disablements and epoch back from its own retained messages. It is called
	// once per run, before anything is published, and with zero values when the platform
	// knows nothing. The epoch floor is the highest epoch in online and in any of states.
	Adopt(online message.Online, states []message.DeviceState)
	// Changes returns a channel of device names whose state changed; closed by cancel. The
	// reader coalesces, so the sender may block on it for a moment but never for long.
	Changes() (names <-chan string, cancel func())
}

// Status is what people see of an uplink.
type Status struct {
	Name      string    `json:"name"`
	Kind      string    `json:"kind"`
	Connected bool      `json:"connected"`
	Since     time.Time `json:"since"`
	// Err is why it is not connected.
	Err      string           `json:"error,omitempty"`
	Sent     uint64           `json:"sent"`
	Stored   uint64           `json:"stored"`
	Resent   uint64           `json:"resent"`
	InFlight int              `json:"in_flight"`
	Backlog  map[string]int64 `json:"backlog"`
	// Confirm says what "sent" means here: broker (PUBACK) or platform (…/ack).
	Confirm string `json:"confirm"`
	// CertExpires is when the client certificate in use ends; nil without one.
	CertExpires *time.Time `json:"cert_expires,omitempty"`
}

// Uplink is one way out.
type Uplink interface {
	// Run connects, sends and reconnects until ctx ends.
	Run(ctx context.Context) error
	Status() Status
}
