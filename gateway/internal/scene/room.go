package scene

import "slices"

// firstShare is the part of the album, in quarters, within which a fire's first pictures have
// priority. Without it a hundred fires would shut out every later picture.
const firstShare = 3

// makeRoom chooses what must go for p: plain pictures from the oldest, then the first pictures
// of fires from the oldest. A plain newcomer never pushes out a protected picture.
func (a *Album) makeRoom(p Picture) ([]string, error) {
	if p.Size > a.opts.MaxBytes {
		return nil, ErrNoRoom
	}
	out, enough := a.surplus(1, p.Size, p.First)
	if !enough {
		return nil, ErrNoRoom
	}
	return out, nil
}

// surplus lists what must go so that count and bytes more fit; false when that would take
// protected pictures and all is unset.
func (a *Album) surplus(count int, bytes int64, all bool) (out []string, enough bool) {
	protected := a.protected()
	count, bytes = count+len(a.pictures), bytes+a.bytes
	need := func() bool { return count > a.opts.MaxPictures || bytes > a.opts.MaxBytes }
	evict := func(wanted bool) {
		for _, q := range a.pictures {
			if !need() {
				return
			}
			if slices.Contains(protected, q.ID) == wanted {
				out = append(out, q.ID)
				count, bytes = count-1, bytes-q.Size
			}
		}
	}
	evict(false)
	if all {
		evict(true)
	}
	return out, !need()
}

// protected are the newest first pictures within their share.
func (a *Album) protected() []string {
	count, bytes := a.opts.MaxPictures*firstShare/4, a.opts.MaxBytes/4*firstShare
	var out []string
	for _, p := range slices.Backward(a.pictures) {
		if !p.First {
			continue
		}
		if count, bytes = count-1, bytes-p.Size; count < 0 || bytes < 0 {
			break
		}
		out = append(out, p.ID)
	}
	return out
}

// expire drops what was kept for long enough. Only a trusted clock ends a picture's time, and
// what is older in order than an expired picture is expired too, whatever its own date: that
// also ends pictures whose date lies in a future that never was.
func (a *Album) expire() int {
	now := a.opts.Clock()
	if !now.Trusted {
		return 0
	}
	last := -1
	changed := false
	for i := range a.pictures {
		p := &a.pictures[i]
		if p.Dated.IsZero() {
			p.Dated, changed = now.Wall.UTC(), true
		}
		if now.Wall.Sub(p.Dated) >= a.opts.Retain {
			last = i
		}
	}
	if last < 0 {
		if changed {
			a.saveIndex()
		}
		return 0
	}
	var ids []string
	for _, p := range a.pictures[:last+1] {
		ids = append(ids, p.ID)
	}
	a.stats.Expired += uint64(len(ids))
	a.drop(ids)
	return len(ids)
}
