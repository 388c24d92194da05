package contracttest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"firepost/drivers/bus/modbus"
	"firepost/drivers/bus/serialport"
)

const (
	// slice bounds how long the end of a context goes unnoticed.
	slice = 25 * time.Millisecond
	// gathering is how long an adapter may hold characters back (an FTDI chip: 16 ms).
	gathering = 20 * time.Millisecond
)

// wire sends frames as they are and keeps everything that is heard, with its time. A Master
// would hide what is looked for here, and a Prober sends no bad frames.
type wire struct {
	link    modbus.Link
	clock   modbus.Clock
	char    time.Duration
	silence time.Duration
	// rest is how long the line is left alone between exchanges, where the silence is shorter.
	rest time.Duration
	// busy is when the last character was sent or heard.
	busy time.Time
	// echo: the adapter hears what it sends.
	echo bool

	requests int
	last     []byte
	strays   []stray
	noise    int
	buf      [512]byte
}

// stray is what was heard between two exchanges, and the frame sent before it.
type stray struct{ after, heard []byte }

// heard is what came after a frame.
type heard struct {
	sent, data []byte
	// end is when the frame's last character left by reckoning, returned when Write did.
	end, returned time.Time
	// first and last are when the first and the last bytes were there; gap is the longest
	// time between two deliveries.
	first, last time.Time
	gap         time.Duration
	// echoed: the echo of the frame was there, and has been taken off.
	echoed bool
}

// turnaround is the time from the end of the request to the beginning of the reply; instant
// when the reply was there before the request could have left a real line.
func (h *heard) turnaround(char time.Duration) (d time.Duration, instant bool) {
	if d = h.first.Sub(h.end) - char; d >= 0 {
		return d, false
	}
	return max(0, h.first.Sub(h.returned)), true
}

func newWire(link modbus.Link, clock modbus.Clock) *wire {
	if clock == nil {
		clock = realClock{}
	}
	baud := max(link.Baud(), 300)
	w := &wire{link: link, clock: clock, busy: clock.Now()}
	w.char = time.Duration(max(link.CharBits(), 9)) * time.Second / time.Duration(baud)
	w.silence = w.char * 7 / 2
	if baud > 19200 {
		w.silence = 1750 * time.Microsecond
	}
	return w
}

// realClock is the system's time.
type realClock struct{}

func (realClock) Now() time.Time { return time.Now() }

func (realClock) SleepUntil(t time.Time) { time.Sleep(time.Until(t)) }

// sleep waits until t or the end of ctx.
func (w *wire) sleep(ctx context.Context, t time.Time) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		left := t.Sub(w.clock.Now())
		if left <= 0 {
			return nil
		}
		w.clock.SleepUntil(w.clock.Now().Add(min(left, slice)))
	}
}

// quiet waits for the silence between frames; what comes meanwhile is a stray.
func (w *wire) quiet(ctx context.Context) error {
	for range 100 {
		if err := w.sleep(ctx, w.busy.Add(max(w.silence, w.rest))); err != nil {
			return err
		}
		var late []byte
		for {
			n, err := w.link.Read(w.buf[:], w.clock.Now())
			if err != nil && !errors.Is(err, serialport.ErrTimeout) {
				return fmt.Errorf("read: %w: %w", modbus.ErrGone, err)
			}
			if n == 0 {
				break
			}
			if late = append(late, w.buf[:n]...); len(late) > babble {
				return errBabble
			}
		}
		if len(late) == 0 {
			return nil
		}
		w.stray(late)
		w.busy = w.clock.Now()
	}
	return errBabble
}

// babble is more bytes than any exchange has: two frames and noise.
const babble = 1024

// errBabble: something on the line sends without end.
var errBabble = errors.New("the line is never silent: somebody else is sending; leave the device alone on its line")

func (w *wire) stray(b []byte) {
	if len(w.strays) < 100 {
		w.strays = append(w.strays, stray{after: w.last, heard: b})
	}
}

// send writes parts of a frame with a pause between them.
func (w *wire) send(ctx context.Context, pause time.Duration, parts ...[]byte) (heard, error) {
	var h heard
	if err := w.quiet(ctx); err != nil {
		return h, err
	}
	for i, p := range parts {
		if i > 0 {
			if err := w.sleep(ctx, w.busy.Add(pause)); err != nil {
				return h, err
			}
		}
		start := w.clock.Now()
		if err := w.link.Write(p); err != nil {
			return h, fmt.Errorf("write: %w: %w", modbus.ErrGone, err)
		}
		h.sent = append(h.sent, p...)
		h.returned = w.clock.Now()
		h.end = start.Add(w.char * time.Duration(len(p)))
		w.busy = h.end
		if h.returned.After(h.end) {
			w.busy = h.returned
		}
	}
	w.last = h.sent
	w.requests++
	return h, nil
}

// listen hears until within has passed since the frame's end, or, where whole says that all
// is there, until the line has been silent.
func (w *wire) listen(ctx context.Context, h *heard, within time.Duration, whole func([]byte) bool) error {
	until := w.busy.Add(within)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		now := w.clock.Now()
		due := until
		if next := now.Add(slice); next.Before(due) {
			due = next
		}
		n, err := w.link.Read(w.buf[:], due)
		now = w.clock.Now()
		if n > 0 {
			if w.take(h, w.buf[:n], now); len(h.data) > babble {
				return errBabble
			}
			if whole != nil && (!w.echo || h.echoed) && whole(h.data) {
				until = now.Add(w.silence)
			} else if rest := now.Add(gathering + w.silence); rest.After(until) {
				until = rest
			}
			continue
		}
		if err != nil && !errors.Is(err, serialport.ErrTimeout) {
			return fmt.Errorf("read: %w: %w", modbus.ErrGone, err)
		}
		if !now.Before(until) {
			return nil
		}
	}
}

// take appends what was heard, without the echo of what was sent.
func (w *wire) take(h *heard, b []byte, now time.Time) {
	had := len(h.data)
	h.data = append(h.data, b...)
	w.busy = now
	if w.echo && !h.echoed {
		rest, all := bytes.CutPrefix(h.data, h.sent)
		if !all {
			return
		}
		h.echoed, h.data, had = true, bytes.Clone(rest), 0
		if len(h.data) == 0 {
			return
		}
	}
	if had == 0 {
		h.first = now
	} else {
		h.gap = max(h.gap, now.Sub(h.last))
	}
	h.last = now
}

// ask sends a frame and hears the reply, or all that comes within.
func (w *wire) ask(ctx context.Context, frame []byte, within time.Duration) (heard, error) {
	h, err := w.send(ctx, 0, frame)
	if err != nil {
		return h, err
	}
	err = w.listen(ctx, &h, within, func(b []byte) bool { return complete(frame, b) })
	return h, err
}
