package app

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"firepost/drivers/beacon"
	"firepost/drivers/bus/pins/pinstest"
	"firepost/drivers/ssd1306"
	"firepost/gateway/internal/engine"

	"periph.io/x/conn/v3/gpio"
	periph "periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
)

// onlyDisplay is a bus with nothing but a display at 0x3C.
type onlyDisplay struct {
	mu    sync.Mutex
	bytes int
	err   error
}

func (b *onlyDisplay) String() string                  { return "fake" }
func (b *onlyDisplay) SetSpeed(physic.Frequency) error { return nil }
func (b *onlyDisplay) Close() error                    { return nil }
func (b *onlyDisplay) Tx(addr uint16, w, _ []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if addr != 0x3C {
		return errors.New("nobody there")
	}
	b.bytes += len(w)
	return b.err
}

func (b *onlyDisplay) sent() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.bytes
}

// TestSigns: a technician's display shows the booth, a fire first; the beacon says the same.
func TestSigns(t *testing.T) {
	h := newHouse(t)
	bus, call := &onlyDisplay{}, pinstest.NewLine("GPIO17", pinstest.GoodEdges)
	lines := pinstest.NewBoard(call)
	h.prepare = func(a *App) {
		a.lines = lines
		a.openI2C = func(string) (periph.BusCloser, error) { return bus, nil }
	}
	cfg, err := h.parse(fmt.Sprintf(`station: hs-03
district: hongshan
clock: {trust: always}
journal: {dir: %s, max_bytes: 64MiB, alarm_reserve: 16MiB, telemetry_bytes: 16MiB}
http: {listen: ""}
host: {every: 0s}
buses:
  - {name: board, kind: gpio}
  - {name: chips, kind: i2c, i2c: "1"}
devices:
  - {name: call-point, bus: board, line: GPIO17, contract: contact@1, inputs: {contact: {means: fire, cause: call_point}}}
display: {bus: chips, unit: 0x3C}
`, h.state))
	if err != nil {
		t.Fatal(err)
	}
	h.start(cfg)
	h.eventually("something is shown", func() bool { return bus.sent() > 500 })
	h.eventually("the picture is complete", func() bool { return h.gen().displayStatus(h.app.now()).Known })
	broken := engine.Part{Name: "config", Title: engine.Text{EN: "Configuration"}}
	h.gen().internal(broken, "config_bad", h.app.now())
	if s := h.gen().beaconSign(h.app.now()); s != beacon.Fault {
		t.Errorf("with a fault the beacon says %v", s)
	}
	h.gen().internal(broken, "", h.app.now())
	h.eventually("all is well", func() bool { return h.gen().beaconSign(h.app.now()) == beacon.Normal })
	if s := h.gen().displayStatus(h.app.now()); s.Station != "hs-03" || !s.Known || s.Fires != 0 || s.Uplink != ssd1306.UplinkNone {
		t.Errorf("quiet: %+v", s)
	}
	h.gen().internal(broken, "config_bad", h.app.now())
	call.Drive(gpio.Low)
	h.eventually("fire on the beacon", func() bool { return h.gen().beaconSign(h.app.now()) == beacon.Fire })
	if s := h.gen().displayStatus(h.app.now()); s.Fires != 1 || s.Detail != "call-point" {
		t.Errorf("in fire: %+v", s)
	}
	h.stop()
}
