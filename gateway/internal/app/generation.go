package app

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"firepost/cloud-bridge/mqttlink"
	"firepost/drivers/bus/pins"
	"firepost/firmware-contracts/message"
	"firepost/firmware-contracts/source"
	"firepost/gateway/internal/annunciate"
	"firepost/gateway/internal/config"
	"firepost/gateway/internal/engine"
	"firepost/gateway/internal/httpapi"
	"firepost/gateway/internal/outputs"
	"firepost/gateway/internal/poll"
)

// generation is everything that one configuration makes: all but the journal.
type generation struct {
	app      *App
	cfg      *config.Config
	engine   *engine.Engine
	buses    []busOf
	feeds    []feedOf
	lines    []*pins.Output
	meters   map[string]meter
	patterns map[string]pins.Pattern
	outputs  []*outputs.Output
	timing   map[string]annunciate.Timing
	cabinet  cabinet
	board    boardWatch
	keeper   keeper
	scene    *pictures
	stage    *stage
	cables   cables
	signs    []service
	links    []*mqttlink.Link
	http     *httpapi.Server
	// problems are the parts that can't be wired. They are left out; the rest protects.
	problems []string
	unwired  []string // names of buses among them

	mu       sync.Mutex
	fault    string
	linkDown map[string]time.Duration
	forget   []func()
}

type busOf struct {
	*poll.Bus
	cfg *config.Bus
}

// The longest that a part may have work and complete no attempt: longer than the longest
// single attempt of each.
const (
	busStall    = 60 * time.Second
	linkStall   = 5 * time.Minute
	engineStall = 30 * time.Second
)

// build wires a configuration. A part that can't be wired is left out and named in problems:
// a booth that refuses to start protects nobody.
func (a *App) build(cfg *config.Config, recent []message.Event) (*generation, error) {
	a.swap.Lock()
	defer a.swap.Unlock()
	g := &generation{app: a, cfg: cfg, timing: make(map[string]annunciate.Timing), meters: make(map[string]meter), patterns: make(map[string]pins.Pattern), linkDown: make(map[string]time.Duration)}
	for i := range cfg.Buses {
		if b := &cfg.Buses[i]; b.Polled() {
			g.addBus(b)
		} else {
			g.addFeed(b)
		}
	}
	if old := a.gen.Load(); old != nil {
		g.cabinet.takeOver(&old.cabinet)
	}
	g.addCables()
	if err := g.addSigns(); err != nil {
		g.problems = append(g.problems, err.Error())
	}
	g.keeper.power, g.keeper.climate = cfg.Power, cfg.Climate
	for i := range cfg.Outputs {
		g.addOutput(&cfg.Outputs[i])
	}
	if err := g.addScene(cfg.Camera); err != nil {
		g.problems = append(g.problems, err.Error())
	}
	if err := g.addScreens(cfg.Screens); err != nil {
		g.problems = append(g.problems, err.Error())
	}
	// Links before the engine: what waits in the outbox now may have been sent by an earlier
	// run, what the engine journals from here on was not.
	for i := range cfg.Uplinks {
		link, err := g.link(&cfg.Uplinks[i])
		if err != nil {
			g.problems = append(g.problems, err.Error())
			continue
		}
		g.links = append(g.links, link)
	}
	if err := g.addBoard(&cfg.Host); err != nil {
		g.problems = append(g.problems, err.Error())
	}
	var err error
	g.engine, err = engine.New(engine.Options{
		Station: cfg.Station, District: cfg.District, Devices: engineDevices(cfg), Parts: g.parts(), Journal: g.witness(a.store),
		Now: a.now, TestFor: cfg.Alarm.TestFor.D(), TelemetryEvery: cfg.Telemetry.Every.D(),
		Local: g.wakeLocal, Readings: g.ownReadings, Vessels: g.app.histories, Recent: recent, Log: a.log.With("part", "engine"),
	})
	if err != nil {
		return nil, fmt.Errorf("wire the engine: %w", err)
	}
	for _, name := range g.unwired {
		g.engine.Bus(source.BusState{Bus: name, At: a.now()})
	}
	for i := range cfg.Outputs {
		name := cfg.Outputs[i].Name
		if !slices.ContainsFunc(g.outputs, func(o *outputs.Output) bool { return o.Status().Name == name }) {
			g.internal(outputPart(name), "output_failed", a.now())
		}
	}
	if cfg.HTTP.Listen != "" {
		g.http = a.page(g)
	}
	a.gen.Store(g)
	return g, nil
}

// The booth's own points besides its buses.
func journalPart() engine.Part {
	return engine.Part{Name: "journal", Title: engine.Text{ZH: "日志", EN: "Journal"}}
}

func configPart() engine.Part {
	return engine.Part{Name: "config", Title: engine.Text{ZH: "配置", EN: "Configuration"}}
}

func outputPart(name string) engine.Part {
	return engine.Part{Name: "output-" + name, Title: engine.Text{ZH: "输出 " + name, EN: "Output " + name}}
}

func uplinkPart(name string) engine.Part {
	return engine.Part{Name: "uplink-" + name, Title: engine.Text{ZH: "上行 " + name, EN: "Uplink " + name}}
}

