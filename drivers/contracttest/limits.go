package contracttest

import (
	"context"
	"slices"
	"time"

	"firepost/drivers/bus/modbus"
	"firepost/firmware-contracts/contract"
)

// standardMost is the most registers, or bits, that one read may ask for (Application
// Protocol V1.1b3, 6.1 and 6.3).
func standardMost(t contract.Table) int {
	if t.Bits() {
		return 2000
	}
	return 125
}

// longest is the longest run of readable addresses in a table, at most upTo of them.
func longest(c *contract.Contract, t contract.Table, upTo int) block {
	best, at := block{table: t}, 0
	for a := 0; a <= 1<<16; a++ {
		if a < 1<<16 && known(c, t, a) && a-at < upTo {
			continue
		}
		if n := a - at; n > int(best.count) {
			best.from, best.count = uint16(at), uint16(n) //nolint:gosec // both below 65 536
		}
		if int(best.count) == upTo {
			break
		}
		at = a + 1
	}
	return best
}

func (b *bench) limits(ctx context.Context) error {
	for t := contract.Holding; t <= contract.Discrete; t++ {
		if !slices.ContainsFunc(b.c.Points, func(p contract.Point) bool { return p.Table == t }) {
			continue
		}
		limit := int(b.c.Limits.MaxRegisters)
		if t.Bits() {
			limit = int(b.c.Limits.MaxBits)
		}
		run := longest(b.c, t, limit)
		if err := b.most(ctx, run, limit); err != nil {
			return err
		}
		if err := b.oneMore(ctx, run, limit); err != nil {
			return err
		}
		if err := b.beyond(ctx, run); err != nil {
			return err
		}
	}
	return nil
}

// most reads as much at once as the contract allows.
func (b *bench) most(ctx context.Context, run block, limit int) error {
	id := run.table.String() + "_most"
	title := text("%s 一次读取 %d 个", "%s: %d addresses in one read", run.table, limit)
	h, v, err := b.read(ctx, run.table, run.from, run.count)
	switch {
	case err != nil:
		return err
	case v.kind != reply:
		why := reason(v)
		b.fail(GroupLimits, id, title, text("读取 %[1]d 个：%[2]s", "%[1]d addresses: %[3]s", run.count, why.ZH, why.EN), &h)
	case int(run.count) < limit:
		b.skip(GroupLimits, id, title, text("契约中没有这么长的连续地址；最长的 %d 个可以读取", "the contract has no run of that length; its longest, %d, was answered", run.count))
	default:
		b.pass(GroupLimits, id, title, Text{})
	}
	return nil
}

// oneMore asks for one address more than the contract allows.
func (b *bench) oneMore(ctx context.Context, run block, limit int) error {
	id := run.table.String() + "_one_more"
	title := text("%s 一次读取 %d 个被干净地拒绝", "%s: one more, %d, is refused cleanly", run.table, limit+1)
	if limit >= standardMost(run.table) {
		b.skip(GroupLimits, id, title, Text{"已是标准的上限", "the limit is the standard's own"})
		return nil
	}
	from := min(int(run.from), 1<<16-limit-1)
	h, v, err := b.read(ctx, run.table, uint16(from), uint16(limit+1)) //nolint:gosec // at most 65 535
	if err != nil {
		return err
	}
	if v.kind == reply {
		b.pass(GroupLimits, id, title, text("设备完整地应答了 %d 个：比契约承诺的多", "the device answers all %d: more than the contract promises", limit+1))
		return nil
	}
	b.refused(id, GroupLimits, title, &h, v, modbus.IllegalDataValue, modbus.IllegalDataAddress)
	return nil
}

// beyond asks for one more than the standard allows.
func (b *bench) beyond(ctx context.Context, run block) error {
	id := run.table.String() + "_beyond"
	most := standardMost(run.table) + 1
	title := text("%s 一次读取 %d 个（超出标准）被拒绝", "%s: %d, more than the standard allows, is refused", run.table, most)
	from := min(int(run.from), 1<<16-most)
	h, v, err := b.read(ctx, run.table, uint16(from), uint16(most)) //nolint:gosec // at most 65 535
	if err != nil {
		return err
	}
	b.refused(id, GroupLimits, title, &h, v, modbus.IllegalDataValue, modbus.IllegalDataAddress)
	return nil
}

