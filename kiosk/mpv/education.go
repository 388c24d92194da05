package mpv

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"firepost/kiosk/player"
	"firepost/kiosk/programme"
)

// items are the pages of one item.
type items struct {
	slot  programme.Slot
	pages []Page
}

// education is the programme's item of now; what can't be shown leaves what stands.
func (s *session) education(ctx context.Context, at time.Duration) what {
	now := s.p.opts.Now()
	slot, next, found := slotAt(&s.state, now)
	s.next = min(s.next, at+max(next-now, 0))
	if s.late.Item.ID != "" && (!found || !sameSlot(slot, s.late)) {
		s.played(s.late, now, now, player.Failed, s.lateWhy)
		s.late = programme.Slot{}
	}
	if !found || sameSlot(slot, s.tried) {
		return s.standing(at)
	}
	if sameSlot(slot, s.late) && at < s.lateAt {
		s.next = min(s.next, s.lateAt)
		return s.standing(at)
	}
	if !sameSlot(slot, s.item.slot) {
		pages, err := s.p.opts.Item(ctx, slot.Item, s.p.size)
		if err == nil {
			err = usable(pages)
		}
		if err != nil {
			s.cannot(slot, err, at)
			return s.standing(at)
		}
		s.item, s.late = items{slot, pages}, programme.Slot{}
	}
	w := what{slot: s.item.slot, still: slot.Item.Kind != programme.Video}
	w.file = s.turn(w, s.item.pages, at)
	return w
}

// usable checks what was given for an item.
func usable(pages []Page) error {
	if len(pages) == 0 {
		return errors.New("there is nothing to show of it")
	}
	for _, p := range pages {
		if !filepath.IsAbs(p.File) && !strings.HasPrefix(p.File, "http://") {
			return fmt.Errorf("file %q is no absolute path", p.File)
		}
	}
	return nil
}

// cannot notes an item that can't be shown, for its slot or for a moment.
func (s *session) cannot(slot programme.Slot, err error, at time.Duration) {
	s.fail(fmt.Sprintf("item %s: %v", slot.Item.ID, err))
	if errors.Is(err, ErrLater) {
		s.late, s.lateAt, s.lateWhy = slot, at+laterEvery, err.Error()
		s.next = min(s.next, s.lateAt)
		return
	}
	now := s.p.opts.Now()
	s.tried, s.late = slot, programme.Slot{}
	s.played(slot, now, now, player.Failed, err.Error())
}

// standing is what stands while an item can't be shown: the last good one before the station's
// name and that before black, but never a takeover that is over.
func (s *session) standing(at time.Duration) what {
	switch {
	case s.want.scene == "" && s.want.file != "" && s.want.slot.Item.ID != "":
		return s.want
	case s.good.file != "":
		return s.good
	case s.p.opts.Idle == nil:
		return what{}
	}
	if s.idle == nil || s.idleOf != s.state.StationZH+s.state.StationEN {
		pages, err := s.p.opts.Idle(s.state, s.p.size)
		if err == nil {
			err = usable(pages)
		}
		if err != nil {
			s.fail(fmt.Sprintf("the station's name: %v", err))
			return what{}
		}
		s.idle, s.idleOf = pages, s.state.StationZH+s.state.StationEN
	}
	if s.idleBad {
		return what{}
	}
	w := what{still: true}
	w.file = s.turn(w, s.idle, at)
	return w
}

// part ends the item that stands, by the booth's time.
func (s *session) part(at time.Duration, how string) {
	if s.on.Item.ID != "" {
		s.played(s.on, s.since, at, how, "")
	}
	s.on = programme.Slot{}
}

func (s *session) played(slot programme.Slot, from, until time.Duration, how, why string) {
	if len(s.beat.Played) == 32 {
		s.beat.Played = s.beat.Played[1:] // no more go into a beat
	}
	s.beat.Played = append(s.beat.Played, player.Played{
		Zone: string(programme.Main), Item: clip(slot.Item.ID, 256),
		FromMS: max(from, 0).Milliseconds(), UntilMS: max(until, from, 0).Milliseconds(), How: how, Why: clip(why, 200),
	})
}

// slotAt is the main zone's slot of that moment.
func slotAt(s *player.State, at time.Duration) (slot programme.Slot, next time.Duration, found bool) {
	slots := s.Showing.Zones[programme.Main]
	i := slices.IndexFunc(slots, func(x programme.Slot) bool { return x.From <= at && at < x.Until })
	if i >= 0 {
		return slots[i], slots[i].Until, true
	}
	next = at + beatEvery
	for _, x := range slots {
		if x.From > at {
			next = min(next, x.From)
		}
	}
	return programme.Slot{}, next, false
}
