//go:build race

package drivertest

// raceEnabled tells that the race detector is on.
const raceEnabled = true
