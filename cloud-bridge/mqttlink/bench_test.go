package mqttlink_test

import (
	"context"
	"testing"
	"time"

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
	m := uplinktest.StartMosquitto(b, "max_queued_messages 0")
	box, booth := uplinktest.NewOutbox("hs-03"), uplinktest.NewBooth("hs-03")
	start(b, quick(m.Addr), box, booth)
	box.Event(uplink.Alarm, "sd-001")
	if err := box.Drained(b.Context(), uplink.Alarm); err != nil {
		b.Fatal(err)
	}
	e := box.Fill(uplink.Rest, 1)
	b.SetBytes(int64(len(e[0].ID)))
	b.ReportAllocs()
	b.ResetTimer()
	box.Fill(uplink.Rest, b.N)
	if err := box.Drained(b.Context(), uplink.Rest); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
