package field

import (
	"context"
	"errors"
	"fmt"
	"time"

	"firepost/drivers/bus/modbus"
	"firepost/firmware-contracts/contract"
)

// ErrMute is what anything that tried to send on a line that is only listened to would get.
var ErrMute = errors.New("nothing is sent while listening")

// mute is a link on which nothing can be sent.
type mute struct{ modbus.Link }

// Write sends nothing.
func (mute) Write([]byte) error { return ErrMute }

// ListenOptions say what to listen for.
type ListenOptions struct {
	Speed Speed
	// For is how long; zero means until ctx ends.
	For time.Duration
	// Known are devices whose values can be decoded.
	Known []Known
}

// Kind is what a frame is.
type Kind string

// The kinds.
const (
	Asks    Kind = "request"
	Answers Kind = "reply"
	Refuses Kind = "exception"
	// Stray is a reply whose request was not heard.
	Stray Kind = "stray"
	// Garbage are bytes that belong to no intact frame.
	Garbage Kind = "noise"
)

// Frame is one thing that was heard.
type Frame struct {
	// At is the time since listening began; After, for a reply, since its request ended.
	At    time.Duration `json:"at_ns"`
	After time.Duration `json:"after_ns,omitempty"`
	Kind  Kind          `json:"kind"`
	Unit  uint8         `json:"unit,omitempty"`
	// Device is the configured name.
	Device   string `json:"device,omitempty"`
	Function uint8  `json:"function,omitempty"`
	// Address and Count are the request's, also for its reply.
	Address uint16 `json:"address"`
	Count   uint16 `json:"count,omitempty"`
	// Bytes is the frame in hexadecimal, or how much noise there was.
	Bytes string `json:"bytes,omitempty"`
	Noise int    `json:"noise,omitempty"`
	Text  string `json:"text,omitempty"`
	// Points are the values of a reply.
	Points []Point `json:"points,omitempty"`
}

// ListenResult sums up.
type ListenResult struct {
	Frames   int           `json:"frames"`
	Requests int           `json:"requests"`
	Replies  int           `json:"replies"`
	Noise    int           `json:"noise"`
	Units    []uint8       `json:"units"`
	For      time.Duration `json:"for_ns"`
	// OtherSpeed: there is traffic, but next to nothing of it makes sense at this speed.
	OtherSpeed bool `json:"other_speed"`
}

// listenSlice is how often the listener looks whether it shall end.
const listenSlice = 100 * time.Millisecond

// Listen hears whatever passes and hands each frame to heard, sending nothing, ever. It ends
// with ctx, which is no error, or after o.For.
func Listen(ctx context.Context, open Open, o ListenOptions, heard func(Frame)) (res *ListenResult, err error) {
	link, err := open(o.Speed)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, link.Close()) }()
	ear := &ear{Link: mute{link}}
	l := &listener{prober: modbus.NewProber(ear, nil), o: o, heard: heard, began: time.Now(), pending: map[uint8]request{}}
	err = l.run(ctx)
	l.res.For = time.Since(l.began)
	l.res.OtherSpeed = l.res.Noise > 20 && l.res.Noise > 20*l.res.Frames
	return &l.res, err
}

type listener struct {
	prober  *modbus.Prober
	o       ListenOptions
	heard   func(Frame)
	began   time.Time
	res     ListenResult
	pending map[uint8]request
}

// request is the last one that a unit was sent.
type request struct {
	at          time.Duration
	frame       string
	function    modbus.Function
	addr, count uint16
}

func (l *listener) run(ctx context.Context) error {
	for {
		left := listenSlice
		if l.o.For > 0 {
			if left = min(left, l.o.For-time.Since(l.began)); left <= 0 {
				return nil
			}
		}
		from := time.Since(l.began)
		a, err := l.prober.Listen(ctx, left)
		for i := range a.Frames {
			l.frame(&a.Frames[i], from+a.Frames[i].After)
		}
		if a.Noise > 0 {
			l.res.Noise += a.Noise
			l.heard(Frame{At: time.Since(l.began), Kind: Garbage, Noise: a.Noise})
		}
		if ctx.Err() != nil {
			return nil //nolint:nilerr // the end of ctx is how listening ends
		}
		if err != nil {
			return fmt.Errorf("listen: %w", err)
		}
	}
}

