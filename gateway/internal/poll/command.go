package poll

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"firepost/drivers/bus/modbus"
)

const defaultQueue = 64

// command is one request from another goroutine.
type command struct {
	req  modbus.Request
	ctx  context.Context // it travels to the goroutine that owns the port
	data []byte
	err  error
	done chan struct{}
}

// commands is the queue of waiting commands, bounded.
type commands struct {
	limit int
	// wake ends an idle wait of the bus.
	wake chan struct{}
	// waiting mirrors len(queue), so that a poll without commands takes no lock.
	waiting atomic.Int32

	mu    sync.Mutex
	queue []*command
	down  error // why commands are refused, nil while they are taken
}

func (c *commands) init(limit int) {
	if limit <= 0 {
		limit = defaultQueue
	}
	c.limit, c.wake = limit, make(chan struct{}, 1)
}

func (c *commands) push(cmd *command) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down != nil {
		return c.down
	}
	if len(c.queue) >= c.limit {
		return fmt.Errorf("%w: %d", ErrBusy, len(c.queue))
	}
	c.queue = append(c.queue, cmd)
	c.waiting.Store(int32(len(c.queue)))
	select {
	case c.wake <- struct{}{}:
	default:
	}
	return nil
}

// remove takes cmd out; false when it is not waiting any more.
func (c *commands) remove(cmd *command) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, q := range c.queue {
		if q == cmd {
			c.queue = append(c.queue[:i], c.queue[i+1:]...)
			c.waiting.Store(int32(len(c.queue)))
			return true
		}
	}
	return false
}

// refuse ends all waiting commands with err. When lasting, later ones fail with it as well
// until accept.
func (c *commands) refuse(err error, lasting bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, cmd := range c.queue {
		cmd.err = err
		close(cmd.done)
	}
	c.queue = nil
	c.waiting.Store(0)
	c.down = nil
	if lasting {
		c.down = err
	}
}

func (c *commands) accept() {
	c.mu.Lock()
	c.down = nil
	c.mu.Unlock()
}

// Waiting counts the commands that wait for the bus.
func (b *Bus) Waiting() int { return int(b.commands.waiting.Load()) }

// Do carries out one request on behalf of another goroutine, ahead of all polls and after
// at most one running transaction. Commands alternate with polls, so that many of them
// can't starve the detectors. A write and its read-back are two calls.
//
// A command that the master holds back waits, and its device is not polled meanwhile. A
// read that lies within a block of the plan is answered from that block, so that it never
// makes the polls of its device wait. When ctx ends first, Do returns its error; a command
// that is under way then runs to its end all the same. Errors wrap ErrDown, ErrBusy,
// ErrStopped, or what modbus.Master.Do returns. The data is the caller's.
func (b *Bus) Do(ctx context.Context, req *modbus.Request) ([]byte, error) {
	if err := req.Validate(); err != nil {
		return nil, fmt.Errorf("bus %s: %w", b.Name(), err)
	}
	cmd := &command{req: *req, ctx: ctx, done: make(chan struct{})}
	if err := b.commands.push(cmd); err != nil {
		return nil, fmt.Errorf("command %s to unit %d: %w", req.Function, req.Unit, err)
	}
	select {
	case <-cmd.done:
		return cmd.data, cmd.err
	case <-ctx.Done():
		b.commands.remove(cmd)
		return nil, fmt.Errorf("bus %s: command %s to unit %d: %w", b.Name(), req.Function, req.Unit, ctx.Err())
	}
}

// command is the first waiting command that the master would accept now, taken out of the
// queue; nil when there is none, with the time of the first that will be.
func (b *Bus) command(now time.Duration) (*command, time.Duration) {
	if b.commands.waiting.Load() == 0 {
		if b.pausing {
			b.pause(nil)
		}
		return nil, far
	}
	return b.pickCommand(now)
}

