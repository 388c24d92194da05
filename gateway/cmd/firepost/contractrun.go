package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"firepost/drivers/bus/serialport"
	"firepost/drivers/contracttest"
	"firepost/firmware-contracts/contract"

	"github.com/google/renameio/v2"
)

const contractTestHelp = `usage: firepost contract test REF|FILE -port DEV [flags]

Tests a real device against its contract: every point, the limits of a read, timing, refusals,
the silence that bad frames must meet, duplicate and late replies. The device must be alone on
its line; stop the daemon first. Nothing is written to it, unless -outputs (switches every
output on and off: a siren sounds) or -setup (another address, and back) says so.

It takes about half a minute. Exit code 0: everything that was tried holds; 1: something does
not, or the test broke off; 2: a mistake on the command line.

examples:
  firepost contract test smoke-generic@1 -port /dev/ttyUSB0
  firepost contract test my-smoke@1.yaml -port usb:1-1.4 -baud 4800 -unit 7 -lang zh
  firepost contract test relay-r421a08@1 -port /dev/ttyUSB0 -outputs -json report.json
  firepost contract test firepost-smoke@1 -port /dev/ttyUSB0 -setup -slow`

// errDevice is wrapped when a device does not keep its contract.
var errDevice = errors.New("the device does not keep its contract")

// testFlags are the flags of contract test.
type testFlags struct {
	port, backend, format, json, lang string
	baud, unit                        int
	slow, outputs, setup, yes         bool
}

func contractTest(ctx context.Context, args []string, std streams) error {
	var f testFlags
	fs := flags("contract test", std, contractTestHelp)
	fs.StringVar(&f.port, "port", "", "serial port: a `device`, usb:PLACE, id:NAME or path:NAME")
	fs.StringVar(&f.backend, "backend", "", "serial library: bugst or tarm")
	fs.IntVar(&f.baud, "baud", 0, "speed (default: the contract's)")
	fs.StringVar(&f.format, "format", "", "character format such as 8E1 (default: the contract's)")
	fs.IntVar(&f.unit, "unit", 0, "the device's address (default: the contract's)")
	fs.StringVar(&f.json, "json", "", "write the report to this `file` too, as JSON")
	fs.StringVar(&f.lang, "lang", "en", "language: en or zh")
	fs.BoolVar(&f.slow, "slow", false, "ten times as many reads, and ten times as long a wait for duplicates")
	fs.BoolVar(&f.outputs, "outputs", false, "switch every output on and off: WRITES to the device")
	fs.BoolVar(&f.setup, "setup", false, "change the address and change it back: WRITES to the device")
	fs.BoolVar(&f.yes, "yes", false, "don't ask before writing")
	c, err := oneContract(fs, args, std)
	if err != nil {
		return err
	}
	if err := f.check(c); err != nil {
		return err
	}
	if err := f.confirm(c, std); err != nil {
		return err
	}
	port, err := serialport.Open(serialport.Spec{Name: f.port, Backend: serialport.Backend(f.backend), Baud: f.baud, Format: f.format})
	if err != nil {
		return err
	}
	defer port.Close() //nolint:errcheck // nothing is lost with it
	rep, err := contracttest.Run(ctx, port, c, contracttest.Options{
		Port: port.Path(), Unit: uint8(f.unit), Slow: f.slow, Outputs: f.outputs, Setup: f.setup, //nolint:gosec // checked
		Each: checkPrinter(std.out, f.lang),
	})
	if rep == nil {
		return err
	}
	printSummary(std.out, rep, f.lang)
	return errors.Join(err, f.save(rep), verdictOf(rep))
}

