package poll

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"firepost/drivers/bus/modbus"
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/firmware-contracts/source"
)

// Options are what a bus can be tuned with; the zero value is right for a booth.
type Options struct {
	// Queue is how many commands may wait; zero means 64.
	Queue int
}

// The times of opening a port.
const (
	// openWithin bounds one attempt, so that a watchdog sees attempts while the port is away.
	openWithin = 5 * time.Second
	// firstReopen and lastReopen are the pauses between failed attempts.
	firstReopen = 100 * time.Millisecond
	lastReopen  = 2 * time.Second
	// longestNap bounds an idle wait, which counts as progress.
	longestNap = time.Second
)

// A failure that took less than noTime never reached the wire; so that it can't spin, its
// block is left alone for refusedRest.
const (
	noTime      = 100 * time.Microsecond
	refusedRest = time.Second
)

// Open opens the port. ctx bounds the opening only, not the life of the master. It may wait
// until the port is there, or return an error at once.
type Open func(ctx context.Context) (modbus.Master, error)

// Bus polls one bus. Make it with New, give it a goroutine with Run. Do, Stats and Progress
// are safe for concurrent use.
type Bus struct {
	plan    *Plan
	planErr error
	open    Open
	now     func() message.Stamp
	base    time.Time

	progress atomic.Uint64
	loan     atomic.Pointer[loan]
	commands commands

	// What follows belongs to the goroutine in Run.
	sched       *sched
	master      modbus.Master
	sink        source.Sink
	requests    []modbus.Request
	bare        []time.Duration // wire time of each request without a turnaround
	buf         []byte
	samples     []contract.Sample
	batch       source.Batch
	headStart   int  // commands that may still run before the first poll
	commandLast bool // the last transaction was a command
	pausing     bool // the polls of some device wait for a command
	timer       *time.Timer

	mu    sync.Mutex
	stats ledger
}

var _ source.Source = (*Bus)(nil)

// New returns a bus; it starts nothing and opens nothing. open opens the port, now stamps
// batches. A bus whose deadlines can't be met polls as well as it can: MakePlan is what
// refuses it. A cfg that no plan can be made of makes Run fail with ErrConfig.
func New(cfg Config, open Open, now func() message.Stamp, opts Options) *Bus {
	b := &Bus{open: open, now: now, base: time.Now()}
	b.commands.init(opts.Queue)
	plan, err := MakePlan(cfg)
	if plan == nil {
		b.plan, b.planErr = &Plan{Config: cfg}, err
		return b
	}
	b.plan = plan
	b.sched = newSched(plan)
	b.requests = make([]modbus.Request, len(plan.Blocks))
	b.bare = make([]time.Duration, len(plan.Blocks))
	points := 0
	for i := range plan.Blocks {
		b.requests[i] = plan.Request(i)
		points = max(points, len(plan.Blocks[i].Points))
	}
	b.samples = make([]contract.Sample, 0, points)
	b.buf = make([]byte, 0, 256)
	b.sched.ready = b.readyAt
	b.stats.init(plan)
	return b
}

// Request is what block i of the plan asks.
func (p *Plan) Request(i int) modbus.Request {
	blk := &p.Blocks[i]
	d := &p.Config.Devices[blk.Device]
	return modbus.Request{
		Device: d.Name, Unit: d.Unit, Function: blk.Function, Address: blk.Address, Count: blk.Count,
		ReplyWithin: replyWithin(&d.Contract.Limits), LateReply: lateReply(&d.Contract.Limits),
	}
}

// Name is the configured name of the bus.
func (b *Bus) Name() string { return b.plan.Config.Name }

// Plan is what the bus carries out.
func (b *Bus) Plan() *Plan { return b.plan }

// Progress counts completed attempts, good or not: transactions, failed openings, and idle
// waits when nothing was due. A watchdog may take a count that stands still for more than
// openWithin for a stall.
func (b *Bus) Progress() uint64 { return b.progress.Load() }

