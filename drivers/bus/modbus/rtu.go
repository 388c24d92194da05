package modbus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"firepost/drivers/bus/serialport"
)

// Link is the serial line under an RTU; serialport.Port is one. One goroutine reads and
// writes; Close may come from any.
type Link interface {
	// Read waits for at least one byte until the deadline and returns what is there. At the
	// deadline it returns 0 and serialport.ErrTimeout; any other error ends the line.
	Read(p []byte, deadline time.Time) (int, error)
	// Write hands over all of p.
	Write(p []byte) error
	// Discard drops what has been received and not read, and says how many bytes.
	Discard() (int, error)
	// Close releases the line and wakes a blocked Read.
	Close() error
	// Baud and CharBits give the time of one character; 8N1 has 10 bits, 8E1 and 8N2 11.
	Baud() int
	CharBits() int
}

// RTUOptions are what can be set about an RTU. The zero value is right for a real line.
type RTUOptions struct {
	// Clock is the time to keep; nil means the system's, with microsecond sleeps.
	Clock Clock
	// EchoStrip says that the line returns what is sent on it (a transceiver whose receiver
	// stays on, RX_DURING_TX): one copy of each request is taken off. Without it an echo of a
	// read is recognised and counted, but the echo of a write to one coil or register can't
	// be told from the reply: EchoFrames above zero means that this must be set.
	EchoStrip bool
	// Unasked vouches for how long nobody has asked anything on this line. Until late_reply
	// has passed since then, every read is made twice and must agree.
	Unasked time.Duration
	// RestSlack is how much later than at full speed the rest of a frame may come once it
	// has begun; zero means 20 ms (an FTDI adapter holds bytes back for 16 ms).
	RestSlack time.Duration
}

const (
	defaultRestSlack = 20 * time.Millisecond
	// shortestSleep is the pause that is worth a system call.
	shortestSleep = 200 * time.Microsecond
	// smallRest is how many characters past an exception's length are waited for without
	// looking whether the reply is an exception.
	smallRest = 4
	bufferLen = 1024
	// slowest and fewestBits bound what a link may say about its characters: 300 baud, 7 bits
	// with start and stop.
	slowest    = 300
	fewestBits = 9
)

// RTU is the master of one serial line. One goroutine calls Do, ReadyAt and Cost;
// Stats and Close may be called from any.
type RTU struct {
	bus    string
	link   Link
	clock  Clock
	opts   RTUOptions
	ledger *ledger
	opened time.Time
	asked  time.Time // the latest that a former master may have asked something

	char    time.Duration // one character on the wire
	silence time.Duration // 3.5 characters, or 1.75 ms above 19 200 baud
	active  time.Time     // when the wire was last known to be in use

	expect expect
	frame  [maxADU + 16]byte
	buf    [bufferLen]byte
	first  [maxADU]byte
	n      counters
	// turn is how long each unit takes from the end of a request to its reply.
	turn [256]time.Duration
}

// NewRTU makes the master of link. It sends nothing. The line may have been used until just
// now by somebody else; see RTUOptions.Unasked.
func NewRTU(bus string, link Link, opts RTUOptions) *RTU {
	if opts.Clock == nil {
		opts.Clock = clockOf(link)
	}
	if opts.RestSlack <= 0 {
		opts.RestSlack = defaultRestSlack
	}
	now := opts.Clock.Now()
	r := &RTU{
		bus: bus, link: link, clock: opts.Clock, opts: opts, ledger: newLedger(now),
		opened: now, asked: now.Add(-opts.Unasked), active: now,
	}
	// A link that can't say how fast it is must not end the daemon.
	baud, bits := max(link.Baud(), slowest), max(link.CharBits(), fewestBits)
	r.char = time.Second * time.Duration(bits) / time.Duration(baud)
	r.silence = silence(baud, r.char)
	return r
}

// chars is the time of n characters on the wire.
func (r *RTU) chars(n int) time.Duration { return time.Duration(n) * r.char }

// silence is the idle time that separates frames (MODBUS over Serial Line V1.02, 2.5.1.1).
func silence(baud int, char time.Duration) time.Duration {
	if baud > 19200 {
		return 1750 * time.Microsecond
	}
	return char * 7 / 2
}