func (l *listener) frame(h *modbus.Heard, at time.Duration) {
	f := Frame{At: at, Unit: h.Unit, Function: uint8(h.Function), Bytes: fmt.Sprintf("% X", h.Frame)}
	known := l.known(h.Unit)
	if known != nil {
		f.Device = known.Name
	}
	l.res.Frames++
	l.unit(h.Unit)
	p, asked := l.pending[h.Unit]
	asked = asked && p.function == h.Function
	switch {
	case asked && isReplyTo(h, &p):
		delete(l.pending, h.Unit)
		l.res.Replies++
		f.Kind, f.Address, f.Count, f.After = Answers, p.addr, p.count, at-p.at
		if h.Exception != 0 {
			f.Kind, f.Text = Refuses, h.Exception.Error()
		} else if known != nil {
			f.Points = values(known.Contract, &p, h.Data)
		}
	case h.Exception != 0:
		f.Kind, f.Text = Refuses, h.Exception.Error()
	case isRequest(h):
		p = request{at: at, frame: string(h.Frame), function: h.Function, addr: word(h.Frame[2:]), count: 1}
		if h.Function != modbus.WriteSingleCoil && h.Function != modbus.WriteSingleRegister {
			p.count = word(h.Frame[4:])
		}
		l.pending[h.Unit] = p
		l.res.Requests++
		f.Kind, f.Address, f.Count = Asks, p.addr, p.count
	default:
		f.Kind = Stray
	}
	l.heard(f)
}

// unit notes an address that was heard, in order.
func (l *listener) unit(u uint8) {
	at := 0
	for at < len(l.res.Units) && l.res.Units[at] < u {
		at++
	}
	if at < len(l.res.Units) && l.res.Units[at] == u {
		return
	}
	l.res.Units = append(l.res.Units[:at], append([]uint8{u}, l.res.Units[at:]...)...)
}

func (l *listener) known(unit uint8) *Known {
	for i := range l.o.Known {
		if l.o.Known[i].Unit == unit {
			return &l.o.Known[i]
		}
	}
	return nil
}

func word(b []byte) uint16 { return uint16(b[0])<<8 | uint16(b[1]) }

// isRequest tells a request by its length: replies to reads of registers have an odd one.
func isRequest(h *modbus.Heard) bool {
	switch h.Function {
	case modbus.WriteMultipleCoils, modbus.WriteMultipleRegisters:
		return len(h.Frame) > 8
	case modbus.ReadWriteRegisters:
		return len(h.Frame) > 13
	default:
		return len(h.Frame) == 8
	}
}

// isReplyTo reports whether a frame can be the reply to p.
func isReplyTo(h *modbus.Heard, p *request) bool {
	if h.Exception != 0 {
		return true
	}
	switch h.Function {
	case modbus.ReadCoils, modbus.ReadDiscreteInputs, modbus.ReadHoldingRegisters, modbus.ReadInputRegisters:
		return isReply(h, p.count)
	case modbus.WriteSingleCoil, modbus.WriteSingleRegister:
		return string(h.Frame) == p.frame
	case modbus.WriteMultipleCoils, modbus.WriteMultipleRegisters:
		return len(h.Frame) == 8 && word(h.Frame[2:]) == p.addr && word(h.Frame[4:]) == p.count
	case modbus.ReadWriteRegisters:
		return len(h.Data) == 2*int(p.count)
	default:
		return false
	}
}

// values decodes the points that a reply holds whole.
func values(c *contract.Contract, p *request, data []byte) []Point {
	if c == nil {
		return nil
	}
	var out []Point
	for i := range c.Points {
		pt := &c.Points[i]
		last := int(pt.Address) + int(pt.Registers())
		if modbus.FunctionOf(pt.Table) != p.function || pt.Address < p.addr || last > int(p.addr)+int(p.count) {
			continue
		}
		if v, ok := decode(c, i, data, p.addr); ok {
			out = append(out, v)
		}
	}
	return out
}
