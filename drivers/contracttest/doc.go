// Package contracttest tests a real Modbus device against its contract over a serial line, and
// says of each thing whether it holds: every point, the limits of a read, the timing, the
// refusals, the silence that bad frames must meet, duplicates and late replies. It is for
// whoever writes a device's firmware or wants to know what a bought device really does.
//
// The rules are those of MODBUS over Serial Line V1.02 (sections 2.2 addressing, 2.4.1
// broadcast, 2.5.1 framing) and of the MODBUS Application Protocol V1.1b3 (sections 6
// functions, 7 exceptions), beside the contract's own figures.
//
// # What it needs
//
// The device is alone on its line and nobody else is master of it. Without Options.Outputs
// and Options.Setup nothing is ever written to it, except that frames which every sound device
// must leave alone are sent: reads with a wrong check sum, for other addresses, split, too
// long, or as a broadcast; and one request with a function that is not assigned (27).
//
// # What it can't see
//
//   - A pause within a reply shorter than 20 ms: adapters gather characters for that long. A
//     reply that begins too early is found only when the adapter doesn't hide it; what is
//     reported as too early is too early.
//   - A value that is wrong but possible. Compare with an instrument.
//   - A fault that comes once in a thousand reads, unless Options.Slow is set.
//
// It has run against simulated devices and the reference slave on pseudo-terminals, on no real
// device yet.
package contracttest
