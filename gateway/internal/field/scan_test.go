package field_test

import (
	"fmt"
	"testing"
	"time"

	"firepost/drivers/sim"
	"firepost/gateway/internal/field"
)

// all is a scan of the usual addresses at the bus's speed.
func all(t testing.TB) field.ScanOptions {
	return field.ScanOptions{Speeds: []field.Speed{own}, Contracts: contracts(t).All()}
}

func find(res *field.ScanResult, unit uint8) *field.Found {
	for i := range res.Found {
		if res.Found[i].Unit == unit {
			return &res.Found[i]
		}
	}
	return nil
}

// The bar: 247 addresses at 9600 baud with 16 devices, on a paced line. The time on the wire is
// the kernel's, so it is printed and only bounded far above the bar.
func TestScanOfAWholeBus(t *testing.T) {
	if testing.Short() {
		t.Log("this takes the time that the wire takes")
	}
	refs := []string{
		"firepost-smoke@1", "firepost-gauge@1", "smoke-generic@1", "gauge-mpd-380@1",
		"io-waveshare-8ch@1", "climate-xy-md02@1", "meter-pzem-016@1", "pressure-sw-p300@1",
	}
	var list []device
	for i := range 16 {
		list = append(list, device{unit: uint8(3 + 15*i), ref: refs[i%len(refs)]})
	}
	_, open := bus(t, true, list...)
	res, err := field.Scan(t.Context(), open, all(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		f := find(res, d.unit)
		if f == nil {
			t.Errorf("unit %d was not found", d.unit)
			continue
		}
		matched := false
		for _, m := range f.Matches {
			matched = matched || m.Contract == d.ref
		}
		if !matched || f.State != field.Single {
			t.Errorf("unit %d, %s: %+v", d.unit, d.ref, f)
		}
		t.Log(d.unit, d.ref, f.Contract, fmt.Sprint(f.Matches))
	}
	if len(res.Found) != len(list) {
		t.Errorf("%d devices found", len(res.Found))
	}
	t.Logf("addresses asked in %v, with telling the models %v", res.Finding.Round(time.Millisecond), res.Took.Round(time.Millisecond))
	_ = sim.Serial{}
}