// Run opens the port, polls, and opens it again when it is gone, until ctx ends; then it
// returns nil, after at most one transaction. sink hears of the port only when that changes.
// The only error is ErrConfig. Run must not run twice at a time.
func (b *Bus) Run(ctx context.Context, sink source.Sink) error {
	if b.planErr != nil {
		return b.planErr
	}
	b.sink = sink
	b.timer = time.NewTimer(time.Hour)
	defer b.timer.Stop()
	defer b.commands.refuse(fmt.Errorf("bus %s: %w", b.Name(), ErrStopped), false)
	for ctx.Err() == nil {
		if l := b.loan.Load(); l != nil {
			b.lent(ctx, l)
			continue
		}
		m := b.openPort(ctx)
		if m == nil {
			continue
		}
		err := b.serve(ctx, m)
		if ctx.Err() == nil {
			b.down(err)
		}
	}
	return nil
}

// openPort opens the port, however long that takes; nil means that ctx has ended or that
// somebody else is to have the port.
func (b *Bus) openPort(ctx context.Context) modbus.Master {
	pause := firstReopen
	for ctx.Err() == nil && b.loan.Load() == nil {
		within, cancel := context.WithTimeout(ctx, openWithin)
		m, err := b.open(within)
		cancel()
		b.progress.Add(1)
		if err == nil {
			b.up()
			return m
		}
		if ctx.Err() != nil {
			break
		}
		b.down(err)
		b.nap(ctx, pause)
		pause = min(2*pause, lastReopen)
	}
	return nil
}

func (b *Bus) up() {
	// Before the sink hears of it, because a sink may answer with commands.
	b.commands.accept()
	if b.mark(true, nil) {
		b.sink.Bus(source.BusState{Bus: b.Name(), Up: true, At: b.now()})
	}
}

func (b *Bus) down(err error) {
	b.commands.refuse(fmt.Errorf("bus %s: %w: %w", b.Name(), ErrDown, err), true)
	if b.mark(false, err) {
		b.sink.Bus(source.BusState{Bus: b.Name(), Err: err, At: b.now()})
	}
}

// mark notes whether the port is there and reports whether that is news.
func (b *Bus) mark(up bool, err error) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := &b.stats
	news := !l.known || l.up != up
	l.known, l.up, l.err = true, up, err
	if up {
		l.opened++
	}
	return news
}