// Do implements Master. For late_reply after a former master may have asked something, a read
// is made twice (see RTUOptions.Unasked) and fails with ErrUnconfirmed if the two disagree.
func (r *RTU) Do(ctx context.Context, req *Request, dst []byte) ([]byte, error) {
	dst = dst[:0]
	if err := req.Validate(); err != nil {
		return dst, fail(r.bus, req, err)
	}
	if at, why := r.ledger.readyAt(req, r.clock.Now()); !at.IsZero() {
		r.n.held.Add(1)
		return dst, fail(r.bus, req, &HeldError{Until: at, Reason: why})
	}
	data, err := r.exchange(ctx, req)
	if err == nil && r.unsettled(req) {
		data, err = r.confirm(ctx, req, append(r.first[:0], data...))
	}
	if err != nil {
		return dst, fail(r.bus, req, err)
	}
	return append(dst, data...), nil
}

// unsettled says whether a reply may be one to a question that was asked before NewRTU.
func (r *RTU) unsettled(req *Request) bool {
	return req.Function.isRead() && r.clock.Now().Sub(r.asked) < req.lateReply()
}

// confirm reads again and returns what both replies say.
func (r *RTU) confirm(ctx context.Context, req *Request, first []byte) ([]byte, error) {
	again, err := r.exchange(ctx, req)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(first, again) {
		r.ledger.bar(req.Unit, r.asked.Add(req.lateReply()))
		return nil, fmt.Errorf("%w: % X, then % X", ErrUnconfirmed, first, again)
	}
	return again, nil
}

// exchange sends req and waits for its reply. The data it returns lies in r.buf.
func (r *RTU) exchange(ctx context.Context, req *Request) ([]byte, error) {
	frame := req.AppendRTU(r.frame[:0])
	if err := r.quiet(ctx); err != nil {
		return nil, err
	}
	begin := r.clock.Now()
	werr := r.link.Write(frame)
	end := begin.Add(r.chars(len(frame)))
	if now := r.clock.Now(); now.After(end) {
		end = now
	}
	r.active = end
	r.n.requests.Add(1)
	add(&r.n.txBytes, len(frame))
	r.ledger.sent(req, end)
	if werr != nil {
		r.ledger.unanswered(req, end)
		return nil, r.gone("write", werr)
	}
	r.expect.set(req, frame, r.opts.EchoStrip)
	data, err := r.await(ctx, req, end)
	r.n.busy.Add(int64(r.clock.Now().Sub(begin) + r.silence))
	if r.n.outcome(err) {
		r.ledger.unanswered(req, end)
	}
	return data, err
}

// quiet waits until the wire has been silent for 3.5 characters, dropping what arrives. A
// line that is never quiet is used all the same after some 300 characters: an undriven,
// unbiased pair makes noise only while nobody talks.
func (r *RTU) quiet(ctx context.Context) error {
	limit := r.clock.Now().Add(r.silence + r.chars(300))
	for {
		if err := sleep(ctx, r.clock, r.active.Add(r.silence)); err != nil {
			return err
		}
		n, err := r.link.Discard()
		if err != nil {
			return r.gone("flush", err)
		}
		if n == 0 || r.clock.Now().After(limit) {
			return nil
		}
		add(&r.n.lateBytes, n)
		add(&r.n.rxBytes, n)
		r.active = r.clock.Now()
	}
}

// await reads until the reply to the request that left the wire at sent is there, or its
// time is over.
func (r *RTU) await(ctx context.Context, req *Request, sent time.Time) ([]byte, error) {
	x, due := &r.expect, sent.Add(req.replyWithin())
	have, foreign := 0, 0
	if err := r.nap(ctx, req.Unit, sent, due); err != nil {
		return nil, err
	}
	reads := 0
	for {
		f := x.scan(r.buf[:have])
		switch f.kind {
		case foundReply:
			r.learn(req.Unit, reads, r.active.Sub(sent)-r.chars(x.want))
			add(&r.n.lateBytes, have-f.end)
			if !x.read {
				return nil, nil
			}
			return r.buf[f.start+3 : f.end-2], nil
		case foundException:
			return nil, Exception(r.buf[f.start+2])
		case foundForeign, foundEcho:
			if f.kind == foundEcho {
				x.awaitsIt = false
				r.n.echoes.Add(1)
			} else {
				r.n.foreign.Add(1)
				foreign++
			}
			have = copy(r.buf[:], r.buf[f.end:have])
			continue
		case foundNothing, foundStart:
		}
		n, err := r.more(ctx, f, have, due)
		have += n
		reads++
		if errors.Is(err, ErrTimeout) {
			return nil, r.lost(req, r.buf[:have], foreign)
		}
		if err != nil {
			return nil, err
		}
	}
}

