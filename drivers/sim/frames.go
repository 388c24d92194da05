package sim

import (
	"encoding/hex"
	"fmt"
	"strings"
	"sync"

	"firepost/firmware-contracts/contract"
)

// FrameSender is the far end of a receiver's serial port: it sends what radio devices send,
// unasked, on a pseudo-terminal. Its methods are safe for concurrent use; what one Send gives
// is never mixed with another's.
type FrameSender struct {
	pty *PTY
	mu  sync.Mutex
}

// NewFrameSender makes a sender with a pseudo-terminal of its own.
func NewFrameSender() (*FrameSender, error) {
	pty, err := OpenPTY()
	if err != nil {
		return nil, fmt.Errorf("make a frame sender: %w", err)
	}
	return &FrameSender{pty: pty}, nil
}

// Path is the device node that a serial library opens.
func (s *FrameSender) Path() string { return s.pty.Path }

// Send sends bytes as they are: a literal frame, noise, a part of a frame. A port that nobody
// reads takes some 4 KiB; then Send waits until somebody does, or until HangUp or Close.
func (s *FrameSender) Send(b []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.pty.Master.Write(b); err != nil {
		return fmt.Errorf("send a frame on %s: %w", s.pty.Path, err)
	}
	return nil
}

// Report builds the shortest frame of a contract, see BuildFrame, and sends it.
func (s *FrameSender) Report(c *contract.Contract, id string, raws map[string]uint64) error {
	frame, err := BuildFrame(c, id, raws, 0)
	if err != nil {
		return err
	}
	return s.Send(frame)
}

// HangUp is what pulling the receiver's plug looks like. Only Close is of use afterwards.
func (s *FrameSender) HangUp() error { return s.pty.HangUp() }

// Close releases the pseudo-terminal.
func (s *FrameSender) Close() error { return s.pty.Close() }

// BuildFrame is a frame as the contract describes it, from the device with the id, in the
// form of FrameID.ParseID. raws gives points their raw values as the contract's samples show
// them; points that it leaves out, and bytes that the contract does not describe, are 0, and
// what the contract fixes wins over a point that stands on the same byte. length is the whole
// frame's, 0 for the shortest. The error wraps ErrSpec or ErrUnknown for what the contract
// can't have, ErrValue for a value, id or length that does not fit.
func BuildFrame(c *contract.Contract, id string, raws map[string]uint64, length int) ([]byte, error) {
	f := c.Frame
	if f == nil || len(f.Fields) != len(c.Points) {
		return nil, fmt.Errorf("build a frame of %s: its transport is %s: %w", c.Ref(), c.Transport, ErrSpec)
	}
	if length == 0 {
		length = max(f.Length.Fixed, f.Length.Min)
	}
	if length != f.Length.Fixed && (f.Length.Fixed > 0 || length < f.Length.Min || length > f.Length.Max) {
		return nil, fmt.Errorf("build a frame of %s: length %d is not within %d to %d: %w",
			c.Ref(), length, max(f.Length.Fixed, f.Length.Min), max(f.Length.Fixed, f.Length.Max), ErrValue)
	}
	b := make(frameBytes, length)
	if err := b.points(c, raws); err != nil {
		return nil, fmt.Errorf("build a frame of %s: %w", c.Ref(), err)
	}
	if err := b.id(f.ID, id); err != nil {
		return nil, fmt.Errorf("build a frame of %s: %w", c.Ref(), err)
	}
	for _, m := range f.Match {
		at := b.at(m.At)
		b[at] = b[at]&^m.Mask | m.Value
	}
	if f.Length.Fixed == 0 {
		field := length - f.Length.Add
		if field < 0 || f.Length.Bytes < 4 && field >= 1<<(8*f.Length.Bytes) {
			return nil, fmt.Errorf("build a frame of %s: length %d does not fit its field: %w", c.Ref(), length, ErrValue)
		}
		b.put(f.Length.At, f.Length.Bytes, f.Length.LittleEndian, uint64(field)) //nolint:gosec // not negative
	}
	copy(b, f.Start)
	copy(b[length-len(f.End):], f.End)
	if n := f.Check.Kind.Bytes(); n > 0 {
		b.put(f.Check.At, n, f.Check.LittleEndian, uint64(frameSum(f.Check.Kind, b[b.at(f.Check.From):b.at(f.Check.To)])))
	}
	return b, nil
}

// frameBytes is a frame in the making.
type frameBytes []byte

