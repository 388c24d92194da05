package contracttest

import (
	"context"
	"time"

	"firepost/drivers/bus/modbus"
	"firepost/firmware-contracts/contract"
)

// unassigned is a function that the standard leaves open and no vendor is known to use. The
// user-defined ones (65–72, 100–110) are used: 66 resets the energy of a well-known meter.
const unassigned = 27

func (b *bench) exceptions(ctx context.Context) error {
	title := Text{"未定义的功能码：异常 1", "a function that is not assigned: exception 1"}
	h, v, err := b.ask(ctx, seal(b.unit, unassigned, 0, 0, 0, 0))
	if err != nil {
		return err
	}
	b.refused("function", GroupExceptions, title, &h, v, modbus.IllegalFunction)

	if err := b.unknownAddress(ctx); err != nil {
		return err
	}
	title = Text{"读取 0 个：异常 3", "a read of nothing: exception 3"}
	if h, v, err = b.read(ctx, b.first.Table, b.first.Address, 0); err != nil {
		return err
	}
	b.refused("value", GroupExceptions, title, &h, v, modbus.IllegalDataValue)
	return b.still(ctx, GroupExceptions)
}

// unknownAddress reads where the contract has nothing. A device may have more than its
// contract tells, but not everywhere.
func (b *bench) unknownAddress(ctx context.Context) error {
	title := Text{"不存在的地址：异常 2", "an address that does not exist: exception 2"}
	var h heard
	var v verdict
	for _, a := range []uint16{0xFFFF, 0xE7A5, 0xB3C1, 0x7D13} {
		if known(b.c, b.first.Table, int(a)) {
			continue
		}
		var err error
		if h, v, err = b.read(ctx, b.first.Table, a, 1); err != nil {
			return err
		}
		if v.kind != reply {
			break
		}
	}
	b.refused("address", GroupExceptions, title, &h, v, modbus.IllegalDataAddress)
	return nil
}

// still looks whether the device answers as before.
func (b *bench) still(ctx context.Context, g Group) error {
	title := Text{"之后仍正常应答", "it answers afterwards as before"}
	h, v, err := b.alive(ctx)
	if err != nil {
		return err
	}
	if v.kind != reply {
		b.fail(g, "afterwards", title, reason(v), &h)
		return nil
	}
	b.pass(g, "afterwards", title, Text{})
	return nil
}

// bad is a frame that a device must leave alone.
type bad struct {
	id    string
	title Text
	pause time.Duration
	parts [][]byte
}

// halves is how far apart the two parts of a split frame are: 25 times the longest silence
// that ends a frame at 9600 baud.
const halves = 100 * time.Millisecond

// longFrame is more than any frame may have.
const longFrame = 300

func (b *bench) badFrames(ctx context.Context) error {
	good := readFrame(b.unit, b.first.Table, b.first.Address, b.first.Registers())
	crc := append([]byte(nil), good...)
	crc[len(crc)-1] ^= 0xFF
	crc[len(crc)-2] ^= 0xFF
	long := append([]byte(nil), good[:6]...)
	for len(long) < longFrame-2 {
		long = append(long, 0xFF)
	}
	list := []bad{
		{"wrong_crc", Text{"校验码错误的请求", "a request with a wrong check sum"}, 0, [][]byte{crc}},
		{"split", text("中间停顿 %v 的请求", "a request with a pause of %v in it", halves), halves, [][]byte{good[:4], good[4:]}},
		{"too_long", text("%d 字节的帧", "a frame of %d bytes", longFrame), 0, [][]byte{seal(long...)}},
		{"broadcast_read", Text{"广播读取", "a read sent as a broadcast"}, 0, [][]byte{readFrame(0, b.first.Table, b.first.Address, b.first.Registers())}},
	}
	for _, other := range others(b.unit) {
		title := text("发给地址 %d 的请求", "a request for address %d", other)
		list = append(list, bad{"address_" + itoa(other), title, 0, [][]byte{readFrame(other, b.first.Table, b.first.Address, b.first.Registers())}})
	}
	other := others(b.unit)[0]
	list = append(list, bad{
		"other_reply", text("地址 %d 的应答", "the reply of address %d", other), 0,
		[][]byte{seal(other, byte(modbus.FunctionOf(contract.Holding)), 2, 0, 0)},
	})
	for _, x := range list {
		if err := b.mustBeSilent(ctx, &x); err != nil {
			return err
		}
	}
	return nil
}

// others are addresses that a device confuses with its own if it compares too few bits, or
// none.
func others(unit uint8) []uint8 {
	var out []uint8
	for _, u := range []uint8{unit ^ 3, unit ^ 0x80, unit ^ 0x10} {
		if u >= 1 && u <= 247 {
			out = append(out, u)
		}
	}
	return out
}

func itoa(u uint8) string {
	s := ""
	for first := true; first || u > 0; first, u = false, u/10 {
		s = string('0'+rune(u%10)) + s
	}
	return s
}

// mustBeSilent sends a bad frame, listens for as long as a late reply may take, and then
// looks whether the device has survived it.
func (b *bench) mustBeSilent(ctx context.Context, x *bad) error {
	title := Text{x.title.ZH + "：不应答", x.title.EN + " is not answered"}
	h, err := b.w.send(ctx, x.pause, x.parts...)
	if err != nil {
		return err
	}
	if err := b.w.listen(ctx, &h, b.patience(), nil); err != nil {
		return err
	}
	if len(h.data) > 0 {
		b.fail(GroupBadFrames, x.id, title, Text{"应答了；若总线上还有别的设备，请单独测试", "it was answered; if there is another device on the line, test this one alone"}, &h)
		return nil
	}
	after, v, err := b.alive(ctx)
	if err != nil {
		return err
	}
	if v.kind != reply {
		why := reason(v)
		b.fail(GroupBadFrames, x.id, title, Text{"此后设备不再正常应答：" + why.ZH, "afterwards the device does not answer as before: " + why.EN}, &after)
		return nil
	}
	b.pass(GroupBadFrames, x.id, title, Text{})
	return nil
}

// duplicates listens on after a reply.
func (b *bench) duplicates(ctx context.Context) error {
	times := 1
	if b.opts.Slow {
		times = 10
	}
	title := text("应答后 %v 内没有别的应答", "nothing more comes for %v after a reply", b.c.Limits.LateReply)
	for range times {
		h, v, err := b.alive(ctx)
		if err != nil {
			return err
		}
		if v.kind != reply {
			b.fail(GroupDuplicates, "after_reply", title, reason(v), &h)
			return nil
		}
		more := heard{sent: h.sent, echoed: true}
		if err := b.w.listen(ctx, &more, b.c.Limits.LateReply, nil); err != nil {
			return err
		}
		if len(more.data) > 0 {
			// From here on every reply is given the time to come again, so that no other check
			// takes one for its own.
			b.w.rest = min(2*more.first.Sub(h.last)+gathering, b.c.Limits.LateReply)
			why := text("%v 后又收到 %d 个字节", "after %v another %d bytes came", round(more.first.Sub(h.last)), len(more.data))
			b.fail(GroupDuplicates, "after_reply", title, why, &more)
			return nil
		}
	}
	b.pass(GroupDuplicates, "after_reply", title, Text{})
	return nil
}
