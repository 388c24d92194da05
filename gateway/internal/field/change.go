package field

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"firepost/drivers/bus/modbus"
	"firepost/firmware-contracts/contract"
)

// Settings are where a device is to be found.
type Settings struct {
	Unit  uint8 `json:"unit"`
	Speed Speed `json:"speed"`
}

// String is the settings as people write them.
func (s Settings) String() string { return fmt.Sprintf("address %d at %s", s.Unit, s.Speed) }

// Ask asks the installer to do something and returns when it is done.
type Ask func(ctx context.Context, what contract.Text) error

// ChangeOptions say which device is to be moved where.
type ChangeOptions struct {
	Contract *contract.Contract
	From, To Settings
	// Known are the other devices of the bus, at To's speed.
	Known []Known
	// Ask is called when the device must be switched off and on; nil: such a device can't be
	// changed.
	Ask Ask
}

var (
	stageChange = contract.Text{ZH: "写入地址", EN: "writing the address"}   //nolint:gochecknoglobals // lookup table
	stageVerify = contract.Text{ZH: "核对新地址", EN: "looking for it there"} //nolint:gochecknoglobals // lookup table
	textPower   = contract.Text{                                         //nolint:gochecknoglobals // lookup table
		ZH: "请给设备断电再上电，新地址才会生效",
		EN: "switch the device off and on: only then does the new address take effect",
	}
)

// Times of a change: how long a device may take for a write, and to start after a power cut.
const (
	writeWithin = 500 * time.Millisecond
	startWithin = 20 * time.Second
)

