package contracttest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"firepost/drivers/bus/modbus"
	"firepost/firmware-contracts/contract"
)

// ErrTransport is wrapped by Run for a contract whose device is not asked over Modbus.
var ErrTransport = errors.New("only devices with the transport modbus can be asked")

// ErrUnit is wrapped by Run for an address that the contract does not allow.
var ErrUnit = errors.New("address outside the contract's range")

// Options are what can be set about a run. The zero value writes nothing.
type Options struct {
	// Port is named in the report.
	Port string
	// Unit is the device's address; 0 means the contract's default.
	Unit uint8
	// Slow makes ten times as many reads for the timing, and listens ten times for duplicates.
	Slow bool
	// Outputs switches every output on and off and puts it back as it was. A siren sounds.
	Outputs bool
	// Setup changes the device's address and changes it back.
	Setup bool
	// Clock is the time to keep; nil means the system's.
	Clock modbus.Clock
	// Each is called after every check; nil for nobody.
	Each func(Check)
}

// bench is one run.
type bench struct {
	w    *wire
	c    *contract.Contract
	opts Options
	unit uint8
	rep  *Report
	// first is the read that everything else leans on: the first alarm point, or the first.
	first *contract.Point
	times []time.Duration
	gap   time.Duration
	early heard
}

// Run tests the device on link against c. The report holds what was found, also when the run
// ended early. The error means that the run itself could not go on: the port is gone
// (modbus.ErrGone), ctx has ended, the line is never silent, or (ErrTransport, ErrUnit) that
// it made no sense to begin. A device that fails is no error: see Report.OK.
func Run(ctx context.Context, link modbus.Link, c *contract.Contract, opts Options) (*Report, error) {
	unit := opts.Unit
	if unit == 0 {
		unit = c.Address.Default
	}
	switch {
	case c.Transport != contract.Modbus || len(c.Points) == 0:
		return nil, fmt.Errorf("test %s: its transport is %s: %w", c.Ref(), c.Transport, ErrTransport)
	case unit < c.Address.Min || unit > c.Address.Max:
		return nil, fmt.Errorf("test %s at address %d: it takes %d to %d: %w", c.Ref(), unit, c.Address.Min, c.Address.Max, ErrUnit)
	}
	b := &bench{w: newWire(link, opts.Clock), c: c, opts: opts, unit: unit}
	b.rep = &Report{Contract: c.Ref(), Port: opts.Port, Unit: unit, Baud: link.Baud(), Began: b.w.clock.Now().Round(0)}
	began := b.w.clock.Now()
	for i := range c.Points {
		if b.first == nil || b.first.Lane != contract.Alarm && c.Points[i].Lane == contract.Alarm {
			b.first = &c.Points[i]
		}
	}
	err := b.all(ctx)
	b.rep.Took = b.w.clock.Now().Sub(began)
	b.rep.Requests, b.rep.Echo = b.w.requests, b.w.echo
	b.rep.Complete = err == nil
	if err != nil {
		return b.rep, fmt.Errorf("test %s at address %d: %w", c.Ref(), unit, err)
	}
	return b.rep, nil
}

