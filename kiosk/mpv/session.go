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
)

// what is one thing that mpv is to show; the zero value is nothing, black.
type what struct {
	file string
	// slot is set for education.
	slot programme.Slot
	// scene and rev are set for a takeover's page.
	scene string
	rev   uint64
	still bool // a picture, no film
}

// sameSlot reports whether both are the same item at the same time; how long it stands and what
// else is known of it may have changed.
func sameSlot(a, b programme.Slot) bool { return a.From == b.From && a.Item.ID == b.Item.ID }

// session is one mpv, from its first answer to its end. Times are the player's local ones unless
// they say otherwise.
type session struct {
	p     *Player
	ipc   *ipc
	began time.Duration

	state    player.State // the newest
	came     time.Duration
	want     what
	asked    time.Duration // when want was loaded
	entry    int64         // mpv's number of want's file
	begun    int64         // the entry that mpv has begun last
	ready    int64         // the entry whose picture mpv has shown last
	broken   int64         // the entry that mpv could not play last, and why
	reason   string
	unplayed bool          // want could not be played
	look     bool          // mpv says that want is shown: to be confirmed
	shown    bool          // want's picture is shown
	next     time.Duration // when to look again
	beatAt   time.Duration // when to beat again

	item    items          // the pages of the slot of now
	good    what           // the last item that was shown
	on      programme.Slot // the item that is shown, and from when, by the booth's time
	since   time.Duration
	tried   programme.Slot // one that can't be shown
	late    programme.Slot // one that can't be shown yet, when to ask again, and why
	lateAt  time.Duration
	lateWhy string
	idle    []Page // what stands while there is nothing else, and for whom
	idleOf  string
	idleBad bool // mpv can't show it
	failed  string

	turns   turns // the pages that follow each other
	painted what  // the takeover last reported

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
	if err := s.measure(ctx); err != nil {
		return err
	}
	for {
		if err := s.show(ctx); err != nil {
			return err
		}
		if err := s.confirm(ctx); err != nil {
			return err
		}
		if len(s.beat.Painted) > 0 || len(s.beat.Played) > 0 || s.p.local() >= s.beatAt {
			if err := s.report(ctx); err != nil {
				return err
			}
		}
		if s.unplayed || s.look {
			s.unplayed = false
			continue // something else has its turn, or mpv has told something meanwhile
		}
		timer := time.NewTimer(max(min(s.next, s.beatAt)-s.p.local(), 0))
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
		case <-s.p.tell:
			s.beatAt = 0
		case <-timer.C:
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
	s.p.mu.Lock()
	s.state, s.came = s.p.state, max(s.p.came, s.began)
	s.p.mu.Unlock()
	at := s.p.local()
	s.next = at + beatEvery
	var want what
	switch {
	case s.state.Takeover != nil:
		s.beatAt = min(s.beatAt, at+urgentEvery)
		want = s.alarm(at)
		if want.file != "" && !s.shown && s.want == want && at-s.asked >= paintWithin {
			return fmt.Errorf("the takeover's page %s is not shown within %v: %w", filepath.Base(want.file), paintWithin, ErrSilent)
		}
	case s.state.Showing.On:
		want = s.education(ctx, at)
	}
	if same(want, s.want) {
		if want.scene != "" && !s.shown {
			s.next = min(s.next, s.asked+paintWithin)
		}
		return nil
	}
	if want.scene != "" || !sameSlot(want.slot, s.on) {
		how := player.Ended
		if now := s.p.opts.Now(); want.scene != "" || now < s.on.Until {
			how = player.Interrupted
		}
		s.part(s.p.opts.Now(), how)
	}
	if want.scene != "" {
		s.next = min(s.next, at+paintWithin)
	}
	return s.load(ctx, want, at)
}

// same reports whether nothing has to be loaded to come from one to the other.
func same(a, b what) bool {
	return a.file == b.file && a.scene == b.scene && a.rev == b.rev && sameSlot(a.slot, b.slot)
}

// alarm is the takeover's page of now.
func (s *session) alarm(at time.Duration) what {
	scene := s.state.Takeover
	of := what{scene: scene.ID, rev: scene.Rev, still: true}
	d := &s.p.drawn
	if d.of != of || d.size != s.p.size || len(d.pages) == 0 {
		pages, err := s.p.opts.Scene(*scene, s.p.size)
		if err == nil && len(pages) == 0 {
			err = errors.New("there are none")
		}
		wrong := ""
		if err != nil {
			wrong = fmt.Sprintf("the takeover's pages: %v", err)
			if s.fail(wrong); wrong != d.wrong {
				s.p.opts.Log.Error("a takeover can't be drawn as it should", "takeover", scene.ID, "rev", scene.Rev, "pages", len(pages), "error", err)
			}
		}
		switch {
		case len(pages) > 0:
			*d = drawn{of: of, size: s.p.size, pages: slices.Clone(pages), wrong: wrong}
		case d.of.scene != of.scene:
			*d = drawn{wrong: wrong} // black is better than a film
		}
	}
	if len(d.pages) == 0 {
		return of
	}
	// Older words are better than none; their revision is said.
	of.rev = d.of.rev
	of.file = s.turn(of, d.pages, at)
	return of
}

// turns are pages that follow each other.
type turns struct {
	of     what
	page   int
	until  time.Duration
	broken map[string]bool // those that mpv can't show
}

// turn is the page of now.
func (s *session) turn(of what, pages []Page, at time.Duration) string {
	t := &s.turns
	if !same(t.of, of) {
		*t = turns{of: of, broken: map[string]bool{}}
	}
	if t.page >= len(pages) {
		t.page, t.until = 0, 0
	}
	if s.shown && t.until > 0 && at >= t.until {
		t.page, t.until = (t.page+1)%len(pages), 0
	}
	for range pages {
		if !t.broken[pages[t.page].File] {
			break
		}
		t.page, t.until = (t.page+1)%len(pages), 0
	}
	if len(pages) > 1 {
		if t.until == 0 {
			t.until = at + pageFor
			if f := pages[t.page].For; f > 0 {
				t.until = at + f
			}
		}
		s.next = min(s.next, max(t.until, at+50*time.Millisecond))
	}
	return pages[t.page].File
}

// load gives mpv a file, or takes it away.
func (s *session) load(ctx context.Context, w what, at time.Duration) error {
	s.want, s.asked, s.shown, s.look, s.entry, s.frames = w, at, false, false, 0, 0
	if w.file == "" {
		_, err := s.do(ctx, "stop")
		return tolerable(err)
	}
	volume := 0
	if w.slot.Item.Sound {
		volume = min(max(s.state.Sound, 0), 100)
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
