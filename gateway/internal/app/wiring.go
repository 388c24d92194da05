package app

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"firepost/cloud-bridge/mqttlink"
	"firepost/drivers/bus/modbus"
	"firepost/drivers/bus/serialport"
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/annunciate"
	"firepost/gateway/internal/config"
	"firepost/gateway/internal/engine"
	"firepost/gateway/internal/evaluate"
	"firepost/gateway/internal/outputs"
	"firepost/gateway/internal/poll"
	"firepost/gateway/internal/pressure"
)

// CheckPlans reports every bus that can't meet its detectors' deadlines, with the
// arithmetic, or that no plan can be made of. It touches no hardware.
func CheckPlans(cfg *config.Config) error {
	var bad []error
	for i := range cfg.Buses {
		if !cfg.Buses[i].Polled() {
			continue
		}
		if _, err := poll.MakePlan(PollConfig(cfg, &cfg.Buses[i])); err != nil {
			bad = append(bad, err)
		}
	}
	return errors.Join(append(bad, CheckCables(cfg))...)
}

// PollConfig is a bus with its devices as the poll loop and its plan want them.
func PollConfig(cfg *config.Config, b *config.Bus) poll.Config {
	pc := poll.Config{
		Name: b.Name, SlowShare: float64(b.SlowShare), ProbeShare: float64(b.ProbeShare),
	}
	if b.TCP == "" {
		pc.Baud, pc.CharBits = b.Baud, b.CharBits()
	}
	for i := range cfg.Devices {
		d := &cfg.Devices[i]
		if d.Bus != b.Name || d.Model == nil {
			continue
		}
		pc.Devices = append(pc.Devices, poll.Device{
			Name: d.Name, Unit: d.Unit, Contract: d.Model, Deadline: d.Deadline.D(), SlowEvery: d.SlowEvery.D(),
		})
	}
	return pc
}

func (g *generation) addBus(b *config.Bus) {
	pc := PollConfig(g.cfg, b)
	if plan, err := poll.MakePlan(pc); plan == nil {
		g.problems = append(g.problems, err.Error())
		g.unwired = append(g.unwired, b.Name)
		return
	}
	g.buses = append(g.buses, busOf{poll.New(pc, g.opener(b), g.app.now, poll.Options{}), b})
}

func (g *generation) opener(b *config.Bus) poll.Open {
	spec := b.Serial()
	first := true
	return func(ctx context.Context) (modbus.Master, error) {
		if first {
			first = false
			g.outputsFirst(ctx, b.Name)
		}
		if b.TCP != "" {
			return modbus.NewTCP(b.Name, b.TCP, modbus.TCPOptions{Gateway: true}), nil
		}
		port, err := serialport.Open(spec)
		if err != nil {
			return nil, awaitPort(ctx, spec, err)
		}
		return modbus.NewRTU(b.Name, port, modbus.RTUOptions{
			EchoStrip: b.EchoStrip, Unasked: serialport.Unwritten(port.Path(), time.Now()),
		}), nil
	}
}

// outputsWithin is how long a bus waits for its outputs' first commands: parts that start
// together come in any order, above all on a busy board.
const outputsWithin = time.Second

// outputsFirst lets the outputs of a bus line up before it opens, so that they follow the
// latches before the first poll.
func (g *generation) outputsFirst(ctx context.Context, bus string) {
	count := 0
	for _, o := range g.cfg.Outputs {
		if slices.ContainsFunc(g.cfg.Devices, func(d config.Device) bool { return d.Name == o.Device && d.Bus == bus }) {
			count++
		}
	}
	ctx, cancel := context.WithTimeout(ctx, outputsWithin)
	defer cancel()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for g.busNamed(bus).Waiting() < count {
		select {
		case <-look.C:
		case <-ctx.Done():
			return
		}
	}
}

// awaitPort waits, until ctx ends, for a port that is not there; the bus tries again after
// every return.
func awaitPort(ctx context.Context, spec serialport.Spec, err error) error {
	if e := serialport.Await(ctx, spec); e != nil && ctx.Err() != nil {
		return fmt.Errorf("%w (%w)", err, ctx.Err())
	}
	return err
}

// engineDevices are the configured devices as the engine wants them.
func engineDevices(cfg *config.Config) []engine.Device {
	slower := make(map[string]float64, len(cfg.Buses))
	for i := range cfg.Buses {
		b := &cfg.Buses[i]
		slower[b.Name] = 1
		if !b.Polled() {
			continue
		}
		if plan, _ := poll.MakePlan(PollConfig(cfg, b)); plan != nil && plan.SlowShare > 0 {
			slower[b.Name] = max(1, plan.SlowNeed/plan.SlowShare)
		}
	}
	out := make([]engine.Device, 0, len(cfg.Devices))
	for i := range cfg.Devices {
		d := &cfg.Devices[i]
		dev := engine.Device{
			Name: d.Name, Bus: d.Bus, Unit: d.Unit, Premises: d.Premises, Label: engine.Text(d.Label),
			Metres: -1, Model: d.Model, Rules: make(map[string]evaluate.Rules),
		}
		if d.Metres != nil {
			dev.Metres = float64(*d.Metres)
		}
		dev.FaultAfter, dev.SlowFaultAfter = faultTimes(cfg, d, slower[d.Bus])
		for name, l := range d.Limits {
			dev.Rules[name] = l.Rules()
		}
		if d.Vessel != nil {
			// The watch over days judges the gauge; two judges would contradict each other.
			point := d.PressurePoint()
			delete(dev.Rules, point)
			if spec, err := d.Spec(); err == nil {
				dev.Vessels = map[string]pressure.Spec{point: spec}
			}
		}
		if src, point, ok := strings.Cut(d.TemperatureFrom, "/"); ok {
			dev.TemperatureFrom = engine.Source{Device: src, Point: point}
		}
		out = append(out, dev)
	}
	return out
}

