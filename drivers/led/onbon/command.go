package onbon

import (
	"encoding/binary"
	"fmt"
	"time"
)

// MaxPayload is the longest payload that this driver sends. The documents name no limit.
const MaxPayload = 1024

// Groups and commands, as they stand in a payload's first two bytes.
const (
	groupReply  = 0xA0
	cmdAck      = 0x00
	cmdNack     = 0x01
	groupSystem = 0xA2
	cmdPing     = 0x00
	cmdClock    = 0x03
	groupScreen = 0xA3
	cmdPower    = 0x00
	cmdBright   = 0x02
	cmdDynamic  = 0x06

	mustReply = 0x01
)

// How dynamic areas are deleted and run.
const (
	deleteAll    = 0xFF
	runLoop      = 0 // for ever
	runVanish    = 2 // gone when nothing renewed it for its time
	displayFixed = 1 // stands still
	displayLeft  = 3 // moves to the left
	alignMiddle  = 0x02 | 0x02<<2
	singleLine   = 0x01
	breakByHand  = 0x01
	soundNone    = 0
	soundExtra   = 2 // speaks a text of its own
	pixelUnits   = 0x8000
	maxTimeout   = 0xFFFF * time.Second
)

// command makes a payload. The two bytes after the reply flag are reserved in the documents.
func command(group, cmd byte, reserved uint16, data ...byte) []byte {
	p := []byte{group, cmd, mustReply}
	p = binary.LittleEndian.AppendUint16(p, reserved)
	return append(p, data...)
}

func ping() []byte { return command(groupSystem, cmdPing, 0) }

func power(on bool) []byte {
	if on {
		return command(groupScreen, cmdPower, 0, 1)
	}
	return command(groupScreen, cmdPower, 0, 2)
}

// brightness sets a level from 0 to 15 until another is set.
func brightness(level byte) []byte {
	return command(groupScreen, cmdBright, 2, 0x01, level)
}

// clock sets the card's clock: digits in BCD, the year's last two first, the week from 1 (Monday).
func clock(t time.Time) []byte {
	week := byte(t.Weekday())
	if t.Weekday() == time.Sunday {
		week = 7
	}
	return command(groupSystem, cmdClock, 8,
		bcd(t.Year()%100), bcd(t.Year()/100), bcd(int(t.Month())), bcd(t.Day()),
		bcd(t.Hour()), bcd(t.Minute()), bcd(t.Second()), week)
}

func bcd(n int) byte { return byte(n/10<<4 | n%10) }

// area is one dynamic area.
type area struct {
	id         byte
	x, y, w, h uint16 // in the card's own units
	run        byte
	timeout    uint16 // seconds
	sound      *sound
	align      byte
	single     byte
	breaks     byte
	display    byte
	speed      byte // 0 is the fastest, 24 the slowest
	hold       byte // half seconds
	lineSpace  byte
	text       []byte // in the card's encoding, with escapes
}

// sound is what a card with a voice speaks beside an area.
type sound struct {
	voice, repeat byte // 0–5, 0–15
	volume, speed byte // 0–10, 1–10
	text          []byte
}

// append appends the area, with its length before it.
func (a area) append(b []byte) []byte {
	at := len(b)
	b = append(b, 0, 0, 0)
	for _, v := range [...]uint16{a.x, a.y, a.w, a.h} {
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	b = append(b, a.id, a.lineSpace, a.run)
	b = binary.LittleEndian.AppendUint16(b, a.timeout)
	if a.sound == nil {
		b = append(b, soundNone)
	} else {
		b = append(b, soundExtra, a.sound.voice|a.sound.repeat<<4, a.sound.volume, a.sound.speed)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(a.sound.text)))
		b = append(b, a.sound.text...)
	}
	// No further parameters, then how the text stands, comes and goes.
	b = append(b, 0, a.align, a.single, a.breaks, a.display, 0, a.speed, a.hold)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(a.text)))
	b = append(b, a.text...)
	binary.LittleEndian.PutUint16(b[at:], uint16(len(b)-at-2))
	return b
}

// dynamic sets areas. With fresh all areas that the card has are deleted first; without, these
// are refreshed and others stay.
func dynamic(fresh bool, areas []area) ([]byte, error) {
	var process uint16
	var remove byte
	if fresh {
		process, remove = 1, deleteAll
	}
	p := command(groupScreen, cmdDynamic, process, remove, byte(len(areas)))
	for _, a := range areas {
		if n := len(p) + len(a.text); n > MaxPayload {
			return nil, fmt.Errorf("text and speech are %d bytes or more, the longest is %d", n, MaxPayload)
		}
		p = a.append(p)
	}
	if len(p) > MaxPayload {
		return nil, fmt.Errorf("text and speech are %d bytes, the longest is %d", len(p), MaxPayload)
	}
	return p, nil
}

// clear deletes all dynamic areas.
func clearAreas() []byte {
	return command(groupScreen, cmdDynamic, 0, deleteAll, 0)
}

// refusal is what a card's error code means (BX-K, "Error Code").
func refusal(code byte) string {
	switch code {
	case 0:
		return "no reason given"
	case 1:
		return "unknown command group"
	case 2:
		return "unknown command"
	case 3:
		return "busy"
	case 4:
		return "out of memory"
	case 5:
		return "it received a wrong checksum"
	case 6:
		return "no such file"
	case 7:
		return "flash memory error"
	case 12:
		return "it has no such font"
	case 13:
		return "wrong type of card"
	case 14:
		return "wrong date or time"
	case 16:
		return "wrong block number"
	}
	return "unknown reason"
}
