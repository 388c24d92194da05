// Package ssd1306 shows a booth's state to a technician on a small display of 128 by 64 dots
// with a Solomon Systech SSD1306 on I²C: station, address, alarms, uplink.
//
// Data sheet: "SSD1306, 128 x 64 Dot Matrix OLED/PLED Segment/Common Driver with Controller",
// revision 1.1, April 2008: I²C interface and control byte (section 8.1.5, pages 19–21), memory
// of 8 pages of 128 bytes (8.7, page 25), commands (table 9, pages 28–32), recommended
// initialisation (section 3 of the application note, page 64). Page numbers are from memory.
//
// Render is pure: a Status becomes a frame. Display sends it through periph's driver ssd1306,
// and only what has changed. The display can't be read back on I²C, and one that lost its
// supply for a moment is dark; so it is set up anew and sent whole every minute.
//
// A display keeps what it was shown last when the program that drives it is gone. So the frame
// carries the time of its making, and Off darkens it on the way out.
//
// The font has ASCII only; every other character is shown as a box, never left out.
//
// Not run on real hardware.
package ssd1306
