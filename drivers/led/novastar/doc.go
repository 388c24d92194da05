// Package novastar drives NovaStar sending cards and their receiving cards over the control
// port: how bright an LED wall is, whether it is black, which input it shows, and what the
// cabinets' own sensors say (temperature, supply, smoke, doors, fans).
//
// A sending card shows what comes in over HDMI, DVI or SDI; it stores no picture and draws no
// text. So a scene is not sent to it: it reaches the wall as another browser output on the
// card's input. Preload is led.ErrUnsupported. Show and Clear choose the input that carries the
// scene and the one that carries everything else, where Options name both; otherwise they are
// led.ErrUnsupported too.
//
// Documents: "RS232 Protocol for Nova M3 Control System", V1.9 (Xi'an NovaStar), sections 3.1
// (monitoring, DVI), 3.3 (brightness), 3.6 (model, firmware), 3.12 (display control), 3.18 and
// 3.19 (inputs); "Protocol for MCTRL 660 Pro". Section numbers are as other people quote them.
// V1.9 has misprinted checksums; the byte after the header, the acknowledgement, is part of the
// sum, which only its one frame with an error shows.
//
// The line is RS-232 or USB at 115200 8N1 (MSD300, MCTRL300, MCTRL500), at 1048576 8N1 (MSD600,
// MCTRL600, MCTRL660), or TCP port 5200 where the card has a network port.
//
// # What a nil error means
//
// A write to all receiving cards (port FF, index FFFF) is acknowledged by the sending card
// alone: no receiving card says anything. So every such write is read back from the receiving
// cards in Options.Cards, by default the first one on the first port, and is an error unless
// each of them answers with the value. The others are unproven.
//
// The serial number of each request is echoed, and a reply with another one is never taken for
// ours, nor one for another card, register, length or direction.
//
// # What is not confirmed
//
// Not run on real hardware. That the brightness and the blackout registers can be read back is
// taken from how the makers' own program behaves, not from V1.9. Newer processors (VX1000, J6,
// NovaPro UHD Jr) have another register for black (0x13000004), and other numbers for their
// inputs; they are not covered. The register 0x02000022 beside the choice of input holds 5A in
// the document's only example; what else it can hold is not known, so it is never written.
package novastar
