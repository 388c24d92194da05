// Package ads1115 reads the four inputs of a Texas Instruments ADS1115, a 16-bit converter on
// I²C, each wired to one sensor with an analogue output.
//
// Data sheet: "ADS111x Ultra-Small, Low-Power, I²C-Compatible, 860-SPS, 16-Bit ADCs With
// Internal Reference, Oscillator, and Programmable Comparator", SBAS444D, May 2009 – revised
// January 2018: conversion register (section 9.6.2, page 27), config register (9.6.3, pages
// 28–29), address pin (table 4, page 23), electrical characteristics (7.5, page 6).
// The bits were compared with the text of revision E (December 2024); the page numbers of
// revision D are from memory.
//
// # Never another channel's conversion
//
// The converter has one result register for four inputs, and nothing in it says which input
// it belongs to. periph's driver ads1x15, which does the arithmetic here, starts a conversion,
// sleeps for the nominal time and reads. But the chip's oscillator is only good to ±10 %
// (7.5), so the sleep may end too early and the result is that of the previous channel. And
// a start has no effect while a conversion is under way (9.6.3, bit OS), as after a reading
// that was given up half-way: then the config register shows the new channel and the result
// register gets the old one's.
//
// So periph's driver works on a bus of this package that sees what it does. Before a start
// the chip must be idle. After the sleep the config register is read until it says that the
// conversion is done, and must be just what was written: a chip that lost its supply, or that
// somebody else uses, shows another one. The result is read twice and both must agree, since
// I²C has no check sum. Then the config register is read once more: what came meanwhile from
// elsewhere shows there. Anything else is an error, never a value.
//
// # What the input can take
//
// An input may be no higher than the chip's supply + 0.3 V, whatever the range: a loop or a
// sensor that can give more needs a divider. Channel refuses wiring whose states would lie
// above the supply.
//
// Not run on real hardware.
package ads1115
