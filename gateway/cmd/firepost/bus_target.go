package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"firepost/drivers/bus/serialport"
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/devices"
	"firepost/gateway/internal/config"
	"firepost/gateway/internal/field"

	"golang.org/x/sys/unix"
)

// busFlags are the flags that the field tools share.
type busFlags struct {
	set    *flag.FlagSet
	config *string
	bus    *string
	port   *string
	baud   *int
	format *string
	lang   *string
	json   *bool
}

// addBusFlags gives a command the shared flags. Commands that change the configuration name a
// bus of it; the others can name a port as well.
func addBusFlags(fs *flag.FlagSet, port bool) *busFlags {
	f := &busFlags{
		set:    fs,
		config: fs.String("config", defaultConfig, "configuration `file`"),
		bus:    fs.String("bus", "", "`name` of the bus in the configuration"),
		lang:   fs.String("lang", "en", "language for people: en or zh"),
		json:   fs.Bool("json", false, "print JSON for machines"),
		port:   new(string), baud: new(int), format: new(string),
	}
	if port {
		f.port = fs.String("port", "", "serial port instead of a bus of the configuration, such as /dev/ttyUSB0")
		f.baud = fs.Int("baud", 0, "baud rate (that of the bus, or 9600)")
		f.format = fs.String("format", "", "format such as 8N1 (that of the bus, or 8N1)")
	}
	return f
}

// target is the bus that a command works on.
type target struct {
	flags *busFlags
	std   streams
	// cfg is nil where only a port was named.
	cfg   *config.Config
	bus   *config.Bus
	spec  serialport.Spec
	speed field.Speed
	set   *contract.Set
	// lines is standard input, once something was read from it.
	lines *bufio.Reader
}

// builtin are the contracts of the house.
func builtin() (*contract.Set, error) {
	set, err := devices.Contracts()
	if err != nil {
		return nil, fmt.Errorf("built-in contracts: %w", err)
	}
	return set, nil
}

// target finds the bus.
func (f *busFlags) target(std streams) (*target, error) {
	if *f.lang != "en" && *f.lang != "zh" {
		return nil, fmt.Errorf("%w: -lang %q: en or zh", errUsage, *f.lang)
	}
	t := &target{flags: f, std: std}
	if *f.port != "" {
		if *f.bus != "" {
			return nil, fmt.Errorf("%w: say -bus or -port, not both", errUsage)
		}
		set, err := builtin()
		if err != nil {
			return nil, err
		}
		t.set, t.spec = set, serialport.Spec{Name: *f.port}
		t.speed = field.Speed{Baud: serialport.DefaultBaud, Format: serialport.DefaultFormat}
		return t, t.override()
	}
	cfg, err := load(*f.config)
	if err != nil {
		return nil, err
	}
	t.cfg, t.set = cfg, cfg.Set
	if t.bus, err = busOf(cfg, *f.config, *f.bus); err != nil {
		return nil, err
	}
	t.spec, t.speed = t.bus.Serial(), field.Speed{Baud: t.bus.Baud, Format: t.bus.Format}
	return t, t.override()
}

// override puts the speed of the command line in place of the bus's.
func (t *target) override() error {
	if *t.flags.baud != 0 {
		t.speed.Baud = *t.flags.baud
	}
	if *t.flags.format != "" {
		t.speed.Format = strings.ToUpper(*t.flags.format)
	}
	spec := t.spec
	spec.Baud, spec.Format = t.speed.Baud, t.speed.Format
	if err := spec.Validate(); err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	return nil
}

// busOf finds the bus by name; without a name, the only one that there is.
func busOf(cfg *config.Config, path, name string) (*config.Bus, error) {
	var serial []*config.Bus
	var names []string
	for i := range cfg.Buses {
		b := &cfg.Buses[i]
		if b.Polled() && b.Port != "" {
			serial = append(serial, b)
			names = append(names, b.Name)
		}
		if b.Name == name && (!b.Polled() || b.Port == "") {
			return nil, fmt.Errorf("%w: bus %s is no serial Modbus line; these are: %s", errUsage, name, strings.Join(names, ", "))
		}
	}
	for _, b := range serial {
		if b.Name == name || name == "" && len(serial) == 1 {
			return b, nil
		}
	}
	if name == "" {
		return nil, fmt.Errorf("%w: say -bus NAME or -port DEVICE; %s has: %s", errUsage, path, strings.Join(names, ", "))
	}
	return nil, fmt.Errorf("%w: %s has no serial bus %q; it has: %s", errUsage, path, name, strings.Join(names, ", "))
}

