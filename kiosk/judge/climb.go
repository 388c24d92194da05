package judge

import (
	"time"

	"firepost/kiosk/programme"
)

// most is how often a rung is tried in one episode before the next: a second new browser may
// help where the first did not, a second reload never does.
//
//nolint:gochecknoglobals // lookup table
var most = [rungs]int{Page: 1, Browser: 2, Compositor: 1, Reboot: 1}

// span is the part of the ladder that may mend what is wrong.
func span(causes []Cause) (from, to Rung) {
	for _, c := range causes {
		t := traits[c]
		if t.from == None {
			continue
		}
		from, to = max(from, t.from), max(to, t.to)
	}
	return from, to
}

// climb picks the rung for what is wrong, if it is time for one.
func (j *Judge) climb(v *Verdict, at time.Duration) {
	from, to := span(v.Causes)
	if from == None || v.Health == Unplugged {
		return
	}
	pause := retry
	if j.urgent() {
		pause = retryUrgent
	}
	if j.acted != None && at-j.actedAt >= pause {
		j.tries = [rungs]int{}
	}
	v.GaveUp = true
	for r := from; r <= to; r++ {
		if !j.left(r) {
			continue
		}
		v.GaveUp = false
		if j.tries[r] >= most[r] || !j.reachable(r) {
			continue
		}
		if !j.settled(at) || !j.may(r, at) {
			return
		}
		j.act(v, r, at)
		return
	}
}

// left reports whether the rung's cap leaves one.
func (j *Judge) left(r Rung) bool {
	switch {
	case r == Reboot:
		return !j.urgent() && j.kept.Used[r] < j.set.Caps.of(r) && !j.kept.Rebooted
	case j.urgent():
		return j.kept.Urgent[r] < j.set.TakeoverCaps.of(r)
	}
	return j.kept.Used[r] < j.set.Caps.of(r)
}

// reachable reports whether the rung can be carried out at all now.
func (j *Judge) reachable(r Rung) bool {
	switch r {
	case None:
		return false
	case Page:
		return j.link.connected
	case Browser, Compositor:
		return !j.set.Runner || j.run.Connected
	case Reboot:
		return true
	}
	return false
}

// may reports whether the rung is allowed at this time.
func (j *Judge) may(r Rung, at time.Duration) bool {
	if r == Page && j.urgent() && j.link.beatAt < j.takenAt {
		// Silent since the takeover came: most likely stuck, and deaf to a reload. The next
		// second tells; a reload would only hold the new browser back.
		return false
	}
	if r != Reboot {
		return true
	}
	return !j.urgent() && !j.want.Hold && j.health == Black && at-j.blackAt >= j.set.RebootAfter
}

// settled reports whether the last rung had its time to work: longer with every try, and as
// long as a browser took here before. During a takeover one that has worked needs no more.
func (j *Judge) settled(at time.Duration) bool {
	if j.acted == None || j.urgent() && j.mended {
		return true
	}
	wait := j.pace().settle(j.acted)
	if j.acted >= Browser {
		wait = max(wait, j.took*3/2)
	}
	wait <<= max(0, min(j.tries[j.acted]-1, 3))
	return at-j.actedAt >= wait
}

// act counts and orders one rung.
func (j *Judge) act(v *Verdict, r Rung, at time.Duration) {
	if j.urgent() {
		j.kept.Urgent[r]++
	} else {
		j.kept.Used[r]++
	}
	j.tries[r]++
	j.acted, j.actedAt, j.mended = r, at, false
	if r >= Browser {
		j.fresh = at
	}
	if r == Reboot {
		j.kept.Rebooted = true
	}
	v.Action, v.Save = r, true
}

const (
	// window is how long after its time of day the planned recycle may still begin.
	window = time.Hour
	// young is how old a browser must be to be recycled by the clock: a clock that is set
	// back, and a browser that has just been restarted, give no second recycle.
	young = 12 * time.Hour
)

// recycle plans the browser's daily restart: never while something burns, never in the middle
// of a repair, never without a screen.
func (j *Judge) recycle(v *Verdict, now programme.Moment, at time.Duration) {
	if j.urgent() || j.want.Hold || v.Health == Unplugged || !j.settled(at) || !j.reachable(Browser) || j.link.connected && j.link.beat.Takeover != "" {
		return
	}
	age := at - j.fresh
	due := age >= j.set.RecycleEvery
	day := ""
	if now.Trusted {
		wall := now.Wall.In(time.FixedZone("UTC+8", 8*3600))
		day = wall.Format(time.DateOnly)
		clock := time.Duration(wall.Hour())*time.Hour + time.Duration(wall.Minute())*time.Minute + time.Duration(wall.Second())*time.Second
		into := clock - j.set.RecycleAt
		due = into >= 0 && into < window && age >= min(young, j.set.RecycleEvery) && day != j.recycled
		// The quietest time was missed for a takeover: the browser waits for the next one,
		// but not for ever.
		due = due || age >= j.set.RecycleEvery+j.set.RecycleEvery/2
	}
	if !due {
		return
	}
	j.recycled, j.fresh = day, at
	j.acted, j.actedAt, j.mended = Browser, at, false
	v.Action, v.Planned, v.Save = Browser, true, true
}
