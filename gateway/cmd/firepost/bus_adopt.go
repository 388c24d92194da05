package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"firepost/firmware-contracts/contract"
	"firepost/gateway/internal/config"
	"firepost/gateway/internal/field"
)

const busAdoptHelp = `usage: firepost bus adopt -bus NAME -premises CODE [-contract REF] [-name NAME]

Brings one new device onto the bus: plug it in, and it is found at any speed and format, told
from the configured ones, given a free address and the bus's speed, looked for there, and added
to the configuration (the old file stays as FILE.bak). Stop the daemon first, start it after.

Where several models fit, you are asked which it is, or say -contract. Two devices at one
address are recognised; plug in one at a time.

examples:
  firepost bus adopt -bus rs485-1 -premises HS-0301-0012
  firepost bus adopt -bus rs485-1 -premises HS-0301-0013 -contract gauge-mpd-380@1 -name li-gauge
  firepost bus adopt -bus rs485-1 -premises HS-0301-0014 -label-zh 李记面馆 -label-en "Li's Noodles"`

// adoptFlags are what only adopt takes.
type adoptFlags struct {
	premises, ref, name, zh, en *string
	unit                        *uint
}

func addAdoptFlags(fs *flag.FlagSet) *adoptFlags {
	return &adoptFlags{
		premises: fs.String("premises", "", "`code` of the shop or home (一店一码)"),
		ref:      fs.String("contract", "", "its contract, such as smoke-generic@1; told by itself where that is certain"),
		name:     fs.String("name", "", "its name in the configuration; made from the code unless given"),
		zh:       fs.String("label-zh", "", "what public screens show, where the catalogue of premises does not say it"),
		en:       fs.String("label-en", "", "the same in English"),
		unit:     fs.Uint("unit", 0, "the address that it shall have; 0: the lowest free one"),
	}
}

func runBusAdopt(ctx context.Context, args []string, std streams) error {
	fs := flags("bus adopt", std, busAdoptHelp)
	f, a := addBusFlags(fs, false), addAdoptFlags(fs)
	if err := parse(fs, args); err != nil {
		return err
	}
	if *a.unit > 247 {
		return fmt.Errorf("%w: -unit %d: 1 to 247", errUsage, *a.unit)
	}
	t, err := f.target(std)
	if err != nil {
		return err
	}
	label, err := a.check(t)
	if err != nil {
		return err
	}
	o := field.AdoptOptions{
		Speed: t.speed, Known: t.known(), Contracts: t.set.All(), Unit: uint8(*a.unit), Ask: t.ask(), Choose: t.choose(),
	}
	if *a.ref != "" {
		if o.Contract, err = t.contract(*a.ref); err != nil {
			return err
		}
	}
	show, end := t.progress()
	got, err := field.Adopt(ctx, t.open(), o, show)
	end()
	if err != nil {
		return t.explain(err)
	}
	e := &field.Entry{
		Name: *a.name, Bus: t.name(), Unit: got.To.Unit, Contract: got.Ref, Premises: *a.premises, Label: label,
	}
	if e.Name == "" {
		e.Name = field.NameFor(got.Contract, *a.premises, got.To.Unit, t.taken())
	}
	if err := field.Append(*f.config, e, t.accepts); err != nil {
		return t.explain(fmt.Errorf("the device is at %s now, and not in the configuration: %w", got.To, err))
	}
	return t.adopted(got, e)
}

// check refuses what would only come out once the device has been changed.
func (a *adoptFlags) check(t *target) (contract.Text, error) {
	label := contract.Text{ZH: *a.zh, EN: *a.en}
	if *a.premises == "" {
		return label, fmt.Errorf("%w: say -premises CODE: every device belongs to premises", errUsage)
	}
	if slices.Contains(t.taken(), *a.name) {
		return label, fmt.Errorf("%w: there is a device %q already", errUsage, *a.name)
	}
	cat := t.cfg.Catalogue
	if cat == nil {
		if label.ZH == "" {
			return label, fmt.Errorf("%w: say -label-zh (and -label-en), or name a catalogue of premises in the configuration: premises: FILE.csv", errUsage)
		}
		return label, nil
	}
	if _, ok := cat.Get(*a.premises); !ok {
		return label, fmt.Errorf("%w: %s has no premises %q; firepost premises check shows what it holds", errUsage, cat.File, *a.premises)
	}
	return label, nil
}

// accepts is the check that a configuration must pass.
func (t *target) accepts(name string, text []byte) error {
	set, err := builtin()
	if err != nil {
		return err
	}
	_, err = config.Parse(name, text, set)
	return err
}

func (t *target) adopted(got *field.Adopted, e *field.Entry) error {
	if *t.flags.json {
		return t.print(struct {
			*field.Adopted
			Entry *field.Entry `json:"entry"`
		}{got, e})
	}
	fmt.Fprintf(t.std.out, t.say("已接入：%s，%s，由 %s 改为 %s，用时 %s。已写入 %s（旧文件为 %s.bak）。\n",
		"adopted: %s, %s, from %s to %s, in %s. Written to %s (the old file is %s.bak).\n"),
		e.Name, e.Contract, got.From, got.To, got.Took.Round(100*time.Millisecond), *t.flags.config, *t.flags.config)
	fmt.Fprintln(t.std.out, t.say("全部接入后：firepost check，然后 systemctl start firepost。", "Once all are in: firepost check, then systemctl start firepost."))
	return nil
}

// ask asks the installer and waits for the Enter key.
func (t *target) ask() field.Ask {
	return func(ctx context.Context, what contract.Text) error {
		fmt.Fprintf(t.std.err, "\n%s\n%s", t.text(what), t.say("完成后按回车：", "press Enter when done: "))
		_, err := t.answer(ctx)
		return err
	}
}

// choose lets the installer pick a model; nil where nobody could answer.
func (t *target) choose() func(context.Context, []field.Match) (string, error) {
	if f, ok := t.std.in.(*os.File); ok && !terminal(f) {
		return nil
	}
	return func(ctx context.Context, matches []field.Match) (string, error) {
		fmt.Fprintf(t.std.err, "\n%s\n", t.say("型号不能确定，请选择：", "several models fit; which one is it?"))
		for i, m := range matches {
			fmt.Fprintf(t.std.err, "  %d  %s  %s\n", i+1, m.Contract, t.text(m.Title))
		}
		fmt.Fprint(t.std.err, t.say("序号：", "number: "))
		s, err := t.answer(ctx)
		if err != nil {
			return "", err
		}
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > len(matches) {
			return "", fmt.Errorf("%w: %q is none of 1 to %d", field.ErrUnsure, s, len(matches))
		}
		return matches[n-1].Contract, nil
	}
}

// errNobody is the answer of a standard input that has ended.
var errNobody = errors.New("nobody answers on standard input")

// answer reads one line, or ends with ctx.
func (t *target) answer(ctx context.Context) (string, error) {
	type said struct {
		text string
		err  error
	}
	got := make(chan said, 1)
	go func() {
		if t.lines == nil {
			t.lines = bufio.NewReader(t.std.in)
		}
		s, err := t.lines.ReadString('\n')
		got <- said{strings.TrimSpace(s), err}
	}()
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case s := <-got:
		if s.err != nil && s.text == "" {
			return "", fmt.Errorf("%w: %w", errNobody, s.err)
		}
		return s.text, nil
	}
}
