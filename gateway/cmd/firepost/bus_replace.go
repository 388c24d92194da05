package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"firepost/gateway/internal/field"
)

const busReplaceHelp = `usage: firepost bus replace -device NAME

Gives the successor of a dead device its address and speed, so that its name and its history
stay: unplug the dead one, plug in the new one of the same model, and run this. The
configuration does not change.

example:
  firepost bus replace -device zhang-noodles-smoke`

func runBusReplace(ctx context.Context, args []string, std streams) error {
	fs := flags("bus replace", std, busReplaceHelp)
	f := addBusFlags(fs, false)
	name := fs.String("device", "", "`name` of the dead device")
	if err := parse(fs, args); err != nil {
		return err
	}
	if *name == "" {
		return fmt.Errorf("%w: say -device NAME", errUsage)
	}
	if err := f.busOfDevice(*name); err != nil {
		return err
	}
	t, err := f.target(std)
	if err != nil {
		return err
	}
	known := t.known()
	i := slices.IndexFunc(known, func(k field.Known) bool { return k.Name == *name })
	o := field.ReplaceOptions{Speed: t.speed, Dead: known[i], Known: slices.Delete(slices.Clone(known), i, i+1), Ask: t.ask()}
	show, end := t.progress()
	got, err := field.Replace(ctx, t.open(), o, show)
	end()
	if err != nil {
		return t.explain(err)
	}
	if *f.json {
		return t.print(got)
	}
	fmt.Fprintf(std.out, t.say("已更换：%s 在 %s（原为 %s），用时 %s。名称和历史不变。\n", "replaced: %s is at %s (it was at %s), in %s. Name and history stay.\n"),
		*name, got.To, got.From, got.Took.Round(100*time.Millisecond))
	return nil
}

const busSetAddressHelp = `usage: firepost bus set-address -bus NAME | -port DEVICE -from N -to M -contract REF

Gives one device another address, the way its contract says, and looks for it there. With
-to-baud and -to-format its speed changes as well. The configuration does not change.

examples:
  firepost bus set-address -bus rs485-1 -from 1 -to 12 -contract gauge-mpd-380@1
  firepost bus set-address -port /dev/ttyUSB0 -baud 4800 -from 1 -to 12 -contract smoke-yg-n01@1 -to-baud 9600`

func runBusSetAddress(ctx context.Context, args []string, std streams) error {
	fs := flags("bus set-address", std, busSetAddressHelp)
	f := addBusFlags(fs, true)
	from := fs.Uint("from", 0, "its address now")
	to := fs.Uint("to", 0, "its new address")
	ref := fs.String("contract", "", "its contract, such as gauge-mpd-380@1")
	baud := fs.Int("to-baud", 0, "its new baud rate; 0: as it is")
	format := fs.String("to-format", "", "its new format; empty: as it is")
	if err := parse(fs, args); err != nil {
		return err
	}
	if *from < 1 || *from > 255 || *to < 1 || *to > 255 || *ref == "" {
		return fmt.Errorf("%w: say -from and -to, 1 to 255, and -contract", errUsage)
	}
	t, err := f.target(std)
	if err != nil {
		return err
	}
	c, err := t.contract(*ref)
	if err != nil {
		return err
	}
	target := t.speed
	if *baud != 0 {
		target.Baud = *baud
	}
	if *format != "" {
		target.Format = *format
	}
	known := slices.DeleteFunc(t.known(), func(k field.Known) bool { return uint(k.Unit) == *from })
	o := field.ChangeOptions{
		Contract: c, From: field.Settings{Unit: uint8(*from), Speed: t.speed}, To: field.Settings{Unit: uint8(*to), Speed: target},
		Known: known, Ask: t.ask(),
	}
	show, end := t.progress()
	err = field.Change(ctx, t.open(), o, show)
	end()
	if err != nil {
		return t.explain(err)
	}
	if *f.json {
		return t.print(struct {
			From field.Settings `json:"from"`
			To   field.Settings `json:"to"`
		}{o.From, o.To})
	}
	fmt.Fprintf(std.out, t.say("已由 %s 改为 %s，并在新地址核对。\n", "moved from %s to %s, and found there.\n"), o.From, o.To)
	return nil
}