// slowMargin is what a slow point gets on top of its interval: time for a second attempt.
const slowMargin = 40 * time.Second

// longestSilence is the most that any device may be silent for: its battery is checked once in
// 24 h (GB/T 45839-2025 5.7.1).
const longestSilence = 25 * time.Hour

// heartbeats is how many of a radio device's own intervals it may be silent for.
const heartbeats = 3

// faultTimes are how long a device, and its slow points, may give no good read: what the
// configuration says, but never so short that one read between two would be missed. slower
// is how much less often than asked for slow points come on this bus.
func faultTimes(cfg *config.Config, d *config.Device, slower float64) (device, slow time.Duration) {
	slow = max(cfg.Alarm.SlowFaultAfter.D(), time.Duration(float64(d.SlowEvery.D())*slower)+slowMargin)
	switch {
	case d.FaultAfter != 0:
		return d.FaultAfter.D(), max(slow, d.FaultAfter.D())
	case d.Model.Transport == contract.Frames:
		// Nobody asks it: it says something in its own time, and may be missed once.
		slow = max(cfg.Alarm.SlowFaultAfter.D(), min(heartbeats*d.Model.Frame.Heartbeat, longestSilence))
		return slow, slow
	case d.Model.Transport == contract.Pins:
		return cfg.Alarm.FaultAfter.D(), slow
	case hasAlarmPoint(d.Model):
		return max(cfg.Alarm.FaultAfter.D(), 2*d.Deadline.D()), slow
	}
	return slow, slow
}

func hasAlarmPoint(m *contract.Contract) bool {
	for i := range m.Points {
		if m.Points[i].Lane == contract.Alarm {
			return true
		}
	}
	return false
}

func (g *generation) addOutput(o *config.Output) {
	out, err := g.output(o)
	if err != nil {
		g.problems = append(g.problems, err.Error())
		return
	}
	g.outputs = append(g.outputs, out)
}

func (g *generation) output(o *config.Output) (*outputs.Output, error) {
	if o.Line != "" {
		return g.lineOutput(o), nil
	}
	var dev *config.Device
	for i := range g.cfg.Devices {
		if g.cfg.Devices[i].Name == o.Device {
			dev = &g.cfg.Devices[i]
		}
	}
	if dev == nil {
		return nil, fmt.Errorf("output %s: no device %q", o.Name, o.Device)
	}
	bus := g.busNamed(dev.Bus)
	if bus == nil {
		return nil, fmt.Errorf("output %s: bus %q of %s does not run", o.Name, dev.Bus, dev.Name)
	}
	relay, err := outputs.NewRelay(bus, dev.Name, dev.Unit, dev.Model, o.Channel)
	if err != nil {
		return nil, fmt.Errorf("output %s: %w", o.Name, err)
	}
	g.timing[o.Name] = annunciate.Timing{MaxOn: o.LongestOn.D(), Pause: o.Pause.D()}
	return outputs.New(o.Name, outputs.Kind(o.Kind), relay, g.desire, g.outputReport), nil
}

func (g *generation) link(u *config.Uplink) (*mqttlink.Link, error) {
	c := mqttlink.Defaults()
	c.Name, c.Broker, c.ClientID, c.Username, c.PasswordFile = u.Name, u.Broker, u.ClientID, u.Username, u.PasswordFile
	c.CAFile, c.CertFile, c.KeyFile = u.CAFile, u.CertFile, u.KeyFile
	c.District, c.Station = g.cfg.District, g.cfg.Station
	c.Confirm, c.Window, c.DrainPerSecond = mqttlink.Confirm(u.Confirm), u.Window, u.DrainPerSecond
	c.KeepAlive, c.AckTimeout = u.KeepAlive.D(), u.AckTimeout.D()
	c.Insecure, c.Telemetry = u.Insecure, g.cfg.Telemetry.Every > 0
	var err error
	if c.Keys, err = keyring(u.Keys); err != nil {
		return nil, fmt.Errorf("uplink %s: %w", u.Name, err)
	}
	c.Admit = g.app.admit
	return mqttlink.New(c, g.app.store.Outbox(u.Name), booth{g, u.Name}, g.app.log.With("part", "uplink"))
}

// keyring are configured keys, by their ids.
func keyring(keys []config.Key) (message.Keyring, error) {
	ring := make(message.Keyring, len(keys))
	for _, k := range keys {
		raw, err := base64.StdEncoding.DecodeString(k.Public)
		if err != nil {
			return nil, fmt.Errorf("key %s: %w", k.KID, err)
		}
		ring[k.KID] = message.Key{Public: ed25519.PublicKey(raw), Issuer: k.Issuer, Roles: k.Roles}
	}
	return ring, nil
}
