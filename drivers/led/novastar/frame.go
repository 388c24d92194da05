package novastar

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Errors of the codec.
var (
	// ErrShort: the frame goes on after the bytes that are there.
	ErrShort = errors.New("frame is not complete")
	// ErrFrame: the bytes are no frame: wrong head, length or checksum.
	ErrFrame = errors.New("no frame")
)

// Lengths in bytes.
const (
	headLen     = 18
	checksumLen = 2
	// MaxData is the most that a frame of ours carries. The longest in use is the monitoring
	// block of 256 bytes.
	MaxData = 1024
)

// Ack is a card's verdict on a request.
type Ack byte

// The verdicts.
const (
	AckOK      Ack = iota // carried out
	AckTimeout            // a card further down the line did not answer
	AckRequest            // the request had a wrong checksum
	AckReply              // the answer from further down the line had a wrong checksum
	AckCommand            // the card does not know the command
)

// String says it in words.
func (a Ack) String() string {
	switch a {
	case AckOK:
		return "done"
	case AckTimeout:
		return "a card further down did not answer"
	case AckRequest:
		return "the request arrived damaged"
	case AckReply:
		return "the answer from further down arrived damaged"
	case AckCommand:
		return "unknown command"
	}
	return fmt.Sprintf("verdict %#02x", byte(a))
}

// Device is the kind of card that a frame is for.
type Device byte

// The kinds of card.
const (
	Sending   Device = 0
	Receiving Device = 1
	Function  Device = 2
)

// Addresses.
const (
	// Computer is our own address.
	Computer byte = 0xFE
	// AllPorts and AllCards address every receiving card at once.
	AllPorts byte   = 0xFF
	AllCards uint16 = 0xFFFF
)

// Frame is one request or reply.
type Frame struct {
	// Reply tells a reply (AA 55) from a request (55 AA).
	Reply bool
	// Ack is the verdict; AckOK in requests.
	Ack Ack
	// Serial is echoed in the reply.
	Serial byte
	// Source and Destination are addresses: Computer, or the sending card's number.
	Source, Destination byte
	// Device, Port and Index say which card: Port is the sending card's output, Index counts
	// the receiving cards on it.
	Device Device
	Port   byte
	Index  uint16
	// Write tells writing from reading.
	Write bool
	// Register is the address of the first byte.
	Register uint32
	// Length is how many bytes are to be read or written; 0 in the reply to a write.
	Length uint16
	// Data is what is written or was read.
	Data []byte
}

// Append appends f as it goes over the line. Length is written as it is, so a read request
// carries a length and no data.
func (f Frame) Append(dst []byte) []byte {
	start := len(dst)
	if f.Reply {
		dst = append(dst, 0xAA, 0x55)
	} else {
		dst = append(dst, 0x55, 0xAA)
	}
	dst = append(dst, byte(f.Ack), f.Serial, f.Source, f.Destination, byte(f.Device), f.Port)
	dst = binary.LittleEndian.AppendUint16(dst, f.Index)
	var direction byte
	if f.Write {
		direction = 1
	}
	dst = append(dst, direction, 0)
	dst = binary.LittleEndian.AppendUint32(dst, f.Register)
	dst = binary.LittleEndian.AppendUint16(dst, f.Length)
	dst = append(dst, f.Data...)
	return binary.LittleEndian.AppendUint16(dst, checksum(dst[start+2:]))
}

// checksum covers everything from the acknowledgement to the end of the data.
func checksum(b []byte) uint16 {
	sum := uint32(0x5555)
	for _, c := range b {
		sum += uint32(c)
	}
	return uint16(sum)
}

// Parse reads the frame that b begins with and says how long it is. ErrShort means that more
// bytes may complete it, ErrFrame that none will. Data points into b.
func Parse(b []byte) (Frame, int, error) {
	f, err := parseHead(b)
	if err != nil {
		return Frame{}, 0, err
	}
	carries := (f.Reply && !f.Write) || (!f.Reply && f.Write)
	if f.Reply && f.Ack != AckOK && sumsUp(b, 0) {
		// V1.9 does not say whether a refused read carries the bytes that it could not read.
		carries = false
	}
	n := 0
	if carries {
		n = int(f.Length)
	}
	end := headLen + n + checksumLen
	if len(b) < end {
		return Frame{}, 0, fmt.Errorf("%w: %d bytes of %d", ErrShort, len(b), end)
	}
	if !sumsUp(b, n) {
		want := checksum(b[2 : headLen+n])
		got := binary.LittleEndian.Uint16(b[headLen+n:])
		return Frame{}, 0, fmt.Errorf("%w: checksum %04x, want %04x", ErrFrame, got, want)
	}
	if n > 0 {
		f.Data = b[headLen : headLen+n : headLen+n]
	}
	return f, end, nil
}

// sumsUp reports whether a frame with n bytes of data begins b.
func sumsUp(b []byte, n int) bool {
	return len(b) >= headLen+n+checksumLen &&
		binary.LittleEndian.Uint16(b[headLen+n:]) == checksum(b[2:headLen+n])
}

func parseHead(b []byte) (Frame, error) {
	var f Frame
	for i := range min(len(b), 2) {
		if b[i] != 0x55 && b[i] != 0xAA || i == 1 && b[0] == b[1] {
			return f, fmt.Errorf("%w: begins with % x", ErrFrame, b[:i+1])
		}
	}
	if len(b) < headLen {
		return f, fmt.Errorf("%w: %d bytes of the head", ErrShort, len(b))
	}
	f = Frame{
		Reply: b[0] == 0xAA, Ack: Ack(b[2]), Serial: b[3], Source: b[4], Destination: b[5],
		Device: Device(b[6]), Port: b[7], Index: binary.LittleEndian.Uint16(b[8:]), Write: b[10] == 1,
		Register: binary.LittleEndian.Uint32(b[12:]), Length: binary.LittleEndian.Uint16(b[16:]),
	}
	switch {
	case b[10] > 1:
		return f, fmt.Errorf("%w: direction %#02x", ErrFrame, b[10])
	case !f.Reply && f.Ack != AckOK:
		return f, fmt.Errorf("%w: a request with a verdict (%s)", ErrFrame, f.Ack)
	case f.Length > MaxData:
		return f, fmt.Errorf("%w: %d bytes of data, at most %d", ErrFrame, f.Length, MaxData)
	}
	return f, nil
}

// Next finds the first whole reply in a stream, behind whatever noise. It says how many bytes
// have been used up: with a frame everything up to its end, without one what can't be the
// beginning of a reply any more. A damaged frame is passed over byte by byte, so the
// next one is found even where the damage pretends to be long.
func Next(b []byte) (f Frame, used int, found bool) {
	keep := len(b)
	for i := range b {
		if b[i] != 0xAA {
			continue
		}
		f, n, err := Parse(b[i:])
		if err == nil && f.Reply {
			return f, i + n, true
		}
		if errors.Is(err, ErrShort) {
			keep = min(keep, i)
		}
	}
	return Frame{}, keep, false
}
