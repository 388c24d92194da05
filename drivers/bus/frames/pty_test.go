package frames_test

import (
	"context"
	"testing"
	"time"

	"firepost/drivers/bus/frames"
	"firepost/drivers/bus/serialport"
	"firepost/drivers/sim"
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/devices"
	"firepost/firmware-contracts/message"
	"firepost/firmware-contracts/source"
)

type sink struct {
	batches chan source.Batch
	states  chan source.BusState
}

func (s *sink) Deliver(b *source.Batch) source.Want {
	kept := *b
	kept.Samples = append([]contract.Sample(nil), b.Samples...)
	s.batches <- kept
	return source.Nothing
}

func (s *sink) Bus(b source.BusState) { s.states <- b }

// The whole way: a simulated sender, a pseudo-terminal, a real serial library, a pull, and a
// receiver that is plugged in again under another name.
func TestOverARealPort(t *testing.T) {
	set, err := devices.Contracts()
	if err != nil {
		t.Fatal(err)
	}
	c, ok := set.Get("smoke-enocean-f6-05-02@1")
	if !ok {
		t.Fatal("there is no such contract")
	}
	senders := make(chan *sim.FrameSender, 2)
	newSender := func() *sim.FrameSender {
		s, err := sim.NewFrameSender()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		senders <- s
		return s
	}
	first := newSender()
	open := func(ctx context.Context) (serialport.Port, error) {
		select {
		case s := <-senders:
			return serialport.Open(serialport.Spec{Name: s.Path(), Baud: c.Serial.Baud, Format: c.Serial.Format})
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	start := time.Now()
	now := func() message.Stamp { return message.Stamp{Boot: "b", Mono: time.Since(start)} }
	s := frames.NewSource("radio", open, []frames.Device{{Name: "shop", ID: "01020304", Model: c}}, now)
	to := &sink{make(chan source.Batch, 100), make(chan source.BusState, 100)}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, to) }()
	if b := <-to.states; !b.Up {
		t.Fatalf("%+v", b)
	}
	report := func(from *sim.FrameSender, raw uint64, means contract.Condition) {
		t.Helper()
		if err := from.Send([]byte{0x55, 0x00, 0xFF}); err != nil { // noise
			t.Fatal(err)
		}
		if err := from.Report(c, "01020304", map[string]uint64{"smoke": raw}); err != nil {
			t.Fatal(err)
		}
		if b := <-to.batches; b.Device != "shop" || b.Err != nil || b.Samples[0].Means != means {
			t.Fatalf("%+v", b)
		}
	}
	report(first, 0x10, contract.Fire)
	if err := first.HangUp(); err != nil {
		t.Fatal(err)
	}
	if b := <-to.states; b.Up || b.Err == nil {
		t.Fatalf("%+v", b)
	}
	second := newSender()
	if b := <-to.states; !b.Up {
		t.Fatalf("%+v", b)
	}
	report(second, 0x00, contract.Normal)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if st := s.Stats(); st.Frames != 2 || st.Garbage != 6 || st.Opened != 2 {
		t.Errorf("%+v", st)
	}
}
