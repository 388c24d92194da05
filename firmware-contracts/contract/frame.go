package contract

import (
	"bytes"
	hexdigits "encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Sentinels that reading a frame gives. Scan returns them as they are, so that a reader that
// looks for frames in noise takes no memory; DecodeFrame and ParseID wrap them.
var (
	// ErrNoFrames means that the contract describes no frames.
	ErrNoFrames = errors.New("contract describes no frames")
	// ErrFrameShort means that more bytes are needed.
	ErrFrameShort = errors.New("frame is not complete")
	// ErrFrameMark means that start, end or another fixed byte is not what it must be.
	ErrFrameMark = errors.New("no such frame begins here")
	// ErrFrameLength means that a length that can't be believed stands in the frame, or that
	// bytes are left over.
	ErrFrameLength = errors.New("frame has a wrong length")
	// ErrFrameCheck means that the check does not fit the bytes.
	ErrFrameCheck = errors.New("frame has a wrong check")
	// ErrFrameID means that an id is not one that such a device can have.
	ErrFrameID = errors.New("no id of such a device")
)

// Scan judges whether a frame begins at the first byte of b. With a nil error a sound frame
// is b[:n]. ErrFrameShort says that with fewer than n bytes the answer is the same; ErrFrameCheck
// says that n bytes look like a frame but have a wrong check; ErrFrameMark and
// ErrFrameLength that no frame begins here. Scan keeps nothing and takes no memory, and what
// it says of the same bytes never changes when more follow.
func (f *Frame) Scan(b []byte) (n int, err error) {
	if k := min(len(b), len(f.Start)); !bytes.Equal(b[:k], f.Start[:k]) {
		return 0, ErrFrameMark
	}
	for i := range f.Match {
		if m := &f.Match[i]; m.At >= 0 && m.At < len(b) && b[m.At]&m.Mask != m.Value {
			return 0, ErrFrameMark
		}
	}
	n, err = f.length(b)
	switch {
	case errors.Is(err, ErrFrameShort), err == nil && len(b) < n:
		return f.more(len(b), n), ErrFrameShort
	case err != nil:
		return 0, err
	default:
		return n, f.whole(b[:n])
	}
}

// more is how many bytes may tell more than have do, where the next n surely do.
func (f *Frame) more(have, n int) int {
	if have < len(f.Start) {
		return have + 1
	}
	for i := range f.Match {
		if at := f.Match[i].At; at >= have {
			n = min(n, at+1)
		}
	}
	return n
}

// length is how long the frame that begins b says it is.
func (f *Frame) length(b []byte) (int, error) {
	l := &f.Length
	if l.Fixed > 0 {
		return l.Fixed, nil
	}
	field, ok := part(b, l.At, l.Bytes)
	if !ok {
		return max(l.At+l.Bytes, len(b)+1), ErrFrameShort
	}
	v := number(field, l.LittleEndian)
	if v > uint64(l.Max)+uint64(abs(l.Add)) { //nolint:gosec // both are small and not negative
		return 0, ErrFrameLength
	}
	n := int(v) + l.Add //nolint:gosec // at most twice the longest frame
	if n < max(l.Min, 1) || n > l.Max {
		return 0, ErrFrameLength
	}
	return n, nil
}

// whole checks a complete frame.
func (f *Frame) whole(frame []byte) error {
	if len(frame) < len(f.Start)+len(f.End) {
		return ErrFrameLength
	}
	if !bytes.HasSuffix(frame, f.End) {
		return ErrFrameMark
	}
	for i := range f.Match {
		m := &f.Match[i]
		b, ok := part(frame, m.At, 1)
		if !ok {
			return ErrFrameLength
		}
		if b[0]&m.Mask != m.Value {
			return ErrFrameMark
		}
	}
	c := &f.Check
	if c.Kind == CheckNone {
		return nil
	}
	from, to := absolute(len(frame), c.From), absolute(len(frame), c.To)
	stands, ok := part(frame, c.At, c.Kind.Bytes())
	if !ok || from < 0 || to < from || to > len(frame) {
		return ErrFrameLength
	}
	if number(stands, c.LittleEndian) != uint64(c.Kind.Sum(frame[from:to])) {
		return ErrFrameCheck
	}
	return nil
}

// DecodeFrame reads every point out of one whole frame and appends the samples to dst, in the
// order of Points; id names the sender as ParseID writes it, empty when the frames carry no
// id. Like Decode it never makes a value up. It takes memory for id only, and for dst when
// that is too small. The error wraps ErrNoFrames, ErrFrameShort, ErrFrameMark,
// ErrFrameLength, ErrFrameCheck or ErrFrameID; then nothing was appended.
func (c *Contract) DecodeFrame(frame []byte, dst []Sample) (samples []Sample, id string, err error) {
	f := c.Frame
	if f == nil || len(f.Fields) != len(c.Points) {
		return dst, "", fmt.Errorf("decode %s: %w: its transport is %s", c.Ref(), ErrNoFrames, c.Transport)
	}
	n, err := f.Scan(frame)
	if err == nil && n != len(frame) {
		err = ErrFrameLength
	}
	if err != nil {
		return dst, "", fmt.Errorf("decode %s: %d bytes: %w", c.Ref(), len(frame), err)
	}
	if f.ID.Bytes > 0 {
		b, ok := part(frame, f.ID.At, f.ID.Bytes)
		if id, err = f.ID.text(b); !ok || err != nil {
			return dst, "", fmt.Errorf("decode %s: id % X: %w", c.Ref(), b, ErrFrameID)
		}
	}
	samples = dst
	for i := range c.Points {
		p, at := &c.Points[i], &f.Fields[i]
		b, ok := part(frame, at.At, at.Bytes)
		if !ok {
			return dst, "", fmt.Errorf("decode %s point %s: %w", c.Ref(), p.Name, ErrFrameLength)
		}
		s := p.sample(p.masked(p.Type.extend(number(b, at.LittleEndian), at.Bytes)))
		s.Point = i
		samples = append(samples, s)
	}
	return samples, id, nil
}

// extend widens a raw value of n bytes to the type: signed ones keep their sign.
func (t Type) extend(raw uint64, n int) uint64 {
	width := t.Width()
	if bits := uint(8 * n); (t == I16 || t == I32) && bits < width && raw>>(bits-1)&1 == 1 { //nolint:gosec // at most 64
		raw |= ones(width) &^ ones(bits)
	}
	return raw
}

// text is the id as people and the configuration write it.
func (id FrameID) text(b []byte) (string, error) {
	if !id.ASCII {
		return strings.ToUpper(hexdigits.EncodeToString(b)), nil
	}
	b = bytes.TrimRight(b, "\x00 ")
	if len(b) == 0 {
		return "", ErrFrameID
	}
	for _, c := range b {
		if c <= ' ' || c > '~' {
			return "", ErrFrameID
		}
	}
	return string(b), nil
}

// ParseID turns an id as it was configured into the form in which DecodeFrame gives it: text
// as it is, hexadecimal in upper case without separators. The error wraps ErrFrameID for an
// id that no frame can carry, or that is given although the frames carry none.
func (id FrameID) ParseID(text string) (string, error) {
	switch {
	case id.Bytes == 0 && text == "":
		return "", nil
	case id.Bytes == 0:
		return "", fmt.Errorf("device id %q: %w: its frames carry no id; leave it out", text, ErrFrameID)
	case id.ASCII:
		out, err := id.text([]byte(text))
		if err != nil || out != text || len(text) > id.Bytes {
			return "", fmt.Errorf("device id %q: %w: it is 1 to %d printable letters without spaces", text, ErrFrameID, id.Bytes)
		}
		return out, nil
	}
	plain := strings.NewReplacer(" ", "", ":", "", "-", "").Replace(text)
	b, err := hexdigits.DecodeString(plain)
	if err != nil || len(b) != id.Bytes {
		return "", fmt.Errorf("device id %q: %w: it is %d hexadecimal digits", text, ErrFrameID, 2*id.Bytes)
	}
	return strings.ToUpper(plain), nil
}

// absolute is a position that may count from the end of a frame of n bytes.
func absolute(n, at int) int {
	if at < 0 {
		return n + at
	}
	return at
}

// part is the bytes at a position that may count from the end; false when they are not all there.
func part(b []byte, at, n int) ([]byte, bool) {
	from := absolute(len(b), at)
	if from < 0 || n < 1 || from+n > len(b) {
		return nil, false
	}
	return b[from : from+n], true
}

// number is up to eight bytes as a number.
func number(b []byte, little bool) uint64 {
	var v uint64
	for i := range b {
		if little {
			v = v<<8 | uint64(b[len(b)-1-i])
		} else {
			v = v<<8 | uint64(b[i])
		}
	}
	return v
}

func abs(n int) int { return max(n, -n) }
