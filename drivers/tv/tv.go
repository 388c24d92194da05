// Package tv is what every television looks like to the booth: on or off, which input it shows,
// how loud it is, and whether it really is on. One conformance suite, tvtest, holds every driver
// to it. The drivers are mdc (Samsung), lg (LG, serial) and cec (any set on HDMI).
//
// Asking for the status now and then is the only way to know that a set is on: an acknowledged
// command only proves that it was heard. A set that says nothing is in an unknown state, never
// "off": many sets don't answer in standby.
//
// Nothing here logs or decides when to switch.
package tv

import (
	"context"
	"errors"
	"fmt"

	"firepost/drivers/bus/line"
)

// Errors that every driver wraps.
var (
	// ErrUnsupported: this kind of set or line can't do what was asked, ever.
	ErrUnsupported = errors.New("the set can't do this")
	// ErrNoAnswer: the set said nothing within its time, or can't be reached.
	ErrNoAnswer = errors.New("no answer")
	// ErrRefused: the set answered that it won't.
	ErrRefused = errors.New("the set refused")
	// ErrGarbled: what came back is not a reply of this protocol.
	ErrGarbled = errors.New("garbled reply")
)

// Status is what a set says of itself.
type Status struct {
	// On says whether it is on; nil where it could not be told.
	On *bool
	// Input is the chosen input by the name that Input takes, or "code xx" for one without a
	// name; empty where unknown.
	Input string
	// Volume is in percent; nil where unknown.
	Volume *int
	// Muted says whether the sound is cut off; nil where unknown.
	Muted *bool
}

// Set is one television. Its methods are called by one goroutine at a time. Each returns nil
// only when the set has acknowledged.
type Set interface {
	// Power switches it on or to standby.
	Power(ctx context.Context, on bool) error
	// Input chooses an input by name: hdmi1, hdmi2, …; the driver's Inputs lists them.
	Input(ctx context.Context, name string) error
	// Volume sets 0–100 percent.
	Volume(ctx context.Context, percent int) error
	// Status asks the set.
	Status(ctx context.Context) (Status, error)
	// Close lets go of the line; no call works after it.
	Close() error
}

// LineError gives what went wrong on a line the words that every driver of a set uses; what is
// already in these words stays as it is. Strangers is how many well-formed replies came that
// answer something else.
func LineError(err error, strangers int) error {
	switch {
	case err == nil, errors.Is(err, ErrRefused), errors.Is(err, ErrGarbled):
		return err
	case errors.Is(err, line.ErrNoise) && strangers == 0, errors.Is(err, line.ErrFlood):
		return fmt.Errorf("%w (%w)", ErrGarbled, err)
	default:
		return fmt.Errorf("%w (%w)", ErrNoAnswer, err)
	}
}

// CheckVolume is nil for 0–100.
func CheckVolume(percent int) error {
	if percent < 0 || percent > 100 {
		return fmt.Errorf("set volume to %d percent: must be 0 to 100", percent)
	}
	return nil
}
