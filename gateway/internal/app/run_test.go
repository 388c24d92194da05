package app

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"firepost/drivers/bus/modbus"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/config"
)

// TestOutputsFollowTheLatchesBeforeTheFirstPoll: also when the relays forgot, and when the
// detector is gone.
func TestOutputsFollowTheLatchesBeforeTheFirstPoll(t *testing.T) {
	h := newHouse(t)
	h.start(nil)
	h.smoke("a", true)
	h.eventually("siren and strobe", func() bool { return h.relay("output_1") && h.relay("output_2") })
	h.stop()
	if !h.relay("output_1") {
		t.Fatal("stopping silences a fire")
	}
	h.sim.Slave(relays).PowerCycle()
	if err := h.sim.Dead("a", true); err != nil {
		t.Fatal(err)
	}
	n := len(h.sim.Line("rs485-1").Transactions())
	h.start(nil)
	h.eventually("the siren is back", func() bool { return h.relay("output_1") && h.relay("output_2") })
	first := h.sim.Line("rs485-1").Transactions()[n]
	if first.Unit != 30 || modbus.Function(first.Function) != modbus.WriteSingleCoil {
		t.Errorf("the first request after the start: function %d to unit %d", first.Function, first.Unit)
	}
}

// TestReload: a bad configuration is refused with an event and a fault and the present one
// goes on; a good one takes over with its latches; neither touches the journal.
func TestReload(t *testing.T) {
	h := newHouse(t)
	h.start(nil)
	<-h.accepts
	h.smoke("a", true)
	h.eventually("a fire", func() bool { return h.device("a").State.Has(message.Fire) })
	h.smoke("a", false)
	journal, epoch, gen := h.app.store, h.app.store.Health().Epoch, h.gen()

	for _, bad := range []string{
		strings.Replace(h.text(), "unit: 2,", "unit: 300,", 1),
		strings.Replace(h.text(), "station: hs-03", "station: hs-04", 1),
		strings.Replace(h.text(), "max_bytes: 64MiB", "max_bytes: 80MiB", 1),
		strings.Replace(h.text(), "unit: 2,", "unit: 2, deadline: 100ms,", 1),
	} {
		refused := h.kinds(message.KindConfigRefused)
		h.reload(bad)
		if h.gen() != gen {
			t.Fatal("a bad configuration took over")
		}
		h.eventually("a fault", func() bool { return h.part("config").Has(message.Fault) })
		if h.kinds(message.KindConfigRefused) != refused+1 || !h.item("config.bad") {
			t.Error("the refusal is not told")
		}
	}
	if len(h.accepts) > 0 {
		t.Error("a bad configuration was kept as the last good one")
	}

	h.reload(strings.Replace(h.text(), "unit: 2,", "unit: 2, deadline: 5s,", 1))
	<-h.accepts
	if h.gen() == gen || h.app.store != journal || h.app.store.Health().Epoch != epoch {
		t.Error("the reload did not take over, or touched the journal")
	}
	h.eventually("the fault is cleared", func() bool { return h.part("config") == 0 })
	if h.item("config.bad") {
		t.Error("health still complains")
	}
	if !h.device("a").State.Has(message.Fire | message.Latched) {
		t.Error("the reload lost the latch")
	}
	h.eventually("it polls again", func() bool { return h.gen().Ready() == nil })
	if !h.relay("output_1") {
		t.Error("the siren stopped")
	}
	h.stop()
	events := h.journal()
	seq := uint64(0)
	for _, e := range events {
		if e.Seq <= seq || e.Epoch != epoch {
			t.Errorf("event %s after %d", e.ID, seq)
		}
		seq = e.Seq
	}
	if last := events[len(events)-1]; last.Kind != message.KindStopped {
		t.Errorf("the last event is %s of %s", last.Kind, last.Device)
	}
	if h.notes.count("RELOADING=1") != 5 || h.notes.count("READY=1") != 6 || h.notes.count("STOPPING=1") != 1 {
		t.Errorf("the service manager was told %v", h.notes.list)
	}
}

// TestReplacedGenerationsLeaveNothing: no watchdog entry, no goroutine.
func TestReplacedGenerationsLeaveNothing(t *testing.T) {
	h := newHouse(t)
	h.extra = "uplinks:\n  - {name: district, kind: mqtt, broker: \"tcp://127.0.0.1:1\"}\n"
	h.start(nil)
	settled := func() int {
		n := runtime.NumGoroutine()
		for range 20 {
			runtime.Gosched()
			n = min(n, runtime.NumGoroutine())
		}
		return n
	}
	h.eventually("it runs", func() bool { return h.gen().Ready() == nil })
	_, cancel := h.gen().Watch()
	cancel()
	parts := h.app.dog.Parts()
	before := settled()
	for range 5 {
		gen := h.gen()
		h.reload(h.text())
		if gen == h.gen() {
			t.Fatal("refused")
		}
	}
	h.eventually("it runs again", func() bool { return h.gen().Ready() == nil })
	if got := h.app.dog.Parts(); !slices.Equal(got, parts) || len(parts) != 4 {
		t.Errorf("watched: %v, before %v", got, parts)
	}
	h.eventually("the goroutines are gone", func() bool { return settled() <= before+2 })
}

