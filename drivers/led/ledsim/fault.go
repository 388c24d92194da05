package ledsim

import (
	"image"
	"time"
)

// Shown is the state of a simulated card.
type Shown struct {
	// Scene reports whether a scene of ours is on the glass, in place of the card's own
	// programme.
	Scene bool
	// ID is the scene's name, for cards to which it is sent; empty elsewhere.
	ID string
	// Lines are the lines of text as the card would draw them, without its colour and font
	// escapes; Colour is the first line's: red, yellow or green.
	Lines  []string
	Colour string
	// Picture is what a card that takes pictures has on the glass.
	Picture image.Image
	// Speech is the text that is being spoken; empty: silence.
	Speech string
	// Expires is after how long from now the scene goes by itself; zero: never.
	Expires time.Duration
	// Lit says whether the board is lit; Brightness is its percentage, in the card's steps.
	Lit        bool
	Brightness int
	// Clock is the card's local time of day as it was last set; zero: never.
	Clock time.Time
	// Uploads is how many scenes have been sent to it so far, whether stored or shown at once.
	Uploads int
}

// Fault is one thing that is wrong with a simulated card.
type Fault uint8

// The faults. Where nothing else is said a fault holds until the next Inject.
const (
	// Healthy: nothing is wrong.
	Healthy Fault = iota
	// Silence: requests are heard, not carried out and not answered.
	Silence
	// Mute: requests are carried out and not answered.
	Mute
	// Garbage: instead of a reply come bytes that are none; the request is not carried out.
	Garbage
	// Damaged: requests are carried out; the reply has a wrong checksum or, where the protocol
	// has none, a wrong length or structure.
	Damaged
	// Late: the next request is carried out and its reply held back, until Release or until
	// another request is heard on whatever connection; requests after it are as with Silence.
	Late
	// Refusal: the card answers that it won't, and does not.
	Refusal
	// SingleBytes: every reply comes in single bytes.
	SingleBytes
	// Cut: the next request is not carried out, and the connection is closed instead of an
	// answer; then the card is healthy. On a serial line: Silence for one request.
	Cut
	// CutReply: the next request is carried out, half of the reply is sent and the connection
	// closed; then the card is healthy. On a serial line the other half never comes.
	CutReply
	// Twice: every reply is sent twice, in one write.
	Twice
	// Noise: before every reply come a few bytes of line noise. Only where ledtest.Options.Noise.
	Noise
)

// String names the fault as test cases are named.
func (f Fault) String() string {
	switch f {
	case Healthy:
		return "healthy"
	case Silence:
		return "silence"
	case Mute:
		return "mute"
	case Garbage:
		return "garbage"
	case Damaged:
		return "damaged"
	case Late:
		return "late"
	case Refusal:
		return "refusal"
	case SingleBytes:
		return "single bytes"
	case Cut:
		return "cut"
	case CutReply:
		return "cut reply"
	case Twice:
		return "twice"
	case Noise:
		return "noise"
	}
	return "unknown fault"
}
