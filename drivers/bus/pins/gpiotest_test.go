package pins_test

import (
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/gpio/gpiotest"

	"firepost/drivers/bus/pins"
	"firepost/drivers/bus/pins/pinstest"
	"firepost/drivers/drivertest"
)

// TestPeriphsOwnFake: gpiotest.Pin follows conn's contract, which gpioioctl does not.
func TestPeriphsOwnFake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &gpiotest.Pin{N: "a", EdgesChan: make(chan gpio.Level, 4)}
		src, s := watch(t, pinstest.NewBoard(p), pins.Options{}, "a")
		if got := s.since(50 * time.Millisecond); len(got) != 1 || got[0] != "a open" {
			t.Fatalf("at first: %v", got)
		}
		p.EdgesChan <- gpio.Low
		if got := s.since(debounce + drivertest.ContactWithin); len(got) != 1 || got[0] != "a closed" {
			t.Errorf("after an edge: %v", got)
		}
		if m := src.Stats().Lines[0].Mode; m != pins.Edges {
			t.Errorf("mode %v", m)
		}
	})
}
