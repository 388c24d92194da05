package modbus

import (
	"fmt"
	"time"
)

// The largest counts of the standard (MODBUS Application Protocol V1.1b3, section 6).
const (
	maxReadBits       = 2000
	maxReadRegisters  = 125
	maxWriteBits      = 1968
	maxWriteRegisters = 123
	maxRWWrite        = 121

	maxPDU      = 253
	maxADU      = 256
	exceptionLn = 5 // unit, function with the top bit, code, check sum
	writeReply  = 8 // unit, function, address, value or count, check sum
)

// The defaults of Request.ReplyWithin and Request.LateReply.
const (
	DefaultReplyWithin = 100 * time.Millisecond
	DefaultLateReply   = 2 * time.Second
)

func (r *Request) replyWithin() time.Duration {
	if r.ReplyWithin > 0 {
		return r.ReplyWithin
	}
	return DefaultReplyWithin
}

func (r *Request) lateReply() time.Duration {
	if r.LateReply > 0 {
		return r.LateReply
	}
	return DefaultLateReply
}

// isRead says whether the reply carries values that could be taken for another register's.
func (f Function) isRead() bool { return f <= ReadInputRegisters || f == ReadWriteRegisters }

// dataBytes is the number of bytes of values in a reply to r.
func (r *Request) dataBytes() int {
	switch r.Function {
	case ReadCoils, ReadDiscreteInputs:
		return (int(r.Count) + 7) / 8
	case ReadHoldingRegisters, ReadInputRegisters, ReadWriteRegisters:
		return 2 * int(r.Count)
	default:
		return 0
	}
}

// Validate refuses a request that the standard does not allow. The error wraps ErrRequest.
func (r *Request) Validate() error {
	if r.Unit == 0 {
		return fmt.Errorf("%w: unit 0 is the broadcast address, which nobody answers; use 1–255", ErrRequest)
	}
	limit, wantData := 0, 0
	switch r.Function {
	case ReadCoils, ReadDiscreteInputs:
		limit = maxReadBits
	case ReadHoldingRegisters, ReadInputRegisters:
		limit = maxReadRegisters
	case WriteSingleCoil, WriteSingleRegister:
		limit, wantData = 1, 2
	case WriteMultipleCoils:
		limit, wantData = maxWriteBits, (int(r.Count)+7)/8
	case WriteMultipleRegisters:
		limit, wantData = maxWriteRegisters, 2*int(r.Count)
	case ReadWriteRegisters:
		return r.validateReadWrite()
	default:
		return fmt.Errorf("%w: function %d is not spoken here; use 1–6, 15, 16 or 23", ErrRequest, uint8(r.Function))
	}
	if err := inRange(r.Address, int(r.Count), limit); err != nil {
		return err
	}
	if len(r.Data) != wantData {
		return fmt.Errorf("%w: %d bytes of data for a count of %d; %s takes %d", ErrRequest, len(r.Data), r.Count, r.Function, wantData)
	}
	if r.Function == WriteSingleCoil && (r.Data[1] != 0 || r.Data[0] != 0 && r.Data[0] != 0xFF) {
		return fmt.Errorf("%w: coil value % X; use FF 00 for on or 00 00 for off", ErrRequest, r.Data)
	}
	return nil
}

func (r *Request) validateReadWrite() error {
	if err := inRange(r.Address, int(r.Count), maxReadRegisters); err != nil {
		return err
	}
	if len(r.Data)%2 != 0 {
		return fmt.Errorf("%w: %d bytes of data; registers have two each", ErrRequest, len(r.Data))
	}
	return inRange(r.WriteAddress, len(r.Data)/2, maxRWWrite)
}

func inRange(address uint16, count, limit int) error {
	if count < 1 || count > limit {
		return fmt.Errorf("%w: count %d; use 1–%d", ErrRequest, count, limit)
	}
	if int(address)+count > 1<<16 {
		return fmt.Errorf("%w: 0x%04X×%d runs past address 0xFFFF", ErrRequest, address, count)
	}
	return nil
}

// requestLen is the length of r's frame in RTU, unit and check sum included.
func (r *Request) requestLen() int {
	switch r.Function {
	case WriteMultipleCoils, WriteMultipleRegisters:
		return 9 + len(r.Data)
	case ReadWriteRegisters:
		return 13 + len(r.Data)
	default:
		return 8
	}
}

// replyLen is the length of a good reply to r in RTU, unit and check sum included.
func (r *Request) replyLen() int {
	if r.Function.isRead() {
		return 5 + r.dataBytes()
	}
	return writeReply
}

// appendBody appends unit, function and parameters of a validated r.
func (r *Request) appendBody(p []byte) []byte {
	p = append(p, r.Unit, byte(r.Function), byte(r.Address>>8), byte(r.Address))
	switch r.Function {
	case WriteSingleCoil, WriteSingleRegister:
		return append(p, r.Data...)
	case WriteMultipleCoils, WriteMultipleRegisters:
		p = append(p, byte(r.Count>>8), byte(r.Count), byte(len(r.Data)))
		return append(p, r.Data...)
	case ReadWriteRegisters:
		n := len(r.Data) / 2
		p = append(p, byte(r.Count>>8), byte(r.Count), byte(r.WriteAddress>>8), byte(r.WriteAddress),
			byte(n>>8), byte(n), byte(len(r.Data)))
		return append(p, r.Data...)
	default:
		return append(p, byte(r.Count>>8), byte(r.Count))
	}
}

// AppendRTU appends the request's frame for a serial line, check sum included, to p[:0].
// The request must be valid.
func (r *Request) AppendRTU(p []byte) []byte { return appendCRC(r.appendBody(p[:0])) }

// replyHead fills h with the bytes at the start of every good reply that are known
// beforehand, and returns how many those are: three for reads (unit, function, byte count),
// six for writes, whose reply repeats address and value or count.
func (r *Request) replyHead(h *[6]byte) int {
	h[0], h[1] = r.Unit, byte(r.Function)
	if r.Function.isRead() {
		h[2] = byte(r.dataBytes())
		return 3
	}
	h[2], h[3], h[4], h[5] = byte(r.Address>>8), byte(r.Address), byte(r.Count>>8), byte(r.Count)
	if r.Function == WriteSingleCoil || r.Function == WriteSingleRegister {
		h[4], h[5] = r.Data[0], r.Data[1]
	}
	return 6
}
