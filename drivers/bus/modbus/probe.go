package modbus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"firepost/drivers/bus/serialport"
)

// Prober finds out who is on a serial line. Unlike a Master it reports whatever it hears, from
// whomever and how often, so that a slow device, two devices with one address, and noise can
// be told apart. It is for commissioning: what it hears is no reading.
type Prober struct {
	link    Link
	clock   Clock
	char    time.Duration
	silence time.Duration
	active  time.Time
	buf     [bufferLen]byte
}

// Heard is one intact frame.
type Heard struct {
	Unit     uint8
	Function Function
	// Exception is the device's refusal, 0 for none. A device that refuses is there.
	Exception Exception
	// Data is the payload of a read's reply, without its byte count.
	Data []byte
	// Frame is all of it.
	Frame []byte
	// After is the time from the end of the request to the end of the frame.
	After time.Duration
}

// Answer is everything that was heard after one request.
type Answer struct {
	Frames []Heard
	// Noise are bytes that belong to no intact frame: a collision, another speed or format, a
	// line without bias.
	Noise int
}

// From returns the frames of one unit.
func (a *Answer) From(unit uint8) []Heard {
	var out []Heard
	for _, f := range a.Frames {
		if f.Unit == unit {
			out = append(out, f)
		}
	}
	return out
}

// NewProber returns a prober on link. A nil clock means the system's.
func NewProber(link Link, clock Clock) *Prober {
	if clock == nil {
		clock = clockOf(link)
	}
	baud, bits := max(link.Baud(), slowest), max(link.CharBits(), fewestBits)
	p := &Prober{link: link, clock: clock, char: time.Second * time.Duration(bits) / time.Duration(baud), active: clock.Now()}
	p.silence = silence(baud, p.char)
	return p
}

// Ask sends a request and listens until within has passed since its last character, or, once
// the unit asked has answered, for linger more: a second answer shows a second device. An
// error means that the line is gone or ctx has ended. On a line that returns what is sent, our
// own write to one coil or register can't be told from the reply to it, and is reported.
func (p *Prober) Ask(ctx context.Context, req *Request, within, linger time.Duration) (Answer, error) {
	if err := req.Validate(); err != nil {
		return Answer{}, fmt.Errorf("ask unit %d: %w", req.Unit, err)
	}
	frame := req.AppendRTU(nil)
	if err := p.quiet(ctx); err != nil {
		return Answer{}, err
	}
	end := p.clock.Now().Add(p.char * time.Duration(len(frame)))
	if err := p.link.Write(frame); err != nil {
		return Answer{}, fmt.Errorf("ask unit %d: %w: %w", req.Unit, ErrGone, err)
	}
	if now := p.clock.Now(); now.After(end) {
		end = now
	}
	p.active = end
	if req.Function == WriteSingleCoil || req.Function == WriteSingleRegister {
		frame = nil // the reply repeats the request
	}
	return p.listen(ctx, end, end.Add(within), func(h *Heard) bool { return h.Unit == req.Unit }, linger, frame)
}

// Listen hears whatever passes for as long as within, sending nothing.
func (p *Prober) Listen(ctx context.Context, within time.Duration) (Answer, error) {
	now := p.clock.Now()
	return p.listen(ctx, now, now.Add(within), func(*Heard) bool { return false }, 0, nil)
}

// quiet waits for the silence between frames and drops what came meanwhile.
func (p *Prober) quiet(ctx context.Context) error {
	limit := p.clock.Now().Add(p.silence + 300*p.char)
	for {
		if err := sleep(ctx, p.clock, p.active.Add(p.silence)); err != nil {
			return err
		}
		n, err := p.link.Discard()
		if err != nil {
			return fmt.Errorf("flush: %w: %w", ErrGone, err)
		}
		if n == 0 || p.clock.Now().After(limit) {
			return nil
		}
		p.active = p.clock.Now()
	}
}

// listen collects intact frames until the deadline. A frame that has begun is waited for.
func (p *Prober) listen(ctx context.Context, from, until time.Time, answered func(*Heard) bool, linger time.Duration, sent []byte) (Answer, error) {
	var a Answer
	have := 0
	for {
		used := p.take(&a, p.buf[:have], from, sent)
		if used > 0 {
			if last := len(a.Frames) - 1; last >= 0 && answered(&a.Frames[last]) {
				if soon := p.clock.Now().Add(linger); soon.Before(until) {
					until = soon
				}
			}
			have = copy(p.buf[:], p.buf[used:have])
			continue
		}
		if have == len(p.buf) {
			a.Noise += have
			have = 0
		}
		due := until
		if rest := p.active.Add(p.silence + defaultRestSlack + 3*p.char); have > 0 && rest.After(due) {
			due = rest
		}
		if err := ctx.Err(); err != nil {
			return a, err
		}
		slice := due
		if s := p.clock.Now().Add(sleepSlice); s.Before(slice) {
			slice = s
		}
		n, err := p.link.Read(p.buf[have:], slice)
		now := p.clock.Now()
		switch {
		case n > 0:
			have += n
			p.active = now
		case err != nil && !errors.Is(err, serialport.ErrTimeout):
			return a, fmt.Errorf("read: %w: %w", ErrGone, err)
		case !now.Before(due):
			a.Noise += have
			return a, nil
		}
	}
}

// take finds the first intact frame in b, and says how many bytes it and what stood before it
// take up; 0 when there is none yet. Our own request coming back is dropped.
func (p *Prober) take(a *Answer, b []byte, from time.Time, sent []byte) int {
	for k := range b {
		if len(sent) > 0 && len(b)-k >= len(sent) && string(b[k:k+len(sent)]) == string(sent) {
			a.Noise += k
			return k + len(sent)
		}
		f := foreignAt(b[k:])
		if f.kind != foundForeign {
			continue
		}
		frame := append([]byte(nil), b[k:k+f.end]...)
		h := Heard{Unit: frame[0], Function: Function(frame[1] &^ 0x80), Frame: frame, After: p.clock.Now().Sub(from)}
		switch {
		case frame[1]&0x80 != 0:
			h.Exception = Exception(frame[2])
		case h.Function.isRead() && len(frame) == 5+int(frame[2]):
			h.Data = frame[3 : len(frame)-2]
		}
		a.Noise += k
		a.Frames = append(a.Frames, h)
		return k + f.end
	}
	return 0
}
