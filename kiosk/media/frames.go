package media

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// pngMagic begins every PNG file (PNG specification, third edition, 5.2).
const pngMagic = "\x89PNG\r\n\x1a\n"

// cutShort turns the end of a file into words; other errors stay errors.
func cutShort(err error, what string) ([]string, error) {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return []string{"it ends within " + what + ": it was cut short"}, nil
	}
	return nil, fmt.Errorf("%w: read: %w", ErrStorage, err)
}

// readPNG walks a PNG's chunks to its end and checks every checksum, without unpacking pixels.
func readPNG(r io.Reader, f *Facts) (damage []string, err error) {
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return cutShort(err, "its first bytes")
	}
	for first := true; ; first = false {
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return cutShort(err, "a chunk's head")
		}
		length, kind := binary.BigEndian.Uint32(head[:4]), string(head[4:])
		if length > 1<<31-1 || first != (kind == "IHDR") || first && length != 13 {
			return []string{fmt.Sprintf("PNG chunk %q of %d bytes is out of place", kind, length)}, nil
		}
		sum := crc32.NewIEEE()
		_, _ = sum.Write(head[4:]) // a checksum never fails
		var ihdr [13]byte
		body := io.TeeReader(io.LimitReader(r, int64(length)), sum)
		if first {
			_, err = io.ReadFull(body, ihdr[:])
			w, h := binary.BigEndian.Uint32(ihdr[:4]), binary.BigEndian.Uint32(ihdr[4:8])
			f.Width, f.Height = int(min(w, 1<<30)), int(min(h, 1<<30))
		} else {
			var n int64
			if n, err = io.Copy(io.Discard, body); err == nil && n < int64(length) {
				err = io.ErrUnexpectedEOF
			}
		}
		var want [4]byte
		if err == nil {
			_, err = io.ReadFull(r, want[:])
		}
		if err != nil {
			return cutShort(err, "chunk "+kind)
		}
		if binary.BigEndian.Uint32(want[:]) != sum.Sum32() {
			return []string{fmt.Sprintf("PNG chunk %q has another checksum: it is damaged", kind)}, nil
		}
		switch kind {
		case "IEND":
			return nil, nil
		case "acTL":
			f.Unusual = "it is an animated PNG; make a film of it if it is to move"
		}
	}
}

// readJPEG walks a JPEG's segments (ITU-T T.81, annex B) to its end, without unpacking pixels.
func readJPEG(r *io.SectionReader, f *Facts) (damage []string, err error) {
	var head [4]byte
	at := int64(2)
	for {
		if _, err := r.ReadAt(head[:], at); err != nil {
			return cutShort(err, "its segments")
		}
		marker, length := head[1], int64(binary.BigEndian.Uint16(head[2:]))
		switch {
		case head[0] != 0xFF || marker < 0xC0 || marker >= 0xD0 && marker <= 0xD9 || marker != 0xFF && length < 2:
			return []string{fmt.Sprintf("JPEG segment %X at byte %d is damaged", head[:2], at)}, nil
		case marker == 0xFF: // a fill byte
			at++
			continue
		case marker == 0xC0 || marker == 0xC1 || marker == 0xC2:
			var sof [6]byte
			if _, err := r.ReadAt(sof[:], at+4); err != nil {
				return cutShort(err, "its frame header")
			}
			f.Height, f.Width = int(binary.BigEndian.Uint16(sof[1:])), int(binary.BigEndian.Uint16(sof[3:]))
			if sof[0] != 8 || sof[5] == 4 {
				f.Unusual = fmt.Sprintf("it is a JPEG with %d bits and %d colours; browsers show 8 bits in grey or three colours", sof[0], sof[5])
			}
		case marker > 0xC2 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC:
			f.Unusual = fmt.Sprintf("it is a JPEG of kind %X; browsers show baseline and progressive", marker)
		case marker == 0xDA:
			return endsJPEG(r)
		}
		at += 2 + length
	}
}

// endsJPEG looks for the end marker; cameras write a little after it.
func endsJPEG(r *io.SectionReader) ([]string, error) {
	const tail = 64 << 10
	from := max(0, r.Size()-tail)
	buf := make([]byte, r.Size()-from)
	if _, err := r.ReadAt(buf, from); err != nil && !errors.Is(err, io.EOF) {
		return cutShort(err, "its picture")
	}
	for i := len(buf) - 2; i >= 0; i-- {
		if buf[i] == 0xFF && buf[i+1] == 0xD9 {
			return nil, nil
		}
	}
	return []string{"its end marker is not there: it was cut short"}, nil
}

// readBoxes walks an MP4's outermost boxes (ISO/IEC 14496-12, 4.2): they must fill the file
// exactly. A film that was cut short keeps its index where that stands in front, and would be
// found broken only while it plays.
func readBoxes(r io.ReaderAt, size int64) (wrong []string, err error) {
	var head [16]byte
	moov, mdat := false, false
	for at, n := int64(0), 0; at < size; n++ {
		if n > 10_000 {
			return []string{"it has more than 10000 parts; write it as one MP4"}, nil
		}
		got, err := r.ReadAt(head[:min(16, size-at)], at)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%w: read: %w", ErrStorage, err)
		}
		if got < 8 {
			return []string{fmt.Sprintf("%d bytes follow its last box: it was cut short", got)}, nil
		}
		length, kind := int64(binary.BigEndian.Uint32(head[:4])), string(head[4:8])
		switch {
		case length == 0:
			length = size - at
		case length == 1 && got == 16:
			length = int64(binary.BigEndian.Uint64(head[8:]) & (1<<63 - 1))
			if length < 16 {
				length = -1
			}
		case length < 8:
			length = -1
		}
		if length < 0 || length > size-at {
			return []string{fmt.Sprintf("box %q at byte %d is longer than the file: it was cut short or is damaged", kind, at)}, nil
		}
		moov, mdat = moov || kind == "moov", mdat || kind == "mdat"
		at += length
	}
	if !moov {
		wrong = append(wrong, "it has no index (moov): it was never finished, or was cut short")
	}
	if !mdat {
		wrong = append(wrong, "it has no pictures in it (mdat)")
	}
	return wrong, nil
}
