package app

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"sync"
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
	"firepost/gateway/internal/httpapi"
	"firepost/gateway/internal/outputs"
	"firepost/gateway/internal/poll"
)

// generation is everything that one configuration makes: all but the journal.
type generation struct {
	app     *App
	cfg     *config.Config
	engine  *engine.Engine
	buses   []*poll.Bus
	outputs []*outputs.Output
	timing  map[string]annunciate.Timing
	links   []*mqttlink.Link
	http    *httpapi.Server
	fault   string

	mu        sync.Mutex
	stopFirst []func()
	linkDown  map[string]time.Duration
}

// busStall is how long a bus may complete no attempt: longer than the longest opening.
const busStall = 60 * time.Second

// linkStall is how long an uplink may complete no attempt while it has something to send.
const linkStall = 5 * time.Minute

func (a *App) build(cfg *config.Config) (*generation, error) {
	g := &generation{app: a, cfg: cfg, timing: make(map[string]annunciate.Timing), linkDown: make(map[string]time.Duration)}
	var err error
	g.engine, err = engine.New(engine.Options{
		Station: cfg.Station, District: cfg.District, Devices: engineDevices(cfg), Journal: a.store,
		Now: a.clock.Now, TestFor: cfg.Alarm.TestFor.D(), TelemetryEvery: cfg.Telemetry.Every.D(),
		Local: g.wakeOutputs, Log: a.opts.Log.With("part", "engine"),
	})
	if err != nil {
		return nil, err
	}
	for i := range cfg.Buses {
		g.buses = append(g.buses, g.bus(&cfg.Buses[i]))
	}
	for i := range cfg.Outputs {
		out, err := g.output(&cfg.Outputs[i])
		if err != nil {
			return nil, err
		}
		g.outputs = append(g.outputs, out)
	}
	for i := range cfg.Uplinks {
		link, err := g.link(&cfg.Uplinks[i])
		if err != nil {
			return nil, err
		}
		g.links = append(g.links, link)
	}
	if cfg.HTTP.Listen != "" {
		g.http = httpapi.New(cfg.HTTP.Listen, g, a.metrics(g), a.opts.Log.With("part", "page"))
	}
	return g, nil
}

// engineDevices are the configured devices as the engine wants them.
func engineDevices(cfg *config.Config) []engine.Device {
	out := make([]engine.Device, 0, len(cfg.Devices))
	for i := range cfg.Devices {
		d := &cfg.Devices[i]
		dev := engine.Device{
			Name: d.Name, Bus: d.Bus, Unit: d.Unit, Premises: d.Premises, Label: engine.Text(d.Label),
			Model: d.Model, Rules: make(map[string]evaluate.Rules),
			FaultAfter: faultAfter(cfg, d), SlowFaultAfter: max(cfg.Alarm.SlowFaultAfter.D(), d.SlowEvery.D()+40*time.Second),
		}
		for name, l := range d.Limits {
			dev.Rules[name] = l.Rules()
		}
		if src, point, ok := cutSource(d.TemperatureFrom); ok {
			dev.TemperatureFrom = engine.Source{Device: src, Point: point}
		}
		out = append(out, dev)
	}
	return out
}

// faultAfter is the device's own, or the general one for its lane; a slow device is given
// time for at least one read.
func faultAfter(cfg *config.Config, d *config.Device) time.Duration {
	if d.FaultAfter != 0 {
		return d.FaultAfter.D()
	}
	for i := range d.Model.Points {
		if d.Model.Points[i].Lane == contract.Alarm {
			return cfg.Alarm.FaultAfter.D()
		}
	}
	return cfg.Alarm.SlowFaultAfter.D()
}

