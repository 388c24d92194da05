// Package cheader writes a device contract as a C header, for the firmware of that device and
// for whoever reads it in C: addresses, masks, bits, named values, scales as whole fractions,
// the check sum, and functions that get and put each point.
//
// The header needs a C11 or C++11 compiler and nothing but stdbool.h, stdint.h and, where a
// contract has floats, string.h. It has no tables, allocates nothing, and is accepted with
// -Wall -Wextra -Wpedantic -Wconversion -Wshadow. Any number of headers can be included
// together. The same contract always gives the same bytes.
//
// The headers of the house's own contracts are committed in firmware-contracts/include; a test
// compares them, and with -update writes them:
//
//	go test ./firmware-contracts/cheader -run TestCommittedHeaders -update
package cheader
