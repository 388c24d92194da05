package novastar

import (
	"context"
	"errors"
	"fmt"
	"time"

	"firepost/drivers/bus/line"
	"firepost/drivers/led"
)

// Card is the place of one receiving card: the sending card's output, and how many receiving
// cards lie before it on that output.
type Card struct {
	Port  byte
	Index uint16
}

// Options are one wall's settings.
type Options struct {
	// Dial opens the line: line.TCP("…:5200") or line.Serial at the card's baud rate.
	Dial line.Dial
	// Address is the sending card's number on the line; a single card is 0.
	Address byte
	// Cards are the receiving cards that are asked for what they hold and sense; nil means the
	// first one on the first port. An empty, non-nil list asks none: then brightness and
	// blackout are acknowledged by the sending card only, and nothing proves them.
	Cards []Card
	// Scene and Usual are the inputs that Show and Clear choose; both or neither.
	Scene, Usual Source
	// Timeout is for each of the requests that a call consists of; zero means
	// line.DefaultTimeout.
	Timeout time.Duration
}

// Sign is one wall behind a sending card. It opens its line when it is first asked something.
type Sign struct {
	o      Options
	line   *line.Line
	serial byte
	closed bool
}

var _ led.Sign = (*Sign)(nil)

// errClosed is what every call on a closed sign returns.
var errClosed = errors.New("sign is closed")

// New checks the options and opens nothing.
func New(o Options) (*Sign, error) {
	if o.Dial == nil {
		return nil, errors.New("novastar: no line given: set Dial, for example line.TCP(\"192.168.0.10:5200\")")
	}
	if (o.Scene == noSource) != (o.Usual == noSource) {
		return nil, fmt.Errorf("novastar: scene input %s and usual input %s: name both or neither", o.Scene, o.Usual)
	}
	for _, s := range []Source{o.Scene, o.Usual} {
		if _, known := ParseSource(s.String()); s != noSource && !known {
			return nil, fmt.Errorf("novastar: input %#02x is not known", byte(s))
		}
	}
	if o.Cards == nil {
		o.Cards = []Card{{}}
	}
	for _, c := range o.Cards {
		if c.Port == AllPorts || c.Index == AllCards {
			return nil, fmt.Errorf("novastar: receiving card %d on port %d means all of them: only a single one can be asked", c.Index, c.Port)
		}
	}
	return &Sign{o: o, line: line.New(o.Dial, line.Options{Timeout: o.Timeout, Late: -1, Limit: 16 << 10, Once: true})}, nil
}

// Can says what a sending card can do.
func (s *Sign) Can() led.Ability {
	return led.CanDim | led.CanPower | led.CanInput | led.CanSense
}

// Preload is led.ErrUnsupported: a sending card stores no picture.
func (s *Sign) Preload(context.Context, led.Scene) error {
	return fmt.Errorf("store a scene: %w: its picture comes in over its input", led.ErrUnsupported)
}

// Show chooses the input that carries the scene. What the scene holds is not sent.
func (s *Sign) Show(ctx context.Context, _ led.Scene) error {
	if s.o.Scene == noSource {
		return fmt.Errorf("show a scene: %w: its picture comes in over its input", led.ErrUnsupported)
	}
	return s.Input(ctx, s.o.Scene)
}

// Clear chooses the usual input.
func (s *Sign) Clear(ctx context.Context) error {
	if s.o.Usual == noSource {
		return fmt.Errorf("end a scene: %w: its picture comes in over its input", led.ErrUnsupported)
	}
	return s.Input(ctx, s.o.Usual)
}

// SetTime is led.ErrUnsupported: a sending card has no clock.
func (s *Sign) SetTime(context.Context, time.Time) error {
	return fmt.Errorf("set the clock: %w", led.ErrUnsupported)
}

// Brightness sets the global brightness of all receiving cards, and reads it back. The white
// balance in the registers beside it is left alone.
func (s *Sign) Brightness(ctx context.Context, percent int) error {
	if percent < 1 || percent > 100 {
		return fmt.Errorf("set brightness to %d percent: must be 1 to 100", percent)
	}
	return s.setAll(ctx, fmt.Sprintf("set brightness to %d percent", percent), regBrightness, level(percent))
}

// Power lights the wall or makes it black, and reads that back. The cards stay on.
func (s *Sign) Power(ctx context.Context, on bool) error {
	if on {
		return s.setAll(ctx, "light the wall", regBlack, lit)
	}
	return s.setAll(ctx, "make the wall black", regBlack, black)
}

