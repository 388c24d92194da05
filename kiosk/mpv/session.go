package mpv

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"firepost/kiosk/player"
	"firepost/kiosk/programme"
	"firepost/kiosk/takeover"
)

// what is one thing that mpv is to show; the zero value is nothing, black.
type what struct {
	file string
	// item and slot are set for education.
	item programme.Item
	slot programme.Slot
	// scene and rev are set for a takeover's page.
	scene string
	rev   uint64
	still bool // a picture, no film
}

// session is one mpv, from its first answer to its end.
type session struct {
	p   *Player
	ipc *ipc

	rev      uint64
	want     what
	asked    time.Duration // when want was loaded
	entry    int64         // mpv's number of want's file
	begun    int64         // the entry that mpv has begun last
	ready    int64         // the entry whose picture mpv has shown last
	broken   int64         // the entry that mpv could not play last, and why
	reason   string
	unplayed bool           // want could not be played
	look     bool           // mpv says that want is shown: to be confirmed
	shown    bool           // want's picture is shown
	since    time.Duration  // from when
	next     time.Duration  // when to look again
	good     what           // the last item that was shown
	tried    programme.Slot // one that can't be shown
	failed   string

	pages   []string
	pageOf  what // the takeover that pages belong to
	page    int
	turn    time.Duration
	came    time.Duration // when the takeover came here
	painted what          // the takeover last reported

	beat   player.Beat // what is gathered for the next one
	frames int64       // mpv's count of the film's pictures at the last beat
}

// run shows what is wanted until mpv fails, ctx ends, or a new mpv is ordered.
func (s *session) run(ctx context.Context) error {
	version, err := s.text(ctx, "mpv-version")
	if err != nil {
		return err
	}
	s.beat.Build = clip(version, 64)
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		if err := s.show(ctx); err != nil {
			return err
		}
		if err := s.confirm(ctx); err != nil {
			return err
		}
		if len(s.beat.Painted) > 0 || len(s.beat.Played) > 0 {
			if err := s.report(ctx); err != nil {
				return err
			}
		}
		if s.unplayed {
			s.unplayed = false
			continue // something else has its turn
		}
		timer := time.NewTimer(max(s.next-s.p.opts.Now(), 0))
		select {
		case <-ctx.Done():
			err = ctx.Err()
		case <-s.ipc.gone:
			err = s.ipc.cause()
		case <-s.p.again:
			err = errOrdered
		case e := <-s.ipc.events:
			s.event(e)
		case <-s.p.wake:
		case <-timer.C:
		case <-tick.C:
			err = s.report(ctx)
		case req := <-s.p.shot:
			req.done <- s.shoot(ctx, req.path)
		}
		timer.Stop()
		if err != nil {
			return err
		}
	}
}

// shoot takes a picture of the window or, where the output has none, of the film.
func (s *session) shoot(ctx context.Context, path string) error {
	_, err := s.do(ctx, "screenshot-to-file", path, "window")
	if errors.Is(err, ErrRefused) {
		_, err = s.do(ctx, "screenshot-to-file", path, "video")
	}
	return err
}

func (s *session) do(ctx context.Context, command ...any) (json.RawMessage, error) {
	return s.ipc.do(ctx, answerWithin, s.event, command...)
}

// show makes mpv show what is wanted now, if it does not yet.
func (s *session) show(ctx context.Context) error {
	state, _ := s.p.now()
	at := s.p.opts.Now()
	s.rev = state.Rev
	s.next = at + beatEvery
	var want what
	switch {
	case state.Takeover != nil:
		want = s.alarm(state.Takeover, at)
		if want.file != "" && !s.shown && s.want.file == want.file && at-s.asked >= paintWithin {
			return fmt.Errorf("the takeover's page %s is not shown within %v: %w", filepath.Base(want.file), paintWithin, ErrSilent)
		}
	case state.Showing.On:
		s.pages, s.pageOf = nil, what{}
		want = s.education(&state, at)
	default:
		s.pages, s.pageOf = nil, what{}
	}
	if want.file == s.want.file && want.scene == s.want.scene && want.rev == s.want.rev && want.slot.From == s.want.slot.From && want.item.ID == s.want.item.ID {
		return nil
	}
	how := player.Ended
	if want.scene != "" || at < s.want.slot.Until {
		how = player.Interrupted
	}
	s.part(at, how, "")
	return s.load(ctx, want, &state, at)
}

