package app

import (
	"fmt"
	"testing"
	"time"

	"firepost/drivers/bus/pins/pinstest"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/config"
	"firepost/gateway/internal/power"

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
  - {name: fan-light, kind: led, bus: board, line: GPIO9}
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
	h.eventually("the mains' contact is read", func() bool { return h.device("mains").Points[0].Quality == message.Good })
	// Time passes for the keeper without anybody waiting for it.
	pass := func(seconds int) {
		for range seconds {
			h.gen().keeper.ahead.Add(int64(time.Second))
			h.gen().keepOnce(h.app.now())
		}
	}
	pass(300) // the mains have stood long enough to count, and for everything to be switched on
	h.eventually("the television and the camera have power", func() bool { return on(tv) && on(camera) })
	h.eventually("no fault while the mains are there", func() bool { return !h.part("power-mains").Has(message.Fault) })
	mains.Drive(gpio.High)
	h.eventually("the contact is seen", func() bool { return h.device("mains").State.Has(message.Supervisory) })
	pass(10)
	if !h.part("power-mains").Has(message.Fault) || !h.item("power.on_battery") {
		t.Error("running on battery is no fault")
	}
	pass(60)
	h.eventually("television and camera are shed", func() bool { return !on(tv) && !on(camera) })
	if h.gen().keeperWish("sounder", false).On {
		t.Error("the keeper has a say in the sounder")
	}
	h.stop()
}

// TestNotKnowingIsNeitherFaultNorItsEnd: in the keeper's first seconds a part of which nothing is
// known yet is not reported at all, so that a fault from before a reload does not seem to end.
func TestNotKnowingIsNeitherFaultNorItsEnd(t *testing.T) {
	k := &keeper{power: &config.Power{}, powered: power.Decision{Faults: []power.Fault{{Cause: power.CauseMainsUnknown}}}}
	mains, charge := supplyPart(power.CauseMainsUnknown).Name, supplyPart(power.CauseRecharge).Name
	if cause, said := k.faults(true)[mains]; said {
		t.Errorf("while learning the mains are said to be %q", cause)
	}
	if cause, said := k.faults(true)[charge]; !said || cause != "" {
		t.Errorf("charging is %q, said %v", cause, said)
	}
	if cause := k.faults(false)[mains]; cause != power.CauseMainsUnknown {
		t.Errorf("afterwards the mains are %q", cause)
	}
	k.powered.Faults = []power.Fault{{Cause: power.CauseMainsUnknown}, {Cause: power.CauseOnBattery}}
	if cause := k.faults(true)[mains]; cause != power.CauseOnBattery {
		t.Errorf("a known fault beside the unknown: %q", cause)
	}
}
