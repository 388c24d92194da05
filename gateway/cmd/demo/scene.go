package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"text/template"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"

	"firepost/drivers/led/ledsim"
	"firepost/drivers/sim"
	"firepost/firmware-contracts/devices"
	"firepost/gateway/e2e/booth"
	"firepost/gateway/e2e/platform"
)

// The booth of the story.
const (
	district = "hongshan"
	station  = "hs-03"
	noodles  = "zhang-noodles-smoke"
	hardware = "li-hardware-smoke"
	gauge    = "zhang-noodles-gauge"
	relays   = "booth-relays"
)

var spec = []sim.BusSpec{ //nolint:gochecknoglobals // the story's props
	{Name: "rs485-1", Baud: 9600, Format: "8N1", Turnaround: 5 * time.Millisecond, Devices: []sim.DeviceSpec{
		{Name: noodles, Unit: 1}, {Name: hardware, Unit: 2}, {Name: "wang-grocery-smoke", Unit: 3},
		{Name: gauge, Unit: 11}, {Name: "booth-climate", Unit: 20}, {Name: relays, Unit: 30},
	}},
	{Name: "rs485-2", Baud: 4800, Format: "8N1", Turnaround: 5 * time.Millisecond, Devices: []sim.DeviceSpec{
		{Name: "garden-court-b3-smoke", Unit: 1}, {Name: "old-barber-smoke", Unit: 2},
	}},
}

// models are the contracts of the story's devices.
var models = map[string]string{ //nolint:gochecknoglobals // the story's props
	noodles: "smoke-generic@1", hardware: "smoke-generic@1", "wang-grocery-smoke": "smoke-generic@1",
	gauge: "gauge-mpd-380@1", "booth-climate": "climate-xy-md02@1", relays: "io-waveshare-8ch@1",
	"garden-court-b3-smoke": "smoke-yg-n01@1", "old-barber-smoke": "smoke-yg-n01@1",
}

//nolint:gochecknoglobals // the story's props
var configText = template.Must(template.New("config").Parse(`station: hs-03
district: hongshan
label: {zh: 红山区三号消防驿站, en: Hongshan fire post no. 3}
clock: {trust: always}
journal: {dir: {{.State}}, max_bytes: 64MiB, alarm_reserve: 16MiB, telemetry_bytes: 16MiB}
http: {listen: "{{.Listen}}"}
alarm: {fault_after: 5s}
telemetry: {every: 10s}
buses:
  - {name: rs485-1, port: {{.Port1}}, baud: 9600}
  - {name: rs485-2, port: {{.Port2}}, baud: 4800}
devices:
  - {name: zhang-noodles-smoke, bus: rs485-1, unit: 1, contract: smoke-generic@1, premises: HS-0301-0012, label: {zh: 张记面馆, en: Zhang's Noodles}, deadline: 2s}
  - {name: li-hardware-smoke, bus: rs485-1, unit: 2, contract: smoke-generic@1, premises: HS-0301-0013, label: {zh: 李氏五金, en: Li Hardware}, deadline: 2s}
  - {name: wang-grocery-smoke, bus: rs485-1, unit: 3, contract: smoke-generic@1, premises: HS-0301-0014, label: {zh: 王家超市, en: Wang Grocery}, deadline: 2s}
  - name: zhang-noodles-gauge
    bus: rs485-1
    unit: 11
    contract: gauge-mpd-380@1
    premises: HS-0301-0012
    label: {zh: 张记面馆灭火器, en: "Zhang's Noodles, extinguisher"}
    slow_every: 1s
    limits: {pressure: {low: 1.0, high: 1.4, hysteresis: 0.03}}
    temperature_from: booth-climate/temperature
  - {name: booth-climate, bus: rs485-1, unit: 20, contract: climate-xy-md02@1, slow_every: 1s, label: {zh: 驿站温湿度, en: Booth climate}}
  - {name: booth-relays, bus: rs485-1, unit: 30, contract: io-waveshare-8ch@1, label: {zh: 驿站继电器, en: Booth relays}}
  - {name: garden-court-b3-smoke, bus: rs485-2, unit: 1, contract: smoke-yg-n01@1, premises: HS-0302-0101, label: {zh: 花园小区3号楼, en: Garden Court building 3}, deadline: 2s}
  - {name: old-barber-smoke, bus: rs485-2, unit: 2, contract: smoke-yg-n01@1, premises: HS-0302-0033, label: {zh: 老王理发, en: Old Wang Barber}, deadline: 2s}
outputs:
  - {name: siren, kind: sounder, device: booth-relays, channel: output_1}
  - {name: strobe, kind: strobe, device: booth-relays, channel: output_2}
screens:
  listen: "{{.Screens}}"
  dir: {{.State}}/screens
  starter: {{.Starter}}
  televisions:
    - {name: tv, unmanaged: true}
  boards:
    - {name: led, kind: onbon-6k, address: "{{.Board}}", width: 256, height: 64}
uplinks:
  - {name: district, kind: mqtt, broker: "tcp://{{.Broker}}", confirm: platform, ack_timeout: 2s, insecure: true}
`))

