package modbus

import "bytes"

// An expect is what one request allows as its reply, and the search for it in the bytes
// that arrive. It is pure: bytes in, finding out.
//
// A serial line delivers more than replies: late frames of other units, a driver's glitch
// before and after a frame, broken halves, the echo of the request. So the reply is looked
// for at every offset. A frame that lies wholly inside what may be the data of a longer
// frame is not accepted: registers can hold anything, a frame included.
type expect struct {
	request  []byte
	head     [6]byte
	headLen  int
	want     int
	read     bool
	awaitsIt bool // the echo of our request is stripped, and has not come yet
}

type findingKind uint8

const (
	foundNothing   findingKind = iota // nothing usable yet
	foundStart                        // the beginning of the reply
	foundReply                        // the reply
	foundException                    // the device's refusal
	foundForeign                      // an intact frame that is not the reply
	foundEcho                         // our own request
)

// finding is the frame b[start:end]; after foundStart, need more bytes complete it, and
// after look more bytes (at most need) more is known about it.
type finding struct {
	kind       findingKind
	start, end int
	need, look int
}

func (x *expect) set(req *Request, frame []byte, stripEcho bool) {
	x.request = frame
	x.headLen = req.replyHead(&x.head)
	x.want = req.replyLen()
	x.read = req.Function.isRead()
	x.awaitsIt = stripEcho
}

// scan looks for the first complete frame in b, or else for the start of the reply.
func (x *expect) scan(b []byte) finding {
	var start finding
	for k := range b {
		f := x.at(b[k:])
		if f.kind == foundStart {
			if start.kind == foundNothing {
				start = finding{kind: foundStart, start: k, need: f.need, look: f.look}
			}
			f = foreignAt(b[k:])
		}
		if f.kind == foundNothing || x.enclosed(b, k, k+f.end) {
			continue
		}
		return finding{kind: f.kind, start: k, end: k + f.end}
	}
	return start
}

// at says what begins at b[0].
func (x *expect) at(b []byte) finding {
	if x.isEcho(b) {
		return finding{kind: foundEcho, end: len(x.request)}
	}
	if len(b) >= 2 && b[0] == x.head[0] && b[1] == x.head[1]|0x80 {
		if len(b) < exceptionLn {
			return finding{kind: foundStart, need: exceptionLn - len(b), look: exceptionLn - len(b)}
		}
		if CRC16(b[:exceptionLn]) == 0 {
			return finding{kind: foundException, end: exceptionLn}
		}
		return finding{}
	}
	known := min(len(b), x.headLen)
	if !bytes.Equal(b[:known], x.head[:known]) {
		return foreignAt(b)
	}
	if need := x.want - len(b); need > 0 {
		look := need
		if len(b) < 2 {
			look = min(need, exceptionLn-len(b))
		}
		return finding{kind: foundStart, need: need, look: look}
	}
	if CRC16(b[:x.want]) == 0 {
		return finding{kind: foundReply, end: x.want}
	}
	return foreignAt(b)
}

// isEcho says whether b begins with our own request. The reply to a write of one coil or
// register repeats the request, so that such a frame is an echo only where one is due.
func (x *expect) isEcho(b []byte) bool {
	return (x.awaitsIt || len(x.request) != x.want || x.read) && bytes.HasPrefix(b, x.request)
}

// foreignAt recognises an intact frame at b[0], whoever sent it, of the functions that a
// master of this package uses.
func foreignAt(b []byte) finding {
	if len(b) < exceptionLn || b[0] == 0 {
		return finding{}
	}
	var lengths [3]int
	switch f := Function(b[1]); {
	case f&0x80 != 0:
		lengths[0] = exceptionLn
	case f.isRead() && f != 0:
		lengths[0], lengths[1] = 5+int(b[2]), 8
		if f == ReadWriteRegisters && len(b) > 10 {
			lengths[1] = 13 + int(b[10])
		}
	case f == WriteSingleCoil || f == WriteSingleRegister:
		lengths[0] = writeReply
	case f == WriteMultipleCoils || f == WriteMultipleRegisters:
		lengths[0] = writeReply
		if len(b) > 6 {
			lengths[1] = 9 + int(b[6])
		}
	}
	for _, n := range lengths {
		if n > 0 && n <= len(b) && n <= maxADU && CRC16(b[:n]) == 0 {
			return finding{kind: foundForeign, end: n}
		}
	}
	return finding{}
}

// enclosed says whether b[k:end] may be part of the data of a longer frame that began
// earlier and is broken or still arriving, or part of our own request's echo.
func (x *expect) enclosed(b []byte, k, end int) bool {
	for j := max(0, k-maxADU); j <= k; j++ {
		if (j < k || x.read) && end-j < len(x.request) && bytes.HasPrefix(x.request, b[j:end]) {
			return true
		}
		if k-j >= 3 && b[j] != 0 && end <= j+3+dataLen(b[j+1], b[j+2]) {
			return true
		}
	}
	return false
}

// dataLen is the length of the data in a reply that begins with function and count, 0 if
// no reply does.
func dataLen(function, count byte) int {
	switch f := Function(function); f {
	case ReadCoils, ReadDiscreteInputs:
	case ReadHoldingRegisters, ReadInputRegisters, ReadWriteRegisters:
		if count%2 != 0 {
			return 0
		}
	default:
		return 0
	}
	if count > 250 {
		return 0
	}
	return int(count)
}

// verdict names what is wrong with b, in which no reply was found when time ran out.
func (x *expect) verdict(b []byte) error {
	if len(b) == 0 {
		return ErrTimeout
	}
	known := min(len(b), x.headLen)
	if len(b) < x.want && bytes.Equal(b[:known], x.head[:known]) {
		return ErrShort
	}
	return ErrCRC
}