// parts are the booth's own points, each of which somebody reports on.
func (g *generation) parts() []engine.Part {
	list := []engine.Part{journalPart(), configPart()}
	for i := range g.cfg.Buses {
		list = append(list, engine.BusPart(g.cfg.Buses[i].Name))
	}
	for i := range g.cfg.Outputs {
		list = append(list, outputPart(g.cfg.Outputs[i].Name))
	}
	for i := range g.cfg.Uplinks {
		list = append(list, uplinkPart(g.cfg.Uplinks[i].Name))
	}
	list = append(list, g.cableParts()...)
	for i := range g.cfg.Devices {
		if d := &g.cfg.Devices[i]; d.Model != nil && d.Model.Heartbeat() >= 0 {
			list = append(list, heartbeatPart(d.Name))
		}
	}
	if g.keeper.configured() {
		list = append(list, supplyParts()...)
	}
	if g.scene != nil {
		list = append(list, cameraPart())
	}
	if g.stage != nil {
		list = append(list, g.stage.screenParts()...)
	}
	if g.board.watcher != nil {
		for _, code := range boardCodes() {
			list = append(list, boardPart(code))
		}
	}
	return list
}

func (g *generation) internal(p engine.Part, cause string, at message.Stamp) {
	g.engine.Internal(p.Name, p.Title, cause, at)
}

// services lists what runs, outputs before buses.
func (g *generation) services() []service {
	var list []service
	for _, o := range g.outputs {
		list = append(list, service{"output " + o.Status().Name, o.Run})
	}
	list = append(list, g.stageServices()...)
	list = append(list, service{"engine", g.engine.Run}, service{"faults", g.faults})
	for _, b := range g.buses {
		var sink source.Sink = g.engine
		if l := g.latchesOf(b.cfg, b.Bus); l != nil {
			l.Sink, sink = g.engine, l
			list = append(list, service{"latches " + b.Name(), l.Run})
		}
		list = append(list, service{"bus " + b.Name(), func(ctx context.Context) error { return b.Run(ctx, sink) }})
	}
	for _, f := range g.feeds {
		list = append(list, service{"bus " + f.Name(), func(ctx context.Context) error { return f.Run(ctx, g.engine) }})
	}
	for _, l := range g.links {
		list = append(list, service{"uplink " + l.Status().Name, l.Run})
	}
	list = append(list, g.sceneServices()...)
	if g.http != nil {
		list = append(list, service{"page", g.http.Run})
	}
	if g.board.watcher != nil {
		list = append(list, service{"board", g.board.watcher.Run})
	}
	list = append(list, g.signs...)
	if len(g.cables.list)+len(g.cables.chambers) > 0 {
		list = append(list, service{"cables", g.watchCables})
	}
	if g.keeper.configured() {
		list = append(list, service{"keeper", g.keep})
	}
	return append(list, g.app.extra...)
}

// watch puts the parts under the watchdog's eye until close.
func (g *generation) watch() {
	watch := func(name string, limit time.Duration, progress func() uint64) {
		g.forget = append(g.forget, g.app.dog.Watch(name, limit, func() (uint64, bool) { return progress(), true }))
	}
	watch("engine", engineStall, g.engine.Progress)
	for _, b := range g.buses {
		watch("bus "+b.Name(), busStall, b.Progress)
	}
	if g.keeper.configured() {
		watch("keeper", keepStall, g.keeper.progress.Load)
	}
	for _, f := range g.feeds {
		watch("bus "+f.Name(), busStall, f.Progress)
	}
	for _, l := range g.links {
		watch("uplink "+l.Status().Name, linkStall, l.Progress)
	}
}

// close leaves nothing of this generation behind.
func (g *generation) close() {
	for _, f := range g.forget {
		f()
	}
	g.forget = nil
}

// desire is what an output should do now, decided from memory alone and without waiting for
// anybody.
func (g *generation) desire(kind outputs.Kind, name string) outputs.Wish {
	now := g.app.now()
	p := g.engine.Picture()
	p.Timing = g.timing[name]
	d := annunciate.Decide(p, now)
	switch kind { //nolint:exhaustive // the sounder's kind follows below
	case outputs.Strobe:
		return g.patterned(name, outputs.Wish{On: d.Strobe}, now.Mono-d.SounderFrom)
	case outputs.Cabinet:
		return g.cabinet.wish(d.Strobe, now.Mono)
	case outputs.Heater, outputs.Fan, outputs.Charger, outputs.Screen, outputs.LED, outputs.CameraPower:
		return g.keeperWish(kind, d.Takeover || g.taken())
	}
	w := outputs.Wish{On: d.SounderOn}
	if d.HasNext {
		w.Next = max(d.Next-now.Mono, time.Millisecond)
	}
	if d.Sounder == annunciate.SoundAlarm {
		w = g.patterned(name, w, now.Mono-d.SounderFrom)
	}
	return w
}

// desired is what everything should do now.
func (g *generation) desired(now message.Stamp) annunciate.Desired {
	return annunciate.Decide(g.engine.Picture(), now)
}

// wakeLocal tells everything that shows or sounds that the alarm picture has changed.
func (g *generation) wakeLocal() {
	if g.stage != nil {
		g.stage.control.Wake()
	}
	g.wakeOutputs()
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
		g.app.log.Error("an output does not follow", "output", s.Name, "error", s.Err)
	}
	if s.Kind == outputs.Cabinet {
		g.cabinetReport(s)
	}
	g.internal(outputPart(s.Name), cause, g.app.now())
	if _, patterned := g.patterns[s.Name]; patterned && s.Err == "" {
		return // it comes and goes twice a second; the desk need not hear of each
	}
	g.engine.Touch(engine.Booth)
}

func (g *generation) busNamed(name string) *poll.Bus {
	i := slices.IndexFunc(g.buses, func(b busOf) bool { return b.Name() == name })
	if i < 0 {
		return nil
	}
	return g.buses[i].Bus
}