// open opens the bus's port.
func (t *target) open() field.Open { return field.Serial(t.spec) }

// name is what the bus is called.
func (t *target) name() string {
	if t.bus != nil {
		return t.bus.Name
	}
	return "rs485-1"
}

// known are the configured devices of the bus.
func (t *target) known() []field.Known {
	var out []field.Known
	for _, d := range t.devices() {
		out = append(out, field.Known{Name: d.Name, Unit: d.Unit, Contract: d.Model})
	}
	return out
}

func (t *target) devices() []*config.Device {
	if t.cfg == nil {
		return nil
	}
	var out []*config.Device
	for i := range t.cfg.Devices {
		if d := &t.cfg.Devices[i]; d.Bus == t.bus.Name && d.Model != nil {
			out = append(out, d)
		}
	}
	return out
}

// taken are all names of devices.
func (t *target) taken() []string {
	if t.cfg == nil {
		return nil
	}
	out := make([]string, len(t.cfg.Devices))
	for i := range t.cfg.Devices {
		out[i] = t.cfg.Devices[i].Name
	}
	return out
}

// contract finds a contract by its reference.
func (t *target) contract(ref string) (*contract.Contract, error) {
	c, ok := t.set.Get(ref)
	if ok {
		return c, nil
	}
	if near := t.set.Nearest(ref); near != "" {
		return nil, fmt.Errorf("%w: there is no contract %q; did you mean %s?", errUsage, ref, near)
	}
	return nil, fmt.Errorf("%w: there is no contract %q; known: %s", errUsage, ref, strings.Join(t.set.Refs(), ", "))
}

// say is a text in the chosen language.
func (t *target) say(zh, en string) string {
	if *t.flags.lang == "zh" {
		return zh
	}
	return en
}

func (t *target) text(x contract.Text) string { return t.say(x.ZH, x.EN) }

// print writes a result as JSON.
func (t *target) print(v any) error {
	e := json.NewEncoder(t.std.out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// explain puts what to do into words that fit the language.
func (t *target) explain(err error) error {
	if err == nil || *t.flags.lang != "zh" {
		return err
	}
	for _, x := range []struct {
		is error
		zh string
	}{
		{field.ErrBusy, "串口被占用（通常是正在运行的守护进程）：先执行 systemctl stop firepost，或使用本站页面"},
		{field.ErrDoubled, "同一地址上有两台设备：请先拔下其中一台，或用 set-address 给其中一台改地址"},
		{field.ErrNobody, "没有设备应答：检查供电、A/B 接线和波特率"},
		{field.ErrUnsure, "型号不能确定：请用 -contract 指明"},
		{field.ErrSetup, "无法改变地址或波特率"},
		{field.ErrTaken, "已被占用"},
		{field.ErrFile, "配置文件不能修改"},
	} {
		if errors.Is(err, x.is) {
			return fmt.Errorf("%s\n%w", x.zh, err)
		}
	}
	return err
}

// terminal reports whether w is one.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

// progressEvery is how often progress is printed where there is no terminal.
const progressEvery = 5 * time.Second

// progress shows how far a task has come on standard error: one line that is rewritten on a
// terminal, a line now and then elsewhere. The second function clears the line.
func (t *target) progress() (show field.Report, end func()) {
	tty := terminal(t.std.err)
	var last time.Time
	every := progressEvery
	if tty {
		every = 100 * time.Millisecond
	}
	show = func(p field.Progress) {
		if time.Since(last) < every || *t.flags.json && !tty {
			return
		}
		first := last.IsZero()
		last = time.Now()
		if first && !tty {
			return
		}
		line := t.text(p.Stage)
		if p.Total > 0 {
			line += fmt.Sprintf(" %d/%d", p.Done, p.Total)
		}
		if p.Speed.Baud > 0 {
			line += " · " + p.Speed.String()
		}
		if p.Unit > 0 {
			line += " · " + t.say("地址 ", "address ") + fmt.Sprint(p.Unit)
		}
		line += " · " + fmt.Sprintf(t.say("已发现 %d", "%d found"), p.Found)
		if tty {
			fmt.Fprintf(t.std.err, "\r\x1b[K%s", line)
			return
		}
		fmt.Fprintln(t.std.err, line)
	}
	return show, func() {
		if tty && !last.IsZero() {
			fmt.Fprint(t.std.err, "\r\x1b[K")
		}
	}
}
