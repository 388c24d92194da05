package e2e

import (
	"fmt"
	"testing"

	"firepost/firmware-contracts/message"
	"firepost/gateway/e2e/platform"
)

// crowd is 200 detectors on four lines.
func crowd() []line {
	var lines []line
	for l := range 4 {
		ln := line{name: fmt.Sprintf("line-%d", l+1), baud: 9600}
		for i := range 50 {
			ln.devices = append(ln.devices, device{fmt.Sprintf("smoke-%d-%02d", l+1, i+1), uint8(i + 1), "smoke-generic@1"})
		}
		lines = append(lines, ln)
	}
	lines[0].devices = append(lines[0].devices, device{relays, 100, "io-waveshare-8ch@1"})
	return lines
}

// TestTwoHundredAlarmsAtOnce sets 200 detectors on fire between two polls: all delivered, in
// order, each raised and confirmed once.
func TestTwoHundredAlarmsAtOnce(t *testing.T) {
	t.Parallel()
	m := mosquitto(t)
	s := newSite(t, setup{broker: m.Addr, lines: crowd(), quick: true}, "")
	s.open()
	names := s.setup.detectors()
	if len(names) != 200 {
		t.Fatalf("%d detectors", len(names))
	}
	s.smoke(true, names...)
	s.output(siren, true)
	s.wait("every detector burns and is confirmed", func(v *platform.View) bool {
		raised, confirmed := make(map[string]int), make(map[string]int)
		for _, e := range v.Stored() {
			if e.Class != message.ClassFire {
				continue
			}
			switch e.Kind {
			case message.KindRaised:
				raised[e.Device]++
			case message.KindConfirmed:
				confirmed[e.Device]++
			default:
			}
		}
		for _, n := range names {
			if raised[n] > 1 || confirmed[n] > 1 {
				t.Errorf("%s was raised %d times and confirmed %d times", n, raised[n], confirmed[n])
				return true
			}
		}
		return len(raised) == len(names) && len(confirmed) == len(names)
	})
	s.clean()
	s.latched()
	s.bounded()
}
