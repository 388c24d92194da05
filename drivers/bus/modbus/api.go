// Package modbus is a Modbus RTU master and a Modbus TCP client with one promise above
// all: within late_reply, no value is ever attributed to the wrong register.
//
// # How the promise is kept
//
// A reply on a serial line names its unit, function and length, but neither register nor
// request. So after a request that was left unanswered its unit is asked nothing until
// late_reply has passed; after any read the same unit is asked for no other registers with
// the same function and length; what has arrived before a request is dropped; only a frame
// with the right unit, function, length and check sum is a reply, and not even that while it
// may be part of the data of a longer frame. Other units are asked meanwhile. Master.ReadyAt
// tells a poll loop when a request is unambiguous.
//
// Nobody knows what was asked just before the port was opened (by a process that was killed,
// by a laptop). So for late_reply after NewRTU every read is made twice and the two must
// agree; where they don't, the unit waits until that time is over. Who opens the port and
// knows for how long it was left alone says so with RTUOptions.Unasked, and that time counts.
//
// # Its limits
//
//   - A reply that comes later than late_reply can be taken for another's. Set late_reply in
//     the device's contract to what the device can do at its worst.
//   - A duplicate can answer a repetition of the same read: the register is right, the value
//     up to late_reply old.
//   - A late exception can end another request with the same function: an error, never a value.
//   - The reply to a write repeats address and value or count. A duplicate can confirm a
//     repetition of the same write, and for functions 15 and 16 one of other values to the
//     same addresses. What matters is read back.
//   - Twice within late_reply of opening the port, the same stray reply instead of the true
//     one (the reply itself and its duplicate) would pass.
//   - Garbage passes a 16-bit check sum once in 65 536 times, if unit, function and length
//     fit as well. Fire is shown at once, and read again.
//   - The line has one master. Modbus TCP relies on transaction numbers; a gateway that puts
//     the present number on an old reply needs TCPOptions.Gateway.
package modbus

import (
	"context"
	"time"
)

// Function is a Modbus function code (MODBUS Application Protocol V1.1b3, section 6).
type Function uint8

// The functions that this master speaks.
const (
	ReadCoils              Function = 1
	ReadDiscreteInputs     Function = 2
	ReadHoldingRegisters   Function = 3
	ReadInputRegisters     Function = 4
	WriteSingleCoil        Function = 5
	WriteSingleRegister    Function = 6
	WriteMultipleCoils     Function = 15
	WriteMultipleRegisters Function = 16
	ReadWriteRegisters     Function = 23
)

// Request is one exchange with one device.
type Request struct {
	// Device is the configured name, for errors only.
	Device string
	// Unit is the device's address, 1–255. Above 247 is outside the standard but sold.
	Unit     uint8
	Function Function
	// Address is the 0-based address; Count the registers or bits (1 for FC05/06).
	Address uint16
	Count   uint16
	// Data is what is written: registers big-endian, or bits packed low first. FC05 takes
	// FF 00 or 00 00. For FC23 Address and Count are the read, WriteAddress the write.
	Data         []byte
	WriteAddress uint16
	// ReplyWithin bounds the wait for a reply's first byte once the request has left the
	// wire; zero means 100 ms. LateReply is how long a reply may still straggle in; zero
	// means 2 s.
	ReplyWithin time.Duration
	LateReply   time.Duration
}

// Master exchanges requests with the devices of one bus. One goroutine owns it.
type Master interface {
	// Do sends req and returns the reply's data (after the byte count for reads, nil for
	// writes), appended to dst[:0]. The error names bus, device, function and register and
	// is, or wraps, one of this package's errors. It never sends a request that ReadyAt
	// says is ambiguous: that is ErrHeld.
	Do(ctx context.Context, req *Request, dst []byte) ([]byte, error)
	// ReadyAt is the earliest time at which req can be asked so that no straggling reply
	// to an earlier request could be taken for its own; the zero time means now. A device
	// that left a request unanswered is asked nothing until its late_reply has passed; a
	// read whose reply would have the same shape (function and length) as that of a recent
	// read of other registers waits in the same way.
	ReadyAt(req *Request) time.Time
	// Cost is how long req occupies the wire in the good case, given the device's turnaround.
	Cost(req *Request, turnaround time.Duration) time.Duration
	// Stats returns the counters so far. Safe for concurrent use.
	Stats() Stats
	// Close releases the port.
	Close() error
}

// Stats counts what happened on one bus since it was opened.
type Stats struct {
	Requests, Good                         uint64
	Exceptions, Timeouts, CRCErrors        uint64
	ForeignFrames, ShortFrames, LateBytes  uint64
	Disconnects, Held, EchoFrames, TxBytes uint64
	RxBytes                                uint64
	// Busy is the time the wire was occupied, by our own reckoning.
	Busy time.Duration
}