// nap sleeps until the whole reply should just be there, going by the unit's earlier
// replies, so that a poll costs two wake-ups and not one for each byte. A unit that is not
// known yet is watched from its first byte on.
func (r *RTU) nap(ctx context.Context, unit uint8, sent, due time.Time) error {
	turn := r.turn[unit]
	if turn <= 0 {
		return nil
	}
	until := sent.Add(turn + r.chars(r.expect.want))
	if until.After(due) {
		return nil
	}
	return sleep(ctx, r.clock, until)
}

// learn follows a unit's turnaround. A reply that took several reads shows it exactly; one
// that was all there was overslept by an unknown bit, so the next nap is a little shorter.
func (r *RTU) learn(unit uint8, reads int, turn time.Duration) {
	if reads > 1 {
		r.turn[unit] = turn
		return
	}
	r.turn[unit] -= r.char / 16
}

// more reads at least one byte behind the first have, after sleeping through those that
// can't be of use yet. It fails with ErrTimeout when time is over: at due, or, for a reply
// that has begun, when its rest should have come.
func (r *RTU) more(ctx context.Context, f finding, have int, due time.Time) (int, error) {
	if have == len(r.buf) {
		return 0, ErrTimeout
	}
	if f.kind == foundStart {
		rest := r.active.Add(r.chars(f.need) + r.opts.RestSlack)
		if limit := due.Add(r.chars(r.expect.want) + r.opts.RestSlack); rest.After(limit) {
			rest = limit
		}
		if rest.After(due) {
			due = rest
		}
	}
	if have > 0 {
		if err := r.doze(ctx, f, due); err != nil {
			return 0, err
		}
	}
	for {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		until := due
		if slice := r.clock.Now().Add(sleepSlice); slice.Before(due) {
			until = slice
		}
		n, err := r.link.Read(r.buf[have:], until)
		now := r.clock.Now()
		if n > 0 {
			r.active = now
			add(&r.n.rxBytes, n)
			return n, nil
		}
		if err != nil && !errors.Is(err, serialport.ErrTimeout) {
			return 0, r.gone("read", err)
		}
		if !now.Before(due) {
			return 0, ErrTimeout
		}
	}
}

// doze sleeps until just before the last byte that is awaited, so that a reply costs two
// wake-ups and not one for each byte.
func (r *RTU) doze(ctx context.Context, f finding, due time.Time) error {
	chars := exceptionLn - 1
	if f.kind == foundStart {
		chars = f.look - 1
		if f.need-f.look <= smallRest {
			chars = f.need - 1
		}
	}
	pause := r.chars(chars) + r.char/4
	until := r.active.Add(pause)
	if chars < 1 || pause < shortestSleep || until.After(due) {
		return nil
	}
	return sleep(ctx, r.clock, until)
}

// lost counts and names the failure of a request whose time is over; b is what arrived and
// is not part of an intact frame.
func (r *RTU) lost(req *Request, b []byte, foreign int) error {
	err := r.expect.verdict(b)
	switch {
	case errors.Is(err, ErrShort):
		r.n.short.Add(1)
		return fmt.Errorf("%w after %d of %d bytes", err, len(b), r.expect.want)
	case errors.Is(err, ErrCRC):
		r.n.crcErrors.Add(1)
		return fmt.Errorf("%w: %d bytes without an intact frame", err, len(b))
	case foreign > 0:
		r.n.timeouts.Add(1)
		return fmt.Errorf("%w within %v, %w (%d)", err, req.replyWithin(), ErrForeign, foreign)
	default:
		r.n.timeouts.Add(1)
		return fmt.Errorf("%w within %v", err, req.replyWithin())
	}
}

func (r *RTU) gone(op string, err error) error {
	r.n.disconnects.Add(1)
	return fmt.Errorf("%w: %s: %w", ErrGone, op, err)
}

// ReadyAt implements Master.
func (r *RTU) ReadyAt(req *Request) time.Time {
	at, _ := r.ledger.readyAt(req, r.clock.Now())
	return at
}

// Cost implements Master: request and reply at one character time per byte, the 3.5
// characters of silence after the reply, and the time from the end of the request to the
// first byte of the reply, which is turnaround but never less than 3.5 characters.
func (r *RTU) Cost(req *Request, turnaround time.Duration) time.Duration {
	return r.chars(req.requestLen()+req.replyLen()) + r.silence + max(r.silence, turnaround)
}

// Stats implements Master.
func (r *RTU) Stats() Stats { return r.n.stats() }

// Close implements Master. It may be called from any goroutine and ends a Do in progress.
func (r *RTU) Close() error {
	if err := r.link.Close(); err != nil {
		return fmt.Errorf("close bus %s: %w", r.bus, err)
	}
	return nil
}
