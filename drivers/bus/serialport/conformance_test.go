package serialport_test

import (
	"testing"

	"firepost/drivers/bus/serialport"
	"firepost/drivers/drivertest"
)

func TestConformance(t *testing.T) {
	for _, b := range []serialport.Backend{serialport.Bugst, serialport.Tarm} {
		t.Run(string(b), func(t *testing.T) {
			drivertest.SerialPort(t, b.Guarantees(), func(s serialport.Spec) (serialport.Port, error) {
				s.Backend = b
				return serialport.Open(s)
			})
		})
	}
}
