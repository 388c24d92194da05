// Package sim is the other end of the wire: simulated devices, built from their contracts,
// that speak real bytes on a real pseudo-terminal, with faults on command.
package sim
