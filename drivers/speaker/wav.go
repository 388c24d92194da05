package speaker

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"time"
)

// Format is how the samples of a recording are to be read: signed, 16 bits, little-endian.
type Format struct {
	// Rate is in frames a second, 8000 to 48000; Channels is 1 or 2.
	Rate, Channels int
}

// bytesPerSecond is how fast samples of this format are played.
func (f Format) bytesPerSecond() int { return f.Rate * f.Channels * bytesPerSample }

const bytesPerSample = 2

// Recording is one WAV file as far as it must be known to be played.
type Recording struct {
	Format Format
	// Offset is where in the file the samples begin, Size how many bytes they are.
	Offset, Size int64
}

// Duration is how long the recording plays.
func (r Recording) Duration() time.Duration {
	return time.Duration(r.Size) * time.Second / time.Duration(r.Format.bytesPerSecond())
}

const (
	pcm        = 0x0001
	extensible = 0xfffe
	// most chunks that may stand before the samples: a file of nothing else is no recording.
	mostChunks = 64
)

// Inspect reads the header of the WAV file at path (Multimedia Programming Interface and Data
// Specifications 1.0, 1991, chapter 3). Errors wrap ErrRecording: a file that is missing, cut
// short, empty or in another coding can't be played, and is never guessed at.
func Inspect(path string) (Recording, error) {
	f, err := os.Open(path)
	if err != nil {
		return Recording{}, fmt.Errorf("%w: %w", ErrRecording, err)
	}
	defer func() { _ = f.Close() }()
	return inspect(f)
}

func inspect(f *os.File) (Recording, error) {
	info, err := f.Stat()
	if err != nil {
		return Recording{}, fmt.Errorf("%w: %w", ErrRecording, err)
	}
	if !info.Mode().IsRegular() {
		return Recording{}, fmt.Errorf("%w: %s is no regular file", ErrRecording, f.Name())
	}
	r, err := parse(f, info.Size())
	if err != nil {
		return Recording{}, fmt.Errorf("%w: %s: %w", ErrRecording, f.Name(), err)
	}
	return r, nil
}

func parse(f io.ReaderAt, size int64) (Recording, error) {
	var head [12]byte
	if _, err := f.ReadAt(head[:], 0); err != nil || string(head[:4]) != "RIFF" || string(head[8:]) != "WAVE" {
		return Recording{}, fmt.Errorf("no RIFF/WAVE header in a file of %d bytes", size)
	}
	var r Recording
	at := int64(len(head))
	for range mostChunks {
		var chunk [8]byte
		if _, err := f.ReadAt(chunk[:], at); err != nil {
			return Recording{}, fmt.Errorf("no samples: the file ends at byte %d of a chunk's header at %d", size, at)
		}
		length := int64(binary.LittleEndian.Uint32(chunk[4:]))
		at += int64(len(chunk))
		if length > size-at {
			return Recording{}, fmt.Errorf("chunk %q says %d bytes, the file has %d left: cut short, or written by a pipe", chunk[:4], length, size-at)
		}
		switch string(chunk[:4]) {
		case "fmt ":
			var err error
			if r.Format, err = format(f, at, length); err != nil {
				return Recording{}, err
			}
		case "data":
			if r.Format.Rate == 0 {
				return Recording{}, fmt.Errorf("samples before their format")
			}
			frame := int64(r.Format.Channels * bytesPerSample)
			r.Offset, r.Size = at, length-length%frame
			if r.Size == 0 {
				return Recording{}, fmt.Errorf("no samples")
			}
			return r, nil
		}
		at += length + length%2
	}
	return Recording{}, fmt.Errorf("no samples in the first %d chunks", mostChunks)
}

func format(f io.ReaderAt, at, length int64) (Format, error) {
	var b [26]byte
	if length < 16 {
		return Format{}, fmt.Errorf("format chunk of %d bytes, at least 16 are needed", length)
	}
	n := min(length, int64(len(b)))
	if _, err := f.ReadAt(b[:n], at); err != nil {
		return Format{}, fmt.Errorf("read format: %w", err)
	}
	coding := binary.LittleEndian.Uint16(b[0:])
	if coding == extensible && n == int64(len(b)) {
		// The sub-format's first two bytes are the coding (mmreg.h, WAVEFORMATEXTENSIBLE).
		coding = binary.LittleEndian.Uint16(b[24:])
	}
	out := Format{Channels: int(binary.LittleEndian.Uint16(b[2:]))}
	rate, bits := binary.LittleEndian.Uint32(b[4:]), binary.LittleEndian.Uint16(b[14:])
	if coding != pcm || bits != 16 {
		return Format{}, fmt.Errorf("coding %#04x with %d bits, wanted is PCM (0x0001) with 16", coding, bits)
	}
	if rate < 8000 || rate > 48000 {
		return Format{}, fmt.Errorf("rate %d Hz, allowed are 8000 to 48000", rate)
	}
	if out.Channels < 1 || out.Channels > 2 {
		return Format{}, fmt.Errorf("%d channels, allowed are 1 and 2", out.Channels)
	}
	out.Rate = int(rate)
	return out, nil
}
