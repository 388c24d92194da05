package i2c

import (
	"context"
	"fmt"
	"time"

	periph "periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
)

// maxTransactions is how many transactions one reading may take.
const maxTransactions = 128

// Session is one reading of one chip. It is the bus that a chip's driver is given: every
// transaction looks at the context first, their number is bounded, and the cause of a failure
// is kept even where the driver throws it away or waits in an endless loop for a bit that
// never comes. Set it up with Begin before each reading; the zero value refuses everything.
type Session struct {
	chip string
	addr uint16
	ctx  context.Context //nolint:containedctx // a session is one call
	bus  periph.Bus
	left int
	err  error
}

var _ periph.Bus = (*Session)(nil)

// Begin starts a reading of the chip at addr on bus, under ctx. The names stand in its errors.
func (s *Session) Begin(ctx context.Context, bus periph.Bus, chip string, addr uint16) {
	*s = Session{chip: chip, addr: addr, ctx: ctx, bus: bus, left: maxTransactions}
}

// String names chip, address and bus.
func (s *Session) String() string {
	if s.bus == nil {
		return fmt.Sprintf("%s at 0x%02x", s.chip, s.addr)
	}
	return fmt.Sprintf("%s at 0x%02x on %s", s.chip, s.addr, s.bus)
}

// Tx carries one transaction out. The first failure ends the session: all later ones return it.
func (s *Session) Tx(addr uint16, w, r []byte) error {
	switch {
	case s.err != nil:
		return s.err
	case s.bus == nil:
		return s.keep(fmt.Errorf("%w: no bus", ErrInvalid))
	case s.ctx.Err() != nil:
		return s.keep(context.Cause(s.ctx))
	case s.left == 0:
		return s.keep(ErrTooMany)
	}
	s.left--
	if err := s.bus.Tx(addr, w, r); err != nil {
		clear(r)
		return s.keep(err)
	}
	return nil
}

func (s *Session) keep(err error) error {
	s.err = err
	return err
}

// SetSpeed is refused: the speed belongs to the bus, not to one of its chips.
func (s *Session) SetSpeed(physic.Frequency) error { return ErrUnsupported }

// Sleep waits for d, or less when the context ends: then it returns the reason.
func (s *Session) Sleep(d time.Duration) error {
	if s.err != nil {
		return s.err
	}
	if s.ctx.Err() != nil {
		return s.keep(context.Cause(s.ctx))
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-s.ctx.Done():
		return s.keep(context.Cause(s.ctx))
	}
}

// Fail names chip and address, says what was being done, and prefers the cause on the bus to
// what the driver made of it. It returns nil when there is no error at all, neither err nor a
// kept one: a driver that swallows a failed transaction has not read anything.
func (s *Session) Fail(doing string, err error) error {
	if s.err != nil {
		err = s.err
	}
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s at 0x%02x: %s: %w", s.chip, s.addr, doing, err)
}

// Err is the kept cause: the first failed transaction or the end of the context; nil while
// none has failed. A driver's error with a nil Err is the driver's own judgement.
func (s *Session) Err() error { return s.err }
