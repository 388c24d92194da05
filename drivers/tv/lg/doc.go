// Package lg drives LG televisions and signage over their serial port (RS-232C, 9600 8N1), or
// over a serial server on TCP.
//
// Document: LG "External Control Device Setup" of the owner's manuals, the chapter
// "Transmission / Receiving Protocol": commands k a (power), x b (input select), k f (volume),
// k e (volume mute). A request is two letters, set id and data in hexadecimal, and a carriage
// return; the reply is the second letter, id, OK or NG, data and an "x".
//
// Many sets say nothing in standby, not even that they are off (the manuals: "set will not send
// the status during the standby mode"): then Status is tv.ErrNoAnswer, and whether it is off is
// unknown. While a set plays from USB it answers everything but power with NG.
//
// Codes for the inputs differ between model years; 90 to 93 for HDMI are those of sets since
// about 2009.
//
// Not run on real hardware.
package lg
