package judge

import "time"

// itemWatch compares the main zone with the programme.
type itemWatch struct {
	wanted, shown string
	wrong         bool
	wrongAt       time.Duration
	// missed counts changes of the wanted item since the page last changed its own.
	missed int
}

func (i *itemWatch) wants(item string) {
	if item != i.wanted {
		i.wanted = item
		i.missed++
	}
}

func (i *itemWatch) beat(item string) {
	if item != i.shown {
		i.shown = item
		i.missed = 0
	}
}

// is reports whether the page has shown something else for longer than is borne.
func (i *itemWatch) is(limit, at time.Duration) bool {
	if i.wanted == "" || i.wanted == i.shown {
		i.wrong = false
		return i.wanted != "" && i.missed >= missedItems
	}
	if !i.wrong {
		i.wrong, i.wrongAt = true, at
	}
	return at-i.wrongAt > limit || i.missed >= missedItems
}

// causes lists what is wrong, the gravest first.
func (j *Judge) causes(at time.Duration) []Cause {
	if j.set.Runner && j.run.Connected && j.run.Plug == PlugOut {
		// Everything else follows from it.
		return []Cause{NoScreen}
	}
	var found []Cause
	add := func(is bool, c Cause) {
		if is {
			found = append(found, c)
		}
	}
	p, l := j.pace(), &j.link
	heard := l.connected && l.beats
	silent := l.connected && at-max(l.beatAt, l.changed) > p.Beat
	away := !l.connected && at-j.awaySince() > p.Away
	add(j.takeoverMissing(at) && (heard || away || silent), TakeoverMissing)
	add(j.takeoverOld(at) && heard, TakeoverOld)
	add(j.set.Runner && j.run.Connected && !j.run.Up && away, NoBrowser)
	add(away, NoPage)
	add(silent, NoBeat)
	lit := j.want.On || j.urgent()
	add(heard && lit && !silent && l.beat.Frames == 0 && at-l.framesAt > p.Frames, NoFrames)
	add(heard && !j.urgent() && l.beat.Takeover != "" && at-max(j.takenAt, l.changed) > p.Takeover && at-l.beatAt <= freshBeat, TakeoverLingers)
	add(l.connected && l.deaf && at-l.deafAt > p.Pong, Deaf)
	education := heard && lit && !j.urgent()
	add(education && l.beat.Video != nil && !l.beat.Video.Paused && at-l.movedAt > p.Video, VideoStuck)
	add(education && j.item.is(p.Item, at), WrongItem)
	add(heard && j.wrongSize() && at-max(l.changed, j.plug) > p.Size, WrongSize)
	add(j.set.Runner && j.run.Connected && j.run.Plug == PlugFallback, FallbackMode)
	add(heard && l.beat.Heap > j.set.HeapMax, HeapHigh)
	add(heard && j.want.Build != "" && l.beat.Build != j.want.Build && at-l.changed > p.Size, OldBuild)
	add(l.failed && at-l.errorAt <= episode, PageError)
	if j.set.Runner {
		add(!j.run.Connected && at-max(j.runAt, j.started) > j.set.Normal.Away, NoRunner)
		add(j.run.Connected && j.run.Plug == PlugUnknown && at-max(j.plug, j.runAt) > j.set.Normal.Away, ConnectorUnknown)
	}
	return found
}

// awaySince is from when a missing page counts: a page that never came has the time that a
// start takes, and a browser that has just started has the time to load it.
func (j *Judge) awaySince() time.Duration {
	since := max(j.link.changed, j.started)
	if !j.urgent() && !j.link.ever {
		since = max(since, j.started+j.set.Grace-j.set.Normal.Away)
	}
	if !j.urgent() && j.plug > j.started {
		since = max(since, j.plug+j.set.Grace-j.set.Normal.Away)
	}
	if j.run.Connected && j.run.Up {
		p := j.pace()
		since = max(since, j.upAt+max(j.took, p.SettleBrowser-p.Away))
	}
	return since
}

// takeoverMissing: another takeover, or none, is painted than the one wanted.
func (j *Judge) takeoverMissing(at time.Duration) bool {
	if !j.urgent() || j.link.connected && j.link.beats && j.link.beat.Takeover == j.want.Takeover {
		return false
	}
	return at-j.askedSince() > j.set.Urgent.Takeover
}

// takeoverOld: the right takeover is painted with words of before.
func (j *Judge) takeoverOld(at time.Duration) bool {
	b := &j.link.beat
	return j.urgent() && b.Takeover == j.want.Takeover && b.TakeoverRev < j.want.TakeoverRev &&
		at-j.askedSince() > j.set.Urgent.Takeover
}

// askedSince is from when the page could have painted what is wanted.
func (j *Judge) askedSince() time.Duration {
	if j.link.connected {
		return max(j.takenAt, j.link.changed)
	}
	return j.takenAt
}

func (j *Judge) wrongSize() bool {
	b := &j.link.beat
	return j.want.Width > 0 && j.want.Height > 0 && (b.Width != j.want.Width || b.Height != j.want.Height)
}
