package serialport

import (
	"os"
	"time"
)

// stampStep is how coarse the kernel keeps the times of a terminal's node: it leaves them
// alone while they differ only within eight seconds, so that nobody can tell key strokes
// from them (Linux, drivers/tty/tty_io.c, tty_update_time).
const stampStep = 8 * time.Second

// Unwritten says for how long, at least, no process of this host has written to the device
// node at path, going by the node's time; now is the same clock's present time. A node that
// is younger, or can't be looked at, or has a time to come, gives 0. It sees neither a master
// elsewhere on the wire nor through a step of the clock.
func Unwritten(path string, now time.Time) time.Duration {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return max(now.Sub(info.ModTime())-stampStep, 0)
}
