package mqttlink

import (
	"time"

	"firepost/cloud-bridge/uplink"
)

const (
	// firstBurst is how many copies a round begins with while nothing answers.
	firstBurst = 64
	// patience is how many times AckTimeout the pause between fruitless rounds may become.
	patience = 6
)

// goBack decides when a lane is sent again because the platform's acknowledgement is missing,
// and how much of it. It keeps positions and times only, and reads no clock.
type goBack struct {
	timeout time.Duration // how long the oldest unconfirmed event may wait
	largest int           // the largest burst

	wait   time.Duration   // the present patience: doubles with each fruitless round
	since  time.Time       // since when the oldest unconfirmed event waits; zero: nothing waits
	cursor uplink.Position // as last seen

	active bool            // a round is on
	next   uplink.Position // the last position that this round has looked at
	end    uplink.Position // where this round ends
	burst  int             // how many copies may go out before the next sign of life
	left   int             // how many of them are left
}

// observe takes in the lane's cursor and the last position sent for the first time on this
// connection, and reports whether a new round begins now.
func (g *goBack) observe(now time.Time, cursor, sent uplink.Position) bool {
	if cursor != g.cursor || g.wait == 0 {
		g.cursor, g.since, g.wait = cursor, now, g.timeout
		if g.active {
			g.burst = min(2*g.burst, g.largest)
			g.left = g.burst
			g.next = max(g.next, cursor)
		}
	}
	if cursor >= g.end {
		g.active = false
	}
	if sent <= cursor {
		g.since, g.active = time.Time{}, false
		return false
	}
	if g.since.IsZero() {
		g.since = now
	}
	if now.Sub(g.since) < g.wait {
		return false
	}
	g.active, g.next, g.end = true, cursor, sent
	g.burst = min(firstBurst, g.largest)
	g.left = g.burst
	g.since = now
	g.wait = min(2*g.wait, patience*g.timeout)
	return true
}

// due is when observe has something to decide, zero when nothing waits.
func (g *goBack) due() time.Time {
	if g.since.IsZero() {
		return time.Time{}
	}
	return g.since.Add(g.wait)
}

// wants reports whether the round may send another copy now.
func (g *goBack) wants() bool { return g.active && g.left > 0 && g.next < g.end }
