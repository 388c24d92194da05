package novastar

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"firepost/drivers/led"
)

// regFirmware is where a sending card keeps its firmware's version: 4 bytes, r (3.6).
const regFirmware uint32 = 0x04100004

// Status asks the sending card and every receiving card in Options.Cards. Celsius is the hottest
// of them, Smoke and Door are set when any of them says so. What could be read is returned
// beside the error about what could not.
func (s *Sign) Status(ctx context.Context) (led.Status, error) {
	var st led.Status
	model, err := s.read(ctx, Sending, Card{}, regModel, 2)
	if err != nil {
		return st, fmt.Errorf("read the model: %w", err)
	}
	st.Model = fmt.Sprintf("NovaStar %04x", binary.LittleEndian.Uint16(model))
	// Old cards don't know the register; that is no fault.
	if v, err := s.read(ctx, Sending, Card{}, regFirmware, 4); err == nil {
		st.Firmware = fmt.Sprintf("%d.%d.%d.%d", v[0], v[1], v[2], v[3])
	} else if !errors.Is(err, led.ErrRefused) {
		return st, fmt.Errorf("read the firmware's version: %w", err)
	}
	var faults []error
	silent := false
	if st.Signal, err = s.signal(ctx); err != nil {
		faults = append(faults, err)
	}
	for i, c := range s.o.Cards {
		if err := s.card(ctx, c, &st, i == 0); err != nil {
			faults = append(faults, fmt.Errorf("receiving card %d on port %d: %w", c.Index, c.Port, err))
			silent = true
		}
	}
	if silent {
		// What one cabinet does not say is not normal because the others are.
		st.Smoke, st.Door = onlyTrue(st.Smoke), onlyTrue(st.Door)
	}
	return st, errors.Join(faults...)
}

// signal says whether a picture comes in: nil where the card's two registers disagree.
func (s *Sign) signal(ctx context.Context) (*bool, error) {
	present, err := s.read(ctx, Sending, Card{}, regPresent, 1)
	if err != nil {
		return nil, fmt.Errorf("read whether a picture comes in: %w", err)
	}
	in := present[0] == 1
	switch present[0] {
	case 1:
		return &in, nil
	case 0:
	default:
		return nil, fmt.Errorf("read whether a picture comes in: %w: %#02x, want 00 or 01", led.ErrGarbled, present[0])
	}
	inputs, err := s.read(ctx, Sending, Card{}, regInputs, 1)
	switch {
	case errors.Is(err, led.ErrRefused):
		return &in, nil
	case err != nil:
		return nil, fmt.Errorf("read the inputs: %w", err)
	case inputs[0] != 0xFF:
		return nil, nil
	}
	return &in, nil
}

// card adds what one receiving card says. The first card's brightness and blackout stand for
// the wall's; another card that disagrees makes them unknown.
func (s *Sign) card(ctx context.Context, c Card, st *led.Status, first bool) error {
	b, err := s.read(ctx, Receiving, c, regBrightness, 1)
	if err != nil {
		return fmt.Errorf("read the brightness: %w", err)
	}
	k, err := s.read(ctx, Receiving, c, regBlack, 1)
	if err != nil {
		return fmt.Errorf("read the blackout: %w", err)
	}
	bright, shining := percent(b[0]), k[0] == lit
	if first {
		st.Brightness, st.Lit = &bright, &shining
	}
	if st.Brightness != nil && *st.Brightness != bright {
		st.Brightness = nil
	}
	if st.Lit != nil && *st.Lit != shining || k[0] != lit && k[0] != black {
		st.Lit = nil
	}
	m, err := s.MonitorOf(ctx, c)
	if err != nil {
		return err
	}
	if m.Celsius != nil && (st.Celsius == nil || *m.Celsius > *st.Celsius) {
		st.Celsius = m.Celsius
	}
	st.Smoke, st.Door = either(st.Smoke, m.Smoke), either(st.Door, m.Door)
	return nil
}

// either is what two sensors say together: true as soon as one says so.
func either(a, b *bool) *bool {
	if a == nil || b != nil && *b {
		return b
	}
	return a
}

// onlyTrue drops an all-clear that is not everybody's.
func onlyTrue(a *bool) *bool {
	if a != nil && *a {
		return a
	}
	return nil
}

// Monitor reads the sensors of the first cabinet in Options.Cards.
func (s *Sign) Monitor(ctx context.Context) (Monitor, error) {
	if len(s.o.Cards) == 0 {
		return Monitor{}, fmt.Errorf("read the sensors: %w: no receiving card is configured to be asked", led.ErrUnsupported)
	}
	return s.MonitorOf(ctx, s.o.Cards[0])
}

// MonitorOf reads the sensors of one cabinet.
func (s *Sign) MonitorOf(ctx context.Context, c Card) (Monitor, error) {
	b, err := s.read(ctx, Receiving, c, regMonitor, monitorLen)
	if err != nil {
		return Monitor{}, fmt.Errorf("read the sensors: %w", err)
	}
	m, err := parseMonitor(b)
	if err != nil {
		return Monitor{}, fmt.Errorf("read the sensors: %w: %w", led.ErrGarbled, err)
	}
	return m, nil
}
