//go:build race

package e2e

// Under the race detector the daemon is built with it too, and needs the memory for it.
const (
	raceFlag = "-race"
	maxMB    = 400
)
