package glass

import (
	"fmt"
	"math/rand/v2"
)

// Address is a place for a daemon's screens that is taken by nobody else: one of the sixteen
// million loopback addresses of this machine, drawn by lot. A port found free would be lost to
// somebody else between two starts of one daemon.
func Address() string {
	return fmt.Sprintf("127.%d.%d.%d:8471", 1+rand.IntN(254), rand.IntN(256), 1+rand.IntN(254))
}
