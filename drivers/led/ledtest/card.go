package ledtest

import (
	"context"
	"time"

	"firepost/drivers/led/ledsim"
)

// Card is the simulated card: what its people would see, and what can be made wrong with it.
// A ledsim.Card is one.
// Its methods may be called at any time, from any goroutine.
type Card interface {
	// Shown is what the card does right now, as the card itself understands it.
	Shown() Shown
	// Heard is how many well-formed requests have reached it so far, queries and requests that
	// a fault kept it from carrying out included. A handshake that the driver repeats for each
	// connection counts too.
	Heard() int
	// Await waits until Heard is at least n, or ctx ends: then its error.
	Await(ctx context.Context, n int) error
	// Inject makes one thing wrong from the next request on, in place of the fault before, as
	// Fault says; Healthy ends it.
	Inject(f Fault)
	// Release sends the reply that Late holds back, over the connection on which its request
	// came, if that still lives; without one it does nothing.
	Release()
	// Elapse lets the card's own clock go on by d at once: what expires meanwhile, goes.
	Elapse(d time.Duration)
	// PowerCycle takes the card's supply away for a moment: connections are cut, what is
	// volatile is lost, what it stores stays.
	PowerCycle()
}

// Shown is the state of a simulated card.
type Shown = ledsim.Shown

// Fault is one thing that is wrong with a simulated card.
type Fault = ledsim.Fault

// The faults, as ledsim says.
const (
	Healthy     = ledsim.Healthy
	Silence     = ledsim.Silence
	Mute        = ledsim.Mute
	Garbage     = ledsim.Garbage
	Damaged     = ledsim.Damaged
	Late        = ledsim.Late
	Refusal     = ledsim.Refusal
	SingleBytes = ledsim.SingleBytes
	Cut         = ledsim.Cut
	CutReply    = ledsim.CutReply
	Twice       = ledsim.Twice
	Noise       = ledsim.Noise
)

var _ Card = (*ledsim.Card)(nil)
