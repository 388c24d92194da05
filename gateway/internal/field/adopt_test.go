package field_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"firepost/drivers/sim"
	"firepost/firmware-contracts/contract"
	"firepost/gateway/internal/field"
)

func adoption(t testing.TB, ref string, known ...field.Known) field.AdoptOptions {
	t.Helper()
	o := field.AdoptOptions{Speed: own, Known: known, Contracts: contracts(t).All()}
	if ref != "" {
		o.Contract, _ = contracts(t).Get(ref)
	}
	return o
}

// few looks at the first addresses only.
func few(o field.AdoptOptions) field.AdoptOptions {
	o.To = 10
	return o
}

func known(t testing.TB, name string, unit uint8, ref string) field.Known {
	t.Helper()
	c, ok := contracts(t).Get(ref)
	if !ok {
		t.Fatalf("no contract %s", ref)
	}
	return field.Known{Name: name, Unit: unit, Contract: c}
}

// Each model that can be changed over the wire, from the factory to a bus that has devices
// already: the device itself must then hold the new settings, also after a power cut.
func TestAdopt(t *testing.T) {
	for _, row := range []struct {
		ref    string
		serial sim.Serial
		named  bool
		power  bool
	}{
		{ref: "firepost-smoke@1", serial: sim.Serial{Baud: 9600, Format: "8N1"}},
		{ref: "firepost-gauge@1", serial: sim.Serial{Baud: 19200, Format: "8E1"}},
		{ref: "smoke-yg-n01@1", serial: sim.Serial{Baud: 4800, Format: "8N1"}, power: true},
		{ref: "gauge-mpd-380@1", serial: sim.Serial{Baud: 115200, Format: "8N1"}, named: true},
		{ref: "io-waveshare-8ch@1", serial: sim.Serial{Baud: 19200, Format: "8N1"}, named: true},
		{ref: "climate-xy-md02@1", serial: sim.Serial{Baud: 9600, Format: "8N1"}, named: true, power: true},
		{ref: "pressure-lobaro@1", serial: sim.Serial{Baud: 9600, Format: "8O1"}, named: true},
		{ref: "pressure-qdy30a@1", serial: sim.Serial{Baud: 9600, Format: "8N1"}, named: true},
	} {
		t.Run(row.ref, func(t *testing.T) {
			t.Parallel()
			l, open := bus(t, false,
				device{unit: 1, ref: row.ref, serial: row.serial},
				device{unit: 2, ref: "smoke-generic@1"}, device{unit: 4, ref: "smoke-generic@1"})
			s := l.Slave(1)
			ref := ""
			if row.named {
				ref = row.ref
			}
			o := adoption(t, ref, known(t, "a", 2, "smoke-generic@1"), known(t, "b", 4, "smoke-generic@1"))
			asked := 0
			o.Ask = func(context.Context, contract.Text) error {
				asked++
				s.PowerCycle()
				return nil
			}
			got, err := field.Adopt(t.Context(), open, o, nil)
			if err != nil {
				t.Fatalf("%+v, %v", got, err)
			}
			want := field.Settings{Unit: 3, Speed: own}
			if got.To != want || got.Ref != row.ref || got.From.Unit != 1 || got.From.Speed.Baud != row.serial.Baud {
				t.Errorf("adopted %+v", got)
			}
			if row.power != (asked == 1) {
				t.Errorf("asked for %d power cycles", asked)
			}
			s.PowerCycle()
			if s.Address() != 3 || s.Serial() != (sim.Serial{Baud: 9600, Format: "8N1"}) {
				t.Errorf("the device is at %d, %+v", s.Address(), s.Serial())
			}
			t.Logf("took %v", got.Took)
		})
	}
}