// Change gives a device another address and speed, the way its contract says, and returns once
// it has been found there. ErrSetup: it can't be changed, or where it is now; ErrTaken: the
// address is in use; ErrDoubled, ErrNobody: what is at the old one.
func Change(ctx context.Context, open Open, o ChangeOptions, report Report) (err error) {
	c := &changer{open: open, o: o, cur: o.From, report: report}
	if err := c.check(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	if err := c.alone(ctx); err != nil {
		return err
	}
	report.tell(Progress{Stage: stageChange, Total: 2, Speed: o.From.Speed, Unit: o.From.Unit})
	if err := c.writeAll(ctx); err != nil {
		return fmt.Errorf("change %s to %s: %w", o.From, o.To, err)
	}
	report.tell(Progress{Stage: stageVerify, Done: 1, Total: 2, Speed: o.To.Speed, Unit: o.To.Unit})
	return c.verify(ctx)
}

type changer struct {
	open   Open
	o      ChangeOptions
	line   *line
	cur    Settings // where the device answers, as far as is known
	report Report
}

func (c *changer) close() error {
	if c.line == nil {
		return nil
	}
	l := c.line
	c.line = nil
	return l.close()
}

// at opens the line at a speed.
func (c *changer) at(ctx context.Context, s Speed) error {
	if c.line != nil && c.line.speed == s {
		return nil
	}
	if err := c.close(); err != nil {
		return err
	}
	l, err := openLine(ctx, c.open, s)
	c.line = l
	return err
}

// step is one write of a setting.
type step struct {
	reg  *contract.SetupRegister
	code uint16
	then Settings
}

// steps are the writes that the change takes, or why it can't be done.
func (c *changer) steps() ([]step, error) {
	s, from, to := c.o.Contract.Setup, c.o.From, c.o.To
	var out []step
	now := from
	cant := func(what, way string) error {
		return fmt.Errorf("%w: the contract %s does not say how %s is changed; %s", ErrSetup, c.o.Contract.Ref(), what, way)
	}
	if from != to && s == nil {
		return nil, cant("it", "set it by its switches, or with the maker's own program")
	}
	if from.Speed.Baud != to.Speed.Baud {
		if s.Baud == nil {
			return nil, cant("its speed", "put it on a bus at "+from.Speed.String())
		}
		code, ok := s.Baud.Code(to.Speed.Baud)
		if !ok {
			return nil, fmt.Errorf("%w: %s can't be set to %d baud; put it on a bus at %s", ErrSetup, c.o.Contract.Ref(), to.Speed.Baud, from.Speed)
		}
		now.Speed.Baud = to.Speed.Baud
		out = append(out, step{s.Baud, code, now})
	}
	if from.Speed.Format != to.Speed.Format {
		if s.Format == nil {
			return nil, cant("its format", "put it on a bus at "+from.Speed.String())
		}
		f, known := contract.FormatCode(to.Speed.Format)
		code, ok := s.Format.Code(f)
		if !ok || !known {
			return nil, fmt.Errorf("%w: %s can't be set to %s; put it on a bus at %s", ErrSetup, c.o.Contract.Ref(), to.Speed.Format, from.Speed)
		}
		now.Speed.Format = to.Speed.Format
		out = append(out, step{s.Format, code, now})
	}
	if from.Unit != to.Unit {
		if s.Address == nil {
			return nil, cant("its address", "set it by its switches")
		}
		now.Unit = to.Unit
		out = append(out, step{s.Address, uint16(to.Unit), now})
	}
	return out, nil
}

// check refuses what can't be done before anything is sent.
func (c *changer) check() error {
	a := c.o.Contract.Address
	if c.o.To.Unit < a.Min || c.o.To.Unit > a.Max {
		return fmt.Errorf("%w: %s takes addresses %d to %d, not %d", ErrSetup, c.o.Contract.Ref(), a.Min, a.Max, c.o.To.Unit)
	}
	if c.known(c.o.To) {
		return fmt.Errorf("%w: address %d belongs to a configured device", ErrTaken, c.o.To.Unit)
	}
	if _, err := c.steps(); err != nil {
		return err
	}
	if s := c.o.Contract.Setup; s != nil && s.Takes == contract.TakesPower && c.o.Ask == nil && c.o.From != c.o.To {
		return fmt.Errorf("%w: %s must be switched off and on by somebody, and nobody is there to be asked", ErrSetup, c.o.Contract.Ref())
	}
	return nil
}

func (c *changer) known(s Settings) bool {
	return s.Speed == c.o.To.Speed && slices.ContainsFunc(c.o.Known, func(k Known) bool { return k.Unit == s.Unit })
}

// alone makes sure that one device answers where the change begins, and none where it ends.
func (c *changer) alone(ctx context.Context) error {
	if c.o.From != c.o.To {
		if err := c.at(ctx, c.o.To.Speed); err != nil {
			return err
		}
		h, there, err := c.look(ctx, c.o.To.Unit)
		if err != nil {
			return err
		}
		if there {
			return fmt.Errorf("%w: something answers at address %d already, after %s", ErrTaken, h.unit, h.reply.Round(time.Millisecond))
		}
	}
	if err := c.at(ctx, c.o.From.Speed); err != nil {
		return err
	}
	h, there, err := c.look(ctx, c.o.From.Unit)
	switch {
	case err != nil:
		return err
	case !there:
		return fmt.Errorf("%s: %w", c.o.From, ErrNobody)
	case h.state == Doubled:
		return fmt.Errorf("%s: %w: unplug one of them, then move the other", c.o.From, ErrDoubled)
	}
	return nil
}

// look examines one address on the open line.
func (c *changer) look(ctx context.Context, unit uint8) (hit, bool, error) {
	f := &finder{line: c.line, within: quickWithin, patience: freeWithin, probes: probesFor([]*contract.Contract{c.o.Contract}, c.line.speed, true)}
	return f.examine(ctx, unit)
}

func (c *changer) writeAll(ctx context.Context) error {
	steps, err := c.steps()
	if err != nil || len(steps) == 0 {
		return err
	}
	s := c.o.Contract.Setup
	if s.Unlock != nil {
		if err := c.fixed(ctx, s.Unlock); err != nil {
			return fmt.Errorf("unlock: %w", err)
		}
	}
	for _, st := range steps {
		if err := c.write(ctx, st.reg.Address, st.reg.Multiple, true, []uint16{st.code}, st.then); err != nil {
			return err
		}
		if s.Takes == contract.TakesNow {
			c.cur = st.then
		}
	}
	if s.Save != nil {
		if err := c.fixed(ctx, s.Save); err != nil {
			return fmt.Errorf("save: %w", err)
		}
		if s.Takes == contract.TakesSaved {
			c.cur = c.o.To
		}
	}
	if s.Confirm != nil {
		if err := c.fixed(ctx, s.Confirm); err != nil {
			return fmt.Errorf("confirm: %w; the device goes back to %s by itself", err, c.o.From)
		}
	}
	return nil
}

// fixed writes an unlocking, saving or confirming value.
func (c *changer) fixed(ctx context.Context, w *contract.SetupWrite) error {
	words := []uint16{w.Value}
	if w.With != nil {
		if err := c.at(ctx, c.cur.Speed); err != nil {
			return err
		}
		count := w.With.To - w.With.From + 1
		s, err := newReader(c.line, c.cur.Unit).read(ctx, modbus.FunctionOf(w.With.Table), w.With.From, count)
		if err != nil {
			return err
		}
		if !s.ok || s.ex != 0 {
			return fmt.Errorf("%w: %s 0x%04X×%d can't be read", ErrSetup, w.With.Table, w.With.From, count)
		}
		for i := range int(count) {
			words = append(words, binary.BigEndian.Uint16(s.data[2*i:]))
		}
	}
	return c.write(ctx, w.Address, w.With != nil, false, words, c.o.To)
}

// write sends a write to where the device is. When no reply comes, it may have moved already
// and is looked for. A setting that has moved it is done; anything else is written again there.
func (c *changer) write(ctx context.Context, addr uint16, multiple, setting bool, words []uint16, then Settings) error {
	for range 3 {
		if err := c.at(ctx, c.cur.Speed); err != nil {
			return err
		}
		req := writeRequest(c.cur.Unit, addr, multiple, words)
		a, err := c.line.ask(ctx, &req, writeWithin)
		if err != nil {
			return err
		}
		for _, h := range a.From(c.cur.Unit) {
			if h.Exception != 0 {
				return fmt.Errorf("%w: %s refuses the write to 0x%04X: %w", ErrSetup, c.cur, addr, h.Exception)
			}
			if h.Function == req.Function && len(h.Frame) == 8 && word(h.Frame[2:]) == addr {
				return nil
			}
		}
		place, there, err := c.locate(ctx, then)
		if err != nil {
			return err
		}
		if !there {
			return fmt.Errorf("%w: it fell silent after a write to 0x%04X; switch it off and on and scan", ErrSetup, addr)
		}
		moved := place != c.cur
		if c.cur = place; moved && setting {
			return nil
		}
	}
	return fmt.Errorf("%w: %s does not confirm the write to 0x%04X", ErrSetup, c.cur, addr)
}

func writeRequest(unit uint8, addr uint16, multiple bool, words []uint16) modbus.Request {
	req := modbus.Request{Unit: unit, Function: modbus.WriteSingleRegister, Address: addr, Count: 1}
	if multiple {
		req.Function, req.Count = modbus.WriteMultipleRegisters, uint16(len(words)) //nolint:gosec // at most 123
	}
	for _, w := range words {
		req.Data = binary.BigEndian.AppendUint16(req.Data, w)
	}
	return req
}

// locate looks for the device where it can be during a change.
func (c *changer) locate(ctx context.Context, then Settings) (Settings, bool, error) {
	places := []Settings{then, c.o.To, c.cur, c.o.From}
	for i, p := range places {
		if slices.Contains(places[:i], p) || c.known(p) {
			continue
		}
		if err := c.at(ctx, p.Speed); err != nil {
			return p, false, err
		}
		_, there, err := c.look(ctx, p.Unit)
		if err != nil || there {
			return p, there, err
		}
	}
	return c.cur, false, nil
}

// verify finds the device in its new settings, and asks for a power cycle where it needs one.
func (c *changer) verify(ctx context.Context) error {
	place, there, err := c.locate(ctx, c.o.To)
	if err != nil {
		return err
	}
	if there && place != c.o.To && c.o.Contract.Setup != nil && c.o.Contract.Setup.Takes == contract.TakesPower {
		// The port stays ours meanwhile, but nobody is asked anything.
		if err := c.o.Ask(ctx, textPower); err != nil {
			return fmt.Errorf("wait for the power cycle: %w: it is still at %s", err, place)
		}
		if place, there, err = c.await(ctx); err != nil {
			return err
		}
	}
	if !there || place != c.o.To {
		if !there {
			return fmt.Errorf("%w: it does not answer at %s; look for it with a scan", ErrSetup, c.o.To)
		}
		return fmt.Errorf("%w: it took the write and is still at %s", ErrSetup, place)
	}
	return c.own(ctx)
}

// await looks for a device that starts up.
func (c *changer) await(ctx context.Context) (Settings, bool, error) {
	until := time.Now().Add(startWithin)
	for {
		place, there, err := c.locate(ctx, c.o.To)
		if err != nil || there && place == c.o.To || time.Now().After(until) {
			return place, there, err
		}
	}
}

// own reads the device's own idea of its address.
func (c *changer) own(ctx context.Context) error {
	s := c.o.Contract.Setup
	if s == nil || s.Address == nil {
		return nil
	}
	if err := c.at(ctx, c.o.To.Speed); err != nil {
		return err
	}
	v, ok, err := newReader(c.line, c.o.To.Unit).word(ctx, contract.Holding, s.Address.Address)
	if err != nil {
		return err
	}
	if !ok || v != uint16(c.o.To.Unit) {
		return fmt.Errorf("%w: what answers at %s says that its address is %d", ErrSetup, c.o.To, v)
	}
	return nil
}