// refused wants one of the codes.
func (b *bench) refused(id string, g Group, title Text, h *heard, v verdict, want ...modbus.Exception) {
	switch {
	case v.kind == exception && slices.Contains(want, v.code):
		b.pass(g, id, title, text("异常 %d", "exception %d", v.code))
	case v.kind == exception:
		b.fail(g, id, title, text("异常 %d，应为 %d", "exception %d, not %d", v.code, want[0]), h)
	case v.kind == reply:
		b.fail(g, id, title, text("照样应答，应为异常 %d", "it answers all the same, where exception %d is due", want[0]), h)
	case v.kind == silent:
		b.fail(g, id, title, text("没有应答，应为异常 %d", "no reply, where exception %d is due", want[0]), h)
	default:
		b.fail(g, id, title, v.why, h)
	}
}

// timing asks many times, each time as soon as the line may be used again.
func (b *bench) timing(ctx context.Context) error {
	reads := 50
	if b.opts.Slow {
		reads = 500
	}
	b.times = nil
	t := &b.rep.Turnaround
	t.Within = b.c.Limits.ReplyWithin
	var lost heard
	for range reads {
		h, v, err := b.alive(ctx)
		if err != nil {
			return err
		}
		t.Asked++
		if v.kind == reply {
			t.Answered++
		} else {
			lost = h
		}
	}
	title := text("连续 %d 次读取全部应答，间隔 3.5 个字符", "%d reads in a row, 3.5 characters apart, are all answered", reads)
	if t.Answered < t.Asked {
		b.fail(GroupTiming, "back_to_back", title, text("%d 次没有正确的应答", "%d times there was no right reply", t.Asked-t.Answered), &lost)
	} else {
		b.pass(GroupTiming, "back_to_back", title, Text{})
	}
	b.within(t)
	b.framing(t)
	return nil
}

func (b *bench) within(t *Turnaround) {
	title := text("应答在 reply_within %v 内开始", "replies begin within reply_within, %v", t.Within)
	if len(b.times) == 0 {
		b.skip(GroupTiming, "reply_within", title, Text{"没有应答", "there were no replies"})
		return
	}
	slices.Sort(b.times)
	t.Min, t.Max = b.times[0], b.times[len(b.times)-1]
	t.P50, t.P99 = rank(b.times, 50), rank(b.times, 99)
	note := text("最短 %v，中位 %v，p99 %v，最长 %v", "min %v, p50 %v, p99 %v, max %v", round(t.Min), round(t.P50), round(t.P99), round(t.Max))
	if t.P99 > t.Within {
		b.fail(GroupTiming, "reply_within", title, note, nil)
		return
	}
	b.pass(GroupTiming, "reply_within", title, note)
}

// framing looks at the silence before a reply and at pauses within it.
func (b *bench) framing(t *Turnaround) {
	title := text("应答前至少静默 %v", "a reply begins after a silence of at least %v", round(b.w.silence))
	switch {
	case t.Instant:
		b.skip(GroupTiming, "silence", title, Text{"应答快于线路速率：是模拟线路", "replies are faster than the line's speed: a simulated line"})
	case b.early.data != nil:
		d, _ := b.early.turnaround(b.w.char)
		b.fail(GroupTiming, "silence", title, text("应答在 %v 后就开始", "a reply began after %v", round(d)), &b.early)
	default:
		b.pass(GroupTiming, "silence", title, Text{})
	}
	title = Text{"应答中间没有停顿", "no pause within a reply"}
	if limit := gathering + b.w.silence; b.gap > limit {
		b.fail(GroupTiming, "pauses", title, text("停顿了 %v", "there was a pause of %v", round(b.gap)), nil)
		return
	}
	b.pass(GroupTiming, "pauses", title, Text{})
}

// rank is the p-th percentile of sorted times, by nearest rank.
func rank(sorted []time.Duration, p int) time.Duration {
	return sorted[(len(sorted)*p+99)/100-1]
}

func round(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }
