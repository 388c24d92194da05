package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// logSum is the running checksum of a write-ahead log (file format, section 4.2).
type logSum struct {
	s0, s1 uint32
	order  binary.ByteOrder
}

func (l *logSum) add(b []byte) {
	for ; len(b) >= 8; b = b[8:] {
		l.s0 += l.order.Uint32(b) + l.s1
		l.s1 += l.order.Uint32(b[4:]) + l.s0
	}
}

// is compares with a stored checksum, which is always big-endian.
func (l *logSum) is(b []byte) bool {
	return binary.BigEndian.Uint32(b) == l.s0 && binary.BigEndian.Uint32(b[4:]) == l.s1
}

// Magic numbers of a log: the last bit says in which byte order checksums are computed.
const (
	logMagicLittle = 0x377f0682
	logMagicBig    = 0x377f0683
)

func newLogSum(head []byte) (*logSum, error) {
	l := &logSum{order: binary.LittleEndian}
	switch binary.BigEndian.Uint32(head) {
	case logMagicLittle:
	case logMagicBig:
		l.order = binary.BigEndian
	default:
		return nil, fmt.Errorf("write-ahead log begins with %x: %w", head[:4], errCorrupt)
	}
	l.add(head[:24])
	if !l.is(head[24:32]) || binary.BigEndian.Uint32(head[8:]) != pageSize {
		return nil, fmt.Errorf("header of the write-ahead log fails its checksum: %w", errCorrupt)
	}
	return l, nil
}

func checkLogHeader(head []byte) error {
	_, err := newLogSum(head)
	return err
}

// checkLog looks for damage within a write-ahead log. SQLite takes the first frame that fails
// its checksum for the end of the log, which is right for a torn tail but silently gives up
// every commit behind a flipped bit. A log with a commit of the same round behind such a
// frame, or with frames behind a damaged header, is damaged. An absent log is fine.
func checkLog(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open write-ahead log: %w", err)
	}
	defer func() { _ = f.Close() }()
	var head [walHeader]byte
	if _, err := io.ReadFull(f, head[:]); err != nil {
		return endOfLog(err)
	}
	sum, headErr := newLogSum(head[:])
	var frame [walFrame + pageSize]byte
	broken := headErr != nil
	for n := 1; ; n++ {
		if _, err := io.ReadFull(f, frame[:]); err != nil {
			return endOfLog(err)
		}
		switch {
		case headErr != nil:
			return headErr
		case broken:
			commits := binary.BigEndian.Uint32(frame[4:]) != 0
			if commits && string(frame[8:16]) == string(head[16:24]) {
				return fmt.Errorf("frame %d of the write-ahead log stands behind a damaged one: %w", n, errCorrupt)
			}
		default:
			sum.add(frame[:8])
			sum.add(frame[walFrame:])
			broken = !sum.is(frame[16:24]) || string(frame[8:16]) != string(head[16:24])
		}
	}
}

// endOfLog tells the end of the file from an error of the disk.
func endOfLog(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return fmt.Errorf("read write-ahead log: %w", err)
}
