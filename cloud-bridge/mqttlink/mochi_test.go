package mqttlink_test

import (
	"bytes"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"
	mochipackets "github.com/mochi-mqtt/server/v2/packets"

	"firepost/cloud-bridge/uplink"
	"firepost/cloud-bridge/uplink/uplinktest"
)

// deaf swallows publications without PUBACK while on.
type deaf struct {
	mochi.HookBase
	on atomic.Bool
}

// ID implements mochi.Hook.
func (*deaf) ID() string { return "deaf" }

// Provides implements mochi.Hook.
func (*deaf) Provides(b byte) bool { return bytes.Contains([]byte{mochi.OnPublish}, []byte{b}) }

// OnPublish implements mochi.Hook.
func (d *deaf) OnPublish(_ *mochi.Client, pk mochipackets.Packet) (mochipackets.Packet, error) {
	if d.on.Load() {
		return pk, mochipackets.ErrRejectPacket
	}
	return pk, nil
}

// TestEmbeddedBroker: the broker of the demo, well, deaf, and well again.
func TestEmbeddedBroker(t *testing.T) {
	s := mochi.New(&mochi.Options{Logger: slog.New(slog.DiscardHandler)})
	hook := &deaf{}
	l := listeners.NewTCP(listeners.Config{ID: "t", Address: "127.0.0.1:0"})
	for _, err := range []error{s.AddHook(new(auth.AllowHook), nil), s.AddHook(hook, nil), s.AddListener(l), s.Serve()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _ = s.Close() })
	box, booth := uplinktest.NewOutbox("hs-03"), uplinktest.NewBooth("hs-03", "sd-001", "sd-002")
	cfg := quick(l.Address())
	cfg.PubackTimeout = 100 * time.Millisecond
	link := start(t, cfg, box, booth)
	box.Fill(uplink.Rest, 2000)
	box.Fill(uplink.Alarm, 200)
	drained(t, box, uplink.Alarm, uplink.Rest)
	hook.on.Store(true)
	box.Fill(uplink.Alarm, 20)
	eventually(t, "the silence shows", func() bool { return !link.Status().Connected })
	if box.Backlog(uplink.Alarm) != 20 {
		t.Fatal("confirmed by nobody")
	}
	hook.on.Store(false)
	drained(t, box, uplink.Alarm)
}