// TestAPanicIsARestart: of that part, and of nothing else.
func TestAPanicIsARestart(t *testing.T) {
	h := newHouse(t)
	runs := make(chan int, 10)
	var n atomic.Int32
	h.prepare = func(a *App) {
		a.extra = []service{{"fragile", func(ctx context.Context) error {
			k := int(n.Add(1))
			runs <- k
			switch k {
			case 1:
				panic("out of order")
			case 2:
				return errors.New("broken")
			case 3:
				return nil // a part that ends by itself is as broken
			}
			<-ctx.Done()
			return nil
		}}}
	}
	h.start(nil)
	for want := 1; want <= 4; want++ {
		if got := <-runs; got != want {
			t.Fatalf("run %d, want %d", got, want)
		}
	}
	h.smoke("a", true)
	h.eventually("the rest protects", func() bool { return h.relay("output_1") })
	h.eventually("it is told", func() bool { return strings.Contains(h.log.String(), "out of order") })
}

// TestPartsThatCannotBeWired are left out; the others protect.
func TestPartsThatCannotBeWired(t *testing.T) {
	h := newHouse(t)
	h.extra = "uplinks:\n  - {name: district, kind: mqtt, broker: \"tcp://127.0.0.1:1\"}\n"
	cfg := h.config()
	cfg.Uplinks[0].Broker = "tcp://"
	cfg.Outputs[1].Channel = "none"
	cfg.Buses = append(cfg.Buses, config.Bus{Name: "dead", TCP: "127.0.0.1:1", Format: "8N1"})
	cfg.Devices = append(cfg.Devices, cfg.Devices[0])
	cfg.Devices[3].Name, cfg.Devices[3].Bus, cfg.Devices[3].Unit = "c", "dead", 0
	cfg.Outputs = append(cfg.Outputs, config.Output{Name: "far", Kind: "strobe", Device: "c", Channel: "x"})
	h.start(cfg)
	h.smoke("a", true)
	h.eventually("the siren", func() bool { return h.relay("output_1") })
	for _, part := range []string{"config", "bus-dead"} {
		if !h.part(part).Has(message.Fault) {
			t.Errorf("%s is no fault", part)
		}
	}
	if fault := h.gen().configFault(); !strings.Contains(fault, "district") || !strings.Contains(fault, "strobe") ||
		!strings.Contains(fault, "unit 0") || !strings.Contains(fault, "far") {
		t.Errorf("not named: %s", fault)
	}
	if len(h.accepts) > 0 {
		t.Error("it was kept as good")
	}
}

// TestStartOnAFallback: the last good configuration, or what could be saved of a bad one,
// runs with a fault; a good reload ends that.
func TestStartOnAFallback(t *testing.T) {
	h := newHouse(t)
	bad := strings.Replace(h.text(), "unit: 2,", "unit: 300,", 1)
	_, err := h.parse(bad)
	h.fault = "only what can be saved of the configuration runs, because: " + err.Error()
	h.start(config.Salvage("firepost.yaml", []byte(bad), h.set, h.state))
	if !h.part("config").Has(message.Fault) || !h.item("config.bad") || h.gen().Health().Severity != message.SeverityFault {
		t.Error("the fallback is no fault")
	}
	h.smoke("a", true)
	h.eventually("what is left protects", func() bool { return h.relay("output_1") })
	if len(h.accepts) > 0 {
		t.Error("the fallback was kept as the last good one")
	}
	h.reload(h.text())
	<-h.accepts
	h.eventually("all is well", func() bool { return h.part("config") == 0 })
	h.eventually("the second detector", func() bool { return h.gen().Ready() == nil })
}

// TestStartOnNothing: a booth without a readable file runs, shows its page, and says so.
func TestStartOnNothing(t *testing.T) {
	h := newHouse(t)
	h.fault = "the file can't be read"
	cfg := config.Salvage("firepost.yaml", nil, h.set, h.state)
	cfg.HTTP.Listen = "127.0.0.1:0"
	h.start(cfg)
	if !h.part("config").Has(message.Fault) {
		t.Error("no fault")
	}
	s := h.gen().Status()
	if s.Buses == nil || s.Outputs == nil || s.Uplinks == nil || s.Events == nil || s.Health == nil || s.Devices == nil {
		t.Errorf("the page would have to know null: %+v", s)
	}
}

// TestDeadlinesThatCannotBeMet: the booth runs as well as it can, with a fault.
func TestDeadlinesThatCannotBeMet(t *testing.T) {
	h := newHouse(t)
	cfg, err := h.parse(strings.Replace(h.text(), "unit: 2,", "unit: 2, deadline: 100ms,", 1))
	if err != nil {
		t.Fatal(err)
	}
	h.start(cfg)
	if !h.part("config").Has(message.Fault) {
		t.Error("no fault")
	}
	h.eventually("it polls all the same", func() bool { return h.gen().Ready() == nil })
}

// TestLateRecordsReachTheLastGeneration: and none is lost while one takes over.
func TestLateRecordsReachTheLastGeneration(t *testing.T) {
	other := newHouse(t)
	other.start(nil)
	other.smoke("a", true)
	other.eventually("a fire", func() bool { return other.device("a").State.Has(message.Fire) })
	points := other.app.store.Points()

	h := newHouse(t)
	h.start(nil)
	h.reload(h.text())
	h.app.late(points)
	if !h.device("a").State.Has(message.Latched) {
		t.Error("the late latch is lost")
	}
	h.eventually("the siren", func() bool { return h.relay("output_1") })
}

func ExampleCheckPlans() {
	fmt.Println(CheckPlans(&config.Config{}))
	// Output: <nil>
}