func (b *bench) all(ctx context.Context) error {
	there, err := b.reach(ctx)
	if err != nil {
		return err
	}
	parts := []struct {
		group Group
		run   func(context.Context) error
	}{
		{GroupDuplicates, b.duplicates}, {GroupPoints, b.points}, {GroupIdentity, b.identity}, {GroupLimits, b.limits}, {GroupTiming, b.timing},
		{GroupExceptions, b.exceptions}, {GroupBadFrames, b.badFrames},
		{GroupOutputs, b.outputs}, {GroupSetup, b.setup}, {GroupLine, b.line},
	}
	for _, p := range parts {
		if !there {
			b.skip(p.group, "all", p.group.Title(), Text{"设备没有应答", "the device does not answer"})
			continue
		}
		if err := p.run(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) add(c Check) {
	c.ID = string(c.Group) + "." + c.ID
	b.rep.Checks = append(b.rep.Checks, c)
	if b.opts.Each != nil {
		b.opts.Each(c)
	}
}

func (b *bench) pass(g Group, id string, title, note Text) {
	b.add(Check{ID: id, Group: g, Status: Passed, Title: title, Why: note})
}

func (b *bench) skip(g Group, id string, title, why Text) {
	b.add(Check{ID: id, Group: g, Status: NotDone, Title: title, Why: why})
}

func (b *bench) fail(g Group, id string, title, why Text, h *heard) {
	c := Check{ID: id, Group: g, Status: Failed, Title: title, Why: why}
	if h != nil {
		c.Sent, c.Heard = shown(h.sent), shown(h.data)
	}
	b.add(c)
}

// patience is how long a reply is waited for: one that is merely slow is told from none.
func (b *bench) patience() time.Duration { return max(b.c.Limits.ReplyWithin, b.c.Limits.LateReply) }

// ask sends a frame of a sound master and judges the reply.
func (b *bench) ask(ctx context.Context, frame []byte) (heard, verdict, error) {
	h, err := b.w.ask(ctx, frame, b.patience())
	if err != nil {
		return h, verdict{}, err
	}
	v := judge(frame, h.data)
	b.w.noise += v.noise
	if v.kind == reply || v.kind == exception {
		d, instant := h.turnaround(b.w.char)
		b.times = append(b.times, d)
		b.rep.Turnaround.Instant = b.rep.Turnaround.Instant || instant
		b.gap = max(b.gap, h.gap)
		if !instant && d < b.w.silence && b.early.data == nil {
			b.early = h
		}
	}
	return h, v, nil
}

func (b *bench) read(ctx context.Context, t contract.Table, address, count uint16) (heard, verdict, error) {
	return b.ask(ctx, readFrame(b.unit, t, address, count))
}

// alive reads the first point, as the proof that the device still answers.
func (b *bench) alive(ctx context.Context) (heard, verdict, error) {
	return b.read(ctx, b.first.Table, b.first.Address, b.first.Registers())
}

// reach finds out whether there is anybody to test, and whether the adapter echoes.
func (b *bench) reach(ctx context.Context) (bool, error) {
	title := text("地址 %d 是否应答", "address %d answers", b.unit)
	var h heard
	var v verdict
	var err error
	for range 3 {
		if h, v, err = b.alive(ctx); err != nil {
			return false, err
		}
		if n := len(h.sent); !b.w.echo && len(h.data) >= n && string(h.data[:n]) == string(h.sent) {
			b.w.echo = true
			if h, v, err = b.alive(ctx); err != nil {
				return false, err
			}
		}
		switch v.kind {
		case reply:
			b.pass(GroupReach, "answers", title, Text{})
			return true, nil
		case exception:
			b.fail(GroupReach, "answers", title, text("设备拒绝读取测点 %s：异常 %d", "the device refuses to let point %s be read: exception %d", b.first.Name, v.code), &h)
			return true, nil
		case silent, wrong:
		}
	}
	why := v.why
	if v.kind == silent {
		why = Text{
			"没有应答：检查供电、A/B 线、波特率、校验方式和地址",
			"no reply: look at the supply, wires A and B, speed, parity and address",
		}
	}
	b.fail(GroupReach, "answers", title, why, &h)
	return false, nil
}

// line reports what was noticed all along.
func (b *bench) line(context.Context) error {
	title := Text{"没有多余的字节", "no bytes that belong to no reply"}
	if n := len(b.w.strays); n > 0 {
		first := heard{sent: b.w.strays[0].after, data: b.w.strays[0].heard}
		b.fail(GroupLine, "strays", title, text("%d 次在应答之外又收到字节：重复或迟到的应答，或总线上另有设备",
			"%d times bytes came outside of a reply: a duplicate or late reply, or somebody else on the bus", n), &first)
	} else {
		b.pass(GroupLine, "strays", title, Text{})
	}
	title = Text{"应答前后没有毛刺", "no glitches beside the replies"}
	if b.w.noise > 0 {
		b.fail(GroupLine, "noise", title, text("应答前后有 %d 个多余的 00 或 FF：检查偏置和终端电阻", "%d bytes 00 or FF beside replies: look at bias and termination", b.w.noise), nil)
	} else {
		b.pass(GroupLine, "noise", title, Text{})
	}
	return nil
}
