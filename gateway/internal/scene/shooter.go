package scene

import (
	"context"
	"time"

	"firepost/drivers/camera"
)

// job is one picture to be taken.
type job struct {
	Trigger
	kind  Kind
	shot  int
	tries int
	asked time.Time
	due   time.Time
	order uint64
}

// rank orders jobs that are due: the first picture of each fire, then commands, then the rest
// of the bursts.
func (j job) rank() int {
	switch {
	case j.kind == KindFire && j.shot == 0:
		return 0
	case j.kind == KindCommand:
		return 1
	}
	return 2
}

// ask queues the first picture of a trigger. A full queue gives up what ranks lowest.
func (d *Director) ask(t Trigger, kind Kind) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	j := job{Trigger: t, kind: kind, asked: now, due: now, order: d.order}
	if kind == KindFire {
		j.due = now.Add(d.opts.Burst[0])
	}
	switch {
	case t.Event == "":
		d.status.Counts.Dropped++
		return false
	case d.seen[t.Event]:
		d.status.Counts.Repeated++
		return false
	case d.shed:
		d.status.Counts.Shed++
		return false
	}
	if !d.push(j) {
		return false
	}
	d.order++
	d.seen[t.Event] = true
	poke(d.wake)
	return true
}

// push adds a job; when the queue is full, the newest of the lowest rank goes, be it this one.
func (d *Director) push(j job) bool {
	if len(d.queue) < d.opts.Queue {
		d.queue = append(d.queue, j)
		return true
	}
	d.status.Counts.Dropped++
	worst := -1
	for i, q := range d.queue {
		if q.rank() > j.rank() && (worst < 0 || q.rank() > d.queue[worst].rank() || (q.rank() == d.queue[worst].rank() && q.order > d.queue[worst].order)) {
			worst = i
		}
	}
	if worst < 0 {
		return false
	}
	delete(d.seen, d.queue[worst].Event)
	d.queue[worst] = j
	return true
}

// pick takes the next job that may be taken now, or says how long to wait; false without one.
func (d *Director) pick(now time.Time) (j job, wait time.Duration, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dropLate(now)
	for len(d.recent) > 0 && now.Sub(d.recent[0]) >= time.Minute {
		d.recent = d.recent[1:]
	}
	best := -1
	wait = time.Hour
	for i, q := range d.queue {
		if until := max(q.due.Sub(now), d.rested(q, now)); until > 0 {
			wait = min(wait, until)
			continue
		}
		if best < 0 || q.rank() < d.queue[best].rank() || (q.rank() == d.queue[best].rank() && q.order < d.queue[best].order) {
			best = i
		}
	}
	if best < 0 {
		return job{}, wait, false
	}
	j = d.queue[best]
	d.queue = append(d.queue[:best], d.queue[best+1:]...)
	d.recent = append(d.recent, now)
	return j, 0, true
}

// rested is how long the bound per minute keeps j back. Half of the bound is for first pictures.
func (d *Director) rested(j job, now time.Time) time.Duration {
	most := d.opts.PerMinute
	if j.rank() > 0 {
		most /= 2
	}
	if len(d.recent) < most {
		return 0
	}
	return d.recent[len(d.recent)-most].Add(time.Minute).Sub(now)
}

func (d *Director) dropLate(now time.Time) {
	kept := d.queue[:0]
	for _, q := range d.queue {
		if now.Sub(q.due) > d.opts.MaxLate || now.Sub(q.asked) > d.opts.MaxLate+d.opts.Burst[len(d.opts.Burst)-1] {
			d.status.Counts.Late++
			delete(d.seen, q.Event)
			continue
		}
		kept = append(kept, q)
	}
	d.queue = kept
}

// shooter takes pictures one after another; the camera could not do more anyway.
func (d *Director) shooter(ctx context.Context) {
	check := time.Now() // the camera is judged at once: until then nothing is known of it
	for ctx.Err() == nil {
		now := time.Now()
		if j, wait, ok := d.pick(now); ok {
			d.take(ctx, j)
		} else {
			if d.opts.CheckEvery > 0 {
				if !now.Before(check) {
					d.look(ctx)
					check = time.Now().Add(d.opts.CheckEvery)
					continue
				}
				wait = min(wait, check.Sub(now))
			}
			timer := time.NewTimer(wait)
			select {
			case <-ctx.Done():
			case <-timer.C:
			case <-d.wake:
			}
			timer.Stop()
		}
	}
}

// take takes one picture, keeps it, and queues what follows.
func (d *Director) take(ctx context.Context, j job) {
	still, err := d.shot(ctx)
	if ctx.Err() != nil {
		return
	}
	if err == nil {
		var p Picture
		p, err = d.opts.Album.Add(New{Event: j.Event, Kind: j.kind, Device: j.Device, Premises: j.Premises, Shot: j.shot, At: still.at}, still.JPEG)
		if err == nil {
			if d.opts.Taken != nil {
				d.opts.Taken(p)
			}
			poke(d.notify)
		}
	}
	d.note(err)
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case err == nil:
		d.status.Counts.Taken++
	case j.tries < d.opts.Retries && !d.shed:
		j.tries++
		j.due = time.Now().Add(d.opts.RetryAfter)
		if !d.push(j) {
			delete(d.seen, j.Event)
		}
		return
	default:
		d.status.Counts.Failed++
	}
	next := j.shot + 1
	if j.kind != KindFire || next >= len(d.opts.Burst) || d.shed {
		delete(d.seen, j.Event)
		return
	}
	j.shot, j.tries, j.due = next, 0, j.asked.Add(d.opts.Burst[next])
	if !d.push(j) {
		delete(d.seen, j.Event)
	}
}

// look judges the camera by a picture that nobody keeps. It counts towards no bound: nothing
// waits when it is taken.
func (d *Director) look(ctx context.Context) {
	d.mu.Lock()
	shed := d.shed
	d.mu.Unlock()
	if shed {
		return
	}
	_, err := d.shot(ctx)
	if ctx.Err() == nil {
		d.note(err)
	}
}

// note keeps the last error for people. The log is written without the lock, which the alarm
// path takes too.
func (d *Director) note(err error) {
	d.mu.Lock()
	was := d.status.Err
	d.status.Err, d.status.HintZH, d.status.HintEN = "", "", ""
	if err != nil {
		d.status.Err = err.Error()
		d.status.HintZH, d.status.HintEN = camera.Hint(err)
	}
	d.mu.Unlock()
	switch {
	case err != nil && was == "":
		d.opts.Log.Warn("no picture of the scene", "error", err)
	case err == nil && was != "":
		d.opts.Log.Info("pictures of the scene again")
	}
}
