// Package beacon drives a beacon of addressable LEDs on SPI: a ring or strip of APA102, or of
// WS2812B and the like, in which every LED shows the same at a time.
//
// Data sheets: "APA102C", Shiji Lighting, frame format (pages 3–4); "WS2812B", Worldsemi, times
// and composition of 24 bits, green first (pages 4–5). Page numbers are from memory.
//
// The bytes are made by periph's drivers apa102 and nrzled. WS2812B takes one bit per 1.25 µs
// and is fed with 2.5 MHz, four SPI bits for one of its own; the SPI controller must not pause
// (a Raspberry Pi needs core_freq=250), and its buffer must hold 12 bytes per LED and 6 more
// (spidev.bufsiz). APA102 has a clock line of its own and is the better choice.
//
// # What it shows
//
// The signs differ in rhythm, not only in colour, so that they can be told apart by a person
// who does not see the colours, from afar and in a camera's picture:
//
//	normal   green    one short wink every 4 s
//	fault    yellow   two flashes, then a pause, every 2 s
//	test     blue     on for 1 s, off for 1 s
//	fire     red      on for 250 ms, off for 250 ms, without a pause
//
// Fire flashes twice a second: below the three flashes a second that can cause a seizure.
// Normal winks instead of glowing because LEDs keep what they were told last: a green light
// that stands still would go on when the program is gone. For the same reason a sign other
// than fire that is not renewed turns into fault, and Run leaves the beacon dark on its way
// out, or steadily red during a fire.
//
// There is no read-back: that the beacon really shines can only be seen, or measured at its
// supply. Everything is sent anew at least once a second, so a beacon that was without supply
// shines again.
//
// Not run on real hardware.
package beacon
