package field_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"firepost/drivers/bus/modbus"
	"firepost/drivers/sim"
	"firepost/gateway/internal/field"
)

func TestReadShowsRawBesideMeaning(t *testing.T) {
	l, open := bus(t, false, device{unit: 7, ref: "gauge-mpd-380@1"})
	if err := l.Slave(7).Set("pressure", 1.2); err != nil {
		t.Fatal(err)
	}
	if err := l.Slave(7).SetPointRaw("unit_code", 3); err != nil {
		t.Fatal(err)
	}
	c, _ := contracts(t).Get("gauge-mpd-380@1")
	low := 1.0
	r, err := field.Read(t.Context(), open, field.ReadOptions{
		Name: "gauge", Unit: 7, Contract: c, Speed: own, Limits: map[string]field.Limits{"pressure": {Low: &low}},
	}, nil)
	if err != nil || !r.Good || len(r.Points) != 3 {
		t.Fatalf("%+v, %v", r, err)
	}
	unit, pressure := r.Points[0], r.Points[2]
	if unit.Raw != "0003" || unit.Means != "fault" || unit.Texts[0].EN != "gauge is not set to MPa" {
		t.Errorf("unit code %+v", unit)
	}
	if pressure.Raw != "04B0" || pressure.Value == nil || *pressure.Value != 1.2 || pressure.Unit != "MPa" ||
		pressure.Quality != "good" || pressure.Low == nil || *pressure.Low != 1 || pressure.Range == nil || pressure.Address != 4 {
		t.Errorf("pressure %+v", pressure)
	}
	if err := l.Slave(7).SetPointRaw("pressure", 0x7FFF); err != nil {
		t.Fatal(err)
	}
	r, err = field.Read(t.Context(), open, field.ReadOptions{Unit: 7, Contract: c, Speed: own}, nil)
	if p := r.Points[2]; err != nil || p.Value != nil || p.Quality != "invalid" || p.Means != "fault" {
		t.Errorf("no measurement: %+v, %v", p, err)
	}
}

func TestReadOfWhatIsNotThere(t *testing.T) {
	_, open := bus(t, false, device{unit: 7, ref: "smoke-generic@1"})
	c, _ := contracts(t).Get("gauge-mpd-380@1")
	r, err := field.Read(t.Context(), open, field.ReadOptions{Unit: 7, Contract: c, Speed: own}, nil)
	if err != nil || r.Good || !strings.Contains(r.Points[0].Err, "exception 0x03") || r.Points[0].Value != nil {
		t.Errorf("another model: %+v, %v", r, err)
	}
	quick := *c
	quick.Limits.LateReply = 50 * time.Millisecond
	if _, err := field.Read(t.Context(), open, field.ReadOptions{Unit: 8, Contract: &quick, Speed: own}, nil); !errors.Is(err, field.ErrNobody) {
		t.Errorf("nobody: %v", err)
	}
	if _, err := field.Read(t.Context(), open, field.ReadOptions{Unit: 0, Contract: c, Speed: own}, nil); !errors.Is(err, field.ErrOption) {
		t.Errorf("unit 0: %v", err)
	}
}

func TestBusyPortSaysTheWayOut(t *testing.T) {
	l, open := bus(t, false, device{unit: 7, ref: "smoke-generic@1"})
	held, err := open(own)
	if err != nil {
		t.Fatal(err)
	}
	_, err = field.Scan(t.Context(), open, scan(t, 3), nil)
	if !errors.Is(err, field.ErrBusy) || !strings.Contains(err.Error(), "systemctl stop firepost") || !strings.Contains(err.Error(), l.Path()) {
		t.Errorf("busy: %v", err)
	}
	if err := held.Close(); err != nil {
		t.Error(err)
	}
}

// eavesdrop is a link that brings what others say on their bus.
type eavesdrop struct {
	modbus.Link
	writes int
}

func (e *eavesdrop) Write(b []byte) error {
	e.writes++
	return e.Link.Write(b)
}

// Somebody else's bus: the terminal's simulated end plays both the master and its devices.
func TestListenPairsAndDecodes(t *testing.T) {
	pty, err := sim.OpenPTY()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := pty.Close(); err != nil {
			t.Error(err)
		}
	}()
	ear := &eavesdrop{}
	open := func(s field.Speed) (modbus.Link, error) {
		l, err := serial(pty.Path)(s)
		ear.Link = l
		if err != nil {
			return nil, err
		}
		for _, frame := range []string{
			"\x01\x03\x00\x10\x00\x01\x85\xCF", "\x01\x03\x02\x00\x01\x79\x84", // smoke, from a public sketch
			"\x01\x03\x02\x00\x00\xB8\x44", // a reply that nobody asked for
			"\xFF\x02\x00\x00\x00\x08\x6C\x12", "\xFF\x02\x01\x00\x90\x60",
			"\x01\x06\x00\x00\x00\x02\x08\x0B", "\x01\x06\x00\x00\x00\x02\x08\x0B",
			"\x55\x55\x55",
		} {
			if _, err := pty.Master.WriteString(frame); err != nil {
				return nil, err
			}
		}
		return ear, nil
	}
	c, _ := contracts(t).Get("smoke-generic@1")
	ctx, cancel := context.WithCancel(t.Context())
	var got []field.Frame
	res, err := field.Listen(ctx, open, field.ListenOptions{Speed: own, Known: []field.Known{{Name: "zhang", Unit: 1, Contract: c}}}, func(f field.Frame) {
		if got = append(got, f); f.Kind == field.Garbage {
			cancel()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	kinds := []field.Kind{field.Asks, field.Answers, field.Stray, field.Asks, field.Answers, field.Asks, field.Answers, field.Garbage}
	if len(got) != len(kinds) {
		t.Fatalf("heard %+v", got)
	}
	for i, k := range kinds {
		if got[i].Kind != k {
			t.Errorf("frame %d is %s, want %s: %+v", i, got[i].Kind, k, got[i])
		}
	}
	reply := got[1]
	if reply.Device != "zhang" || reply.Address != 0x10 || len(reply.Points) != 1 || reply.Points[0].Means != "fire" {
		t.Errorf("reply %+v", reply)
	}
	if ear.writes != 0 || res.Requests != 3 || res.Replies != 3 || res.Frames != 7 || res.Noise != 3 || string(res.Units) != "\x01\xFF" {
		t.Errorf("%d writes, %+v", ear.writes, res)
	}
}

func TestListenKnowsAnotherSpeed(t *testing.T) {
	pty, err := sim.OpenPTY()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := pty.Close(); err != nil {
			t.Error(err)
		}
	}()
	ctx, cancel := context.WithCancel(t.Context())
	open := func(s field.Speed) (modbus.Link, error) {
		l, err := serial(pty.Path)(s)
		if err == nil {
			_, err = pty.Master.WriteString(strings.Repeat("\x80\xF8\x00\xE0", 20))
		}
		return l, err
	}
	res, err := field.Listen(ctx, open, field.ListenOptions{Speed: own}, func(field.Frame) { cancel() })
	if err != nil || !res.OtherSpeed || res.Frames != 0 {
		t.Errorf("%+v, %v", res, err)
	}
}
