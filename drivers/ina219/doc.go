// Package ina219 reads voltage, current and power of the booth's supply or battery with a
// Texas Instruments INA219 on I²C.
//
// Data sheet: "INA219 Zerø-Drift, Bidirectional Current/Power Monitor With I²C Interface",
// SBOS448G, August 2008 – revised December 2015: register map (section 8.6, pages 18–24),
// calibration (8.5.1 and 8.5.2, pages 12–13), example of a measurement (9.2.2.1; table 3 on
// page 24 of SBOS448F).
//
// The arithmetic is that of periph's driver ina219. What this package adds:
//
//   - The driver sets a bus range of 16 V, at which a 24 V battery would read 16 V. Here it is
//     32 V (register 0, bit BRNG; the chip takes 26 V at most).
//   - A chip that loses its supply for a moment comes back with no calibration, and then its
//     current and power read 0: a plausible lie. So after each reading settings and calibration
//     are read back; if they are not what was written, the reading is an error and the next one
//     sets the chip up again.
//   - A value is only taken once the chip reports a conversion made since the last reading
//     (bit CNVR of register 2), so a chip that stands still is an error and no old value.
//   - The overflow flag (OVF), and a shunt voltage at the end of its scale (±320 mV), make
//     current and power Invalid; the voltage stays good.
//   - The cause of a failed transaction, which the driver throws away, is in the error.
//
// Points: voltage (V), current (A; negative while it flows the other way), power (W, with the
// sign of the current).
//
// Not run on real hardware.
package ina219
