package poll

import (
	"time"

	"firepost/drivers/bus/modbus"
	"firepost/firmware-contracts/contract"
)

// The lengths of Modbus RTU frames, in characters.
const (
	readRequest = 8 // unit, function, address, count, check sum
	readReply   = 5 // unit, function, byte count, check sum; the values come on top
	writeBoth   = 16
)

// tcpOverhead is what a transaction over Modbus TCP costs beside the device's turnaround:
// a guess for a local network, where no wire is shared.
const tcpOverhead = time.Millisecond

// wire turns characters into time.
type wire struct {
	char, silence time.Duration
}

func newWire(baud, charBits int) wire {
	if baud == 0 {
		return wire{silence: tcpOverhead}
	}
	w := wire{char: time.Duration(charBits) * time.Second / time.Duration(baud)}
	// MODBUS over Serial Line V1.02, 2.5.1.1: 3.5 characters, or 1.75 ms above 19200 baud.
	w.silence = w.char * 7 / 2
	if baud > 19200 {
		w.silence = 1750 * time.Microsecond
	}
	return w
}

// good is a whole answered read whose reply carries n bytes of values.
func (w wire) good(n int, turnaround time.Duration) time.Duration {
	return time.Duration(readRequest+readReply+n)*w.char + turnaround + w.silence
}

// write is a whole answered write of one coil or register.
func (w wire) write(turnaround time.Duration) time.Duration {
	return writeBoth*w.char + turnaround + w.silence
}

// miss is a request that nobody answers.
func (w wire) miss(within time.Duration) time.Duration {
	return readRequest*w.char + within + w.silence
}

// replyWithin and lateReply give the contract's limits with the defaults of the master.
func replyWithin(l *contract.Limits) time.Duration {
	if l.ReplyWithin > 0 {
		return l.ReplyWithin
	}
	return modbus.DefaultReplyWithin
}

func lateReply(l *contract.Limits) time.Duration {
	if l.LateReply > 0 {
		return l.LateReply
	}
	return modbus.DefaultLateReply
}

// valueBytes is how many bytes of values a reply to a read of count addresses carries.
func valueBytes(t contract.Table, count int) int {
	if t.Bits() {
		return (count + 7) / 8
	}
	return 2 * count
}