// alarm is the takeover's page of now.
func (s *session) alarm(scene *takeover.Scene, at time.Duration) what {
	w := what{scene: scene.ID, rev: scene.Rev, still: true}
	if s.pageOf.scene != w.scene || s.pageOf.rev != w.rev || len(s.pages) == 0 {
		pages, err := s.p.opts.Pages(*scene)
		if err == nil && len(pages) == 0 {
			err = errors.New("there are none")
		}
		if err != nil {
			// Older words are better than none; black is better than a film.
			s.fail(fmt.Sprintf("the takeover's pages: %v", err))
			if s.pageOf.scene == w.scene && len(s.pages) > 0 {
				w.rev, w.file = s.pageOf.rev, s.pages[s.page]
			}
			return w
		}
		s.pages, s.pageOf, s.page, s.turn, s.came = slices.Clone(pages), w, 0, at+s.p.opts.PageFor, at
	}
	if s.page %= len(s.pages); at >= s.turn && s.shown {
		s.page = (s.page + 1) % len(s.pages)
		s.turn = at + s.p.opts.PageFor
	}
	s.next = min(s.next, max(s.turn, at+50*time.Millisecond))
	w.file = s.pages[s.page]
	return w
}

// education is the programme's item of now; what can't be shown leaves what stands.
func (s *session) education(state *player.State, at time.Duration) what {
	slot, next, found := slotAt(state, at)
	s.next = min(s.next, next)
	if !found {
		return s.standing()
	}
	if slot.From == s.want.slot.From && slot.Item.ID == s.want.item.ID && s.want.scene == "" || slot == s.tried {
		return s.standing()
	}
	w := what{item: slot.Item, slot: slot, still: slot.Item.Kind == programme.Image}
	var err error
	switch slot.Item.Kind {
	case programme.Video, programme.Image:
		w.file, err = s.p.opts.Resolve(slot.Item)
		if err == nil && !filepath.IsAbs(w.file) {
			err = fmt.Errorf("file %q is no absolute path", w.file)
		}
	case programme.Page, programme.Text, programme.Code:
		err = fmt.Errorf("mpv shows films and pictures, no %s", slot.Item.Kind)
	default:
		err = fmt.Errorf("kind %q is not known", slot.Item.Kind)
	}
	if err != nil {
		s.tried = slot
		s.played(slot, at, at, player.Failed, err.Error())
		s.fail(err.Error())
		return s.standing()
	}
	return w
}

// standing is what stands while an item can't be shown, the last good one before black, but
// never a takeover that is over.
func (s *session) standing() what {
	if s.want.scene != "" || s.want.file == "" {
		return s.good
	}
	return s.want
}

// load gives mpv a file, or takes it away.
func (s *session) load(ctx context.Context, w what, state *player.State, at time.Duration) error {
	s.want, s.asked, s.shown, s.look, s.entry, s.frames = w, at, false, false, 0, 0
	if w.file == "" {
		_, err := s.do(ctx, "stop")
		return tolerable(err)
	}
	volume := 0
	if w.item.Sound {
		volume = min(max(state.Sound, 0), 100)
	}
	for _, command := range [][]any{{"set_property", "volume", volume}, {"set_property", "mute", volume == 0}, {"set_property", "pause", false}} {
		if _, err := s.do(ctx, command...); tolerable(err) != nil {
			return err
		}
	}
	data, err := s.do(ctx, "loadfile", w.file, "replace")
	if err != nil {
		return err
	}
	var loaded struct {
		Entry int64 `json:"playlist_entry_id"`
	}
	if err := json.Unmarshal(data, &loaded); err != nil || loaded.Entry == 0 {
		return fmt.Errorf("loadfile: mpv names no entry; 0.33 or later is needed: %w", ErrRefused)
	}
	s.entry = loaded.Entry
	s.settle()
	return nil
}

// tolerable leaves a refusal of something minor out.
func tolerable(err error) error {
	if errors.Is(err, ErrRefused) {
		return nil
	}
	return err
}

func (s *session) fail(why string) { s.failed = clip(why, 500) }

// part ends the item that stands.
func (s *session) part(at time.Duration, how, why string) {
	if s.shown && s.want.item.ID != "" {
		s.played(s.want.slot, s.since, at, how, why)
	}
	s.shown = false
}

func (s *session) played(slot programme.Slot, from, until time.Duration, how, why string) {
	if len(s.beat.Played) == 32 {
		s.beat.Played = s.beat.Played[1:] // no more go into a beat
	}
	s.beat.Played = append(s.beat.Played, player.Played{
		Zone: string(programme.Main), Item: slot.Item.ID,
		FromMS: from.Milliseconds(), UntilMS: max(until, from).Milliseconds(), How: how, Why: clip(why, 500),
	})
}