func (b frameBytes) at(position int) int {
	if position < 0 {
		return len(b) + position
	}
	return position
}

func (b frameBytes) put(at, n int, little bool, v uint64) {
	at = b.at(at)
	for i := range n {
		if little {
			b[at+i] = byte(v >> (8 * i))
		} else {
			b[at+n-1-i] = byte(v >> (8 * i))
		}
	}
}

func (b frameBytes) get(at, n int, little bool) uint64 {
	at = b.at(at)
	var v uint64
	for i := range n {
		if little {
			v |= uint64(b[at+i]) << (8 * i)
		} else {
			v |= uint64(b[at+n-1-i]) << (8 * i)
		}
	}
	return v
}

func (b frameBytes) points(c *contract.Contract, raws map[string]uint64) error {
	left := len(raws)
	for i := range c.Points {
		p, at := &c.Points[i], c.Frame.Fields[i]
		raw, given := raws[p.Name]
		if !given {
			continue
		}
		left--
		width := 8 * at.Bytes
		signed := p.Type == contract.I16 || p.Type == contract.I32
		switch {
		case p.Type == contract.Bool && raw == 1 && p.Mask != 0:
			raw = p.Mask
		case signed && raw>>(p.Type.Width()-1)&1 == 1 && raw>>(width-1) == (1<<p.Type.Width()-1)>>(width-1):
			raw &= 1<<width - 1 // a negative number in a narrower field
		case width < 64 && raw>>width != 0, signed && width < int(p.Type.Width()) && raw>>(width-1) != 0, //nolint:gosec // at most 64
			p.Mask != 0 && raw&^p.Mask != 0:
			return fmt.Errorf("point %s: raw 0x%X does not fit its field: %w", p.Name, raw, ErrValue)
		}
		if p.Mask != 0 {
			raw |= b.get(at.At, at.Bytes, at.LittleEndian) &^ p.Mask
		}
		b.put(at.At, at.Bytes, at.LittleEndian, raw)
	}
	if left > 0 {
		return fmt.Errorf("%d of %d values are for no point: %w", left, len(raws), ErrUnknown)
	}
	return nil
}

func (b frameBytes) id(at contract.FrameID, text string) error {
	id, err := at.ParseID(text)
	if err != nil {
		return fmt.Errorf("%w: %w", err, ErrValue)
	}
	if at.Bytes == 0 {
		return nil
	}
	raw := []byte(id + strings.Repeat("\x00", max(0, at.Bytes-len(id))))
	if !at.ASCII {
		if raw, err = hex.DecodeString(id); err != nil {
			return fmt.Errorf("id %q: %w: %w", id, err, ErrValue)
		}
	}
	copy(b[b.at(at.At):], raw)
	return nil
}

// frameSum computes a check bit by bit, apart from the contract's own tables.
func frameSum(kind contract.CheckKind, b []byte) uint16 {
	switch kind {
	case contract.CheckSum8, contract.CheckSum16, contract.CheckXor8:
		var sum, xor uint16
		for _, c := range b {
			sum += uint16(c)
			xor ^= uint16(c)
		}
		return map[contract.CheckKind]uint16{contract.CheckSum8: sum & 0xFF, contract.CheckSum16: sum, contract.CheckXor8: xor}[kind]
	case contract.CheckModbus:
		return bitwise(b, 0xFFFF, func(crc uint16, c byte) uint16 { return crc ^ uint16(c) }, func(crc uint16) uint16 {
			return crc>>1 ^ 0xA001*(crc&1)
		})
	case contract.CheckXmodem, contract.CheckCCITT:
		begin := map[contract.CheckKind]uint16{contract.CheckXmodem: 0, contract.CheckCCITT: 0xFFFF}[kind]
		return bitwise(b, begin, func(crc uint16, c byte) uint16 { return crc ^ uint16(c)<<8 }, func(crc uint16) uint16 {
			return crc<<1 ^ 0x1021*(crc>>15)
		})
	case contract.CheckCRC8:
		return bitwise(b, 0, func(crc uint16, c byte) uint16 { return crc ^ uint16(c) }, func(crc uint16) uint16 {
			return crc<<1&0xFF ^ 0x07*(crc>>7)
		})
	case contract.CheckNone:
		return 0
	default:
		return 0
	}
}

func bitwise(b []byte, crc uint16, in func(uint16, byte) uint16, shift func(uint16) uint16) uint16 {
	for _, c := range b {
		crc = in(crc, c)
		for range 8 {
			crc = shift(crc)
		}
	}
	return crc
}
