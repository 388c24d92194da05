package pins_test

import (
	"testing"
	"time"

	"firepost/drivers/bus/pins/pinstest"
)

// BenchmarkShort measures from the wire to the sink, less the debounce time:
//
//	go test -run '^$' -bench Short -benchtime 1000x ./drivers/bus/pins
func BenchmarkShort(b *testing.B) {
	for name, a := range map[string]pinstest.Abilities{"edges": pinstest.GoodEdges, "polling": pinstest.NoEdges} {
		b.Run(name, func(b *testing.B) {
			r, err := pinstest.Measure(b.Context(), pinstest.Setup{Shorts: b.N, Abilities: a})
			if err != nil {
				b.Fatal(err)
			}
			if r.Missed > 0 {
				b.Fatalf("%d of %d shorts missed", r.Missed, r.Shorts)
			}
			ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
			b.ReportMetric(ms(r.P50), "p50-ms")
			b.ReportMetric(ms(r.P99), "p99-ms")
			b.ReportMetric(ms(r.Max), "max-ms")
			b.ReportMetric(ms(r.TimerP99), "timer-p99-ms")
			b.ReportMetric(ms(r.TimerMax), "timer-max-ms")
		})
	}
}

func TestMeasureCountsEveryShort(t *testing.T) {
	r, err := pinstest.Measure(t.Context(), pinstest.Setup{Lines: 2, Shorts: 5, Debounce: time.Millisecond})
	if err != nil || r.Missed != 0 || r.Max < r.P99 || r.P99 < r.P50 || r.P50 < 0 {
		t.Errorf("%+v, %v", r, err)
	}
}
