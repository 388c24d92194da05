package mpv

import (
	"context"
	"encoding/json"
	"errors"
	"image"
	"strings"
	"unicode/utf8"

	"firepost/kiosk/player"
	"firepost/kiosk/programme"
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
		if e.Entry == s.entry && s.shown {
			// Nobody took it away, and what plays to its end is held.
			s.shown, s.broken, s.reason = false, e.Entry, "it broke off: "+e.Reason+" "+e.FileError
		} else if e.Reason == "error" {
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
		s.unplayable()
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
			s.unplayable()
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
	s.shown = true
	w := s.want
	if w.scene == "" {
		s.painted = what{}
		if w.slot.Item.ID != "" {
			s.good = w
			if !sameSlot(s.on, w.slot) {
				s.on, s.since = w.slot, s.p.opts.Now()
			}
		}
		return
	}
	if w.scene != s.painted.scene || w.rev != s.painted.rev {
		s.painted = w
		s.beat.Painted = append(s.beat.Painted, player.Painted{ID: w.scene, Rev: w.rev, AfterMS: float64((s.p.local() - s.came).Microseconds()) / 1000})
	}
}

// unplayable leaves a file that mpv can't play: the takeover goes on with its other pages, the
// programme with what stood before.
func (s *session) unplayable() {
	s.entry, s.unplayed = 0, true
	w := s.want
	s.fail("mpv can't play " + w.file + ": " + s.reason)
	switch {
	case w.scene != "":
		// The last one left is given its time, and mpv ended then.
		if t := &s.turns; len(t.broken) < len(s.p.drawn.pages)-1 {
			t.broken[w.file] = true
		}
	case w.slot.Item.ID == "":
		s.idleBad = true
		s.want = what{}
	default:
		now := s.p.opts.Now()
		since := now
		if sameSlot(s.on, w.slot) {
			since, s.on = s.since, programme.Slot{}
		}
		s.played(w.slot, since, now, player.Failed, s.reason)
		s.tried = w.slot
		if s.good.file == w.file {
			s.good = what{}
		}
		s.want = what{}
	}
}

// measure asks how large the picture is.
func (s *session) measure(ctx context.Context) error {
	width, err := s.number(ctx, "osd-width")
	if err != nil {
		return err
	}
	height, err := s.number(ctx, "osd-height")
	if err != nil {
		return err
	}
	s.p.size = image.Pt(int(min(max(width, 0), 65535)), int(min(max(height, 0), 65535)))
	return nil
}

// report asks mpv how it fares and sends a beat; without an answer there is none.
func (s *session) report(ctx context.Context) error {
	if err := s.measure(ctx); err != nil {
		return err
	}
	s.beatAt = s.p.local() + beatEvery
	b := s.beat
	b.Width, b.Height = s.p.size.X, s.p.size.Y
	b.Rev = s.state.Rev
	s.p.mu.Lock()
	b.Pong = s.p.pong
	s.p.mu.Unlock()
	b.Error, s.failed = s.failed, ""
	if s.shown {
		b.Item = clip(s.want.slot.Item.ID, 256)
		b.Takeover, b.TakeoverRev = s.want.scene, s.want.rev
		if b.Takeover != "" && b.Error == "" {
			b.Error = clip(s.p.drawn.wrong, 500)
		}
	}
	if err := s.moving(ctx, &b); err != nil {
		return err
	}
	s.p.seq++
	b.Seq = s.p.seq
	s.beat.Painted, s.beat.Played = nil, nil
	s.p.opts.Beat(b)
	return nil
}

// moving fills in how the picture moves. A standing picture is drawn once: that mpv has an
// output, and that the output answers, counts as one.
func (s *session) moving(ctx context.Context, b *player.Beat) error {
	// The names of the displays are not wanted: mpv asks its output for them, and waits for the
	// answer (player/command.c), so that an output that hangs is found out.
	if _, err := s.do(ctx, "get_property", "display-names"); tolerable(err) != nil {
		return err
	}
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
	s = strings.ToValidUTF8(s, "?")
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
