package app

import (
	"errors"
	"fmt"
	"testing"

	"firepost/drivers/bus/pins/pinstest"
	"firepost/drivers/sim"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/host"

	"periph.io/x/conn/v3/gpio"
)

// board is a house with lines and a radio receiver of its own.
type board struct {
	*house
	call, key, siren, feedback *pinstest.Line
	radio                      *sim.FrameSender
}

const boardText = `station: hs-03
district: hongshan
clock: {trust: always}
journal: {dir: %s, max_bytes: 64MiB, alarm_reserve: 16MiB, telemetry_bytes: 16MiB}
http: {listen: ""}
buses:
  - {name: board, kind: gpio}
  - {name: radio, kind: frames, port: %s}
devices:
  - {name: call-point, bus: board, line: GPIO17, contract: contact@1, inputs: {contact: {means: fire, cause: call_point}}}
  - {name: key, bus: board, line: GPIO27, contract: contact@1, inputs: {contact: {means: silence}}}
  - {name: gauge, bus: radio, id: SHMK19060013, contract: gauge-mingkong@1}
outputs:
  - {name: siren, kind: sounder, bus: board, line: GPIO22, feedback: GPIO23}
`

func newBoard(t *testing.T) *board {
	b := &board{
		house: newHouse(t), call: pinstest.NewLine("GPIO17", pinstest.GoodEdges), key: pinstest.NewLine("GPIO27", pinstest.NoEdges),
		siren: pinstest.NewLine("GPIO22", pinstest.GoodEdges), feedback: pinstest.NewLine("GPIO23", pinstest.GoodEdges),
	}
	var err error
	if b.radio, err = sim.NewFrameSender(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.radio.Close() })
	lines := pinstest.NewBoard(b.call, b.key, b.siren, b.feedback)
	b.prepare = func(a *App) { a.lines = lines }
	cfg, err := b.parse(fmt.Sprintf(boardText, b.state, b.radio.Path()))
	if err != nil {
		t.Fatal(err)
	}
	b.start(cfg)
	b.eventually("the contacts are read", func() bool {
		return b.device("call-point").Points[0].Quality == message.Good && b.device("key").Points[0].Quality == message.Good
	})
	return b
}

// sounds reports whether the line of the siren is high, and lets the feedback follow it.
func (b *board) sounds() bool {
	outs := b.siren.Outs()
	on := len(outs) > 0 && outs[len(outs)-1] == gpio.High
	b.feedback.Drive(gpio.Level(!on))
	return on
}

// TestCallPointOnAPin: a short on the board's own line is a fire, sounds on the board's own
// line, is silenced by a key on a third, and outlives the contact.
func TestCallPointOnAPin(t *testing.T) {
	b := newBoard(t)
	b.call.Drive(gpio.Low)
	b.eventually("the fire", func() bool { return b.device("call-point").State.Has(message.Fire) })
	b.eventually("the siren, read back", func() bool { return b.sounds() && b.outputKnown("siren") })
	b.call.Drive(gpio.High)
	b.eventually("the contact is open", func() bool { return !b.device("call-point").State.Has(message.Active) })
	if !b.device("call-point").State.Has(message.Latched) || !b.sounds() {
		t.Error("the fire ended with the contact")
	}
	b.key.Drive(gpio.Low)
	b.eventually("silenced on site", func() bool { return !b.sounds() })
	b.call.Break(errors.New("chip is gone"))
	b.eventually("the device says so", func() bool { return b.gen().feeds[0].state().dead == 1 })
	if n := len(b.gen().Status().Buses); n != 2 {
		t.Errorf("the page shows %d buses", n)
	}
}

