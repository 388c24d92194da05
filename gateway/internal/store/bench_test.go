package store

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"firepost/cloud-bridge/uplink"
)

// The benchmarks print the figures that design.md sets bars for: append until durable, alone
// and beside a draining backlog, and how fast a backlog is read and confirmed.

func quantiles(b *testing.B, d []time.Duration) {
	slices.Sort(d)
	b.ReportMetric(float64(d[len(d)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(d[len(d)*99/100].Microseconds()), "p99-µs")
	b.ReportMetric(float64(d[len(d)-1].Microseconds()), "max-µs")
}

func benchOptions(b *testing.B) Options {
	o := testOptions(b.TempDir())
	o.CursorEvery, o.TelemetryEvery, o.SecondEvery = time.Second, 5*time.Second, time.Second
	return o
}

func BenchmarkAppendDurable(b *testing.B) {
	r := start(b, benchOptions(b))
	took := make([]time.Duration, 0, b.N)
	for b.Loop() {
		begin := time.Now()
		if err := r.Append([]Record{record("d1")}).Err(); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(begin))
	}
	quantiles(b, took)
}

// fill makes a backlog.
func (r *rig) fill(n int) {
	for done := 0; done < n; {
		recs := make([]Record, min(1000, n-done))
		for i := range recs {
			recs[i] = record(fmt.Sprintf("d%d", i%200))
		}
		if err := r.Append(recs).Err(); err != nil {
			r.t.Fatal(err)
		}
		done += len(recs)
	}
}

func BenchmarkDrain(b *testing.B) {
	r := start(b, benchOptions(b))
	const n = 100_000
	r.fill(n)
	box := r.Outbox("mqtt")
	for b.Loop() {
		r.reset()
		var buf []uplink.Entry
		pos := make([]uplink.Position, 0, 500)
		var after uplink.Position
		begin, total := time.Now(), 0
		for {
			var err error
			if buf, err = box.Next(b.Context(), uplink.Alarm, after, 500, buf[:0]); err != nil {
				b.Fatal(err)
			}
			if len(buf) == 0 {
				break
			}
			pos = pos[:0]
			for _, e := range buf {
				pos = append(pos, e.Pos)
			}
			after = buf[len(buf)-1].Pos
			box.Confirm(uplink.Alarm, pos...)
			total += len(buf)
		}
		if total != n {
			b.Fatalf("drained %d of %d", total, n)
		}
		b.ReportMetric(float64(total)/time.Since(begin).Seconds(), "events/s")
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/(1<<20), "Sys-MiB")
	if data, err := os.ReadFile("/proc/self/statm"); err == nil {
		var size, rss int64
		if _, err := fmt.Sscan(string(data), &size, &rss); err == nil {
			b.ReportMetric(float64(rss*int64(os.Getpagesize()))/(1<<20), "RSS-MiB")
		}
	}
}

// reset puts the only uplink back to the beginning.
func (r *rig) reset() {
	o := r.outboxOf("mqtt")
	o.mu.Lock()
	defer o.mu.Unlock()
	for lane := range o.lanes {
		o.lanes[lane].restart(0, nil)
	}
}

func (r *rig) outboxOf(name string) *outbox {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.boxes[name]
}

func BenchmarkAppendWhileDraining(b *testing.B) {
	for _, rate := range []int{2000, 0} {
		b.Run(fmt.Sprintf("rate=%d", rate), func(b *testing.B) {
			r := start(b, benchOptions(b))
			r.fill(100_000)
			box := r.Outbox("mqtt")
			quit, ended := make(chan struct{}), make(chan struct{})
			go func() {
				defer close(ended)
				var buf []uplink.Entry
				after := box.Cursor(uplink.Alarm)
				for {
					select {
					case <-quit:
						return
					default:
					}
					n := 500
					if rate > 0 {
						n = rate / 100
						time.Sleep(10 * time.Millisecond)
					}
					buf, _ = box.Next(b.Context(), uplink.Alarm, after, n, buf[:0])
					for _, e := range buf {
						box.Confirm(uplink.Alarm, e.Pos)
						after = e.Pos
					}
					if len(buf) < n {
						r.reset()
						after = 0
					}
				}
			}()
			took := make([]time.Duration, 0, b.N)
			for b.Loop() {
				begin := time.Now()
				if err := r.Append([]Record{record("d1")}).Err(); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(begin))
			}
			quantiles(b, took)
			close(quit)
			<-ended
		})
	}
}
