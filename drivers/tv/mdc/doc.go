// Package mdc drives Samsung televisions and signage by MDC (Multiple Display Control): over
// RS-232 at 9600 8N1, or over TCP port 1515 where the set has it and it is allowed in its menu.
//
// Document: Samsung "Multiple Display Control Protocol", V13.7c (2016) and V15.0 (2020); frame
// in section 1, commands 0x00 status, 0x11 power, 0x12 volume, 0x13 mute, 0x14 input source.
// What the document says was taken from public quotations of it.
//
// A request is AA, command, set id, length, data and a sum over everything but AA; a reply is
// AA FF, id, length, 'A' or 'N', command, data and sum. Nothing is numbered, and a set command
// is answered like a query; see package line for how a late reply is kept from being taken for
// the answer to the next request.
//
// In standby a set answers queries for power only, and over TCP often nothing at all, because
// its network is off unless "network standby" is on in its menu: then it can be switched on by
// CEC or RS-232 only. For some seconds after power-on it answers nothing.
//
// Not run on real hardware.
package mdc
