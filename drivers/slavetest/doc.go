// Package slavetest tests the reference slave of the house's own sensors, which is C in
// firmware-contracts/slave: its unit tests under the address and undefined-behaviour
// sanitizers, and the slave as a program on a pseudo-terminal against the house's own Modbus
// master and against mbpoll, which shares no code with either.
//
// It needs gcc and mbpoll, both from Debian. What a pseudo-terminal can't show has not been
// tried: parity, the timing of single characters (the unit tests do that with a clock of
// their own), and a real board.
package slavetest
