package sim

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// partialHold is how long an unfinished request is kept on a line without pace.
const partialHold = 20 * time.Millisecond

// request is a whole request that is, or has been, on the wire.
type request struct {
	frame        []byte
	arrived, end int64
	excess       int64 // silence before it beyond the legal one
}

// transmission is one burst on its way to the master.
type transmission struct {
	burst
	due     int64 // when the device would begin
	begin   int64 // when it has begun
	sent    int
	garbled bool
	ticket  ticket
}

// engine is one line's wire, in virtual time: it learns the time only from wire.wait. One
// goroutine owns it; what others may see stands in the book.
type engine struct {
	w    wire
	book *book

	char, silence, hold, turnaround int64 // ns; char 0: no pace
	echo                            bool
	hear                            func() Serial // nil: the master's port is the line's

	rx      parser
	arrived int64 // of the request that is being received
	excess  int64
	rxEnd   int64 // when the last character received leaves the wire
	txEnd   int64 // when the last character sent leaves the wire
	seen    int64 // when the last character really was delivered
	replied bool  // something was sent since the last request
	pending []request
	queue   []*transmission
	cur     *transmission
	jam     [2]int64 // a request that began during a reply: from, to
	bursts  []burst
	out     []byte
}

// run serves the wire until it is told to stop, which is no error.
func (e *engine) run() error {
	var buf [1024]byte
	for {
		now, readable, err := e.w.wait(e.next())
		if err == nil && readable {
			var n int
			if n, err = e.w.read(buf[:]); n > 0 {
				e.arrive(buf[:n], now)
			}
		}
		if err == nil {
			err = e.advance(now)
		}
		if errors.Is(err, ErrStopped) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("run line: %w", err)
		}
	}
}

// next is when something is due, 0 for nothing.
func (e *engine) next() int64 {
	t := int64(math.MaxInt64)
	if len(e.pending) > 0 {
		t = e.pending[0].end
	}
	if len(e.rx.buf) > 0 {
		t = min(t, e.rxEnd+e.hold)
	}
	switch {
	case e.cur != nil:
		t = min(t, e.cur.begin+int64(e.cur.sent+1)*e.char)
	case len(e.queue) > 0:
		t = min(t, e.start(e.queue[0]))
	}
	if t == math.MaxInt64 {
		return 0
	}
	return t
}

// start is when a waiting transmission can begin: the simulated devices listen before they
// talk, so that even late replies arrive whole, which is the worst case for a master.
func (e *engine) start(t *transmission) int64 { return max(t.due, e.rxEnd, e.txEnd) }

// arrive takes bytes that the master has just sent.
func (e *engine) arrive(b []byte, now int64) {
	if e.hear != nil {
		e.tune(e.hear())
	}
	from := max(now, e.rxEnd)
	if e.cur != nil {
		e.rxEnd = from + int64(len(b))*e.char
		e.jam = [2]int64{from, e.rxEnd}
		e.book.collision()
		return
	}
	if len(e.rx.buf) == 0 {
		e.arrived, e.excess = now, 0
		if last := max(e.rxEnd, e.seen); last > 0 {
			e.excess = now - last - e.silence
			e.book.gap(e.excess, e.replied)
		}
	}
	e.rxEnd = from + int64(len(b))*e.char
	e.rx.feed(b)
	for {
		frame, ok := e.rx.next(nil)
		if !ok {
			break
		}
		end := e.rxEnd - int64(len(e.rx.buf))*e.char
		e.pending = append(e.pending, request{frame: frame, arrived: e.arrived, end: end, excess: e.excess})
		e.arrived = now
	}
	e.book.noise(e.rx.dropped)
}

// advance does everything that is due at now, in order.
func (e *engine) advance(now int64) error {
	for {
		progress := false
		if len(e.pending) > 0 && e.pending[0].end <= now {
			r := e.pending[0]
			e.pending = slices.Delete(e.pending, 0, 1)
			if err := e.serve(r, now); err != nil {
				return err
			}
			progress = true
		}
		if e.cur == nil && len(e.queue) > 0 && e.start(e.queue[0]) <= now {
			e.cur = e.queue[0]
			e.cur.begin = e.start(e.cur)
			e.queue = slices.Delete(e.queue, 0, 1)
		}
		if e.cur != nil {
			sent, err := e.deliver(now)
			if err != nil {
				return err
			}
			progress = progress || sent
		}
		if !progress {
			break
		}
	}
	if len(e.rx.buf) > 0 && now >= e.rxEnd+e.hold {
		e.rx.flush()
		e.book.noise(e.rx.dropped)
	}
	return nil
}

// serve lets the addressed device sample its registers: the request has left the wire.
func (e *engine) serve(r request, now int64) error {
	if e.echo {
		if _, err := e.w.write(r.frame); err != nil {
			return err
		}
	}
	e.replied = false
	var t ticket
	e.bursts, t = e.book.serve(e.bursts[:0], &r, now, time.Duration(e.turnaround), time.Duration(e.char/2))
	for i := range e.bursts {
		b := e.bursts[i]
		if len(b.data) == 0 {
			continue
		}
		tx := &transmission{burst: b, due: r.end + int64(b.after), ticket: t}
		at := len(e.queue)
		for at > 0 && e.queue[at-1].due > tx.due {
			at--
		}
		e.queue = slices.Insert(e.queue, at, tx)
	}
	return nil
}

// deliver hands over the characters of the current transmission that have ended by now.
func (e *engine) deliver(now int64) (bool, error) {
	t := e.cur
	upTo := len(t.data)
	if e.char > 0 {
		upTo = int(min(int64(upTo), (now-t.begin)/e.char))
	}
	if upTo <= t.sent {
		return false, nil
	}
	e.out = append(e.out[:0], t.data[t.sent:upTo]...)
	for i := range e.out {
		end := t.begin + int64(t.sent+i+1)*e.char
		if end > e.jam[0] && end-e.char < e.jam[1] {
			e.out[i] &= 0x55
			t.garbled = true
		}
	}
	at, err := e.w.write(e.out)
	if err != nil {
		return false, err
	}
	for i := range e.out {
		e.book.jitter(at - t.begin - int64(t.sent+i+1)*e.char)
	}
	t.sent, e.seen = upTo, at
	if upTo == len(t.data) {
		e.txEnd = t.begin + int64(upTo)*e.char
		e.replied, e.cur = true, nil
		if t.garbled {
			t.what = outcomeBad
		}
		e.book.delivered(&t.ticket, t.what, at)
	}
	return true, nil
}
