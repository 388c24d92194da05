//go:build !race

package e2e

// maxMB is the sanity bound on the daemon's memory.
const (
	raceFlag = ""
	maxMB    = 60
)
