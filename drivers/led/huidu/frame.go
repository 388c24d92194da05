package huidu

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Commands, little-endian in bytes 2 and 3 of a frame.
const (
	cmdHeartbeatAsk    uint16 = 0x005F
	cmdHeartbeatAnswer uint16 = 0x0060
	cmdError           uint16 = 0x2000 // u16 code
	cmdVersionAsk      uint16 = 0x2001 // u32 version
	cmdVersionAnswer   uint16 = 0x2002 // u32 version
	cmdAsk             uint16 = 0x2003 // u32 length of the whole XML, u32 offset, XML
	cmdAnswer          uint16 = 0x2004 // the same
	cmdGPS             uint16 = 0x3007 // unasked
	cmdFileStart       uint16 = 0x8001
	cmdFileStarted     uint16 = 0x8002 // u16 code, u64 bytes that are there already
	cmdFileContent     uint16 = 0x8003
	cmdFileWritten     uint16 = 0x8004 // u16 code; not every card sends it
	cmdFileEnd         uint16 = 0x8005
	cmdFileEnded       uint16 = 0x8006 // u16 code
)

// Bounds.
const (
	headLen  = 4
	maxFrame = 9 * 1024 // MAX_TCP_PACKET of the maker's SDK
	maxChunk = 8000     // of XML or of a file, per frame
	maxXML   = 1 << 20
)

// protocolVersion is what is asked for; cards answer with theirs.
const protocolVersion uint32 = 0x1000005

// errFrame: the bytes are no frame of this protocol.
var errFrame = errors.New("no frame")

// frame appends one frame: length including itself, command, body.
func frame(dst []byte, cmd uint16, body ...[]byte) []byte {
	n := headLen
	for _, b := range body {
		n += len(b)
	}
	dst = binary.LittleEndian.AppendUint16(dst, uint16(n))
	dst = binary.LittleEndian.AppendUint16(dst, cmd)
	for _, b := range body {
		dst = append(dst, b...)
	}
	return dst
}

// nextFrame reads the frame that b begins with; n is 0 while it is not whole.
func nextFrame(b []byte) (cmd uint16, body []byte, n int, err error) {
	if len(b) < headLen {
		return 0, nil, 0, nil
	}
	n, cmd = int(binary.LittleEndian.Uint16(b)), binary.LittleEndian.Uint16(b[2:])
	if n < headLen || n > maxFrame {
		return 0, nil, 0, fmt.Errorf("%w: length %d, want %d to %d", errFrame, n, headLen, maxFrame)
	}
	switch cmd {
	case cmdHeartbeatAsk, cmdHeartbeatAnswer, cmdError, cmdVersionAnswer, cmdAnswer, cmdGPS,
		cmdFileStarted, cmdFileWritten, cmdFileEnded:
	default:
		return 0, nil, 0, fmt.Errorf("%w: command %#04x", errFrame, cmd)
	}
	if len(b) < n {
		return 0, nil, 0, nil
	}
	return cmd, b[headLen:n], n, nil
}

// askFrames splits an XML request into frames.
func askFrames(xml string) []byte {
	var out []byte
	for at := 0; at < len(xml); at += maxChunk {
		chunk := xml[at:min(at+maxChunk, len(xml))]
		var head [8]byte
		binary.LittleEndian.PutUint32(head[:], uint32(len(xml)))
		binary.LittleEndian.PutUint32(head[4:], uint32(at))
		out = frame(out, cmdAsk, head[:], []byte(chunk))
	}
	return out
}

// assembly puts the pieces of an XML answer together; pieces must come in order.
type assembly struct {
	total int
	xml   []byte
}

// add takes one piece and says whether the answer is whole.
func (a *assembly) add(body []byte) (bool, error) {
	if len(body) < 8 {
		return false, fmt.Errorf("%w: answer of %d bytes", errFrame, len(body))
	}
	total, at := binary.LittleEndian.Uint32(body), binary.LittleEndian.Uint32(body[4:])
	if at == 0 {
		a.xml = a.xml[:0] // an earlier answer that broke off is nobody's any more
		a.total = int(min(total, maxXML+1))
	}
	a.xml = append(a.xml, body[8:]...)
	switch {
	case total > maxXML:
		return false, fmt.Errorf("%w: answer of %d bytes, at most %d", errFrame, total, maxXML)
	case int(total) != a.total, int(at) != len(a.xml)-len(body[8:]), len(a.xml) > a.total:
		return false, fmt.Errorf("%w: piece of %d bytes at %d of %d does not fit", errFrame, len(body)-8, at, total)
	}
	return len(a.xml) == a.total, nil
}

// fileStart is the body of the request to store a file: MD5 as text and a 0, size, type, name
// and a 0.
func fileStart(name, md5 string, size int) []byte {
	b := append([]byte(md5), 0)
	b = binary.LittleEndian.AppendUint64(b, uint64(size))
	b = binary.LittleEndian.AppendUint16(b, 0) // type 0: picture
	return append(append(b, name...), 0)
}

// code reads the u16 that several answers begin with.
func code(body []byte) (uint16, error) {
	if len(body) < 2 {
		return 0, fmt.Errorf("%w: answer without a code", errFrame)
	}
	return binary.LittleEndian.Uint16(body), nil
}

// Codes of errors that have a name here; the rest is told by number.
const (
	codeOK       uint16 = 0
	codeFinished uint16 = 1 // the file is written
)

// codeText is the meaning of an error's number, as far as public lists agree on it.
func codeText(c uint16) string {
	names := [...]string{
		2: "not at this point of the protocol", 3: "version too low", 4: "card is in use by another program",
		5: "file is in use", 7: "wrong packet length", 8: "invalid parameter", 9: "no room left on the card",
		10: "can't create the file", 11: "can't write the file", 13: "invalid file", 14: "file's content is wrong",
		22: "can't read the XML", 23: "unknown method",
	}
	if int(c) < len(names) && names[c] != "" {
		return names[c]
	}
	return fmt.Sprintf("error %d", c)
}
