package field_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"firepost/drivers/bus/modbus"
	"firepost/drivers/sim"
	"firepost/firmware-contracts/contract"
	"firepost/gateway/internal/field"
)

// scan looks at the first addresses at the bus's speed.
func scan(t testing.TB, to uint8, known ...field.Known) field.ScanOptions {
	return field.ScanOptions{Speeds: []field.Speed{own}, To: to, Contracts: contracts(t).All(), Known: known}
}

func find(res *field.ScanResult, unit uint8) *field.Found {
	for i := range res.Found {
		if res.Found[i].Unit == unit {
			return &res.Found[i]
		}
	}
	return &field.Found{}
}

func refs(f *field.Found) []string {
	var out []string
	for _, m := range f.Matches {
		out = append(out, m.Contract)
	}
	return out
}

func mustScan(t *testing.T, open field.Open, o field.ScanOptions) *field.ScanResult {
	t.Helper()
	res, err := field.Scan(t.Context(), open, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// Every character takes its time here; the bar over all 247 addresses is gateway/cmd/bench's.
func TestScanOnAPacedLine(t *testing.T) {
	t.Parallel()
	list := []device{
		{unit: 2, ref: "firepost-smoke@1"}, {unit: 3, ref: "firepost-gauge@1"}, {unit: 5, ref: "smoke-generic@1"},
		{unit: 8, ref: "gauge-mpd-380@1"}, {unit: 9, ref: "io-waveshare-8ch@1"}, {unit: 13, ref: "climate-xy-md02@1"},
		{unit: 14, ref: "meter-pzem-016@1"}, {unit: 15, ref: "pressure-sw-p300@1"},
	}
	certain := []string{"firepost-smoke@1", "firepost-gauge@1", "", "", "", "climate-xy-md02@1", "", ""}
	_, open := bus(t, true, list...)
	res := mustScan(t, open, scan(t, 20))
	for i, d := range list {
		f := find(res, d.unit)
		if !slices.Contains(refs(f), d.ref) || f.State == field.Doubled || f.Contract != certain[i] {
			t.Errorf("unit %d, %s: %+v", d.unit, d.ref, f)
		}
	}
	if len(res.Found) != len(list) || res.Asked != 20 || len(res.Heard) != 0 || len(res.Missing) != 0 {
		t.Errorf("%+v", res)
	}
}

// The models that number their units differently are never told apart by the unit register.
func TestUnitRegistersProveNothing(t *testing.T) {
	t.Parallel()
	l, open := bus(t, false, device{unit: 8, ref: "gauge-mpd-380@1"}, device{unit: 9, ref: "pressure-qdy30a@1"})
	if err := l.Slave(9).SetRaw(0, 1, 3); err != nil { // the same baud code
		t.Fatal(err)
	}
	for code := range uint64(8) {
		for _, unit := range []uint8{8, 9} {
			if err := l.Slave(unit).SetPointRaw("unit_code", code); err != nil {
				t.Fatal(err)
			}
		}
		res := mustScan(t, open, field.ScanOptions{Speeds: []field.Speed{own}, From: 8, To: 9, Contracts: contracts(t).All()})
		for _, unit := range []uint8{8, 9} {
			f := find(res, unit)
			if got := refs(f); f.Contract != "" || !slices.Contains(got, "gauge-mpd-380@1") || !slices.Contains(got, "pressure-qdy30a@1") {
				t.Errorf("unit %d with unit code %d: %+v", unit, code, f)
			}
		}
	}
}

func TestScanTellsOddDevices(t *testing.T) {
	t.Parallel()
	l, open := bus(t, false,
		device{unit: 2, ref: "smoke-generic@1", faults: sim.Faults{Late: 90 * time.Millisecond}},
		device{unit: 4, ref: "firepost-smoke@1"}, device{unit: 4, ref: "climate-xy-md02@1"},
		device{unit: 6, ref: "smoke-generic@1", faults: sim.Faults{Duplicates: 1, DuplicateAfter: time.Millisecond}},
		device{unit: 8, ref: "smoke-generic@1", faults: sim.Faults{Exception: 4}},
		device{unit: 10, ref: "smoke-generic@1"},
		device{unit: 12, ref: "smoke-generic@1", serial: sim.Serial{Baud: 4800, Format: "8N1"}},
	)
	if err := l.Slave(10).SetPointRaw("smoke", 7); err != nil {
		t.Fatal(err)
	}
	res := mustScan(t, open, scan(t, 14,
		known(t, "slow", 2, "smoke-generic@1"), known(t, "gone", 3, "smoke-generic@1"), known(t, "odd", 10, "smoke-generic@1")))
	if f := find(res, 2); f.State != field.Slow || f.Device != "slow" || f.Contract != "smoke-generic@1" || f.Reply < 60*time.Millisecond {
		t.Errorf("slow: %+v", f)
	}
	for _, unit := range []uint8{4, 6} {
		if f := find(res, unit); f.State != field.Doubled || f.Contract != "" || len(f.Matches) != 0 {
			t.Errorf("two devices at %d: %+v", unit, f)
		}
	}
	if f := find(res, 8); f.Unit != 8 || f.State == field.Doubled || f.Contract != "" || len(f.Matches) != 0 {
		t.Errorf("one that refuses everything: %+v", f)
	}
	if f := find(res, 10); !f.Mismatch || f.Device != "odd" || f.Contract != "" {
		t.Errorf("one that is not what is configured: %+v", f)
	}
	if f := find(res, 12); f.Unit != 0 {
		t.Errorf("heard at another speed: %+v", f)
	}
	if !slices.Equal(res.Missing, []string{"gone"}) {
		t.Errorf("missing %v", res.Missing)
	}
	var notes strings.Builder
	for _, n := range res.Notes() {
		notes.WriteString(n.EN + "\n" + n.ZH + "\n")
	}
	for _, want := range []string{"address 4: two devices", "reply_within", "silent: gone", "有两台设备"} {
		if !strings.Contains(notes.String(), want) {
			t.Errorf("no note says %q:\n%s", want, notes.String())
		}
	}
}

func TestScanAtEverySpeed(t *testing.T) {
	t.Parallel()
	_, open := bus(t, false,
		device{unit: 1, ref: "smoke-yg-n01@1", serial: sim.Serial{Baud: 4800, Format: "8N1"}},
		device{unit: 3, ref: "firepost-gauge@1", serial: sim.Serial{Baud: 19200, Format: "8E1"}},
		device{unit: 2, ref: "smoke-generic@1"})
	o := scan(t, 3)
	yg, _ := contracts(t).Get("smoke-yg-n01@1")
	gauge, _ := contracts(t).Get("firepost-gauge@1")
	generic, _ := contracts(t).Get("smoke-generic@1")
	o.Contracts = append(o.Contracts[:0:0], yg, gauge, generic)
	o.Speeds = field.Speeds(own, o.Contracts)
	if o.Speeds[0] != own || o.Speeds[1].Baud != 4800 || len(o.Speeds) != 25 {
		t.Errorf("speeds %v", o.Speeds)
	}
	var last field.Progress
	res, err := field.Scan(t.Context(), open, o, func(p field.Progress) { last = p })
	if err != nil || len(res.Found) != 3 {
		t.Fatalf("%+v, %v", res, err)
	}
	for unit, want := range map[uint8]field.Speed{1: {Baud: 4800, Format: "8N1"}, 2: own, 3: {Baud: 19200, Format: "8E1"}} {
		if f := find(res, unit); f.Speed != want {
			t.Errorf("unit %d: %+v", unit, f)
		}
	}
	if f := find(res, 1); f.Contract != "smoke-yg-n01@1" {
		t.Errorf("its own address and speed in its registers: %+v", f)
	}
	if last.Stage.ZH == "" || last.Total == 0 {
		t.Errorf("progress %+v", last)
	}
	y := field.Snippet("rs485-1", own, res.Found, contracts(t), []string{"smoke-1"})
	for _, want := range []string{"name: smoke-1-2\n", "found at 4800 8N1; the bus runs at 9600 8N1", "contract: firepost-gauge@1\n", "unit: 2\n"} {
		if !strings.Contains(y, want) {
			t.Errorf("no %q in\n%s", want, y)
		}
	}
}

func TestScanHearsGarbage(t *testing.T) {
	t.Parallel()
	l, open := bus(t, false)
	s := slave(t, device{unit: 3, ref: "smoke-generic@1", serial: sim.Serial{Baud: 4800, Format: "8N1"}})
	s.SetBabble(true)
	if err := l.Add(s); err != nil {
		t.Fatal(err)
	}
	res := mustScan(t, open, scan(t, 2))
	if len(res.Heard) != 1 || res.Heard[0].Noise == 0 || res.Heard[0].Strangers != 0 {
		t.Errorf("heard %+v", res.Heard)
	}
}

func TestScanHearsAnotherMaster(t *testing.T) {
	t.Parallel()
	s := slave(t, device{unit: 2, ref: "smoke-generic@1", faults: sim.Faults{Foreign: []byte("\x4D\x03\x00\x10\x00\x01\x8B\xC3")}})
	l, err := sim.NewLine(sim.LineConfig{Slaves: []*sim.Slave{s}})
	if err != nil {
		t.Fatal(err)
	}
	stop := l.Start(t.Context())
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	res := mustScan(t, serial(l.Path()), scan(t, 4))
	if len(res.Heard) != 1 || res.Heard[0].Strangers == 0 || len(res.Found) != 1 || res.Found[0].Unit != 2 {
		t.Errorf("%+v", res)
	}
	if n := res.Notes(); len(n) == 0 || !strings.Contains(n[len(n)-1].EN+n[0].EN, "another master") {
		t.Errorf("notes %v", n)
	}
}

// A device that answers nothing but its own registers.
func TestThoroughScan(t *testing.T) {
	t.Parallel()
	_, open := bus(t, false, device{unit: 3, ref: "climate-xy-md02@1"})
	picky := func(s field.Speed) (modbus.Link, error) {
		l, err := open(s)
		return &deaf{Link: l}, err
	}
	o := scan(t, 4)
	xy, _ := contracts(t).Get("climate-xy-md02@1")
	o.Contracts = []*contract.Contract{xy}
	if res := mustScan(t, picky, o); len(res.Found) != 0 {
		t.Errorf("the usual question: %+v", res.Found)
	}
	o.Thorough = true
	if res := mustScan(t, picky, o); len(res.Found) != 1 || res.Found[0].Unit != 3 {
		t.Errorf("its own registers: %+v", res.Found)
	}
}

// deaf keeps reads of holding registers from the devices.
type deaf struct{ modbus.Link }

func (d *deaf) Write(b []byte) error {
	if b[1] == byte(modbus.ReadHoldingRegisters) {
		return nil
	}
	return d.Link.Write(b)
}

func TestScanEnds(t *testing.T) {
	t.Parallel()
	_, open := bus(t, false, device{unit: 1, ref: "smoke-generic@1"})
	ctx, cancel := context.WithCancel(t.Context())
	res, err := field.Scan(ctx, open, scan(t, 247), func(p field.Progress) {
		if p.Unit == 3 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%+v, %v", res, err)
	}
	for _, o := range []field.ScanOptions{{}, {Speeds: []field.Speed{own}, From: 9, To: 3}} {
		if _, err := field.Scan(t.Context(), open, o, nil); !errors.Is(err, field.ErrOption) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestScanOfAPulledAdapter(t *testing.T) {
	t.Parallel()
	pty, err := sim.OpenPTY()
	if err != nil {
		t.Fatal(err)
	}
	_, err = field.Scan(t.Context(), serial(pty.Path), scan(t, 247), func(p field.Progress) {
		if p.Unit == 3 {
			if err := pty.HangUp(); err != nil {
				t.Error(err)
			}
		}
	})
	if !errors.Is(err, modbus.ErrGone) {
		t.Errorf("pulled: %v", err)
	}
	if err := pty.Close(); err != nil {
		t.Error(err)
	}
}
