package app

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"firepost/drivers/sim"
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/devices"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/config"
	"firepost/gateway/internal/engine"
	"firepost/gateway/internal/store"
)

// house is a whole booth: simulated devices on a real terminal, and the app.
type house struct {
	t     testing.TB
	sim   *sim.Booth
	set   *contract.Set
	state string
	port  string
	// extra is further configuration, fault the fault to start with.
	extra, fault string
	faults       store.Faults
	prepare      func(a *App)

	app     *App
	reloads chan struct{}
	next    func() (*config.Config, error)
	notes   *notes
	log     *lockedBuffer
	accepts chan struct{}
	cancel  context.CancelFunc
	done    chan error
}

// notes are what the service manager was told.
type notes struct {
	mu   sync.Mutex
	list []string
}

func (n *notes) add(s string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	first, _, _ := strings.Cut(s, "\n")
	n.list = append(n.list, first)
}

func (n *notes) count(s string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	k := 0
	for _, x := range n.list {
		if x == s {
			k++
		}
	}
	return k
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

const relays = "booth-relays"

func newHouse(t testing.TB) *house {
	t.Helper()
	set, err := devices.Contracts()
	if err != nil {
		t.Fatal(err)
	}
	model := func(ref string) *contract.Contract {
		m, ok := set.Get(ref)
		if !ok {
			t.Fatalf("no contract %s", ref)
		}
		return m
	}
	s, err := sim.NewBooth(sim.BusSpec{Name: "rs485-1", Baud: 9600, Format: "8N1", Turnaround: time.Millisecond, Log: 100_000, Devices: []sim.DeviceSpec{
		{Name: "a", Unit: 1, Contract: model("smoke-generic@1")},
		{Name: "b", Unit: 2, Contract: model("smoke-generic@1")},
		{Name: relays, Unit: 30, Contract: model("io-waveshare-8ch@1")},
	}})
	if err != nil {
		t.Fatal(err)
	}
	s.Start(context.Background())
	h := &house{t: t, sim: s, set: set, state: t.TempDir(), port: s.Path("rs485-1")}
	t.Cleanup(func() {
		h.stop()
		if err := s.Stop(); err != nil {
			t.Errorf("stop the simulation: %v", err)
		}
	})
	return h
}

// text is the house's configuration.
func (h *house) text() string {
	return fmt.Sprintf(`station: hs-03
district: hongshan
label: {zh: 三号消防驿站, en: Fire post 3}
clock: {trust: always}
journal: {dir: %s, max_bytes: 64MiB, alarm_reserve: 16MiB, telemetry_bytes: 16MiB}
http: {listen: "127.0.0.1:0"}
buses:
  - {name: rs485-1, port: %s}
devices:
  - {name: a, bus: rs485-1, unit: 1, contract: smoke-generic@1, premises: HS-1, label: {zh: 张记面馆, en: Zhang}}
  - {name: b, bus: rs485-1, unit: 2, contract: smoke-generic@1, premises: HS-2, label: {zh: 李氏五金, en: Li}}
  - {name: booth-relays, bus: rs485-1, unit: 30, contract: io-waveshare-8ch@1}
outputs:
  - {name: siren, kind: sounder, device: booth-relays, channel: output_1}
  - {name: strobe, kind: strobe, device: booth-relays, channel: output_2}
`, h.state, h.port) + h.extra
}

func (h *house) parse(text string) (*config.Config, error) {
	return config.Parse("firepost.yaml", []byte(text), h.set)
}

func (h *house) config() *config.Config {
	h.t.Helper()
	cfg, err := h.parse(h.text())
	if err != nil {
		h.t.Fatal(err)
	}
	return cfg
}

// start runs the app on a configuration; nil: the house's own.
func (h *house) start(cfg *config.Config) {
	h.t.Helper()
	if cfg == nil {
		cfg = h.config()
	}
	h.reloads, h.notes, h.log, h.accepts = make(chan struct{}), &notes{}, &lockedBuffer{}, make(chan struct{}, 10)
	a, err := newApp(context.Background(), Options{
		Config: cfg, ConfigFault: h.fault, Reloads: h.reloads, Reload: func() (*config.Config, error) { return h.next() },
		Accepted: func() { h.accepts <- struct{}{} },
		Log:      slog.New(slog.NewTextHandler(h.log, nil)), Notify: h.notes.add, WatchdogEvery: 4 * time.Millisecond,
	}, func(o *store.Options) {
		o.Faults, o.RetryMax, o.StallAfter = h.faults, 100*time.Millisecond, 200*time.Millisecond
	})
	if err != nil {
		h.t.Fatal(err)
	}
	if h.prepare != nil {
		h.prepare(a)
	}
	h.app = a
	ctx, cancel := context.WithCancel(context.Background())
	h.cancel, h.done = cancel, make(chan error, 1)
	go func() { h.done <- a.Run(ctx) }()
	select {
	case <-a.Ready():
	case err := <-h.done:
		h.t.Fatalf("the app ended: %v\n%s", err, h.log)
	}
}

// stop ends the app in order; it may be called twice.
func (h *house) stop() {
	h.t.Helper()
	if h.cancel == nil {
		return
	}
	h.cancel()
	if err := <-h.done; err != nil {
		h.t.Errorf("run: %v", err)
	}
	h.cancel = nil
}

// reload asks for a configuration and waits until it was taken or refused.
func (h *house) reload(text string) {
	h.t.Helper()
	h.next = func() (*config.Config, error) { return h.parse(text) }
	before := h.gen()
	refused := h.kinds(message.KindConfigRefused)
	h.reloads <- struct{}{}
	h.eventually("the reload was dealt with", func() bool {
		return h.gen() != before && len(h.app.dog.Parts()) > 1 || h.kinds(message.KindConfigRefused) > refused
	})
}

func (h *house) gen() *generation { return h.app.gen.Load() }

// eventually waits for what other goroutines do.
func (h *house) eventually(what string, cond func() bool) {
	h.t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	limit := time.NewTimer(30 * time.Second)
	defer limit.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-limit.C:
			h.t.Fatalf("never: %s\n%s", what, h.log)
		}
	}
}

