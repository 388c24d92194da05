package ledsim

import "time"

// Device is the firmware of one card. Its methods are called by one goroutine at a time.
type Device interface {
	// Session is the card's end of one new connection.
	Session() Session
	// Shown is what the card does right now.
	Shown() Shown
	// Elapse lets the card's clock go on by d.
	Elapse(d time.Duration)
	// PowerCycle takes the supply away for a moment: what is volatile is lost.
	PowerCycle()
}

// Session is one connection to a card. Its methods are called by one goroutine at a time, the
// same as the Device's.
type Session interface {
	// Next takes the first whole request off buf: it returns how many bytes of buf are dealt
	// with, 0 if more are needed, and the request, nil if those bytes are none. It never
	// keeps buf.
	Next(buf []byte) (used int, request []byte)
	// Carry carries a request out and returns the reply, which may be a refusal; empty: none.
	Carry(request []byte) []byte
	// Refuse returns the reply of a card that won't, without doing anything.
	Refuse(request []byte) []byte
	// Damage returns a reply as a disturbed line would deliver it: with a wrong checksum or,
	// where there is none, of a wrong structure.
	Damage(reply []byte) []byte
}

// Garbler is a Session with garbage of its own, for protocols of which DefaultGarbage could
// still become a reply when more bytes come.
type Garbler interface {
	// Garbage is what no reply begins with.
	Garbage() []byte
}

// DefaultGarbage is bytes that are no reply of any protocol here: modem noise, the frame marks
// of several protocols, and text.
func DefaultGarbage() []byte {
	return []byte("\xff\xfe\x00\xa5\x5a\xa5\xa5\x00\x5a\xaa\x55\x00\x5b\x5a AT+CGMR?\r\nERROR\r\n\x00\x00\xff")
}

// lineNoise is what comes before a reply on a disturbed line.
func lineNoise() []byte { return []byte{0x00, 0xff, 0x5a, 0xa5, 0x13, 0x5b} }
