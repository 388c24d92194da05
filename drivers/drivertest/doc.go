// Package drivertest holds the conformance suites of the drivers: what every
// implementation of an interface must keep, written once. A driver's own test calls the
// suite with a function that makes the thing under test:
//
//	func TestConformance(t *testing.T) {
//		drivertest.SerialPort(t, serialport.Tarm.Guarantees(), func(s serialport.Spec) (serialport.Port, error) {
//			s.Backend = serialport.Tarm
//			return serialport.Open(s)
//		})
//	}
//
// The rules that hold for every suite here:
//
//   - It speaks to the implementation over what the implementation really uses: a
//     pseudo-terminal, a socket, a register file; never over a fake of the driver itself.
//   - What an implementation may do less well than another is a field of its stated
//     guarantees, and the suite asserts both values of that field. A guarantee that is
//     stated and not kept fails, and so does one that is kept and not stated.
//   - It measures no elapsed time and leaves nothing running.
//
// The package is for tests only and is imported by nothing else. A driver's test that uses
// it is an external one (package x_test), since this package imports the drivers' interfaces.
package drivertest
