package onbon

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Bytes that have a meaning of their own on the wire.
const (
	mark      = 0xA5 // eight of them begin a frame
	end       = 0x5A // one ends it
	escMark   = 0xA6 // A6 02 stands for A5, A6 01 for A6
	escEnd    = 0x5B // 5B 02 stands for 5A, 5B 01 for 5B
	markCount = 8
)

// Addresses and the sizes of a frame without its escapes.
const (
	// AnyScreen addresses whatever card hears it.
	AnyScreen = 0xFFFE
	// Host is the address of whoever commands cards.
	Host = 0x8000
	// AnyDevice is the device type that every card answers to.
	AnyDevice = 0xFE

	protocolVersion = 0x02
	headerSize      = 14
	crcSize         = 2
	// maxFrame bounds what the parser keeps: a reply has some ten bytes.
	maxFrame = 4096
)

// Display modes of a frame's header.
const (
	// NormalMode shows dynamic areas beside the programme's areas.
	NormalMode = 0x00
	// DynamicMode puts dynamic areas before the programme.
	DynamicMode = 0x01
)

// Reasons why bytes are no frame. They appear only as text beside led.ErrGarbled.
var (
	errShort   = errors.New("frame is too short")
	errLong    = errors.New("frame is too long")
	errEscape  = errors.New("escape is not one of A6 01, A6 02, 5B 01, 5B 02")
	errLength  = errors.New("data length does not fit the frame")
	errCRC     = errors.New("checksum is wrong")
	errVariant = errors.New("header asks for a variant that this driver does not speak")
)

// Frame is one frame without marks, escapes and checksum.
type Frame struct {
	// To and From are addresses: a screen's number, AnyScreen or Host.
	To, From uint16
	// Mode is the display mode.
	Mode byte
	// Device is the card's type; AnyDevice in requests.
	Device byte
	// Payload is the data field: group, command, reply flag or error, two bytes, data.
	Payload []byte
}

// Append appends f as it goes over the wire. The payload must be at most MaxPayload long.
func (f Frame) Append(b []byte) []byte {
	raw := make([]byte, 0, headerSize+len(f.Payload)+crcSize)
	raw = binary.LittleEndian.AppendUint16(raw, f.To)
	raw = binary.LittleEndian.AppendUint16(raw, f.From)
	// Three reserved bytes, no bar code, checksum by CRC-16.
	raw = append(raw, 0, 0, 0, 0, 0, f.Mode, f.Device, protocolVersion)
	raw = binary.LittleEndian.AppendUint16(raw, uint16(len(f.Payload)))
	raw = append(raw, f.Payload...)
	raw = binary.LittleEndian.AppendUint16(raw, checksum(raw))
	for range markCount {
		b = append(b, mark)
	}
	for _, c := range raw {
		switch c {
		case mark:
			b = append(b, escMark, 2)
		case escMark:
			b = append(b, escMark, 1)
		case end:
			b = append(b, escEnd, 2)
		case escEnd:
			b = append(b, escEnd, 1)
		default:
			b = append(b, c)
		}
	}
	return append(b, end)
}

// decode makes a frame of what stood between marks and end, without its escapes. The payload is
// a part of raw.
func decode(raw []byte) (Frame, error) {
	if len(raw) < headerSize+crcSize {
		return Frame{}, fmt.Errorf("%w: %d bytes", errShort, len(raw))
	}
	body := raw[:len(raw)-crcSize]
	if want := binary.LittleEndian.Uint16(raw[len(body):]); checksum(body) != want {
		return Frame{}, fmt.Errorf("%w: %04X, want %04X", errCRC, want, checksum(body))
	}
	if body[7] != 0 || body[8] != 0 {
		return Frame{}, fmt.Errorf("%w: option %02X, checksum mode %02X", errVariant, body[7], body[8])
	}
	payload := body[headerSize:]
	if n := int(binary.LittleEndian.Uint16(body[12:])); n != len(payload) {
		return Frame{}, fmt.Errorf("%w: %d, and there are %d", errLength, n, len(payload))
	}
	return Frame{
		To: binary.LittleEndian.Uint16(body), From: binary.LittleEndian.Uint16(body[2:]),
		Mode: body[9], Device: body[10], Payload: payload,
	}, nil
}

// checksum is CRC-16/ARC: polynomial 8005 reflected, start 0, nothing inverted.
func checksum(b []byte) uint16 {
	var crc uint16
	for _, c := range b {
		crc ^= uint16(c)
		for range 8 {
			odd := crc & 1
			crc >>= 1
			if odd != 0 {
				crc ^= 0xA001
			}
		}
	}
	return crc
}
