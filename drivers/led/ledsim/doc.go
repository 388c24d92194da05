// Package ledsim simulates the controller cards of LED boards: they speak real bytes over TCP
// on 127.0.0.1 or over a real pty, show what a person before the board would see, and do wrong
// what a test asks for.
//
// A card is a Device: the firmware of one protocol, which knows neither connections nor
// faults. Listen and OnPTY put one on the wire as a Card, which satisfies ledtest.Card. A new
// protocol is one more Device, here (onbon.go) or in the driver's own folder.
//
// A Device takes requests apart with a parser of its own, written from the documents and never
// from the driver, so that a mistake of the driver's can't cancel out. It is stricter than a
// real card may be: what the documents don't allow it refuses.
package ledsim
