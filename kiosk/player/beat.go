package player

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
	"unicode/utf8"
)

// ErrBeat is wrapped by the error of every beat that can't be believed.
var ErrBeat = errors.New("beat")

// Bounds of a beat. The page keeps well within them.
const (
	maxBeat    = 32 << 10
	maxName    = 256
	maxWords   = 512
	maxPainted = 16
	maxPlayed  = 32
	// Beats beyond this many in that span are a page gone mad.
	floodBeats = 400
	floodSpan  = 10 * time.Second
)

// The ways in which an item can end.
const (
	// Ended: it was shown to the end of its slot.
	Ended = "ended"
	// Interrupted: a takeover or a change of programme came first.
	Interrupted = "interrupted"
	// Failed: it could not be shown, or stopped; Why says so.
	Failed = "failed"
)

func beatError(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrBeat}, args...)...)
}

// clip returns s without what is beyond n bytes, cut between characters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// ParseBeat reads one beat strictly: one JSON object, no unknown field, every value within its
// bounds. Errors wrap ErrBeat.
func ParseBeat(data []byte) (Beat, error) {
	if len(data) > maxBeat {
		return Beat{}, beatError("%d bytes, allowed are %d", len(data), maxBeat)
	}
	if !utf8.Valid(data) {
		return Beat{}, beatError("not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var b Beat
	if err := dec.Decode(&b); err != nil {
		return Beat{}, fmt.Errorf("%w: %w", ErrBeat, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Beat{}, beatError("more than one value")
	}
	if err := b.check(); err != nil {
		return Beat{}, err
	}
	return b, nil
}

// within is one rule: a value and its bounds.
type within struct {
	name      string
	v, lo, hi float64
}

// text is one rule: a text and its longest length in bytes.
type text struct {
	name, v string
	most    int
}

func check(numbers []within, texts []text) error {
	for _, n := range numbers {
		if n.v < n.lo || n.v > n.hi {
			return beatError("%s is %g, allowed is %g to %g", n.name, n.v, n.lo, n.hi)
		}
	}
	for _, t := range texts {
		if len(t.v) > t.most {
			return beatError("%s has %d bytes, allowed are %d", t.name, len(t.v), t.most)
		}
	}
	return nil
}

// most milliseconds and the like: a hundred years, and exact in a float64.
const most = 100 * 366 * 24 * 3600 * 1000

func (b *Beat) check() error {
	if b.Seq == 0 {
		return beatError("seq is missing")
	}
	if len(b.Painted) > maxPainted || len(b.Played) > maxPlayed {
		return beatError("%d painted and %d played, allowed are %d and %d", len(b.Painted), len(b.Played), maxPainted, maxPlayed)
	}
	err := check([]within{
		{"frames", float64(b.Frames), 0, 1e6},
		{"heap", float64(b.Heap), 0, 1 << 40},
		{"width", float64(b.Width), 0, 65535},
		{"height", float64(b.Height), 0, 65535},
	}, []text{
		{"build", b.Build, 64},
		{"item", b.Item, maxName},
		{"takeover", b.Takeover, maxName},
		{"error", b.Error, maxWords},
	})
	if err != nil {
		return err
	}
	if v := b.Video; v != nil {
		if err := check([]within{{"video.at", v.At, 0, most}, {"video.dropped", float64(v.Dropped), 0, 1 << 31}}, nil); err != nil {
			return err
		}
	}
	for i := range b.Painted {
		p := &b.Painted[i]
		if p.ID == "" {
			return beatError("painted without an id")
		}
		if err := check([]within{{"painted.after_ms", p.AfterMS, 0, most}}, []text{{"painted.id", p.ID, maxName}}); err != nil {
			return err
		}
	}
	for i := range b.Played {
		if err := b.Played[i].check(); err != nil {
			return err
		}
	}
	return nil
}

func (p *Played) check() error {
	switch p.How {
	case Ended, Interrupted, Failed:
	default:
		return beatError("played.how is %q, allowed are %s, %s and %s", clip(p.How, 32), Ended, Interrupted, Failed)
	}
	if p.UntilMS < p.FromMS {
		return beatError("played until %d, before it began at %d", p.UntilMS, p.FromMS)
	}
	return check([]within{
		{"played.from_ms", float64(p.FromMS), 0, most},
		{"played.until_ms", float64(p.UntilMS), 0, most},
	}, []text{
		{"played.zone", p.Zone, 32},
		{"played.item", p.Item, maxName},
		{"played.why", p.Why, maxWords},
	})
}

// flood counts beats within a span.
type flood struct {
	since time.Duration
	n     int
}

// allows takes one beat at that time since boot, and reports whether it is not one too many.
func (f *flood) allows(at time.Duration) bool {
	if f.n == 0 || at-f.since >= floodSpan || at < f.since {
		f.since, f.n = at, 0
	}
	f.n++
	return f.n <= floodBeats
}
