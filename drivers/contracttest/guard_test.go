package contracttest_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"firepost/drivers/bus/modbus"
	"firepost/drivers/bus/serialport"
	"firepost/drivers/contracttest"
	"firepost/firmware-contracts/contract"
)

// TestNothingIsWritten: without the flags no frame that leaves writes anything, whatever a
// device makes of it.
func TestNothingIsWritten(t *testing.T) {
	l := newLink(healthy())
	rep := run(t, l, contracttest.Options{Slow: true})
	if !rep.OK() {
		t.Error(failures(rep))
	}
	for _, id := range []string{"outputs.siren", "setup.address"} {
		if c := rep.Find(id); c == nil || c.Status != contracttest.NotDone || c.Why.EN == "" || c.Why.ZH == "" {
			t.Errorf("%s: %+v", id, c)
		}
	}
	if rep.Turnaround.Asked != 500 {
		t.Errorf("slow made %d reads", rep.Turnaround.Asked)
	}
	allowed := []byte{1, 2, 3, 4, 27}
	for i, w := range l.written {
		whole := len(w) >= 4 && slices.Contains(allowed, w[1])
		half := len(w) == 4 && !sound(w)
		if !whole && !half {
			t.Errorf("frame %d: % X", i, w)
		}
		// No device that takes frames apart anywhere finds a write inside.
		for k := range w {
			for n := 8; k+n <= len(w) && n <= 16; n++ {
				if b := w[k : k+n]; sound(b) && !slices.Contains(allowed, b[1]) {
					t.Errorf("frame %d hides % X", i, b)
				}
			}
		}
	}
}

// TestOutputsAreLeftAsTheyWere: on what way ever the test ends.
func TestOutputsAreLeftAsTheyWere(t *testing.T) {
	for _, before := range []uint16{0, 1} {
		d := healthy()
		d.regs[7] = before
		if rep := run(t, newLink(d), contracttest.Options{Outputs: true}); !rep.OK() || d.regs[7] != before {
			t.Errorf("it was %d, is %d: %v", before, d.regs[7], failures(rep))
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	d := healthy()
	l := newLink(d)
	l.after = func(int) {
		if d.regs[7] == 1 {
			cancel()
		}
	}
	rep, err := contracttest.Run(ctx, l, probe(t), contracttest.Options{Outputs: true, Clock: l})
	if !errors.Is(err, context.Canceled) || rep.Complete || rep.OK() {
		t.Errorf("error %v, complete %v", err, rep.Complete)
	}
	if d.regs[7] != 0 {
		t.Error("the siren was left on")
	}
}

func TestEchoIsTakenOff(t *testing.T) {
	l := newLink(healthy())
	l.echo = true
	rep := run(t, l, contracttest.Options{Outputs: true, Setup: true})
	if !rep.OK() || !rep.Echo {
		complain(t, rep)
		t.Errorf("echo %v", rep.Echo)
	}
}

func TestNobody(t *testing.T) {
	d := healthy()
	d.takes = func([]byte) bool { return false }
	rep := run(t, newLink(d), contracttest.Options{})
	if got := failures(rep); !slices.Equal(got, []string{"reach.answers"}) || rep.OK() {
		t.Errorf("failed: %v", got)
	}
	if rep.Count(contracttest.NotDone) < 8 || rep.Count(contracttest.Passed) != 0 {
		t.Errorf("%d not done, %d passed", rep.Count(contracttest.NotDone), rep.Count(contracttest.Passed))
	}
	complainWhy(t, rep)
}

func complainWhy(t *testing.T, rep *contracttest.Report) {
	t.Helper()
	for _, c := range rep.Checks {
		if c.Status != contracttest.Passed && (c.Why.EN == "" || c.Why.ZH == "") {
			t.Errorf("%s does not say why", c.ID)
		}
	}
}

// TestNoMeasurement: a sensor that says so is neither passed nor failed.
func TestNoMeasurement(t *testing.T) {
	d := healthy()
	d.regs[2] = 0x7FFF
	rep := run(t, newLink(d), contracttest.Options{})
	if c := rep.Find("points.temperature"); c.Status != contracttest.NotDone || !rep.OK() {
		t.Errorf("%+v", c)
	}
}

// TestCounterMoves: a value that moves by itself is no fault, one that has names is.
func TestCounterMoves(t *testing.T) {
	d := healthy()
	d.answer = func([]byte) []byte { d.regs[5]++; return nil }
	if rep := run(t, newLink(d), contracttest.Options{}); !rep.OK() {
		t.Error(failures(rep))
	}
	d = healthy()
	n := 0
	d.answer = func(f []byte) []byte {
		if f[3] == 0 && f[5] == 1 {
			n++
		}
		d.regs[0] = uint16(n & 1)
		return nil
	}
	c := probe(t)
	c.Points[0].Lane = contract.Slow // so that its block is longer than itself
	l := newLink(d)
	rep, err := contracttest.Run(t.Context(), l, c, contracttest.Options{Clock: l})
	if err != nil || !rep.OK() {
		t.Error(err, failures(rep))
	}
}

func TestPortThatGoes(t *testing.T) {
	for at := range 100 {
		l := newLink(healthy())
		l.gone, l.goneAt = serialport.ErrGone, at
		rep, err := contracttest.Run(t.Context(), l, probe(t), contracttest.Options{Clock: l, Outputs: true, Setup: true})
		if !errors.Is(err, modbus.ErrGone) || !errors.Is(err, serialport.ErrGone) || rep == nil || rep.Complete || rep.OK() {
			t.Fatalf("gone at %d: %v", at, err)
		}
	}
}

func TestBabble(t *testing.T) {
	l := newLink(healthy())
	l.babble = true
	rep, err := contracttest.Run(t.Context(), l, probe(t), contracttest.Options{Clock: l})
	if err == nil || !strings.Contains(err.Error(), "never silent") || rep.OK() {
		t.Errorf("error %v", err)
	}
}

func TestRefusedBeforehand(t *testing.T) {
	l := newLink(healthy())
	c := *probe(t)
	c.Transport = contract.Frames
	if _, err := contracttest.Run(t.Context(), l, &c, contracttest.Options{Clock: l}); !errors.Is(err, contracttest.ErrTransport) {
		t.Errorf("frames: %v", err)
	}
	if _, err := contracttest.Run(t.Context(), l, probe(t), contracttest.Options{Clock: l, Unit: 248}); !errors.Is(err, contracttest.ErrUnit) {
		t.Errorf("unit 248: %v", err)
	}
	if len(l.written) > 0 {
		t.Errorf("%d frames were sent", len(l.written))
	}
}

func TestReportAsJSON(t *testing.T) {
	d := healthy()
	d.regs[0] = 7
	data, err := json.Marshal(run(t, newLink(d), contracttest.Options{Port: "/dev/ttyUSB9"}))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Contract, Port string
		Complete       bool
		Checks         []map[string]any
	}
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	for _, c := range got.Checks {
		if c["id"] == "points.smoke" {
			if c["status"] != "failed" || c["sent"] != "05 03 00 00 00 01 85 8E" || c["heard"] != "05 03 02 00 07 08 46" {
				t.Errorf("%v", c)
			}
			return
		}
	}
	t.Errorf("no point smoke in %s", data)
}
