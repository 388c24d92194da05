// Package led is what every LED board, and every controller behind one, looks like to the
// booth: a scene is put onto it beforehand where it can hold one, and only switched to at a
// fire. One conformance suite, ledtest, holds every driver to it.
//
// Nothing here logs or decides when to show; a driver does what it is told, once, within the
// context's time, and says whether the card confirmed it.
package led

import (
	"context"
	"errors"
	"image"
	"time"
)

// Errors that every driver wraps.
var (
	// ErrUnsupported: this kind of card can't do what was asked, ever.
	ErrUnsupported = errors.New("the card can't do this")
	// ErrNoAnswer: the card said nothing within its time.
	ErrNoAnswer = errors.New("no answer")
	// ErrRefused: the card answered that it won't.
	ErrRefused = errors.New("the card refused")
	// ErrGarbled: what came back is not a reply of this protocol.
	ErrGarbled = errors.New("garbled reply")
	// ErrUnshowable: this card can show scenes, but not this one: a character that it has
	// not, a text too long, a picture of another size. Nothing was sent; a plainer scene may
	// work.
	ErrUnshowable = errors.New("the scene can't be shown")
)

// Ability is what a card can do, as a set.
type Ability uint32

// What cards can do.
const (
	// CanText: it draws text by itself.
	CanText Ability = 1 << iota
	// CanPicture: it takes a picture at its own pixels.
	CanPicture
	// CanStore: a scene can be stored beforehand and only switched to.
	CanStore
	// CanSpeak: it speaks a text.
	CanSpeak
	// CanExpire: a scene goes away by itself when nobody renews it.
	CanExpire
	// CanDim, CanPower, CanTime, CanInput: brightness, lit or dark, clock, choice of input.
	CanDim
	CanPower
	CanTime
	CanInput
	// CanReadBack: it can be asked what it holds.
	CanReadBack
	// CanSense: it reports temperature, smoke or doors of the screen's cabinet.
	CanSense
)

// Has reports whether all of q can be done.
func (a Ability) Has(q Ability) bool { return a&q == q }

// Scene is one thing to show on the whole board.
type Scene struct {
	// ID names it on the card: lower-case letters, digits and dashes.
	ID string
	// Lines are the text, for cards that draw it; Colour is red, yellow or green.
	Lines  []string
	Colour string
	// Picture is the same at the board's real pixels, for cards that take pictures.
	Picture image.Image
	// Speech is spoken by cards that can, again and again; empty: silence.
	Speech string
	// For is after how long the card drops the scene by itself, where it can; it is renewed
	// meanwhile. Zero: never.
	For time.Duration
}

// Status is what is known of a board.
type Status struct {
	// Model and Firmware are what the card calls itself; empty where it does not say.
	Model, Firmware string
	// Holds is what the card itself says it holds, as an opaque word that is equal for equal
	// content; empty where it can't be asked.
	Holds string
	// Lit and Brightness (percent) are as read back; nil where they can't be.
	Lit        *bool
	Brightness *int
	// Celsius is the screen cabinet's temperature; nil where unknown.
	Celsius *float64
	// Smoke and Door are the screen cabinet's own sensors; nil where unknown.
	Smoke, Door *bool
	// Signal says whether a picture comes in from its source; nil where unknown.
	Signal *bool
}

// Sign is one LED board. Its methods are called by one goroutine at a time. Each returns nil
// only when the card confirmed, or when its protocol has no confirmation (the driver's doc
// says so).
type Sign interface {
	// Can says what this card can do.
	Can() Ability
	// Preload stores a scene on the card without showing it. ErrUnsupported where the card
	// can't store: then Show sends it.
	Preload(ctx context.Context, s Scene) error
	// Show shows a scene at once, in place of everything else; showing it again renews it.
	Show(ctx context.Context, s Scene) error
	// Clear ends the scene: the card's own programme comes back.
	Clear(ctx context.Context) error
	// Brightness sets 1–100 percent.
	Brightness(ctx context.Context, percent int) error
	// Power lights the board or makes it dark.
	Power(ctx context.Context, on bool) error
	// SetTime sets the card's clock to a local time.
	SetTime(ctx context.Context, t time.Time) error
	// Status asks the card.
	Status(ctx context.Context) (Status, error)
	// Close lets go of the connection.
	Close() error
}