// serve polls until the line is gone or ctx ends.
func (b *Bus) serve(ctx context.Context, m modbus.Master) error {
	b.attach(m)
	defer b.detach()
	for ctx.Err() == nil {
		if err := b.step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (b *Bus) attach(m modbus.Master) {
	b.mu.Lock()
	b.stats.master = m
	b.mu.Unlock()
	b.master, b.headStart, b.commandLast = m, b.commands.limit, false
	b.sched.opened = b.since()
	for i := range b.requests {
		b.bare[i] = m.Cost(&b.requests[i], 0)
	}
}

func (b *Bus) detach() {
	b.mu.Lock()
	b.stats.before.add(b.master.Stats())
	b.stats.master = nil
	b.mu.Unlock()
	// Closing a port that is gone has nothing more to say than the error that ended it.
	_ = b.master.Close()
	b.master = nil
	for i := range b.sched.blocks {
		b.sched.blocks[i].hold = 0
	}
	for i := range b.sched.devices {
		b.sched.devices[i].paused = false
	}
}

// step is one decision and what follows from it. An error means that the line is gone.
func (b *Bus) step(ctx context.Context) error {
	if b.loan.Load() != nil {
		return ErrLent
	}
	now, wake := b.since(), far
	// Commands alternate with polls, so that many of them can't starve the detectors. Those
	// that waited for the port go first, all of them.
	first := !b.commandLast || b.headStart > 0
	if first {
		var cmd *command
		if cmd, wake = b.command(now); cmd != nil {
			return b.runCommand(ctx, cmd)
		}
	}
	b.headStart = 0
	p, at := b.sched.next(now)
	if p.block >= 0 {
		b.commandLast = false
		return b.poll(ctx, p, now)
	}
	if !first {
		var cmd *command
		if cmd, wake = b.command(now); cmd != nil {
			return b.runCommand(ctx, cmd)
		}
	}
	b.idle(ctx, min(at, wake)-now)
	b.progress.Add(1)
	return nil
}

// since is the present time of this bus.
func (b *Bus) since() time.Duration { return time.Since(b.base) }

// readyAt is when the master would accept the block.
func (b *Bus) readyAt(block int) time.Duration { return b.clear(&b.requests[block]) }

// clear is when the master would accept the request: 0 for at once.
func (b *Bus) clear(req *modbus.Request) time.Duration {
	at := b.master.ReadyAt(req)
	if at.IsZero() {
		return 0
	}
	return at.Sub(b.base)
}

// idle waits for d, a command, or the end of ctx.
func (b *Bus) idle(ctx context.Context, d time.Duration) {
	b.timer.Reset(min(d, longestNap))
	select {
	case <-ctx.Done():
	case <-b.timer.C:
	case <-b.commands.wake:
	}
}

// nap waits for d or the end of ctx.
func (b *Bus) nap(ctx context.Context, d time.Duration) {
	b.timer.Reset(d)
	select {
	case <-ctx.Done():
	case <-b.timer.C:
	}
}

// poll carries out one decision and hands what it taught to the sink.
func (b *Bus) poll(ctx context.Context, p pick, start time.Duration) error {
	data, err := b.master.Do(ctx, &b.requests[p.block], b.buf[:0])
	end, at := b.since(), b.now()
	if err != nil {
		if ctx.Err() != nil {
			return nil //nolint:nilerr // the caller sees that ctx has ended
		}
		if errors.Is(err, modbus.ErrGone) {
			b.progress.Add(1)
			return err
		}
		if b.postpone(p.block, err, end) {
			return nil
		}
	} else {
		b.buf = data[:0]
	}
	b.progress.Add(1)
	o := outcomeOf(err)
	blk := &b.plan.Blocks[p.block]
	b.batch = source.Batch{Device: b.plan.Config.Devices[blk.Device].Name, Err: err, At: at}
	if err == nil {
		if b.batch.Samples, err = b.decode(blk, data); err != nil {
			b.batch.Samples, b.batch.Err, o = nil, err, refused
		}
	}
	lane := b.sched.done(p, start, end, o)
	if o == refused && end-start < noTime {
		b.sched.blocks[p.block].rest = end + refusedRest
	}
	b.book(blk.Device, p.block, lane, start, end, o, at)
	if b.sink.Deliver(&b.batch) == source.Confirm {
		b.sched.doubtBlock(p)
	}
	return nil
}

// postpone deals with a request that was never sent: it reports whether that was so.
func (b *Bus) postpone(block int, err error, now time.Duration) bool {
	if !errors.Is(err, modbus.ErrHeld) {
		return false
	}
	until := b.clear(&b.requests[block])
	b.sched.blocks[block].hold = max(until, now+time.Millisecond)
	return true
}

func (b *Bus) decode(blk *Block, data []byte) ([]contract.Sample, error) {
	c := b.plan.Config.Devices[blk.Device].Contract
	out := b.samples[:0]
	for _, i := range blk.Points {
		s, err := c.Decode(i, data, blk.Address)
		if err != nil {
			return nil, fmt.Errorf("bus %s: %w", b.Name(), err)
		}
		out = append(out, s)
	}
	return out, nil
}

// outcomeOf classes an error of the master.
func outcomeOf(err error) outcome {
	if err == nil {
		return good
	}
	var e modbus.Exception
	switch {
	case errors.As(err, &e):
		if e == modbus.GatewayPathUnavail || e == modbus.GatewayTargetFailed {
			return silence // a gateway speaks for a device that doesn't
		}
		return refused
	case errors.Is(err, modbus.ErrUnconfirmed), errors.Is(err, modbus.ErrRequest):
		return refused
	case errors.Is(err, modbus.ErrCRC), errors.Is(err, modbus.ErrShort):
		return noisy
	default:
		return silence
	}
}