func (f *testFlags) check(c *contract.Contract) error {
	if err := language(f.lang); err != nil {
		return err
	}
	switch {
	case f.port == "":
		return fmt.Errorf("%w: -port names the serial port; firepost ports lists them", errUsage)
	case c.Transport != contract.Modbus:
		return fmt.Errorf("contract %s: %w: its transport is %s", c.Ref(), contracttest.ErrTransport, c.Transport)
	case f.unit < 0 || f.unit > 255:
		return fmt.Errorf("%w: -unit %d: an address is 1 to 255", errUsage, f.unit)
	case f.unit != 0 && (f.unit < int(c.Address.Min) || f.unit > int(c.Address.Max)):
		return fmt.Errorf("%w: -unit %d: %s takes addresses %d to %d", errUsage, f.unit, c.Ref(), c.Address.Min, c.Address.Max)
	}
	if f.unit == 0 {
		f.unit = int(c.Address.Default)
	}
	if f.baud == 0 {
		f.baud = c.Serial.Baud
	}
	if f.format == "" {
		f.format = c.Serial.Format
	}
	return nil
}

// confirm asks before anything is written.
func (f *testFlags) confirm(c *contract.Contract, std streams) error {
	var what []string
	if f.outputs {
		for i := range c.Outputs {
			what = append(what, c.Outputs[i].Name)
		}
	}
	if f.setup && c.Setup != nil {
		what = append(what, contracttest.GroupSetup.Title().In(f.lang))
	}
	if f.yes || len(what) == 0 {
		return nil
	}
	ask := contracttest.Text{ZH: "将写入地址 %d 的设备：%s。确认请输入 yes：", EN: "this WRITES to the device at address %d: %s. Type yes to go on: "}
	fmt.Fprintf(std.out, ask.In(f.lang), f.unit, strings.Join(what, ", "))
	line, err := bufio.NewReader(std.in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the answer: %w", err)
	}
	if strings.TrimSpace(line) != "yes" {
		return errors.New("not confirmed: nothing was written")
	}
	return nil
}

func (f *testFlags) save(rep *contracttest.Report) error {
	if f.json == "" {
		return nil
	}
	data, err := json.MarshalIndent(rep, "", "  ")
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if err := renameio.WriteFile(f.json, append(data, '\n'), 0o644, renameio.WithTempDir(filepath.Dir(f.json))); err != nil {
		return fmt.Errorf("write %s: %w", f.json, err)
	}
	return nil
}

func verdictOf(rep *contracttest.Report) error {
	if n := rep.Count(contracttest.Failed); n > 0 {
		return fmt.Errorf("%s at address %d: %d checks failed: %w", rep.Contract, rep.Unit, n, errDevice)
	}
	return nil
}

// checkPrinter prints checks as they come, under the name of their group.
func checkPrinter(w io.Writer, lang string) func(contracttest.Check) {
	words := map[contracttest.Status]contracttest.Text{
		contracttest.Passed:  {ZH: "通过  ", EN: "passed  "},
		contracttest.Failed:  {ZH: "不合格", EN: "FAILED  "},
		contracttest.NotDone: {ZH: "未做  ", EN: "not done"},
	}
	group := contracttest.Group("")
	return func(c contracttest.Check) {
		if c.Group != group {
			group = c.Group
			fmt.Fprintf(w, "\n%s\n", group.Title().In(lang))
		}
		line := "  " + words[c.Status].In(lang) + "  " + c.Title.In(lang)
		if why := c.Why.In(lang); why != "" {
			line += "  —  " + why
		}
		fmt.Fprintln(w, line)
		if c.Sent != "" {
			fmt.Fprintf(w, "%12s> %s\n%12s< %s\n", "", c.Sent, "", c.Heard)
		}
	}
}

func printSummary(w io.Writer, rep *contracttest.Report, lang string) {
	passed, failed, left := rep.Count(contracttest.Passed), rep.Count(contracttest.Failed), rep.Count(contracttest.NotDone)
	s := contracttest.Text{
		ZH: "\n%s，地址 %d，%s，%d 波特：%d 项通过，%d 项不合格，%d 项未做（%d 次请求，%.1f 秒）\n",
		EN: "\n%s at address %d on %s, %d baud: %d passed, %d failed, %d not done (%d requests, %.1f s)\n",
	}
	fmt.Fprintf(w, s.In(lang), rep.Contract, rep.Unit, rep.Port, rep.Baud, passed, failed, left, rep.Requests, rep.Took.Seconds())
	if !rep.Complete {
		fmt.Fprintln(w, contracttest.Text{ZH: "测试中断，结果不完整", EN: "the test broke off: this is not all"}.In(lang))
	}
}
