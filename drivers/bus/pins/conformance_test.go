package pins_test

import (
	"fmt"
	"testing"
	"time"

	"periph.io/x/conn/v3/gpio"

	"firepost/drivers/bus/pins"
	"firepost/drivers/bus/pins/pinstest"
	"firepost/drivers/drivertest"
	"firepost/firmware-contracts/message"
)

// wire is a contact to ground on a fake line with a pull-up.
type wire struct{ *pinstest.Line }

func (w wire) Short(closed bool) { w.Drive(gpio.Level(!closed)) }

// bench is a source with three contacts on lines of one kind.
func bench(t *testing.T, a pinstest.Abilities, opts pins.Options, now func() message.Stamp) *drivertest.ContactBench {
	b := &drivertest.ContactBench{Debounce: 30 * time.Millisecond}
	board := pinstest.NewBoard()
	var contacts []pins.Contact
	for i := range 3 {
		l := pinstest.NewLine(fmt.Sprintf("GPIO%d", i), a)
		board.Add(l)
		b.Wires = append(b.Wires, wire{l})
		b.Devices = append(b.Devices, fmt.Sprintf("detector-%d", i))
		contacts = append(contacts, pins.Contact{
			Device: b.Devices[i], Model: drivertest.ContactModel(), Line: l.Name(), Pull: gpio.PullUp, Debounce: b.Debounce,
		})
		t.Cleanup(func() {
			if w := l.Wrong(); len(w) > 0 {
				t.Errorf("misuse of %s: %v", l.Name(), w[0])
			}
		})
	}
	b.Source = pins.NewSource("gpio", board, contacts, now, opts)
	return b
}

func TestConformance(t *testing.T) {
	for name, c := range map[string]struct {
		abilities pinstest.Abilities
		opts      pins.Options
	}{
		"edges":                  {pinstest.GoodEdges, pins.Options{}},
		"polling":                {pinstest.NoEdges, pins.Options{}},
		"polling, by choice":     {pinstest.GoodEdges, pins.Options{NoEdges: true}},
		"edges that are a stub":  {pinstest.StubEdges, pins.Options{}},
		"polling every 5 ms":     {pinstest.NoEdges, pins.Options{Poll: 5 * time.Millisecond}},
		"edges, rare relooks":    {pinstest.GoodEdges, pins.Options{Relook: 700 * time.Millisecond}},
		"edges, close heartbeat": {pinstest.GoodEdges, pins.Options{Heartbeat: 250 * time.Millisecond}},
	} {
		t.Run(name, func(t *testing.T) {
			drivertest.Contacts(t, func(t *testing.T, now func() message.Stamp) *drivertest.ContactBench {
				return bench(t, c.abilities, c.opts, now)
			})
		})
	}
}
