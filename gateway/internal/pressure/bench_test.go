package pressure

import (
	"testing"
	"time"
)

// BenchmarkStep is one reading of a vessel with 112 days of history.
func BenchmarkStep(b *testing.B) {
	st, spec, at := full(b)
	b.ReportAllocs()
	for b.Loop() {
		at = at.Add(5 * time.Second)
		st, _ = Step(st, Reading{GaugeMPa: 1.0, Temperature: Temperature{12, true, 0}, At: at}, spec)
	}
}
