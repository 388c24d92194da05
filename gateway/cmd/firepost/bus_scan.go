package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"firepost/firmware-contracts/contract"
	"firepost/gateway/internal/field"
)

const busScanHelp = `usage: firepost bus scan -bus NAME | -port DEVICE [-baud N] [-all] [-from 1] [-to 247]

Asks every address and tells what answers: configured devices by name, others by what their
registers say, and prints what the configuration needs for them. Names slow devices, two
devices at one address, noise, and another master. Some 25 s for 247 addresses at 9600 baud.
Nothing is ever written to a device.

-all tries every speed and format that the contracts know, the likeliest first; that takes
minutes, and shows what it has found if it is interrupted (Ctrl-C).

examples:
  firepost bus scan -bus rs485-1
  firepost bus scan -port /dev/ttyUSB0 -baud 4800
  firepost bus scan -port /dev/ttyUSB0 -all -to 32 -lang zh`

func runBusScan(ctx context.Context, args []string, std streams) error {
	fs := flags("bus scan", std, busScanHelp)
	f := addBusFlags(fs, true)
	every := fs.Bool("all", false, "all usual speeds and formats")
	from := fs.Uint("from", 1, "first address")
	to := fs.Uint("to", 247, "last address, up to 255")
	ref := fs.String("contract", "", "look for this model only, such as smoke-generic@1")
	thorough := fs.Bool("thorough", false, "ask every address for what the contracts read, too: for devices that answer nothing else")
	if err := parse(fs, args); err != nil {
		return err
	}
	if *from < 1 || *to > 255 || *from > *to {
		return fmt.Errorf("%w: addresses from %d to %d: use 1 to 255", errUsage, *from, *to)
	}
	t, err := f.target(std)
	if err != nil {
		return err
	}
	o := field.ScanOptions{
		Speeds: []field.Speed{t.speed}, From: uint8(*from), To: uint8(*to),
		Contracts: t.set.All(), Known: t.known(), Thorough: *thorough,
	}
	if *ref != "" {
		c, err := t.contract(*ref)
		if err != nil {
			return err
		}
		o.Contracts = []*contract.Contract{c}
	}
	if *every {
		o.Speeds = field.Speeds(t.speed, o.Contracts)
	}
	show, end := t.progress()
	res, err := field.Scan(ctx, t.open(), o, show)
	end()
	if err != nil && len(res.Found) == 0 {
		return t.explain(err)
	}
	if e := t.printScan(res); e != nil {
		return e
	}
	return t.explain(err)
}

func (t *target) printScan(res *field.ScanResult) error {
	snippet := field.Snippet(t.name(), t.speed, res.Found, t.set, t.taken())
	if *t.flags.json {
		return t.print(struct {
			*field.ScanResult
			YAML string `json:"yaml,omitempty"`
		}{res, snippet})
	}
	w := tabwriter.NewWriter(t.std.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, t.say("地址\t速率\t状态\t应答\t设备\t型号", "ADDRESS\tSPEED\tSTATE\tREPLY\tDEVICE\tMODEL"))
	for i := range res.Found {
		f := &res.Found[i]
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\n", f.Unit, f.Speed, t.text(f.State.Text()),
			f.Reply.Round(time.Millisecond), dash(f.Device), t.model(f))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, note := range res.Notes() {
		fmt.Fprintln(t.std.out, t.text(note))
	}
	fmt.Fprintf(t.std.out, t.say("共询问 %d 个地址，发现 %d 处应答，用时 %s。\n", "%d addresses asked, %d answer, in %s.\n"),
		res.Asked, len(res.Found), res.Took.Round(100*time.Millisecond))
	if snippet != "" {
		fmt.Fprintf(t.std.out, "\n%s\n%s", t.say("# 加入配置文件：", "# For the configuration:"), snippet)
	}
	return nil
}

// model is what the device is, or can be.
func (t *target) model(f *field.Found) string {
	switch {
	case f.State == field.Doubled:
		return "-"
	case f.Mismatch:
		return t.say("与配置不符；像 ", "not what is configured; looks like ") + t.oneOf(f.Matches)
	case f.Contract != "":
		return f.Contract
	case len(f.Matches) == 0:
		return t.say("未知：没有契约符合", "unknown: no contract fits")
	default:
		return t.say("以下之一（请确认）：", "one of these, please say which: ") + t.oneOf(f.Matches)
	}
}

func (t *target) oneOf(matches []field.Match) string {
	names := make([]string, 0, len(matches))
	for _, m := range matches {
		names = append(names, m.Contract)
	}
	if len(names) == 0 {
		return t.say("无", "none")
	}
	return strings.Join(names, ", ")
}
