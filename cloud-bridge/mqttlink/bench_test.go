package mqttlink_test

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"firepost/cloud-bridge/mqttlink"
	"firepost/cloud-bridge/uplink"
	"firepost/cloud-bridge/uplink/uplinktest"
)

// quick is a configuration for tests: no jitter, no rate limit.
func quick(broker string) mqttlink.Config {
	c := mqttlink.Defaults()
	c.Broker, c.District, c.Station = broker, "hongshan", "hs-03"
	c.DrainPerSecond, c.DrainJitter = 0, 0
	return c
}

// start runs a link until the test ends.
func start(t testing.TB, c mqttlink.Config, box uplink.Outbox, booth uplink.Booth, opts ...mqttlink.Option) *mqttlink.Link {
	t.Helper()
	opts = append([]mqttlink.Option{
		mqttlink.WithBackoff(10*time.Millisecond, 100*time.Millisecond),
		mqttlink.WithAdoptWait(20*time.Millisecond, time.Second),
	}, opts...)
	l, err := mqttlink.New(c, box, booth, nil, opts...)
	if err != nil {
		t.Fatal(err)
	}
	run(t, l)
	return l
}

// run runs a link until the test ends or stop is called.
func run(t testing.TB, l *mqttlink.Link) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	}
	t.Cleanup(stop)
	return stop
}

// BenchmarkDrain drains a backlog of 400-byte events into a real Mosquitto, QoS 1, limiter off.
func BenchmarkDrain(b *testing.B) {
	m := uplinktest.StartMosquitto(b, "max_queued_messages 0", "set_tcp_nodelay true")
	box, booth := uplinktest.NewOutbox("hs-03"), uplinktest.NewBooth("hs-03")
	start(b, quick(m.Addr), box, booth)
	box.Event(uplink.Alarm, "sd-001")
	if err := box.Drained(b.Context(), uplink.Alarm); err != nil {
		b.Fatal(err)
	}
	entries, err := box.Next(b.Context(), uplink.Alarm, 0, 1, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(entries[0].Payload)))
	b.ReportAllocs()
	b.ResetTimer()
	box.Fill(uplink.Rest, b.N)
	if err := box.Drained(b.Context(), uplink.Rest); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkAlarm measures an alarm from its entry in the outbox to the broker's PUBACK, and,
// where it keeps up with the drain, to an independent subscriber of a real Mosquitto.
func BenchmarkAlarm(b *testing.B) {
	for _, c := range []struct {
		name       string
		backlog    int
		rate       int
		subscriber bool
	}{
		{"idle", 0, 0, true},
		{"draining 2000 a second", 100000, 2000, true},
		// The one subscriber of all events is slower than this drain, and an alarm would
		// stand in the broker's queue to it: that is not the uplink's time.
		{"draining without limit", 1 << 19, 0, false},
	} {
		b.Run(c.name, func(b *testing.B) {
			m := uplinktest.StartMosquitto(b, "max_queued_messages 0", "set_tcp_nodelay true")
			box, booth := uplinktest.NewOutbox("hs-03"), uplinktest.NewBooth("hs-03")
			got := make(chan struct{}, 1)
			if c.subscriber {
				observer(b, m.Addr, root+"event", func(msg paho.Message) {
					if bytes.Contains(msg.Payload(), []byte(`"lane":"alarm"`)) {
						got <- struct{}{}
					}
				})
			}
			cfg := quick(m.Addr)
			cfg.DrainPerSecond = c.rate
			box.Fill(uplink.Rest, c.backlog)
			start(b, cfg, box, booth)
			round := func() (heard, acked time.Duration) {
				began := time.Now()
				box.Event(uplink.Alarm, "sd-001")
				if c.subscriber {
					<-got
					heard = time.Since(began)
				}
				if err := box.Drained(b.Context(), uplink.Alarm); err != nil {
					b.Fatal(err)
				}
				return heard, time.Since(began)
			}
			round()
			var heard, acked []time.Duration
			b.ResetTimer()
			for range b.N {
				h, a := round()
				heard, acked = append(heard, h), append(acked, a)
			}
			b.StopTimer()
			report(b, "heard", heard)
			report(b, "acked", acked)
			b.ReportMetric(float64(box.Backlog(uplink.Rest)), "backlog-left")
		})
	}
}

func report(b *testing.B, what string, took []time.Duration) {
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), what+"-p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), what+"-p99-µs")
}
