package contracttest

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"firepost/firmware-contracts/contract"
)

// settle is how long an output may take until it reads back as it was switched.
const settle = time.Second

func (b *bench) outputs(ctx context.Context) error {
	if len(b.c.Outputs) == 0 {
		b.skip(GroupOutputs, "all", GroupOutputs.Title(), Text{"契约没有输出", "the contract has no outputs"})
		return nil
	}
	for i := range b.c.Outputs {
		o := &b.c.Outputs[i]
		title := Text{o.Name + " " + o.Title.ZH, o.Name + ": " + o.Title.EN}
		if !b.opts.Outputs {
			b.skip(GroupOutputs, o.Name, title, Text{"没有要求切换输出（-outputs）", "not asked for (-outputs)"})
			continue
		}
		if err := b.output(ctx, o, title); err != nil {
			return err
		}
	}
	return nil
}

// output switches on, off, and back to what it was, which is done whatever happens.
func (b *bench) output(ctx context.Context, o *contract.Output, title Text) error {
	before, h, why, err := b.state(ctx, o)
	if err != nil {
		return err
	}
	if why != (Text{}) {
		b.fail(GroupOutputs, o.Name, title, why, &h)
		return nil
	}
	for _, on := range []bool{!before, before} {
		ok, h, why, err := b.turn(ctx, o, on)
		if err == nil && ok {
			continue
		}
		// Whatever happened, and also when the caller is going: nothing stays switched.
		back, _, _, again := b.turn(context.WithoutCancel(ctx), o, before)
		if err != nil {
			return err
		}
		left := Text{}
		if !back {
			left = text("；且未能恢复为%[1]s", "; and it could not be put back: %[2]s", word(before).ZH, word(before).EN)
		}
		b.fail(GroupOutputs, o.Name, title, Text{word(on).ZH + "：" + why.ZH + left.ZH, word(on).EN + ": " + why.EN + left.EN}, &h)
		return again
	}
	b.pass(GroupOutputs, o.Name, title, text("切换并读回，已恢复为%[1]s", "switched and read back, now %[2]s as before", word(before).ZH, word(before).EN))
	return nil
}

func word(on bool) Text {
	if on {
		return Text{"接通", "on"}
	}
	return Text{"断开", "off"}
}

// turn switches an output and waits until it reads back so.
func (b *bench) turn(ctx context.Context, o *contract.Output, on bool) (ok bool, h heard, why Text, err error) {
	value, function := o.Off, byte(6)
	if on {
		value = o.On
	}
	if o.Table == contract.Coil {
		function = 5
	}
	h, v, err := b.ask(ctx, seal(b.unit, function, byte(o.Address>>8), byte(o.Address), byte(value>>8), byte(value)))
	if err != nil || v.kind != reply {
		return false, h, reason(v), err
	}
	for until := b.w.clock.Now().Add(settle); ; {
		state, h, why, err := b.state(ctx, o)
		switch {
		case err != nil:
			return false, h, why, err
		case why == (Text{}) && state == on:
			return true, h, why, nil
		case !b.w.clock.Now().Before(until) && why == (Text{}):
			return false, h, text("已应答，但 %v 后读回仍是相反状态", "answered, but after %v it reads back the other way", settle), nil
		case !b.w.clock.Now().Before(until):
			return false, h, why, nil
		}
	}
}

// state reads an output back.
func (b *bench) state(ctx context.Context, o *contract.Output) (on bool, h heard, why Text, err error) {
	h, v, err := b.read(ctx, o.ReadBack.Table, o.ReadBack.Address, 1)
	if err != nil {
		return false, h, Text{}, err
	}
	if v.kind != reply {
		return false, h, reason(v), nil
	}
	on, err = o.ReadBack.IsOn(v.data, o.ReadBack.Address)
	return on, h, Text{}, err
}

