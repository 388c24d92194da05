package sim

import "encoding/binary"

// maxRequest is the longest RTU frame (MODBUS over Serial Line V1.02, section 2.5.1).
const maxRequest = 256

// parser finds requests in a stream of bytes, dropping what is none.
type parser struct {
	buf     []byte
	dropped uint64
}

// feed appends what has arrived.
func (p *parser) feed(b []byte) {
	p.buf = append(p.buf, b...)
	if over := len(p.buf) - 4*maxRequest; over > 0 {
		p.drop(over)
	}
}

// flush forgets an unfinished request: the silence after it was too long.
func (p *parser) flush() { p.drop(len(p.buf)) }

func (p *parser) drop(n int) {
	p.dropped += uint64(n)
	p.take(n)
}

func (p *parser) take(n int) { p.buf = p.buf[:copy(p.buf, p.buf[n:])] }

// next copies the next whole request with a right checksum to dst[:0]; none means that
// more bytes are needed.
func (p *parser) next(dst []byte) ([]byte, bool) {
	for len(p.buf) > 0 {
		n, found := frameAt(p.buf)
		switch {
		case found:
			dst = append(dst[:0], p.buf[:n]...)
			p.take(n)
			return dst, true
		case n > 0 && n <= len(p.buf):
			p.drop(1)
		default:
			skip := hiddenFrame(p.buf)
			if skip == 0 {
				return nil, false
			}
			p.drop(skip)
		}
	}
	return nil, false
}

// frameAt looks for a request at the start of b: its length, when that is known (else 0),
// and whether it is all there with a right checksum.
func frameAt(b []byte) (n int, found bool) {
	n = requestLength(b)
	if n > 0 {
		return n, n <= len(b) && sealed(b[:n])
	}
	if len(b) < 2 || knownFunction(b[1]) {
		return 0, false
	}
	// Only silence ends a frame of an unknown function; here the checksum does: over a
	// frame and its own checksum it is 0.
	crc := uint16(crcStart)
	for i, c := range b[:min(len(b), maxRequest)] {
		if crc = crcAdd(crc, c); crc == 0 && i >= 3 {
			return i + 1, true
		}
	}
	return 0, false
}

// hiddenFrame finds a whole request at the end of b behind bytes that look like the start
// of a longer one, and returns how many bytes stand before it; 0 means none.
func hiddenFrame(b []byte) int {
	for i := 1; i+8 <= len(b); i++ {
		if n := requestLength(b[i:]); i+n == len(b) && n > 0 && sealed(b[i:]) {
			return i
		}
	}
	return 0
}

// requestLength is the length of the request that begins with b, or 0 when unknown (yet).
func requestLength(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch fc := b[1]; {
	case fc >= fcReadCoils && fc <= fcWriteRegister:
		return 8
	case (fc == fcWriteCoils || fc == fcWriteRegisters) && len(b) > 6:
		return 9 + int(b[6])
	case fc == fcReadWrite && len(b) > 10:
		return 13 + int(b[10])
	}
	return 0
}

func knownFunction(fc byte) bool {
	return fc >= fcReadCoils && fc <= fcWriteRegister || fc == fcWriteCoils || fc == fcWriteRegisters || fc == fcReadWrite
}

func be16(b []byte) uint16 { return binary.BigEndian.Uint16(b) }
