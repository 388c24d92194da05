package app

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"firepost/drivers/ads1115"
	"firepost/drivers/bme280"
	"firepost/drivers/bus/frames"
	"firepost/drivers/bus/i2c"
	"firepost/drivers/bus/pins"
	"firepost/drivers/bus/serialport"
	"firepost/drivers/ina219"
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/source"
	"firepost/gateway/internal/annunciate"
	"firepost/gateway/internal/config"
	"firepost/gateway/internal/outputs"

	"periph.io/x/conn/v3/gpio"
	periph "periph.io/x/conn/v3/i2c"
)

// feed is a bus that is not polled Modbus: lines, chips, or a wire on which frames arrive.
type feed interface {
	source.Source
	Name() string
	// Progress counts attempts, for the watchdog.
	Progress() uint64
}

// feedOf is a feed with its configuration and what the page shows of it.
type feedOf struct {
	feed
	cfg   *config.Bus
	state func() feedState
}

type feedState struct {
	port    string
	up      bool
	err     error
	devices int
	dead    int
	good    uint64
	failed  uint64
}

// addFeed wires a bus that is not Modbus.
func (g *generation) addFeed(b *config.Bus) {
	var err error
	switch b.Kind {
	case config.KindGPIO:
		err = g.addPins(b)
	case config.KindI2C:
		err = g.addChips(b)
	case config.KindFrames:
		err = g.addFrames(b)
	default:
		err = fmt.Errorf("bus %s: kind %q is not known", b.Name, b.Kind)
	}
	if err != nil {
		g.problems = append(g.problems, err.Error())
	}
	if !slices.ContainsFunc(g.feeds, func(f feedOf) bool { return f.cfg == b }) {
		g.unwired = append(g.unwired, b.Name)
	}
}

// on returns the devices of a bus.
func (g *generation) on(b *config.Bus) []*config.Device {
	var list []*config.Device
	for i := range g.cfg.Devices {
		if d := &g.cfg.Devices[i]; d.Bus == b.Name && d.Model != nil {
			list = append(list, d)
		}
	}
	return list
}

// addPins wires the board's own contacts. A bus without any still stands for its outputs.
func (g *generation) addPins(b *config.Bus) error {
	var contacts []pins.Contact
	var bad []error
	for _, d := range g.on(b) {
		i := slices.IndexFunc(d.Model.Points, func(p contract.Point) bool { return p.Role == contract.RoleInput })
		if i < 0 || d.Contact == nil {
			bad = append(bad, fmt.Errorf("device %s: %s has no point with the role input", d.Name, d.Contract))
			continue // the other contacts may be call points
		}
		contacts = append(contacts, pins.Contact{
			Device: d.Name, Model: d.Model, Point: i, Line: d.Line, Pull: pull(d.Contact.Pull),
			Inverted: d.Contact.Inverted, Debounce: d.Contact.Debounce.D(),
		})
	}
	src := pins.NewSource(b.Name, g.app.lines, contacts, g.app.now, pins.Options{})
	g.feeds = append(g.feeds, feedOf{src, b, func() feedState {
		s := src.Stats()
		out := feedState{port: "gpio", up: s.Up || len(contacts) == 0, err: s.Err, devices: len(contacts)}
		for _, l := range s.Lines {
			out.good += l.Looks
			out.failed += l.Failures
			if l.Err != nil {
				out.dead++
			}
		}
		return out
	}})
	return errors.Join(bad...)
}

func pull(word string) gpio.Pull {
	switch word {
	case "down":
		return gpio.PullDown
	case "none":
		return gpio.Float
	default:
		return gpio.PullUp
	}
}

