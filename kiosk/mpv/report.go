package mpv

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	"firepost/kiosk/player"
)

// event notes what mpv tells by itself.
func (s *session) event(e line) {
	switch e.Event {
	case "start-file":
		s.begun = e.Entry
	case "playback-restart":
		// The first picture after a start (or a jump, which nobody makes) is on its way out.
		s.ready = s.begun
	case "end-file":
		if e.Reason == "error" {
			s.broken, s.reason = e.Entry, e.FileError
		}
	}
	s.settle()
}

// settle compares what mpv has told with what was asked: events may come before the answer
// that names the entry they are about.
func (s *session) settle() {
	if s.entry == 0 || s.shown {
		return
	}
	switch s.entry {
	case s.broken:
		s.unplayable(s.p.opts.Now())
	case s.ready:
		s.look = true
	}
}

// confirm asks whether a picture has really come out: mpv begins to "play" a picture that it
// can't decode, too (seen with 0.35.1).
func (s *session) confirm(ctx context.Context) error {
	for s.look {
		s.look = false
		entry := s.entry
		_, err := s.do(ctx, "get_property", "video-out-params")
		switch {
		case s.entry != entry || entry == 0:
		case errors.Is(err, ErrRefused):
			s.broken, s.reason = entry, "no picture comes out"
			s.unplayable(s.p.opts.Now())
		case err != nil:
			return err
		default:
			s.reveal()
		}
	}
	return nil
}

// reveal notes that what was wanted is shown.
func (s *session) reveal() {
	at := s.p.opts.Now()
	s.shown, s.since = true, at
	w := s.want
	if w.scene == "" {
		s.painted, s.good = what{}, w
		return
	}
	if w.scene != s.painted.scene || w.rev != s.painted.rev {
		s.painted = w
		s.beat.Painted = append(s.beat.Painted, player.Painted{ID: w.scene, Rev: w.rev, AfterMS: float64((at - s.came).Microseconds()) / 1000})
	}
}

// unplayable leaves a file that mpv can't play: the takeover goes on with its other pages, the
// programme with what stood before.
func (s *session) unplayable(at time.Duration) {
	s.entry, s.unplayed = 0, true
	s.fail("mpv can't play " + s.want.file + ": " + s.reason)
	if s.want.scene != "" {
		if len(s.pages) > 1 {
			s.pages = slices.DeleteFunc(s.pages, func(page string) bool { return page == s.want.file })
		}
		return
	}
	s.played(s.want.slot, at, at, player.Failed, s.reason)
	s.tried = s.want.slot
	if s.good.file == s.want.file {
		s.good = what{}
	}
	s.want = what{}
}

// report asks mpv how it fares and sends a beat; without an answer there is none.
func (s *session) report(ctx context.Context) error {
	width, err := s.number(ctx, "osd-width")
	if err != nil {
		return err
	}
	height, err := s.number(ctx, "osd-height")
	if err != nil {
		return err
	}
	b := s.beat
	b.Width, b.Height = int(width), int(height)
	b.Rev = s.rev
	_, b.Pong = s.p.now()
	b.Error, s.failed = s.failed, ""
	if s.shown {
		b.Item = s.want.item.ID
		b.Takeover, b.TakeoverRev = s.want.scene, s.want.rev
	}
	if err := s.moving(ctx, &b); err != nil {
		return err
	}
	s.p.mu.Lock()
	s.p.seq++
	b.Seq = s.p.seq
	s.p.mu.Unlock()
	s.beat.Painted, s.beat.Played = nil, nil
	s.p.opts.Beat(b)
	return nil
}

// moving fills in how the picture moves. A standing picture is drawn once: that mpv answers
// and has an output counts as one.
func (s *session) moving(ctx context.Context, b *player.Beat) error {
	if !s.shown || s.want.still {
		var out bool
		if err := s.property(ctx, "vo-configured", &out); err != nil {
			return err
		}
		if out {
			b.Frames = 1
		}
		return nil
	}
	frame, err := s.number(ctx, "estimated-frame-number")
	if err != nil {
		return err
	}
	v := &player.VideoBeat{}
	var paused, ended bool
	if v.At, err = s.number(ctx, "time-pos"); err != nil {
		return err
	}
	v.At = max(v.At, 0)
	for name, into := range map[string]*bool{"pause": &paused, "eof-reached": &ended} {
		if err := s.property(ctx, name, into); err != nil {
			return err
		}
	}
	for _, name := range []string{"frame-drop-count", "decoder-frame-drop-count"} {
		n, err := s.number(ctx, name)
		if err != nil {
			return err
		}
		v.Dropped += int(n)
	}
	v.Paused = paused || ended
	b.Video = v
	if b.Frames = int(min(max(int64(frame)-s.frames, 0), 1e6)); v.Paused {
		b.Frames = 1 // it holds its last picture
	}
	s.frames = int64(frame)
	return nil
}

// property reads one property; one that is not there at present keeps its zero value.
func (s *session) property(ctx context.Context, name string, into any) error {
	data, err := s.do(ctx, "get_property", name)
	if errors.Is(err, ErrRefused) {
		return nil
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(data, into)
}

func (s *session) number(ctx context.Context, name string) (float64, error) {
	var n float64
	err := s.property(ctx, name, &n)
	return n, err
}

func (s *session) text(ctx context.Context, name string) (string, error) {
	var t string
	err := s.property(ctx, name, &t)
	return t, err
}

// clip returns s without what is beyond n bytes, cut between characters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
