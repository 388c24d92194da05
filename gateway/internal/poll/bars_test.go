package poll

import (
	"testing"
	"time"

	"firepost/drivers/bus/modbus"
)

// wireLimit is 17 characters of 10 bits at 9600 baud, 5 ms turnaround and 3.5 characters of
// silence: 26.354 ms.
const wireLimit = 37.94

// TestShareOfTheWire measures, in virtual time, how much of the wire's limit the schedule
// itself gives to good reads.
func TestShareOfTheWire(t *testing.T) {
	for _, row := range []struct {
		name    string
		dead    int
		noisy   int
		atLeast float64
	}{
		{"16 devices", 0, 0, 0.999},
		{"one of 16 dead", 1, 0, 0.975},
		{"three dead, one with bit errors", 3, 1, 0.90},
		{"eight dead", 8, 0, 0.90},
		{"twelve dead", 12, 0, 0.899},
	} {
		t.Run(row.name, func(t *testing.T) {
			l := newLine(9600, 5*time.Millisecond, func(req *modbus.Request, n int) reply {
				switch {
				case int(req.Unit) > 16-row.dead:
					return mute
				case int(req.Unit) > 16-row.dead-row.noisy && n%2 == 0:
					return garbles
				}
				return answers
			})
			const end = 180 * time.Second
			stats := run(t, fleet(16, detector()), l, newRecorder(), end, nil)
			rate := l.goodRate(60*time.Second, end)
			longest := time.Duration(0)
			for u, g := range l.gaps(modbus.ReadHoldingRegisters, 0, end) {
				if int(u) <= 16-row.dead-row.noisy {
					longest = max(longest, g)
				}
			}
			lost := l.lost(10*time.Second, end)
			t.Logf("%-32s good %.2f/s = %.1f %% of %.2f/s, longest gap of a living one %v, lost on the others %.1f %%, sweep %v",
				row.name, rate, 100*rate/wireLimit, wireLimit, longest.Round(time.Millisecond), 100*lost, stats.Sweep.Round(time.Millisecond))
			if rate < row.atLeast*wireLimit {
				t.Errorf("good replies %.2f/s, want at least %.1f %% of %.2f/s", rate, 100*row.atLeast, wireLimit)
			}
			if row.dead <= 8 && longest > time.Second {
				t.Errorf("a living detector was not read for %v", longest)
			}
			if lost > 0.101 {
				t.Errorf("%.1f %% of the wire went to silent devices", 100*lost)
			}
		})
	}
}