// addFrames wires a line on which devices, or a radio's receiver, send by themselves.
func (g *generation) addFrames(b *config.Bus) error {
	var list []frames.Device
	for _, d := range g.on(b) {
		list = append(list, frames.Device{Name: d.Name, ID: d.ID, Model: d.Model})
	}
	spec := b.Serial()
	src := frames.NewSource(b.Name, func(ctx context.Context) (serialport.Port, error) {
		port, err := serialport.Open(spec)
		if err != nil {
			return nil, awaitPort(ctx, spec, err)
		}
		return port, nil
	}, list, g.app.now)
	g.feeds = append(g.feeds, feedOf{src, b, func() feedState {
		s := src.Stats()
		return feedState{
			port: b.Port, up: s.Up, err: s.Err, devices: len(list), good: s.Frames, failed: s.BadCheck + s.Unknown,
		}
	}})
	return nil
}

// analogEvery is how often a supervised contact is measured: it has no edges, and it may be
// a fire.
const analogEvery = 250 * time.Millisecond

// addChips wires the chips and converters of one I²C bus. A device that can't work is left
// out and named; the others are read.
func (g *generation) addChips(b *config.Bus) error {
	converters, readers := make(map[uint8]*ads1115.Converter), make(map[string]i2c.Reader)
	var entries []i2c.Entry
	var bad []error
	for _, d := range g.on(b) {
		r, err := reader(d, converters)
		readers[d.Name] = r
		if err != nil {
			bad = append(bad, fmt.Errorf("device %s: %w", d.Name, err))
			continue
		}
		every := d.SlowEvery.D()
		if hasAlarmPoint(d.Model) {
			every = analogEvery
		}
		entries = append(entries, i2c.Entry{Device: d.Name, Every: every, Reader: r})
	}
	src := i2c.NewSource(b.Name, func(context.Context) (periph.BusCloser, error) { return g.app.openI2C(b.I2C) }, entries, g.app.now)
	for name, r := range readers {
		g.meters[name] = meter{src, r}
	}
	g.feeds = append(g.feeds, feedOf{src, b, func() feedState {
		s := src.Stats()
		out := feedState{port: "i2c " + b.I2C, up: s.Up, err: s.Err, devices: len(entries), good: s.Reads, failed: s.Failed}
		for _, d := range s.Devices {
			if d.Err != nil {
				out.dead++
			}
		}
		return out
	}})
	return errors.Join(bad...)
}

// reader is the driver of one device: the explicit table of chips.
func reader(d *config.Device, converters map[uint8]*ads1115.Converter) (i2c.Reader, error) {
	if d.Model.Transport == contract.Analog {
		return channel(d, converters)
	}
	switch d.Model.Chip {
	case "ina219":
		o := ina219.Options{Address: uint16(d.Unit)}
		if d.Analog != nil {
			o.ShuntOhms = d.Analog.ShuntOhms
		}
		return ina219.New(o, d.Model)
	case "bme280":
		return bme280.New(bme280.Options{Address: uint16(d.Unit)}, d.Model)
	}
	return nil, fmt.Errorf("%s is for chip %q, which has no driver here; there are ina219, bme280", d.Contract, d.Model.Chip)
}

// channel is one input of a converter; all inputs of one converter share it.
func channel(d *config.Device, converters map[uint8]*ads1115.Converter) (i2c.Reader, error) {
	v := converters[d.Unit]
	if v == nil {
		var err error
		if v, err = ads1115.New(ads1115.Options{Address: uint16(d.Unit)}); err != nil {
			return nil, err
		}
		converters[d.Unit] = v
	}
	input := 0
	if d.Channel != nil {
		input = *d.Channel
	}
	return v.Channel(input, d.Model, d.Wiring())
}

// hostLines opens the machine's own lines. It looks for them when the first is asked for: a
// booth without GPIO has no use for their drivers.
type hostLines struct {
	once sync.Once
	host pins.Opener
}

// Line implements pins.Opener.
func (h *hostLines) Line(name string) (gpio.PinIO, error) {
	h.once.Do(func() {
		// Why there are no lines now is said by every Line again.
		h.host, _ = pins.Host()
	})
	return h.host.Line(name)
}