// Input makes the sending card show an input, and reads that back.
func (s *Sign) Input(ctx context.Context, source Source) error {
	if _, known := ParseSource(source.String()); !known {
		return fmt.Errorf("choose input %#02x: not a known input", byte(source))
	}
	what := "choose input " + source.String()
	f := s.request(Sending, Card{}, regInput)
	f.Write, f.Data = true, []byte{byte(source)}
	if _, err := s.ask(ctx, f); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	got, err := s.read(ctx, Sending, Card{}, regInput, 1)
	if err != nil {
		return fmt.Errorf("%s: read it back: %w", what, err)
	}
	if Source(got[0]) != source {
		return fmt.Errorf("%s: %w: it stays at %s (%#02x); choose the input by hand in the maker's program once, in case it is set to choose by itself",
			what, led.ErrRefused, Source(got[0]), got[0])
	}
	return nil
}

// Selected reads which input the sending card shows.
func (s *Sign) Selected(ctx context.Context) (Source, error) {
	got, err := s.read(ctx, Sending, Card{}, regInput, 1)
	if err != nil {
		return noSource, fmt.Errorf("read the chosen input: %w", err)
	}
	return Source(got[0]), nil
}

// Close lets go of the line; no call works after it.
func (s *Sign) Close() error {
	s.closed = true
	return s.line.Close()
}

// setAll writes one byte to all receiving cards and reads it back from those that are asked.
func (s *Sign) setAll(ctx context.Context, what string, register uint32, value byte) error {
	f := s.request(Receiving, Card{Port: AllPorts, Index: AllCards}, register)
	f.Write, f.Data = true, []byte{value}
	if _, err := s.ask(ctx, f); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	for _, c := range s.o.Cards {
		got, err := s.read(ctx, Receiving, c, register, 1)
		if err != nil {
			return fmt.Errorf("%s: read it back from card %d on port %d: %w", what, c.Index, c.Port, err)
		}
		if got[0] != value {
			return fmt.Errorf("%s: %w: card %d on port %d holds %#02x, not %#02x", what, led.ErrRefused, c.Index, c.Port, got[0], value)
		}
	}
	return nil
}

// read asks for n bytes of a register.
func (s *Sign) read(ctx context.Context, d Device, c Card, register uint32, n uint16) ([]byte, error) {
	f := s.request(d, c, register)
	f.Length = n
	return s.ask(ctx, f)
}

func (s *Sign) request(d Device, c Card, register uint32) Frame {
	return Frame{Source: Computer, Destination: s.o.Address, Device: d, Port: c.Port, Index: c.Index, Register: register}
}

// ask sends f under a new serial number and returns a copy of the data of the reply to it.
func (s *Sign) ask(ctx context.Context, f Frame) ([]byte, error) {
	if s.closed {
		return nil, errClosed
	}
	s.serial++
	f.Serial = s.serial
	if f.Write {
		f.Length = uint16(len(f.Data))
	}
	var data []byte
	strangers := 0
	err := s.line.Exchange(ctx, f.Append(nil), func(b []byte) (int, bool, error) {
		total := 0
		for {
			r, used, found := Next(b[total:])
			total += used
			if !found {
				return total, false, nil
			}
			if !answers(r, f) {
				strangers++
				continue
			}
			data = append([]byte(nil), r.Data...)
			return total, true, verdict(r, f)
		}
	})
	return data, lineError(err, strangers)
}

// answers reports whether r is the reply to exactly f.
func answers(r, f Frame) bool {
	return r.Serial == f.Serial && r.Destination == f.Source && r.Device == f.Device && r.Port == f.Port &&
		r.Index == f.Index && r.Write == f.Write && r.Register == f.Register
}

// verdict is what the reply r to f says.
func verdict(r, f Frame) error {
	if r.Ack != AckOK {
		return fmt.Errorf("%w: %s", led.ErrRefused, r.Ack)
	}
	if !f.Write && len(r.Data) != int(f.Length) {
		return fmt.Errorf("%w: %d bytes where %d were asked for", led.ErrGarbled, len(r.Data), f.Length)
	}
	return nil
}

// lineError gives what went wrong on the line the words that every sign uses.
func lineError(err error, strangers int) error {
	switch {
	case err == nil, errors.Is(err, led.ErrRefused), errors.Is(err, led.ErrGarbled):
		return err
	case errors.Is(err, line.ErrNoise) && strangers > 0:
		return fmt.Errorf("%w: %d replies to other requests (%w)", led.ErrNoAnswer, strangers, err)
	case errors.Is(err, line.ErrNoise), errors.Is(err, line.ErrFlood):
		return fmt.Errorf("%w (%w)", led.ErrGarbled, err)
	default:
		return fmt.Errorf("%w (%w)", led.ErrNoAnswer, err)
	}
}
