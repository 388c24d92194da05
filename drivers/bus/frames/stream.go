package frames

import (
	"errors"
	"fmt"

	"firepost/firmware-contracts/contract"
)

// room is how many bytes are taken in at a time, beyond the longest frame.
const room = 512

// Found is one sound frame. It is borrowed: it holds only until the function that was given
// it returns.
type Found struct {
	Frame []byte
	// Models are the models that recognise the frame, as indexes into what NewStream was
	// given; more than one when their descriptions leave room for both.
	Models []int
}

// StreamStats counts what a stream was fed.
type StreamStats struct {
	// Bytes is everything; Garbage what belonged to no sound frame.
	Bytes, Garbage uint64
	// Frames is the sound ones; BadCheck what looked like a frame but had a wrong check.
	Frames, BadCheck uint64
}

// Stream finds frames in a stream of bytes. How the bytes were cut into pieces makes no
// difference to what is found. Its memory is fixed when it is made. It is PURE and not safe
// for concurrent use.
type Stream struct {
	models []*contract.Contract
	buf    []byte
	// need is how many bytes must be there before a verdict on the first can change.
	need  int
	hits  []int
	stats StreamStats
}

// NewStream returns a stream that looks for frames of the models. The error wraps ErrConfig
// when there is no model, or one that describes no frames.
func NewStream(models ...*contract.Contract) (*Stream, error) {
	if len(models) == 0 {
		return nil, fmt.Errorf("%w: a line without any model: name a device or a model to listen for", ErrConfig)
	}
	longest := 0
	for _, m := range models {
		if m == nil || m.Frame == nil {
			return nil, fmt.Errorf("%w: model %s describes no frames: use one with transport frames", ErrConfig, refOf(m))
		}
		longest = max(longest, m.Frame.Length.Fixed, m.Frame.Length.Max)
	}
	return &Stream{models: models, buf: make([]byte, 0, longest+room), hits: make([]int, 0, len(models))}, nil
}

// Feed takes in bytes and calls found for every frame that they complete, in order.
func (s *Stream) Feed(p []byte, found func(Found)) {
	s.stats.Bytes += uint64(len(p))
	for len(p) > 0 {
		n := copy(s.buf[len(s.buf):cap(s.buf)], p)
		s.buf, p = s.buf[:len(s.buf)+n], p[n:]
		s.search(found, false)
	}
}

// Silence says that the line has been silent so long that no frame can go on: what is
// incomplete is none, and frames inside it are found now.
func (s *Stream) Silence(found func(Found)) { s.search(found, true) }

// Pending is how many bytes may still become a frame.
func (s *Stream) Pending() int { return len(s.buf) }

// Stats is what has been counted so far.
func (s *Stream) Stats() StreamStats { return s.stats }

// search finds what is complete; last says that nothing will follow.
func (s *Stream) search(found func(Found), last bool) {
	if len(s.buf) < s.need && !last {
		return
	}
	from := 0
	for from < len(s.buf) {
		n, need := s.judge(s.buf[from:])
		// A full buffer can't be waited on; no description asks for that much.
		if need > 0 && !last && (from > 0 || len(s.buf) < cap(s.buf)) {
			s.need = need
			break
		}
		if n == 0 {
			s.stats.Garbage++
			from++
			continue
		}
		s.stats.Frames++
		found(Found{Frame: s.buf[from : from+n : from+n], Models: s.hits})
		from += n
	}
	if from == len(s.buf) {
		s.need = 0
	}
	s.buf = s.buf[:copy(s.buf, s.buf[from:])]
}

// judge says whether a frame begins with b's first byte: one of n bytes, which s.hits
// recognise; or perhaps, once need bytes are there; or none. The shortest frame wins, since
// it is complete first whatever the pieces.
func (s *Stream) judge(b []byte) (n, need int) {
	s.hits = s.hits[:0]
	bad := false
	for i, m := range s.models {
		k, err := m.Frame.Scan(b)
		switch {
		case err == nil && (n == 0 || k < n):
			n, s.hits = k, append(s.hits[:0], i)
		case err == nil && k == n:
			s.hits = append(s.hits, i)
		case err == nil:
		case errors.Is(err, contract.ErrFrameShort) && (need == 0 || k < need):
			need = k
		case errors.Is(err, contract.ErrFrameCheck):
			bad = true
		}
	}
	if n > 0 {
		return n, 0
	}
	if bad && need == 0 {
		s.stats.BadCheck++
	}
	return 0, need
}

func refOf(m *contract.Contract) string {
	if m == nil {
		return "(none)"
	}
	return m.Ref()
}
