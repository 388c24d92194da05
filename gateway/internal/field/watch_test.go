package field_test

import (
	"context"
	"testing"
	"time"

	"firepost/drivers/bus/modbus"
	"firepost/firmware-contracts/contract"
	"firepost/gateway/internal/field"
	"firepost/gateway/internal/poll"
)

func TestWatcher(t *testing.T) {
	t.Parallel()
	l, open := bus(t, false, device{unit: 2, ref: "smoke-generic@1"})
	if err := l.Slave(2).SetMeaning("smoke", contract.Fire); err != nil {
		t.Fatal(err)
	}
	c, _ := contracts(t).Get("smoke-generic@1")
	quick := *c
	quick.Limits.ReplyWithin, quick.Limits.LateReply = 20*time.Millisecond, 50*time.Millisecond
	cfg := poll.Config{Name: "rs485-1", Baud: 9600, Devices: []poll.Device{
		{Name: "there", Unit: 2, Contract: c}, {Name: "gone", Unit: 3, Contract: &quick},
	}}
	w := field.NewWatcher(cfg, open, own, false)
	if v := w.View(); v.Up || len(v.Devices) != 2 || !v.Devices[0].Silent || v.Devices[0].Age >= 0 || v.Devices[0].Points[0].Quality != "" {
		t.Errorf("before the start: %+v", v)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		v := w.View()
		there, gone := v.Devices[0], v.Devices[1]
		if v.Up && there.Good > 0 && gone.Attempts > 0 && gone.Err != "" {
			if p := there.Points[0]; there.Silent || p.Means != "fire" || p.Value == nil || *p.Value != 1 || there.Age < 0 {
				t.Errorf("there: %+v", there)
			}
			if !gone.Silent || gone.Age >= 0 || gone.Points[0].Quality != "" {
				t.Errorf("gone: %+v", gone)
			}
			break
		}
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatal("nothing was read")
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestBusy(t *testing.T) {
	t.Parallel()
	_, open := bus(t, false)
	held, err := open(own)
	if err != nil {
		t.Fatal(err)
	}
	if busy, err := field.Busy(open, own); !busy || err != nil {
		t.Errorf("held: %t, %v", busy, err)
	}
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	if busy, err := field.Busy(open, own); busy || err != nil {
		t.Errorf("free: %t, %v", busy, err)
	}
	if _, err := field.Busy(func(field.Speed) (modbus.Link, error) { return nil, modbus.ErrGone }, own); err == nil {
		t.Error("gone: no error")
	}
}
