package sim

import (
	"errors"
	"testing"

	"firepost/firmware-contracts/contract"
)

// eventRig is a rig whose changes go through a Line's log.
func eventRig(t *testing.T, s *Slave) (*rig, *Line) {
	t.Helper()
	r := newRig(t, s)
	return r, &Line{book: r.book}
}

func TestEventNotesItsWayOverTheWire(t *testing.T) {
	r, l := eventRig(t, newTestSlave(t, 1, "smoke-generic@1"))
	id, at, err := l.SetMeaningAt(1, "smoke", contract.Fire)
	if err != nil || id != 1 || at != second {
		t.Fatalf("set: id %d at %d, %v", id, at, err)
	}
	r.send(30, readSmoke)
	r.run()
	e := l.Events(0)[0]
	if e.Unit != 1 || e.Point != "smoke" || e.Set != second || ms(e.Sampled) != 38 || ms(e.Delivered) != 50 {
		t.Errorf("%+v: sampled at %v, delivered at %v; want 38 and 50 ms", e, ms(e.Sampled), ms(e.Delivered))
	}
	if more := l.Events(1); len(more) != 0 {
		t.Errorf("events above the last one: %+v", more)
	}
}

func TestEventWaitsForAnIntactReply(t *testing.T) {
	s := newTestSlave(t, 1, "smoke-generic@1")
	s.SetSchedule(false, Step{Requests: 1, Faults: Faults{Dead: true}}, Step{Requests: 1, Faults: Faults{WrongCRC: true}}, Step{})
	r, l := eventRig(t, s)
	if _, _, err := l.SetAt(1, "smoke", 1); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		r.send(float64(i)*100, readSmoke)
	}
	r.run()
	if e := l.Events(0)[0]; ms(e.Sampled) != 208 || ms(e.Delivered) != 220 {
		t.Errorf("sampled at %v, delivered at %v; want the third request, 208 and 220 ms", ms(e.Sampled), ms(e.Delivered))
	}
}

func TestEventOverwrittenBeforeItWasRead(t *testing.T) {
	r, l := eventRig(t, newTestSlave(t, 1, "smoke-generic@1"))
	for _, v := range []float64{1, 0} {
		if _, _, err := l.SetAt(1, "smoke", v); err != nil {
			t.Fatal(err)
		}
	}
	r.send(0, readSmoke)
	r.run()
	e := l.Events(0)
	if len(e) != 2 || !e[0].Superseded || e[0].Delivered != 0 || e[1].Superseded || e[1].Delivered == 0 {
		t.Errorf("%+v: want the first superseded, the second delivered", e)
	}
}

func TestEventNeedsAReadOfItsRegisters(t *testing.T) {
	r, l := eventRig(t, newTestSlave(t, 1, "io-waveshare-8ch@1"))
	if _, _, err := l.SetAt(1, "input_8", 1); err != nil {
		t.Fatal(err)
	}
	r.send(0, "01 01 00 00 00 08 3D CC")   // coils, not inputs
	r.send(50, "01 02 00 00 00 08 79 CC")  // inputs
	r.send(100, "01 02 00 00 00 08 79 CC") // again
	r.run()
	if e := l.Events(0)[0]; ms(e.Sampled) != 58 {
		t.Errorf("sampled at %v ms, want 58: the first read of the inputs", ms(e.Sampled))
	}
}

func TestEventsAreBounded(t *testing.T) {
	r, l := eventRig(t, newTestSlave(t, 1, "smoke-generic@1"))
	var last uint64
	for range maxEvents + 10 {
		var err error
		if last, _, err = l.SetAt(1, "smoke", 1); err != nil {
			t.Fatal(err)
		}
	}
	r.send(0, readSmoke)
	r.run()
	all := l.Events(0)
	if len(all) > maxEvents || len(all) < maxEvents/2 || last != maxEvents+10 || all[len(all)-1].ID != last {
		t.Errorf("%d events kept, last id %d of %d", len(all), all[len(all)-1].ID, last)
	}
	if all[len(all)-1].Delivered == 0 || all[0].Delivered != 0 {
		t.Error("the last event, and only it, must have been delivered")
	}
}

func TestSetAtUnknown(t *testing.T) {
	l, err := NewLine(LineConfig{Slaves: []*Slave{newTestSlave(t, 1, "smoke-generic@1")}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}()
	if _, _, err := l.SetAt(2, "smoke", 1); !errors.Is(err, ErrUnknown) {
		t.Errorf("unit 2: %v, want ErrUnknown", err)
	}
	if _, _, err := l.SetAt(1, "fog", 1); !errors.Is(err, ErrUnknown) {
		t.Errorf("point fog: %v, want ErrUnknown", err)
	}
	if _, _, err := l.SetAt(1, "smoke", 1e9); !errors.Is(err, ErrValue) {
		t.Errorf("value 1e9: %v, want ErrValue", err)
	}
	if e := l.Events(0); len(e) != 0 {
		t.Errorf("refused changes were logged: %+v", e)
	}
}

func TestNowNeverGoesBack(t *testing.T) {
	last := Now()
	for range 1000 {
		now := Now()
		if last <= 0 || now < last {
			t.Fatalf("clock went from %d to %d", last, now)
		}
		last = now
	}
}