// kinds counts the recent events of a kind.
func (h *house) kinds(k message.Kind) int {
	n := 0
	for _, e := range h.gen().engine.Recent() {
		if e.Kind == k {
			n++
		}
	}
	return n
}

func (h *house) device(name string) engine.DeviceView {
	h.t.Helper()
	views := h.gen().engine.View()
	i := slices.IndexFunc(views, func(d engine.DeviceView) bool { return d.Name == name })
	if i < 0 {
		h.t.Fatalf("no device %s", name)
	}
	return views[i]
}

// part is the state of one of the booth's own points.
func (h *house) part(name string) message.Bits {
	h.t.Helper()
	for _, p := range h.device(engine.Booth).Points {
		if p.Name == name {
			return p.State
		}
	}
	h.t.Fatalf("the booth has no point %s", name)
	return 0
}

func (h *house) smoke(device string, fire bool) {
	h.t.Helper()
	if err := h.sim.Smoke(device, fire); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) relay(channel string) bool {
	h.t.Helper()
	on, err := h.sim.Output(relays, channel)
	if err != nil {
		h.t.Fatal(err)
	}
	return on
}

// item reports whether the health has an item with this code.
func (h *house) item(code string) bool {
	return slices.ContainsFunc(h.gen().Health().Items, func(i message.HealthItem) bool { return i.Code == code })
}

// journal lists what is durable, after the app has stopped.
func (h *house) journal() []message.Event {
	h.t.Helper()
	if _, err := os.Stat(filepath.Join(h.state, "journal")); err != nil {
		h.t.Fatal(err)
	}
	s, _, err := store.Open(context.Background(), store.Options{Dir: h.state, Station: "hs-03", Now: h.app.now})
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	var out []message.Event
	for st, err := range s.List(context.Background(), store.Filter{}) {
		if err != nil {
			h.t.Fatal(err)
		}
		out = append(out, st.Event)
	}
	return out
}
