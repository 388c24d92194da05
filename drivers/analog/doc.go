// Package analog turns a measured voltage into what a sensor's contract says it means:
// 4–20 mA loops over a shunt, voltages, ratiometric voltages, and supervised contacts. It is
// pure: voltages in, samples out.
//
// # Gauges
//
// A gauge's contract has two points: the value (pressure, …), and one named "loop", whose raw
// value says how the signal is. Whenever loop is not 0 the value's quality is Invalid: a
// broken wire is never 0 MPa and a short circuit never full scale.
//
//	0  sound
//	1  wire broken, or no supply at the sensor
//	2  short circuit, or the sensor reports its own failure upwards
//	3  above the measuring range
//	4  below the measuring range
//	5  the supply that a ratiometric sensor is compared with is out of its limits
//
// The limits for 4–20 mA are those of NAMUR NE 43: a signal below 3.6 mA or above 21 mA is a
// failure, 3.8 to 20.5 mA is measurement. What lies between 3.6 and 3.8 mA, and between 20.5
// and 21 mA, is below and above the range. For other outputs the contract gives the two outer
// limits and the inner ones lie half-way to the ends of the measuring range, which for 4–20 mA
// gives just the numbers of NE 43. Between the end of the range and the inner limit the line
// goes on straight: an empty extinguisher whose gauge gives 3.95 mA reads a little below
// 0 MPa, as a sound value, and is not turned into a fault of the sensor.
//
// Source: NAMUR NE 43 (2003), as quoted by makers of transmitters; the limits of ratiometric
// sensors (0.25 V and 4.75 V for 0.5–4.5 V) are common practice and stand in the contract.
//
// # Supervised contacts
//
//	supply ── pull-up ──┬── input
//	                    ├───────── wire ─────┬──────────┐
//	                    │                end of line  contact
//	                    │                    │       alarm resistor
//	                   gnd ─────── wire ─────┴──────────┘
//
// The contact's contract has one point named "contact":
//
//	0  normal: contact open, end of line present
//	1  alarm: contact closed
//	2  wire broken
//	3  short circuit
//	4  none of these: leakage, corrosion, a wrong resistor
//
// Each state has a band of voltages, for resistors of ±5 %, up to 50 ohms of cable, and the
// errors of converter and supply. Normal is only what lies within the band of normal. What lies between the bands is
// never normal: below the middle between the bands of alarm and normal it is an alarm, since a
// contact with some resistance is still a closed contact; above that it is 4. Resistors whose
// bands come too close to each other are refused by New. Without an alarm resistor (0 ohms) a
// short circuit can't be told from a closed contact, and both are an alarm.
//
// Nothing here has been compared with real sensors.
package analog