// pickCommand looks for a command that can run. Those that can't, yet, pause the polls of
// their devices, which would put them off for ever; commands to one device keep their order.
func (b *Bus) pickCommand(now time.Duration) (*command, time.Duration) {
	c := &b.commands
	c.mu.Lock()
	defer c.mu.Unlock()
	var waits [4]uint64
	wake, found := far, -1
	for i, cmd := range c.queue {
		word, bit := cmd.req.Unit/64, uint64(1)<<(cmd.req.Unit%64)
		if waits[word]&bit != 0 {
			continue
		}
		if at := b.clear(b.widened(&cmd.req)); at > now {
			waits[word] |= bit
			wake = min(wake, at)
			continue
		}
		found = i
		break
	}
	b.pause(&waits)
	if found < 0 {
		return nil, wake
	}
	cmd := c.queue[found]
	c.queue = append(c.queue[:found], c.queue[found+1:]...)
	c.waiting.Store(int32(len(c.queue)))
	return cmd, now
}

// pause stops the polls of exactly the units in waits.
func (b *Bus) pause(waits *[4]uint64) {
	b.pausing = false
	for i := range b.plan.Config.Devices {
		u := b.plan.Config.Devices[i].Unit
		on := waits != nil && waits[u/64]&(1<<(u%64)) != 0
		b.sched.devices[i].paused = on
		b.pausing = b.pausing || on
	}
}

// widened is the request of the block in which a read lies, or the request itself.
func (b *Bus) widened(req *modbus.Request) *modbus.Request {
	if i := b.blockOf(req); i >= 0 {
		return &b.requests[i]
	}
	return req
}

// blockOf is the block of the plan that holds all of what a read asks for, or -1.
func (b *Bus) blockOf(req *modbus.Request) int {
	if req.Function > modbus.ReadInputRegisters || req.Function == 0 {
		return -1
	}
	best := -1
	for i := range b.requests {
		r := &b.requests[i]
		if r.Unit != req.Unit || r.Function != req.Function || req.Address < r.Address ||
			int(req.Address)+int(req.Count) > int(r.Address)+int(r.Count) {
			continue
		}
		if best < 0 || r.Count < b.requests[best].Count {
			best = i
		}
	}
	return best
}

// runCommand carries out a command. An error means that the line is gone.
func (b *Bus) runCommand(ctx context.Context, cmd *command) error {
	if cmd.ctx.Err() != nil {
		cmd.finish(nil, cmd.ctx.Err())
		return nil //nolint:nilerr // that goroutine has given up; the line is well
	}
	b.commandLast = true
	b.headStart--
	req := b.widened(&cmd.req)
	start := b.since()
	data, err := b.master.Do(ctx, req, b.buf[:0])
	end := b.since()
	switch {
	case err == nil:
		b.buf = data[:0]
		cmd.finish(slice(data, req, &cmd.req), nil)
	case ctx.Err() != nil:
		cmd.finish(nil, fmt.Errorf("bus %s: %w", b.Name(), ErrStopped))
		return nil //nolint:nilerr // serve sees that ctx has ended
	default:
		cmd.finish(nil, err)
	}
	b.progress.Add(1)
	if errors.Is(err, modbus.ErrGone) {
		return err
	}
	if errors.Is(err, modbus.ErrHeld) {
		return nil
	}
	b.bookCommand(cmd.req.Unit, start, end, outcomeOf(err))
	return nil
}

func (c *command) finish(data []byte, err error) {
	c.data, c.err = data, err
	close(c.done)
}

// slice copies what want asks for out of the reply to the request that was sent.
func slice(data []byte, sent, want *modbus.Request) []byte {
	if len(data) == 0 {
		return nil
	}
	at, n := int(want.Address)-int(sent.Address), int(want.Count)
	if want.Function > modbus.ReadInputRegisters || sent == want || (at == 0 && sent.Count == want.Count) {
		return append([]byte(nil), data...)
	}
	if want.Function == modbus.ReadHoldingRegisters || want.Function == modbus.ReadInputRegisters {
		return append([]byte(nil), data[2*at:2*(at+n)]...)
	}
	out := make([]byte, (n+7)/8)
	for i := range n {
		if data[(at+i)/8]>>((at+i)%8)&1 != 0 {
			out[i/8] |= 1 << (i % 8)
		}
	}
	return out
}