func (b *bench) setup(ctx context.Context) error {
	title := Text{"改到另一个地址再改回", "to another address and back"}
	s := b.c.Setup
	switch {
	case s == nil || s.Address == nil:
		b.skip(GroupSetup, "address", title, Text{"契约没有写明怎样改地址", "the contract does not say how the address is changed"})
		return nil
	case !b.opts.Setup:
		b.skip(GroupSetup, "address", title, Text{"没有要求改地址（-setup）", "not asked for (-setup)"})
		return nil
	case s.Takes == contract.TakesPower:
		b.skip(GroupSetup, "address", title, Text{"断电后才生效", "it takes effect only when the device is switched off and on"})
		return nil
	}
	home := b.unit
	away, found, err := b.free(ctx)
	if err != nil {
		return err
	}
	if !found {
		b.skip(GroupSetup, "address", title, Text{"没有空闲的地址", "no address is free"})
		return nil
	}
	for _, to := range []uint8{away, home} {
		from := b.unit
		h, why, err := b.move(ctx, to)
		if err != nil {
			return err
		}
		if why != (Text{}) {
			where := text("从地址 %[1]d 到 %[2]d：%[3]s。设备可能在其中任一地址", "from address %[1]d to %[2]d: %[4]s. The device may be at either", from, to, why.ZH, why.EN)
			b.fail(GroupSetup, "address", title, where, &h)
			return nil
		}
	}
	b.pass(GroupSetup, "address", title, text("经地址 %d", "by way of address %d", away))
	return nil
}

// free finds an address of the contract's range that nobody answers.
func (b *bench) free(ctx context.Context) (uint8, bool, error) {
	home := b.unit
	defer func() { b.unit = home }()
	for try, u := 0, int(home)+1; try < 5; try, u = try+1, u+1 {
		if u > int(b.c.Address.Max) || u > 247 {
			u = max(1, int(b.c.Address.Min))
		}
		if u == int(home) {
			continue
		}
		b.unit = uint8(u)
		_, v, err := b.alive(ctx)
		if err != nil {
			return 0, false, err
		}
		if v.kind == silent {
			return uint8(u), true, nil
		}
	}
	return 0, false, nil
}

// move changes the address as the contract says, and looks whether it holds. b.unit is the new
// one as soon as the device answers there.
func (b *bench) move(ctx context.Context, to uint8) (heard, Text, error) {
	s, from := b.c.Setup, b.unit
	if h, why, err := b.fixed(ctx, s.Unlock); err != nil || why != (Text{}) {
		return h, why, err
	}
	if h, why, err := b.set(ctx, s.Address.Multiple, s.Address.Address, uint16(to)); err != nil || why != (Text{}) {
		return h, why, err
	}
	if s.Takes == contract.TakesNow {
		b.unit = to
	}
	if h, why, err := b.fixed(ctx, s.Save); err != nil || why != (Text{}) {
		b.unit = from
		return h, why, err
	}
	b.unit = to
	h, v, err := b.alive(ctx)
	if err != nil || v.kind != reply {
		b.unit = from
		why := reason(v)
		return h, text("新地址：%[1]s", "at the new address: %[2]s", why.ZH, why.EN), err
	}
	if h, why, err := b.fixed(ctx, s.Confirm); err != nil || why != (Text{}) {
		b.unit = from
		return h, why, err
	}
	b.unit = from
	h, v, err = b.alive(ctx)
	b.unit = to
	if err == nil && v.kind != silent {
		return h, Text{"旧地址仍有应答", "the old address still answers"}, nil
	}
	return h, Text{}, err
}

// fixed carries out one of the setup's fixed writes; nil is none.
func (b *bench) fixed(ctx context.Context, w *contract.SetupWrite) (heard, Text, error) {
	if w == nil {
		return heard{}, Text{}, nil
	}
	words := []uint16{w.Value}
	if w.With != nil {
		h, v, err := b.read(ctx, w.With.Table, w.With.From, w.With.To-w.With.From+1)
		if err != nil || v.kind != reply {
			return h, reason(v), err
		}
		for i := 0; i+1 < len(v.data); i += 2 {
			words = append(words, binary.BigEndian.Uint16(v.data[i:]))
		}
	}
	return b.set(ctx, w.With != nil, w.Address, words...)
}

// set writes holding registers: one with function 6, or any number with function 16.
func (b *bench) set(ctx context.Context, multiple bool, address uint16, words ...uint16) (heard, Text, error) {
	head := []byte{b.unit, 6, byte(address >> 8), byte(address)}
	if multiple {
		head[1] = 16
		head = append(head, byte(len(words)>>8), byte(len(words)), byte(2*len(words)))
	}
	for _, w := range words {
		head = binary.BigEndian.AppendUint16(head, w)
	}
	h, v, err := b.ask(ctx, seal(head...))
	if err != nil || v.kind == reply {
		return h, Text{}, err
	}
	why := reason(v)
	where := fmt.Sprintf("0x%04X", address)
	return h, Text{"写 " + where + "：" + why.ZH, "write " + where + ": " + why.EN}, nil
}
