package mqttlink_test

import (
	"testing"
	"time"

	"firepost/cloud-bridge/mqttlink"
	"firepost/cloud-bridge/uplink"
	"firepost/cloud-bridge/uplink/uplinktest"
)

const window = 200

// Make implements uplinktest.Side.
func (b *broker) Make(t *testing.T, box *uplinktest.Outbox, booth *uplinktest.Booth) uplink.Uplink {
	t.Helper()
	c := quick(b.addr)
	c.Window = window
	c.AckTimeout = 200 * time.Millisecond
	if b.platform {
		c.Confirm = mqttlink.ConfirmPlatform
	}
	l, err := mqttlink.New(c, box, booth, nil,
		mqttlink.WithBackoff(time.Millisecond, 20*time.Millisecond),
		mqttlink.WithAdoptWait(time.Millisecond, time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Window implements uplinktest.Side.
func (b *broker) Window() int { return window }

func TestConformance(t *testing.T) {
	t.Run("broker", func(t *testing.T) {
		uplinktest.Run(t, func(t *testing.T) uplinktest.Side { return newBroker(t, false) })
	})
	t.Run("platform", func(t *testing.T) {
		uplinktest.Run(t, func(t *testing.T) uplinktest.Side { return newBroker(t, true) })
	})
}
