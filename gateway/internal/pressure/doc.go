// Package pressure watches the gauge of a fire extinguisher over days and years, so that a
// Chifeng night raises no alarm, a slow leak is known weeks before it matters, and a gauge
// that has died is not taken for a healthy vessel. It is pure: readings and stamps come in,
// verdicts go out; there is no clock, file, lock or log here.
//
// # What is believed
//
// A pressure is judged at 20 °C. The vessel's temperature is that of the nearest climate
// point behind a first-order lag, because steel and powder follow the air slowly, and it is
// always an interval: between lagged and present air, and wider after a start or while the
// climate point is silent. A limit is exceeded only when the whole interval is outside, and
// lets go only when the whole interval is back inside. A gauge that can't be believed neither
// raises nor clears a limit; it is a fault of its own, at once.
//
// # Leaks
//
// One median per day, of hourly means, is kept for 112 days. Over windows of 7 to 112 days
// the slope is the median of all pairwise slopes (Theil 1950, Sen 1968), its interval at 99 %
// comes from Kendall's statistic, widened for the correlation of neighbouring days and for
// what a wrong compensation (another thermal coefficient than the ideal gas's) could feign.
// A leak that empties a vessel within less than six days is reported as a low pressure only.
//
// # Sources and doubts
//
// The figures and their marks are in media.go: [S] from a named public source, [R] recalled
// from the standard and not re-read, [M] from memory, to be checked on hardware. GB 4351-2023
// itself was not at hand; what is cited is GB 4351.1-2005, GA 95-2007 and GB 50444-2008 as
// public pages quote them. The gas law, the lag of one hour and the thresholds of sensor
// faults have run against a simulated year only, never against real vessels.
package pressure
