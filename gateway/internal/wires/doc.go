// Package wires names what is wrong with a bus's cable: where it is broken, and that it is
// noisy. It is pure.
//
// # Breaks
//
// The order of the devices along the cable is configured (Layout). A break is the simplest
// story for who answers and who does not: everything behind a point is silent. How sure that
// is follows from two rough odds, of a cable broken and of a device dead by itself within
// the same minutes, both taken as one in fifty: one silent device at an end may be either,
// two behind each other are a break fifty to one. A silent device with others alive behind it
// is dead by itself, or its own drop is. What was not asked or is disabled is neither. A
// short does not look like a break: it silences the whole bus.
//
// A loop is fed from both ends. One break of it silences nobody; it is seen only where each
// side's reach is known (Answers.Back). Two breaks silence what lies between.
//
// # Noise
//
// Errors of the wire (bad checksums, short frames, foreign bytes, late bytes) are counted per
// minute against good frames. Above a limit for two minutes the bus, or one device on it, is
// in a condition of its own, so that it is repaired before it becomes a break. When it began
// within a minute, on a bus that was quiet, at several devices at once, the words say so: as
// after lightning. A device that is silent is no noise, and noise is never a reason to ignore
// a frame that is good.
//
// Tested against made-up cables and counters only; the odds and limits are judgement, not
// measurement.
package wires
