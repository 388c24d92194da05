// Package sim is the other end of the wire: simulated devices, built from their contracts,
// that speak real bytes on a real pseudo-terminal, with faults on command.
//
// A [Slave] is one device: four register tables, the Modbus functions 1–6, 15, 16 and 23,
// and [Faults]. A [Line] is one RS-485 line with many slaves on a [PTY]; paced, it gives
// every character the time that it takes at the line's baud rate, request and reply alike,
// and judges the master by what the wire saw: idle time beyond the legal silence, silence
// violations, collisions, good replies and the gaps between them. A [Booth] is a set of
// lines with devices by name, for a demonstration. [Serve] and [Process] put lines into a
// process of their own, so that a measured program and its measure share no heap.
//
// All times that the package reports as int64 nanoseconds are readings of the kernel's
// CLOCK_MONOTONIC, which all processes of one machine share; see [Now].
package sim
