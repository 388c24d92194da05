// Package compat says what may change in a published contract, and refuses the rest.
//
// A contract is a promise in two directions: devices that were sold speak it, and booths that
// were installed read it. Within one version, old devices must go on working with a new
// contract, and old contracts with new devices.
//
// # What may change
//
//   - titles, sources, the hardware mark, warnings
//   - a point, an output, a readable span, a baud rate, a format, an address may be added; a
//     point of the alarm lane only on registers that could be read before, or the block that
//     holds the alarm would fail on every device that was sold
//   - a raw value that was unknown may be named, unless that lets a smoke point take it for
//     normal; a bit that meant nothing may be named, when set
//   - a point may move from the slow lane to the alarm lane
//   - a reply may be given more time (reply_within, late_reply), since waiting longer harms nobody
//   - a part that the contract did not have at all (such as how an address is set) may be added
//
// # What may not
//
// Everything else: a point's place, type, order, mask, scale, offset, unit, range, invalid
// values or role; what a value or bit means, or its cause; a removal; a move to the slow lane; a
// limit; the factory's address, speed or format; the transport and what describes it. A changed
// meaning is a new version.
//
// Parts of a contract that this package does not know are compared as they are: any change but
// an addition is breaking, so that a new part is guarded before anybody thinks of it here.
//
// # The lock
//
// published.lock holds every published contract as it was, with a digest each. A test refuses a
// breaking change to any of them. A new contract is published, and an addition recorded, by
//
//	go test ./firmware-contracts/compat -run TestPublished -update
//
// which refuses breaking changes too.
package compat