func (g *generation) bus(b *config.Bus) *poll.Bus {
	return poll.New(PollConfig(g.cfg, b), g.opener(b), g.app.clock.Now, poll.Options{})
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

func (g *generation) opener(b *config.Bus) poll.Open {
	spec := b.Serial()
	settled := false
	return func(ctx context.Context) (modbus.Master, error) {
		if b.TCP != "" {
			return modbus.NewTCP(b.Name, b.TCP, modbus.TCPOptions{Gateway: true}), nil
		}
		port, err := serialport.Open(spec)
		if err != nil {
			return nil, awaitPort(ctx, spec, err)
		}
		m := modbus.NewRTU(b.Name, port, modbus.RTUOptions{EchoStrip: b.EchoStrip, Settled: settled})
		return m, nil
	}
}

// awaitPort waits, for a while, until a port that is not there may have come; the bus tries
// again after every return.
func awaitPort(ctx context.Context, spec serialport.Spec, err error) error {
	wait, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	_ = serialport.Await(wait, spec)
	return err
}

func (g *generation) busNamed(name string) *poll.Bus {
	for _, b := range g.buses {
		if b.Name() == name {
			return b
		}
	}
	return nil
}

func (g *generation) output(o *config.Output) (*outputs.Output, error) {
	var dev *config.Device
	for i := range g.cfg.Devices {
		if g.cfg.Devices[i].Name == o.Device {
			dev = &g.cfg.Devices[i]
		}
	}
	if dev == nil {
		return nil, fmt.Errorf("output %s: no device %q", o.Name, o.Device)
	}
	relay, err := outputs.NewRelay(g.busNamed(dev.Bus), dev.Name, dev.Unit, dev.Model, o.Channel)
	if err != nil {
		return nil, fmt.Errorf("output %s: %w", o.Name, err)
	}
	g.timing[o.Name] = annunciate.Timing{MaxOn: o.LongestOn.D(), Pause: o.Pause.D()}
	return outputs.New(o.Name, outputs.Kind(o.Kind), relay, g.desire, g.outputReport), nil
}

// desire is what an output should do now, decided from memory alone.
func (g *generation) desire(kind outputs.Kind, name string) outputs.Wish {
	now := g.app.clock.Now()
	p := g.engine.Picture()
	p.Timing = g.timing[name]
	d := annunciate.Decide(p, now)
	if kind == outputs.Strobe {
		return outputs.Wish{On: d.Strobe}
	}
	w := outputs.Wish{On: d.SounderOn}
	if d.HasNext {
		w.Next = max(d.Next-now.Mono, time.Millisecond)
	}
	return w
}

func (g *generation) wakeOutputs() {
	for _, o := range g.outputs {
		o.Wake()
	}
}

func (g *generation) outputReport(s outputs.Status) {
	cause := ""
	if s.Err != "" {
		cause = "output_failed"
		g.app.opts.Log.Error("an output does not follow", "output", s.Name, "error", s.Err)
	}
	g.engine.Internal("output-"+s.Name, engine.Text{ZH: "输出 " + s.Name, EN: "Output " + s.Name}, cause, g.app.clock.Now())
	g.engine.Touch(engine.Booth)
}

func (g *generation) link(u *config.Uplink) (*mqttlink.Link, error) {
	c := mqttlink.Defaults()
	c.Name, c.Broker, c.ClientID, c.Username, c.PasswordFile = u.Name, u.Broker, u.ClientID, u.Username, u.PasswordFile
	c.CAFile, c.CertFile, c.KeyFile = u.CAFile, u.CertFile, u.KeyFile
	c.District, c.Station = g.cfg.District, g.cfg.Station
	c.Confirm, c.Window, c.DrainPerSecond = mqttlink.Confirm(u.Confirm), u.Window, u.DrainPerSecond
	c.KeepAlive, c.AckTimeout = u.KeepAlive.D(), u.AckTimeout.D()
	c.Insecure, c.Telemetry = u.Insecure, g.cfg.Telemetry.Every > 0
	c.Keys = make(message.Keyring, len(u.Keys))
	for _, k := range u.Keys {
		raw, err := base64.StdEncoding.DecodeString(k.Public)
		if err != nil {
			return nil, fmt.Errorf("uplink %s: key %s: %w", u.Name, k.KID, err)
		}
		c.Keys[k.KID] = message.Key{Public: ed25519.PublicKey(raw), Issuer: k.Issuer, Roles: k.Roles}
	}
	c.Admit = g.app.admit
	return mqttlink.New(c, g.app.store.Outbox(u.Name), g, g.app.opts.Log.With("part", "uplink"))
}

// services lists what runs, outputs before buses.
func (g *generation) services() []service {
	var list []service
	for _, o := range g.outputs {
		list = append(list, service{"output", o.Run})
	}
	list = append(list, service{"engine", g.engine.Run})
	for _, b := range g.buses {
		list = append(list, service{"bus " + b.Name(), func(ctx context.Context) error { return b.Run(ctx, g.engine) }})
		g.app.dog.Watch("bus "+b.Name(), busStall, func() (uint64, bool) { return b.Progress(), g.app.gen.Load() == g })
	}
	for i, l := range g.links {
		name := g.cfg.Uplinks[i].Name
		list = append(list, service{"uplink " + name, l.Run})
		g.app.dog.Watch("uplink "+name, linkStall, func() (uint64, bool) {
			return l.Progress(), g.app.gen.Load() == g && l.Status().InFlight > 0
		})
	}
	if g.http != nil {
		list = append(list, service{"page", g.http.Run})
	}
	return list
}

func (g *generation) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, stop := range g.stopFirst {
		stop()
	}
	g.stopFirst = nil
}
