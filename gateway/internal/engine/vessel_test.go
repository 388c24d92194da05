package engine

import (
	"slices"
	"strings"
	"testing"
	"time"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/source"
	"firepost/gateway/internal/pressure"
)

// memory is a store of histories without a disk.
type memory map[string][]byte

func (m memory) Load(key string) []byte           { return m[key] }
func (m memory) Save(key string, snapshot []byte) { m[key] = snapshot }

// extinguisher is a gauge on a vessel, and a climate point beside it.
func extinguisher(t *testing.T) []Device {
	t.Helper()
	limits, err := pressure.Lookup(pressure.Powder, 1.2)
	if err != nil {
		t.Fatal(err)
	}
	gauge, climate := dev("gauge"), dev("climate")
	gauge.Model = &contract.Contract{Name: "gauge", Version: 1, Class: "pressure", Points: []contract.Point{{
		Name: "pressure", Role: contract.RolePressure, Unit: "kPa", Type: contract.U16, Scale: 1,
	}}}
	gauge.TemperatureFrom = Source{Device: "climate", Point: "temperature"}
	gauge.Vessels = map[string]pressure.Spec{"pressure": {Limits: limits}}
	return []Device{gauge, climate}
}

// gauge reads a pressure in kPa and a temperature in °C, a minute after the last.
func (r *rig) gauge(kPa, celsius float64) {
	r.wait(time.Minute)
	at := r.stamp()
	r.Deliver(&source.Batch{Device: "climate", At: at, Samples: []contract.Sample{{Point: temperature, Value: celsius}}})
	r.Deliver(&source.Batch{Device: "gauge", At: at, Samples: []contract.Sample{{Value: kPa}}})
}

// TestVesselUnderWatch: a cold night is no alarm, a pressure that stays low is, after its time
// and with figures; the history is kept and goes on after a restart.
func TestVesselUnderWatch(t *testing.T) {
	kept := memory{}
	devices := extinguisher(t)
	r := newRigAt(t, begin(), func(o *Options) { o.Vessels = kept }, devices...)
	for range 90 {
		r.gauge(985, -28) // 1.2 MPa at 20 °C
	}
	if c := r.point("gauge", "pressure").Causes; slices.Contains(c, pressure.CausePressureLow) {
		t.Errorf("a cold night: %v", c)
	}
	for range 9 {
		r.gauge(700, -28)
	}
	if c := r.point("gauge", "pressure").Causes; slices.Contains(c, pressure.CausePressureLow) {
		t.Errorf("before its time: %v", c)
	}
	for range 5 {
		r.gauge(700, -28)
	}
	p := r.point("gauge", "pressure")
	if !slices.Contains(p.Causes, pressure.CausePressureLow) {
		t.Fatalf("a low pressure: %+v", p)
	}
	if len(p.Notes) == 0 || !strings.Contains(p.Notes[0].EN, "MPa") || p.Notes[0].ZH == "" {
		t.Errorf("notes %+v", p.Notes)
	}
	if len(kept["gauge/pressure"]) == 0 {
		t.Fatal("no history was kept")
	}
	r.restart(devices...)
	r.gauge(700, -28)
	if c := r.point("gauge", "pressure").Causes; !slices.Contains(c, pressure.CausePressureLow) {
		t.Errorf("after a restart: %v", c)
	}
}

// TestDamagedHistory begins anew, and judges.
func TestDamagedHistory(t *testing.T) {
	r := newRigAt(t, begin(), func(o *Options) { o.Vessels = memory{"gauge/pressure": []byte("{half")} }, extinguisher(t)...)
	for range 15 {
		r.gauge(700, 20)
	}
	if c := r.point("gauge", "pressure").Causes; !slices.Contains(c, pressure.CausePressureLow) {
		t.Errorf("%v", c)
	}
}
