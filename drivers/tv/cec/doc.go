// Package cec switches a television over its HDMI cable, through the Linux kernel's CEC adapters
// (/dev/cec0, …): on, to standby, to the booth's own input, and asks whether it is on.
//
// Documents: the kernel's "CEC API" of the Linux Media Subsystem documentation and
// include/uapi/linux/cec.h; HDMI 1.4 Supplement 1 (CEC) for the messages: Image View On 04,
// Standby 36, Give Device Power Status 8F, Report Power Status 90, Active Source 82, Feature
// Abort 00, of which the tables are quoted in the kernel's headers.
//
// The three structures are written and read byte by byte at the offsets that a C compiler gives
// them; they are the same on 32 and 64 bit (56, 76 and 92 bytes). Byte order is the machine's,
// little-endian on every board that the daemon is built for.
//
// # What a nil error means
//
// A television that is reached acknowledges each message on the wire, before it knows what it
// says. So Power and Input then ask for the power status, to have an answer, and look out for a
// Feature Abort; they don't wait until the picture is there, which takes up to ten seconds. Active
// Source goes to everybody and is answered by nobody: Status can't tell which input is shown.
// CEC has no volume in percent.
//
// Many sets have CEC switched off in their menu (Anynet+, SimpLink, Bravia Sync). Some drop
// their hot-plug signal in standby, and then the adapter has no address and can't wake them.
//
// It has met no real adapter and no real set: the machines it was developed on have no /dev/cec.
// A simulated kernel stood in.
package cec
