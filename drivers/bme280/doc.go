// Package bme280 reads temperature, humidity and air pressure with a Bosch Sensortec BME280
// on I²C, and works out the dew point.
//
// Data sheet: "BME280 Combined humidity and pressure sensor", BST-BME280-DS002-15, revision
// 1.6, September 2018: sensor modes and forced mode (section 3.3, pages 14–15), trimming
// parameters (4.2.2, table 16, pages 24–25), compensation (4.2.3, pages 25–26, and appendix
// 8.1), register map (5.3 and 5.4, pages 26–32), times (appendix 9.1, page 51). The pages of
// sections 4.2 were compared with the text, the others are from memory.
//
// Temperature and pressure are those of periph's driver bmxx80. What this package adds:
//
//   - Only the chip id 0x60 is accepted: a BMP280 looks alike and measures no humidity.
//   - The trimming parameters are read twice and must agree and be plausible; a chip that still
//     copies them from its memory is asked again later.
//   - The driver takes the humidity parameters H4 and H5 for positive, though they are signed
//     (table 16), and cuts the result off at 0 and 100. Humidity is computed here, by the
//     formula of appendix 8.1: up to 3 % beyond the ends (the sensor's own error, table 2) it is
//     the end, as the data sheet prescribes; further off it is Invalid.
//   - A chip that lost its supply for a moment no longer measures humidity, and its registers
//     hold the value that stands for "not measured"; the driver turns that into a plausible
//     humidity. Here it is an error, and the chip is set up anew.
//   - The driver waits without end for a chip that never finishes; here the number of
//     transactions is bounded.
//   - The same bytes sixteen times in a row, which noise makes impossible, are an error.
//
// Points: temperature (°C), humidity (%), air_pressure (hPa), dew_point (°C; Magnus formula over
// water, Alduchov and Eskridge 1996, good to 0.4 K from −40 to 50 °C).
//
// Not run on real hardware.
package bme280
