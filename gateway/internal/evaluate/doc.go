// Package evaluate turns one reading into what it means: fire, pre-alarm, supervisory,
// fault or normal, with the causes. It is pure: no clock, input, output or memory of its own;
// what hysteresis needs is handed back in with the previous Result.
//
// A fire comes only from a meaning that the contract gives to a bit or a value, never from a
// numeric limit. Conditions do not exclude each other: a value that is out of range and has
// its fire bit set is a fire and a fault.
package evaluate
