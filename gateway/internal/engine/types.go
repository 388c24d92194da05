// Package engine holds all points of a booth and the order of effects: memory first, then
// the sounders and screens, then the journal, and from there the uplinks. It never waits for
// a disk or a network while a reading is being taken in.
package engine

import (
	"log/slog"
	"time"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/evaluate"
	"firepost/gateway/internal/pressure"
	"firepost/gateway/internal/store"
)

// LinkPoint is the name of every device's own point for "does it answer".
const LinkPoint = "link"

// Booth is the name of the device that stands for the booth itself: its points are the
// buses, outputs, uplinks, the journal and the clock.
const Booth = "booth"

// Text is a text for people, in Chinese and English.
type Text struct{ ZH, EN string }

// Device is one configured device.
type Device struct {
	Name     string
	Bus      string
	Unit     uint8
	Premises string
	Label    Text
	// Metres is how far it is from the booth; negative where nobody said.
	Metres float64
	Model  *contract.Contract
	// FaultAfter is how long the device, and each of its points in the alarm lane, may give
	// no good read before that is a fault and the last value is stale. SlowFaultAfter is the
	// same for its slow points.
	FaultAfter, SlowFaultAfter time.Duration
	// Rules are the limits of its points, by name.
	Rules map[string]evaluate.Rules
	// Vessels are the extinguishers whose gauges are points of this device, by point name.
	Vessels map[string]pressure.Spec
	// TemperatureFrom names the point whose temperature compensates this device's pressure.
	TemperatureFrom Source
}

// Part is one of the booth's own points: a bus, an output, an uplink, the journal.
type Part struct {
	Name  string
	Title Text
}

// Source names one point of one device.
type Source struct{ Device, Point string }

// Journal is where events become durable. The store satisfies it.
type Journal interface {
	// Append numbers the records' events at once and returns a ticket that completes when
	// they are durable. It never waits for the disk.
	Append(recs []store.Record) store.Ticket
	// AppendTelemetry spools one batch.
	AppendTelemetry(payload []byte) error
	// Points returns what was known of each point before this start.
	Points() map[string]store.PointRecord
	// Health gives the last number that was handed out.
	Health() store.Health
	// GetMeta and PutMeta keep small values over restarts.
	GetMeta(key string) ([]byte, bool)
	PutMeta(key string, value []byte) store.Ticket
}

// Options is what an engine is made of.
type Options struct {
	Station, District string
	Devices           []Device
	// Parts are the booth's own points. Faults that the journal remembers of other parts
	// are cleared at the start: nobody will ever report them again.
	Parts   []Part
	Journal Journal
	Now     func() message.Stamp
	// TestFor is how long a test lasts that names no end.
	TestFor time.Duration
	// TelemetryEvery is the interval of telemetry; zero turns it off.
	TelemetryEvery time.Duration
	// Vessels keeps the extinguishers' histories; nil forgets them at the end.
	Vessels Vessels
	// Readings are further readings for the telemetry, of the booth itself; nil for none.
	Readings func(now message.Stamp) []message.Reading
	// Local is called, with the engine locked and before the journal is touched, whenever
	// the alarm picture changed. It must return at once; Picture already shows the change.
	Local func()
	// Recent are the events to show as recent at the start, newest first.
	Recent []message.Event
	Log    *slog.Logger
}
