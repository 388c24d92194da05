// Package source is how points are fed: whatever polls a bus, watches a pin or listens to
// a device that pushes is a Source, and hands what it learned to a Sink.
package source

import (
	"context"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
)

// Source feeds points until its context ends. Run returns an error only when it can't go
// on by itself; a device that does not answer or a port that is pulled is not an error.
type Source interface {
	Run(ctx context.Context, sink Sink) error
}

// Batch is what one exchange with one device taught: samples, or why there are none.
// It is borrowed: a Sink must not keep it, or its slices, after Deliver returns.
type Batch struct {
	// Device is the configured device's name.
	Device string
	// Samples of the device's contract; empty when Err is set.
	Samples []contract.Sample
	// Err is why the exchange failed, nil when it succeeded.
	Err error
	// At is when the last byte arrived, or when the attempt was given up.
	At message.Stamp
}

// Want is what a sink asks of the source after a batch.
type Want uint8

// What a sink may ask.
const (
	// Nothing more.
	Nothing Want = iota
	// Confirm asks for a second read of the same device soon: after every detector's
	// first read of the present sweep.
	Confirm
)

// BusState is the state of a bus as a whole.
type BusState struct {
	Bus string
	// Up is false when the port is gone or can't be opened; Err says why.
	Up  bool
	Err error
	At  message.Stamp
}

// Sink takes what sources learn. Its methods return quickly, never block on disk or
// network, and are safe for concurrent use.
type Sink interface {
	Deliver(b *Batch) Want
	Bus(s BusState)
}
