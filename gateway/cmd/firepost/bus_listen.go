package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"firepost/gateway/internal/field"
)

const busListenHelp = `usage: firepost bus listen -bus NAME | -port DEVICE [-baud N] [-seconds N]

Prints every frame that passes, requests paired with their replies, decoded where the
configuration knows the device. Sends nothing, ever: it may be used on someone else's bus.
Ctrl-C ends it and prints a summary.

examples:
  firepost bus listen -port /dev/ttyUSB0 -baud 9600 -seconds 30
  firepost bus listen -bus rs485-1 -json`

func runBusListen(ctx context.Context, args []string, std streams) error {
	fs := flags("bus listen", std, busListenHelp)
	f := addBusFlags(fs, true)
	seconds := fs.Uint("seconds", 0, "end after so many seconds; 0: with Ctrl-C")
	if err := parse(fs, args); err != nil {
		return err
	}
	t, err := f.target(std)
	if err != nil {
		return err
	}
	o := field.ListenOptions{Speed: t.speed, For: time.Duration(*seconds) * time.Second, Known: t.known()}
	var bad error
	res, err := field.Listen(ctx, t.open(), o, func(frame field.Frame) {
		if e := t.printFrame(&frame); e != nil && bad == nil {
			bad = e
		}
	})
	if err != nil {
		return t.explain(err)
	}
	if bad != nil {
		return fmt.Errorf("print: %w", bad)
	}
	if *f.json {
		return json.NewEncoder(std.out).Encode(res)
	}
	fmt.Fprintf(std.out, t.say("%s 内：%d 帧（请求 %d，应答 %d），噪声 %d 字节，地址 %v\n", "%s: %d frames (%d requests, %d replies), %d bytes of noise, addresses %v\n"),
		res.For.Round(time.Second), res.Frames, res.Requests, res.Replies, res.Noise, res.Units)
	if res.OtherSpeed {
		fmt.Fprintln(std.out, t.say("几乎都是噪声：总线可能使用别的波特率或格式，请换 -baud 或 -format 再试。",
			"Nearly all of it is noise: the bus seems to run at another speed or format; try another -baud or -format."))
	}
	return nil
}

func (t *target) printFrame(f *field.Frame) error {
	if *t.flags.json {
		return json.NewEncoder(t.std.out).Encode(f)
	}
	at := fmt.Sprintf("%9.3f", f.At.Seconds())
	if f.Kind == field.Garbage {
		_, err := fmt.Fprintf(t.std.out, "%s  %s\n", at, fmt.Sprintf(t.say("噪声 %d 字节", "noise, %d bytes"), f.Noise))
		return err
	}
	line := fmt.Sprintf("%s  %3d %-9s %s", at, f.Unit, t.text(f.Kind.Text()), t.what(f))
	if f.After > 0 {
		line += fmt.Sprintf("  +%dms", f.After.Milliseconds())
	}
	if f.Device != "" {
		line += "  " + f.Device
	}
	line += "  [" + f.Bytes + "]"
	if f.Text != "" {
		line += "  " + f.Text
	}
	var values []string
	for i := range f.Points {
		p := &f.Points[i]
		values = append(values, fmt.Sprintf("%s=%s (%s)", p.Name, value(p), t.meaning(p)))
	}
	if len(values) > 0 {
		line += "\n" + strings.Repeat(" ", 15) + strings.Join(values, ", ")
	}
	_, err := fmt.Fprintln(t.std.out, line)
	return err
}

// what is the function with its registers.
func (t *target) what(f *field.Frame) string {
	s := fmt.Sprintf("FC%02d", f.Function)
	if f.Count > 0 {
		s += fmt.Sprintf(" 0x%04X×%d", f.Address, f.Count)
	}
	return s
}