// TestPattern: a siren with the evacuation signal of ISO 8201 comes and goes by itself, and
// is silent after the reset.
func TestPattern(t *testing.T) {
	h := newHouse(t)
	call, siren := pinstest.NewLine("GPIO17", pinstest.GoodEdges), pinstest.NewLine("GPIO22", pinstest.GoodEdges)
	lines := pinstest.NewBoard(call, siren)
	h.prepare = func(a *App) { a.lines = lines }
	cfg, err := h.parse(fmt.Sprintf(`station: hs-03
district: hongshan
clock: {trust: always}
journal: {dir: %s, max_bytes: 64MiB, alarm_reserve: 16MiB, telemetry_bytes: 16MiB}
http: {listen: ""}
buses:
  - {name: board, kind: gpio}
devices:
  - {name: call-point, bus: board, line: GPIO17, contract: contact@1, inputs: {contact: {means: fire, cause: call_point}}}
outputs:
  - {name: siren, kind: sounder, bus: board, line: GPIO22, pattern: temporal3}
`, h.state))
	if err != nil {
		t.Fatal(err)
	}
	h.start(cfg)
	h.eventually("the contact is read", func() bool { return h.device("call-point").Points[0].Quality == message.Good })
	call.Drive(gpio.Low)
	changes := func() int {
		n, last := 0, gpio.Low
		for _, l := range siren.Outs() {
			if l != last {
				n, last = n+1, l
			}
		}
		return n
	}
	h.eventually("two pulses", func() bool { return changes() >= 4 })
	call.Drive(gpio.High)
	h.eventually("the contact is open", func() bool { return !h.device("call-point").State.Has(message.Active) })
	h.must(message.Command{Action: message.ActionReset, Device: "call-point", Author: "王", Event: h.lastEvent(), Outcome: "test", Note: "n"})
	h.eventually("silent", func() bool { outs := siren.Outs(); return outs[len(outs)-1] == gpio.Low })
}

// TestStopLeavesTheSirenOn: stopping during a fire never silences it.
func TestStopLeavesTheSirenOn(t *testing.T) {
	b := newBoard(t)
	b.call.Drive(gpio.Low)
	b.eventually("the siren", b.sounds)
	b.stop()
	if !b.sounds() {
		t.Error("the siren is off after the stop")
	}
}

// TestRadioGauge: what a radio's receiver delivers is a reading like any other.
func TestRadioGauge(t *testing.T) {
	b := newBoard(t)
	frame := []byte{ // 0.538 MPa, high alarm, from SHMK19060013
		0xa5, 0x5a, 0x00, 0x00, 0x3b, 0x53, 0x48, 0x4d, 0x4b, 0x31, 0x39, 0x30, 0x36, 0x30, 0x30, 0x31, 0x33, 0x34, 0xc8, 0x00,
		0x3c, 0x00, 0x0a, 0x01, 0x02, 0x00, 0x64, 0x01, 0xf4, 0x02, 0x1a, 0x5d, 0x19, 0x66, 0xb6, 0x02, 0x19, 0x02, 0x1a, 0x02,
		0x16, 0x02, 0x18, 0x02, 0x18, 0x02, 0x13, 0x02, 0x1e, 0x02, 0x1c, 0x02, 0x1d, 0x02, 0x1d, 0x7e, 0x03, 0x55, 0xaa,
	}
	b.eventually("the receiver is heard", func() bool { return b.gen().feeds[1].state().up })
	if err := b.radio.Send(frame); err != nil {
		t.Fatal(err)
	}
	b.eventually("the pressure", func() bool {
		for _, p := range b.device("gauge").Points {
			if p.Name == "pressure" && p.Value != nil {
				return *p.Value > 0.537 && *p.Value < 0.539
			}
		}
		return false
	})
	if err := b.radio.HangUp(); err != nil {
		t.Fatal(err)
	}
	b.eventually("the receiver was pulled", func() bool { return b.part("bus-radio").Has(message.Fault) })
}

// TestBoardHealth: the board is looked at, what it finds is in the booth's health, and its
// figures are in the telemetry.
func TestBoardHealth(t *testing.T) {
	h := newHouse(t)
	h.start(nil)
	h.eventually("a look at the board", func() bool { return len(h.gen().boardReadings(h.app.now())) > 3 })
	names := make(map[string]bool)
	for _, r := range h.gen().boardReadings(h.app.now()) {
		names[r.Point] = true
		if r.Device != "booth" || r.Value == nil || r.Unit == "" {
			t.Errorf("reading %+v", r)
		}
	}
	if len(names) < 5 {
		t.Errorf("figures: %v", names)
	}
	// A full disk is a fault of the booth.
	g := h.gen()
	g.boardReport(host.Report{Findings: []host.Finding{{Code: host.CodeDisk, Severity: message.SeverityFault, ZH: "满", EN: "full"}}})
	if !h.part("host-disk").Has(message.Fault) || !h.item("host.disk") {
		t.Error("a full disk is no fault")
	}
	g.boardReport(host.Report{})
	if h.part("host-disk").Has(message.Fault) {
		t.Error("the fault stays")
	}
}
