// Package frames listens to a serial line on which devices send frames of their makers' own:
// radio gauges and radio smoke alarms behind a LoRa, NB-IoT or other receiver. What a frame
// looks like is data, in the contract's frame block; there is no code per device.
//
// A [Stream] finds frames in bytes; a [Source] owns a port, feeds a Stream and hands samples
// to a sink. Several models may share a line, and each frame goes to the device whose id it
// carries. Frames of devices that nobody configured are counted and listed, so that they can
// be adopted.
//
// # What is taken for a frame
//
// Only what has the contract's start, end, fixed bytes, a believable length, and the right
// check. A frame is delivered with its last byte; nothing waits for the next one. What begins
// like a frame and is none costs one byte: the search goes on with the very next one, so that a
// true frame inside is found. A silence of [Silence] ends whatever is incomplete, so that a
// false start can't hold up a true frame that follows it and then nothing more.
//
// Radios repeat. A frame with the same bytes as the device's last one within [RepeatWithin]
// is delivered like any other, as a sign of life and as the second reading that clearing an
// alarm asks for, and counted as a duplicate. Receivers that add a signal strength of their
// own make repeats differ; those count as frames of their own.
//
// Nothing is ever sent: devices that want an answer get it from their receiver. That a device
// falls silent is not judged here; the contract's heartbeat says how long is sound.
//
// # What has run on real hardware
//
// None of it. The frames in the tests come from documents: the pressure gauge's from its
// maker's protocol V3.0 (fields and tables 1 to 4) and one capture, the radio smoke alarm's
// from EnOcean Serial Protocol 3 V1.37 (packet structure, CRC-8, packet type 1) with captures
// of rocker switches that send the same packets. The port in the tests is a pseudo-terminal.
// How a particular receiver cuts frames into pieces, and how long it may pause within one, is
// to be checked on that receiver.
package frames
