package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"

	"firepost/gateway/internal/field"
)

const busReadHelp = `usage: firepost bus read -device NAME
       firepost bus read -bus NAME | -port DEVICE [-baud N] -unit N -contract REF

Reads every point of one device and prints register, raw bytes, value, quality, meaning and
limits side by side.

examples:
  firepost bus read -device zhang-noodles-smoke
  firepost bus read -port /dev/ttyUSB0 -unit 7 -contract smoke-generic@1 -lang zh`

func runBusRead(ctx context.Context, args []string, std streams) error {
	fs := flags("bus read", std, busReadHelp)
	f := addBusFlags(fs, true)
	name := fs.String("device", "", "`name` of a configured device")
	unit := fs.Uint("unit", 0, "address of a device that is not configured")
	ref := fs.String("contract", "", "its contract, such as smoke-generic@1")
	if err := parse(fs, args); err != nil {
		return err
	}
	if (*name == "") == (*unit == 0) || *unit > 255 || *unit != 0 && *ref == "" {
		return fmt.Errorf("%w: say -device NAME, or -unit 1 to 255 with -contract REF", errUsage)
	}
	if *name != "" {
		if err := f.busOfDevice(*name); err != nil {
			return err
		}
	}
	t, err := f.target(std)
	if err != nil {
		return err
	}
	o := field.ReadOptions{Unit: uint8(*unit), Speed: t.speed, Limits: map[string]field.Limits{}}
	if t.bus != nil {
		o.EchoStrip = t.bus.EchoStrip
	}
	for _, d := range t.devices() {
		if d.Name == *name {
			o.Name, o.Unit, o.Contract = d.Name, d.Unit, d.Model
			for p, l := range d.Limits {
				o.Limits[p] = field.Limits{Low: l.Low, High: l.High}
			}
		}
	}
	if *ref != "" {
		if o.Contract, err = t.contract(*ref); err != nil {
			return err
		}
	}
	show, end := t.progress()
	r, err := field.Read(ctx, t.open(), o, show)
	end()
	if err != nil {
		return t.explain(err)
	}
	if *f.json {
		return t.print(r)
	}
	return t.printReading(r)
}

// busOfDevice sets -bus to that of a configured device.
func (f *busFlags) busOfDevice(name string) error {
	cfg, err := load(*f.config)
	if err != nil {
		return err
	}
	var names []string
	for i := range cfg.Devices {
		if cfg.Devices[i].Name == name {
			*f.bus = cfg.Devices[i].Bus
			return nil
		}
		names = append(names, cfg.Devices[i].Name)
	}
	return fmt.Errorf("%w: %s has no device %q; it has: %s", errUsage, *f.config, name, strings.Join(names, ", "))
}

func (t *target) printReading(r *field.Reading) error {
	fmt.Fprintf(t.std.out, "%s  %s %d  %s  %s\n\n", dash(r.Name), t.say("地址", "address"), r.Unit, r.Contract, t.text(r.Title))
	w := tabwriter.NewWriter(t.std.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, t.say("名称\t寄存器\t原始值\t数值\t质量\t含义\t限值", "POINT\tREGISTER\tRAW\tVALUE\tQUALITY\tMEANING\tLIMITS"))
	for i := range r.Points {
		p := &r.Points[i]
		if p.Err != "" {
			fmt.Fprintf(w, "%s\t%s\t-\t-\t%s\t%s\t%s\n", p.Name, register(p), t.say("无", "none"), p.Err, limits(p))
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", p.Name, register(p), p.Raw, value(p), p.Quality, t.meaning(p), limits(p))
	}
	return w.Flush()
}

func register(p *field.Point) string {
	s := fmt.Sprintf("%s 0x%04X", p.Table, p.Address)
	if p.Count > 1 {
		s += fmt.Sprintf("×%d", p.Count)
	}
	return s
}

func value(p *field.Point) string {
	if p.Value == nil {
		return "-"
	}
	return strings.TrimSpace(strconv.FormatFloat(*p.Value, 'g', 7, 64) + " " + p.Unit)
}

// meaning is the condition with the contract's words for it.
func (t *target) meaning(p *field.Point) string {
	words := []string{t.say(conditionZH(p.Means), p.Means)}
	for _, x := range p.Texts {
		if s := t.text(x); s != words[0] {
			words = append(words, s)
		}
	}
	return strings.Join(words, ": ")
}

func conditionZH(means string) string {
	switch means {
	case "normal":
		return "正常"
	case "fault":
		return "故障"
	case "supervisory":
		return "监管"
	case "prealarm":
		return "预警"
	case "fire":
		return "火警"
	}
	return means
}

// limits are what the contract and the configuration allow.
func limits(p *field.Point) string {
	var parts []string
	if p.Low != nil {
		parts = append(parts, fmt.Sprintf("≥ %g", *p.Low))
	}
	if p.High != nil {
		parts = append(parts, fmt.Sprintf("≤ %g", *p.High))
	}
	if p.Range != nil {
		parts = append(parts, fmt.Sprintf("[%g … %g]", p.Range.Min, p.Range.Max))
	}
	return strings.Join(parts, " ")
}