// line is a GPIO output as the gateway's outputs want it.
type line struct{ *pins.Output }

// On implements outputs.Switch.
func (l line) On(ctx context.Context) (bool, error) {
	on, err := l.Output.On(ctx)
	if errors.Is(err, pins.ErrNoFeedback) {
		return on, outputs.ErrNoFeedback
	}
	return on, err
}

// lineOutput wires an output on a GPIO line. Sounders, strobes and locks stay as they are when
// the daemon stops; what heats or charges is switched off, because nobody watches it then.
func (g *generation) lineOutput(o *config.Output) *outputs.Output {
	spec := pins.OutputSpec{Name: o.Name, Line: o.Line, Inverted: o.Inverted, Feedback: o.Feedback}
	kind := outputs.Kind(o.Kind)
	if kind == outputs.Heater || kind == outputs.Charger {
		spec.OnStop = pins.SwitchOff
	}
	if o.CurrentFrom != "" {
		spec.Current, spec.Threshold = g.ampere(o.CurrentFrom), o.CurrentMin
	}
	if p, ok := patternOf(o.Pattern); ok {
		g.patterns[o.Name] = p
	}
	out := pins.NewOutput(g.app.lines, spec)
	g.lines = append(g.lines, out)
	g.timing[o.Name] = annunciate.Timing{MaxOn: o.LongestOn.D(), Pause: o.Pause.D()}
	return outputs.New(o.Name, kind, line{out}, g.desire, g.outputReport)
}

// meter is a chip that can be asked between two readings of its bus.
type meter struct {
	bus    *i2c.Source
	reader i2c.Reader
}

// ampere measures what an output's load draws, at this moment: a value of a minute ago says
// nothing about a siren that was switched on now.
func (g *generation) ampere(ref string) func(ctx context.Context) (float64, error) {
	src := pointOf(ref)
	return func(ctx context.Context) (float64, error) {
		m, ok := g.meters[src.Device]
		model := g.modelOf(src.Device)
		if !ok || m.reader == nil || model == nil {
			return 0, fmt.Errorf("measure the current: %s is not read", src.Device)
		}
		amps, found := 0.0, false
		err := m.bus.Do(ctx, func(bus periph.Bus) error {
			list, err := m.reader.Read(ctx, bus)
			for _, s := range list {
				if s.Point < len(model.Points) && model.Points[s.Point].Name == src.Point && s.Quality == contract.Good {
					amps, found = math.Abs(s.Value), true
				}
			}
			return err
		})
		if err == nil && !found {
			err = fmt.Errorf("measure the current: %s gives no good value", ref)
		}
		return amps, err
	}
}

func (g *generation) modelOf(device string) *contract.Contract {
	for i := range g.cfg.Devices {
		if g.cfg.Devices[i].Name == device {
			return g.cfg.Devices[i].Model
		}
	}
	return nil
}

// patternOf is a configured pattern; false for a steady one.
func patternOf(word string) (pins.Pattern, bool) {
	switch word {
	case "temporal3":
		return pins.Temporal3(), true
	case "flash":
		return pins.Flash(1), true
	}
	return pins.Pattern{}, false
}

// patterned is a wish as its output's pattern carries it out; since is how long it has held.
func (g *generation) patterned(name string, w outputs.Wish, since time.Duration) outputs.Wish {
	p, ok := g.patterns[name]
	if !ok || !w.On {
		return w
	}
	on, next := p.At(since)
	if next > 0 && (w.Next == 0 || next < w.Next) {
		w.Next = next
	}
	w.On = on
	return w
}

// stopLines does what each line's safe state asks for when the daemon ends.
func (g *generation) stopLines(ctx context.Context) error {
	var bad []error
	for _, l := range g.lines {
		if err := l.Stop(ctx); err != nil {
			bad = append(bad, err)
		}
	}
	return errors.Join(bad...)
}
