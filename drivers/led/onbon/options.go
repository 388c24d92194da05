package onbon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// Kind is the family of a card.
type Kind int

// The families that this driver knows.
const (
	// BX6K are BX-6K1 to BX-6K3, -YY and -4G.
	BX6K Kind = iota
	// BX5K are BX-5K1, BX-5K2, BX-5MK1, BX-5MK2 and BX-5K1Q-YY.
	BX5K
)

// What an Options' zero stands for.
const (
	DefaultTimeout    = 3 * time.Second
	DefaultFontHeight = 16
	DefaultVolume     = 10
	// DefaultSerialLateReply suits Options.LateReply of a serial line.
	DefaultSerialLateReply = 2 * time.Second
	// Port is the TCP port on which the cards listen unless told otherwise.
	Port = 5005

	speechSpeed = 5
	// serialGap is how long a serial line is left alone after an answered request.
	serialGap = 50 * time.Millisecond
)

// Options is what must be known of one board.
type Options struct {
	// Dial makes a connection for one call, and respects ctx. See TCP and Serial.
	Dial func(ctx context.Context) (io.ReadWriteCloser, error)
	// LateReply is zero where a reply can't outlive its connection, as over TCP. On a serial
	// line it is for how long after an unanswered request nothing else is asked; whatever
	// comes meanwhile is dropped. Dial must drop what was received before it.
	LateReply time.Duration
	// Timeout bounds one call from dialling to the reply; zero: DefaultTimeout.
	Timeout time.Duration
	// Address is the card's screen number, from 1; zero: whatever card answers. On a line
	// with several cards it must be given.
	Address int
	// Kind is the card's family.
	Kind Kind
	// Width and Height are the board's pixels.
	Width, Height int
	// FontHeight is the height in pixels of the characters in use; zero:
	// DefaultFontHeight. The board has Height/FontHeight rows.
	FontHeight int
	// Font is the number of the card's Chinese and Latin fonts to use; zero: its first ones.
	Font int
	// GBK says that the font in use has GBK's characters and not only GB 2312's.
	GBK bool
	// Speaks says that the card has a voice (-YY), Volume how loud it is, from 1 to 10; zero:
	// DefaultVolume.
	Speaks bool
	Volume int
}

// check fills in the defaults and reports everything that is wrong.
func (o Options) check() (Options, error) {
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.FontHeight == 0 {
		o.FontHeight = DefaultFontHeight
	}
	if o.Volume == 0 {
		o.Volume = DefaultVolume
	}
	if o.Address == 0 {
		o.Address = AnyScreen
	}
	var errs []error
	want := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	want(o.Dial != nil, "dial: missing")
	want(o.LateReply >= 0, "late reply %v: must not be negative", o.LateReply)
	want(o.Timeout > 0, "timeout %v: must be positive", o.Timeout)
	want(o.Address > 0 && o.Address <= AnyScreen, "address %d: must be 1 to 65533, or 0 for any", o.Address)
	want(o.Kind == BX5K || o.Kind == BX6K, "kind %d: must be BX5K or BX6K", o.Kind)
	want(o.FontHeight >= 8 && o.FontHeight <= 128, "font height %d: must be 8 to 128 pixels", o.FontHeight)
	want(o.Width >= o.FontHeight && o.Width <= 4096, "width %d: must be %d to 4096 pixels", o.Width, o.FontHeight)
	want(o.Height >= o.FontHeight && o.Height <= 1024, "height %d: must be %d to 1024 pixels", o.Height, o.FontHeight)
	want(o.Font >= 0 && o.Font <= 999, "font %d: must be 0 to 999", o.Font)
	want(o.Volume >= 1 && o.Volume <= 10, "volume %d: must be 1 to 10", o.Volume)
	if err := errors.Join(errs...); err != nil {
		return o, fmt.Errorf("onbon options: %w", err)
	}
	return o, nil
}
