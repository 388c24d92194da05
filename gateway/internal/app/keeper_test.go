package app

import (
	"fmt"
	"testing"
	"time"

	"firepost/drivers/bus/pins/pinstest"
	"firepost/firmware-contracts/message"

	"periph.io/x/conn/v3/gpio"
)

const supplyText = `station: hs-03
district: hongshan
clock: {trust: always}
journal: {dir: %s, max_bytes: 64MiB, alarm_reserve: 16MiB, telemetry_bytes: 16MiB}
http: {listen: ""}
buses:
  - {name: board, kind: gpio}
devices:
  - {name: mains, bus: board, line: GPIO5, contract: contact@1, inputs: {contact: {means: supervisory, cause: mains_lost, normally_closed: true}}}
outputs:
  - {name: tv, kind: screen, bus: board, line: GPIO6}
  - {name: camera, kind: camera, bus: board, line: GPIO7}
  - {name: siren, kind: sounder, bus: board, line: GPIO8}
  - {name: heater, kind: heater, bus: board, line: GPIO9}
power:
  mains: mains/contact
  chemistry: lifepo4
  capacity_ah: 100
  volts: 12.8
  internal_ohm: 0.02
  coldest_c: -10
  watts: {board: 6, buses: 4, uplink: 4, sounder: 20, heater: 150, television: 80, led: 60, camera: 6}
`

// TestMainsLost: a cut is a fault of the booth and sheds the television and the camera, never
// the sounder; the mains' return ends the fault.
func TestMainsLost(t *testing.T) {
	h := newHouse(t)
	mains, tv, camera := pinstest.NewLine("GPIO5", pinstest.GoodEdges), pinstest.NewLine("GPIO6", pinstest.GoodEdges), pinstest.NewLine("GPIO7", pinstest.GoodEdges)
	lines := pinstest.NewBoard(mains, tv, camera, pinstest.NewLine("GPIO8", pinstest.GoodEdges), pinstest.NewLine("GPIO9", pinstest.GoodEdges))
	mains.Drive(gpio.Low) // closed: the mains are there
	h.prepare = func(a *App) { a.lines = lines }
	cfg, err := h.parse(fmt.Sprintf(supplyText, h.state))
	if err != nil {
		t.Fatal(err)
	}
	h.start(cfg)
	on := func(l *pinstest.Line) bool {
		outs := l.Outs()
		return len(outs) > 0 && outs[len(outs)-1] == gpio.High
	}
	h.eventually("the television and the camera have power", func() bool { return on(tv) && on(camera) })
	h.eventually("no fault while the mains are there", func() bool { return !h.part("power-mains").Has(message.Fault) })
	later := func(d time.Duration) { h.gen().keepOnce(h.app.now().Add(d)) }
	for s := range 12 {
		later(time.Duration(s) * time.Second) // the mains have stood long enough to count
	}
	mains.Drive(gpio.High)
	h.eventually("the contact is seen", func() bool { return h.device("mains").State.Has(message.Supervisory) })
	// The keeper's own time passes without waiting for it.
	for s := 12; s < 22; s++ {
		later(time.Duration(s) * time.Second)
	}
	h.eventually("running on battery is a fault", func() bool { return h.part("power-mains").Has(message.Fault) })
	for s := 22; s < 29; s++ {
		later(time.Duration(s) * time.Second)
	}
	h.eventually("television shed", func() bool { return !on(tv) })
	if h.gen().keeperWish("sounder", false).On {
		t.Error("the keeper has a say in the sounder")
	}
	if !h.item("power.on_battery") {
		t.Error("the health does not say so")
	}
	h.stop()
}
