package mdc

import (
	"testing"
	"time"

	"firepost/drivers/bus/line"
	"firepost/drivers/bus/serialport"
	"firepost/drivers/tv"
	"firepost/drivers/tv/tvsim"
	"firepost/drivers/tv/tvtest"
)

func open(t *testing.T, dial line.Dial) tv.Set {
	t.Helper()
	s, err := New(Options{Dial: dial, ID: 1, Timeout: 10 * time.Second, Late: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestConformanceTCP(t *testing.T) {
	tvtest.Run(t, tvtest.Options{Inputs: []string{"hdmi2", "hdmi1", "dvi"}, Volume: true, Open: func(t *testing.T) (tv.Set, tvtest.Device) {
		d := tvsim.NewSamsung(1)
		address, wait, err := d.ServeTCP(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(wait)
		return open(t, line.TCP(address)), d
	}})
}

func TestConformanceSerial(t *testing.T) {
	tvtest.Run(t, tvtest.Options{
		Inputs: []string{"hdmi2", "hdmi1"}, Volume: true, Without: []tvsim.Fault{tvsim.Cut},
		Open: func(t *testing.T) (tv.Set, tvtest.Device) {
			d := tvsim.NewSamsung(1)
			path, wait, err := d.ServePTY()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(wait)
			return open(t, line.Serial(serialport.Spec{Name: path})), d
		}})
}