func TestAdoptAsksWhichModel(t *testing.T) {
	t.Parallel()
	l, open := bus(t, false, device{unit: 1, ref: "pressure-qdy30a@1"})
	if err := l.Slave(1).SetPointRaw("unit_code", 0); err != nil { // MPa to the one, nothing to the other
		t.Fatal(err)
	}
	if err := l.Slave(1).SetRaw(contract.Holding, 1, 3); err != nil { // 9600 baud to both
		t.Fatal(err)
	}
	o := adoption(t, "")
	_, err := field.Adopt(t.Context(), open, o, nil)
	if !errors.Is(err, field.ErrUnsure) || !strings.Contains(err.Error(), "gauge-mpd-380@1") || !strings.Contains(err.Error(), "pressure-qdy30a@1") {
		t.Fatalf("without anybody to ask: %v", err)
	}
	if l.Slave(1).Address() != 1 {
		t.Error("it was changed all the same")
	}
	o.Choose = func(_ context.Context, matches []field.Match) (string, error) {
		if !slices.ContainsFunc(matches, func(m field.Match) bool { return m.Contract == "pressure-qdy30a@1" }) {
			t.Errorf("choose from %+v", matches)
		}
		return "pressure-qdy30a@1", nil
	}
	got, err := field.Adopt(t.Context(), open, o, nil)
	if err != nil || got.Ref != "pressure-qdy30a@1" || l.Slave(1).Address() != 2 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestAdoptRefuses(t *testing.T) {
	a, b := device{unit: 1, ref: "firepost-smoke@1"}, device{unit: 1, ref: "firepost-gauge@1"}
	other := a
	other.unit = 50
	for _, row := range []struct {
		name  string
		there []device
		o     field.AdoptOptions
		is    error
		says  string
	}{
		{"nobody", nil, few(adoption(t, "")), field.ErrNobody, "scan -all"},
		{"two new ones, one address", []device{a, b}, adoption(t, ""), field.ErrDoubled, "one new device at a time"},
		{"two new ones", []device{a, other}, adoption(t, ""), field.ErrTaken, "at addresses 1, 50"},
		{"a configured one has its address", []device{a, b}, adoption(t, "", known(t, "zhang", 1, "firepost-smoke@1")), field.ErrDoubled, "unplug zhang"},
		{"another model than was said", []device{a}, adoption(t, "meter-sdm120@1"), field.ErrUnsure, "does not look like"},
		{"nobody knows it", []device{{unit: 1, ref: "smoke-generic@1"}}, adoption(t, "gauge-mpd-380@1"), field.ErrUnsure, "does not look like gauge-mpd-380@1"},
		{"set by switches", []device{{unit: 1, ref: "smoke-ug-3-o@1"}}, adoption(t, "smoke-ug-3-o@1"), field.ErrSetup, "switches"},
		{"nobody to switch it off", []device{{unit: 1, ref: "climate-xy-md02@1"}}, adoption(t, "climate-xy-md02@1"), field.ErrSetup, "nobody is there"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			l, open := bus(t, false, row.there...)
			got, err := field.Adopt(t.Context(), open, row.o, nil)
			if !errors.Is(err, row.is) || !strings.Contains(err.Error(), row.says) {
				t.Errorf("%+v, %v", got, err)
			}
			for _, d := range row.there {
				if s := l.Slave(d.unit); s.Address() != d.unit {
					t.Errorf("%s was moved to %d", d.ref, s.Address())
				}
			}
		})
	}
}

func TestReplace(t *testing.T) {
	t.Parallel()
	dead := known(t, "zhang", 9, "firepost-smoke@1")
	l, open := bus(t, false, device{unit: 1, ref: "firepost-smoke@1"}, device{unit: 2, ref: "smoke-generic@1"})
	o := field.ReplaceOptions{Speed: own, Dead: dead, Known: []field.Known{known(t, "a", 2, "smoke-generic@1")}}
	got, err := field.Replace(t.Context(), open, o, nil)
	if err != nil || got.To.Unit != 9 || l.Slave(1).Address() != 9 {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := field.Replace(t.Context(), open, o, nil); !errors.Is(err, field.ErrTaken) || !strings.Contains(err.Error(), "zhang still answers") {
		t.Errorf("it lives: %v", err)
	}
}

func TestReplaceAtTheFactoryAddress(t *testing.T) {
	t.Parallel()
	l, open := bus(t, false, device{unit: 1, ref: "smoke-generic@1"})
	o := field.ReplaceOptions{Speed: own, Dead: known(t, "zhang", 1, "smoke-generic@1")}
	got, err := field.Replace(t.Context(), open, o, nil)
	if err != nil || got.From != got.To || l.Slave(1).Address() != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestChangeRefuses(t *testing.T) {
	t.Parallel()
	_, open := bus(t, false, device{unit: 5, ref: "gauge-mpd-380@1"}, device{unit: 6, ref: "smoke-generic@1"})
	c, _ := contracts(t).Get("gauge-mpd-380@1")
	for _, row := range []struct {
		from, to uint8
		speed    field.Speed
		is       error
	}{
		{5, 6, own, field.ErrTaken},
		{7, 8, own, field.ErrNobody},
		{5, 250, own, field.ErrSetup},
		{5, 8, field.Speed{Baud: 14400, Format: "8N1"}, field.ErrSetup},
		{5, 8, field.Speed{Baud: 9600, Format: "8E1"}, field.ErrSetup},
	} {
		o := field.ChangeOptions{Contract: c, From: field.Settings{Unit: row.from, Speed: own}, To: field.Settings{Unit: row.to, Speed: row.speed}}
		if err := field.Change(t.Context(), open, o, nil); !errors.Is(err, row.is) {
			t.Errorf("%d to %d: %v", row.from, row.to, err)
		}
	}
}