// scene is everything that the story needs.
type scene struct {
	sim      *sim.Booth
	broker   *broker
	platform *platform.Platform
	daemon   *booth.Daemon
	page     string
	tv       string // the television's page
	board    *ledsim.Card
	slow     bool
	log      *os.File
	stop     context.CancelFunc
	wg       sync.WaitGroup
	seen     int
}

func open(ctx context.Context, dir, binary, logFile, listen string, slow bool) (s *scene, err error) {
	s = &scene{slow: slow}
	ctx, s.stop = context.WithCancel(ctx)
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	set, err := devices.Contracts()
	if err != nil {
		return s, err
	}
	buses := make([]sim.BusSpec, len(spec))
	for i, b := range spec {
		b.Pace = slow
		b.Devices = append([]sim.DeviceSpec(nil), b.Devices...)
		for n := range b.Devices {
			m, ok := set.Get(models[b.Devices[n].Name])
			if !ok {
				return s, fmt.Errorf("no contract %s", models[b.Devices[n].Name])
			}
			b.Devices[n].Contract = m
		}
		buses[i] = b
	}
	if s.sim, err = sim.NewBooth(buses...); err != nil {
		return s, err
	}
	if err := errors.Join(s.sim.Pressure(gauge, 1.2), s.sim.Temperature("booth-climate", 20)); err != nil {
		return s, err
	}
	s.sim.Start(ctx)
	s.broker = &broker{}
	if err := s.broker.start(); err != nil {
		return s, err
	}
	if s.board, err = ledsim.Listen(ledsim.NewOnbon(image.Pt(256, 64), false)); err != nil {
		return s, err
	}
	s.platform = platform.New(platform.Options{Broker: "tcp://" + s.broker.addr, District: district, Station: station, Ack: true})
	s.wg.Go(func() { _ = s.platform.Run(ctx) })
	return s, s.startDaemon(ctx, dir, binary, logFile, listen)
}

func (s *scene) startDaemon(ctx context.Context, dir, binary, logFile, listen string) error {
	state := filepath.Join(dir, "state")
	if err := os.MkdirAll(state, 0o700); err != nil {
		return err
	}
	starter, err := starterDir()
	if err != nil {
		return err
	}
	screens, err := freeAddress()
	if err != nil {
		return err
	}
	s.tv = "http://" + screens + "/screen/tv"
	var text strings.Builder
	if err := configText.Execute(&text, map[string]string{
		"State": state, "Port1": s.sim.Path("rs485-1"), "Port2": s.sim.Path("rs485-2"), "Broker": s.broker.addr, "Listen": listen,
		"Screens": screens, "Starter": starter, "Board": s.board.Address(),
	}); err != nil {
		return err
	}
	path := filepath.Join(dir, "firepost.yaml")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		return err
	}
	var tee io.Writer
	if logFile != "" {
		f, err := os.Create(logFile)
		if err != nil {
			return err
		}
		s.log, tee = f, f
	}
	if s.daemon, err = booth.Start(binary, path, state, tee); err != nil {
		return err
	}
	s.page, err = s.daemon.Page(ctx)
	return err
}

func (s *scene) close() {
	if s.daemon != nil {
		if err := s.daemon.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "demo:", err)
		}
	}
	s.stop()
	s.wg.Wait()
	if s.broker != nil {
		s.broker.stop()
	}
	if s.board != nil {
		_ = s.board.Close()
	}
	if s.sim != nil {
		_ = s.sim.Stop()
	}
	if s.log != nil {
		_ = s.log.Close()
	}
}

// starterDir is the starter programme in the source that the demonstration is part of.
func starterDir() (string, error) {
	dir, err := os.Getwd()
	for ; err == nil && dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		starter := filepath.Join(dir, "kiosk", "starter")
		if _, serr := os.Stat(filepath.Join(starter, "starter.yaml")); serr == nil {
			return starter, nil
		}
	}
	return "", errors.Join(errors.New("the starter programme was not found: run the demonstration in Firepost's source"), err)
}

// freeAddress is a local address that nobody uses at this moment.
func freeAddress() (string, error) {
	var lc net.ListenConfig
	ln, err := lc.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = ln.Close() }()
	return ln.Addr().String(), nil
}

// broker is the embedded one: for demonstrations and tests only.
type broker struct {
	addr   string
	server *mochi.Server
}

// start begins to listen: on a free port the first time, on the same one afterwards.
func (b *broker) start() error {
	addr := b.addr
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	var lc net.ListenConfig
	var ln net.Listener
	var err error
	// After a stop the kernel may hold the address for a moment.
	for range 100 {
		if ln, err = lc.Listen(context.Background(), "tcp", addr); err == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if err != nil {
		return fmt.Errorf("broker: %w", err)
	}
	b.addr = ln.Addr().String()
	b.server = mochi.New(&mochi.Options{Logger: slog.New(slog.DiscardHandler)})
	if err := b.server.AddHook(new(auth.AllowHook), nil); err != nil {
		return err
	}
	if err := b.server.AddListener(listeners.NewNet("demo", ln)); err != nil {
		return err
	}
	return b.server.Serve()
}

func (b *broker) stop() {
	if b.server != nil {
		_ = b.server.Close()
		b.server = nil
	}
}
