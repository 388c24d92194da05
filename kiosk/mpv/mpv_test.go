package mpv

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"firepost/kiosk/player"
	"firepost/kiosk/programme"
	"firepost/kiosk/takeover"
)

// TestRealMPV: pictures, a film that moves and holds its end, and what can't be shown.
func TestRealMPV(t *testing.T) {
	t.Parallel() // they wait for beats, mostly
	r := newRig(t, nil)
	r.picture("a.png", 200)
	r.film("b.y4m", 30)
	r.file("bad.mp4", []byte("no film at all"))
	s := r.slots(
		programme.Item{ID: "a", Kind: programme.Image, Media: "a.png"},
		programme.Item{ID: "b", Kind: programme.Video, Media: "b.y4m", Sound: true},
		programme.Item{ID: "bad", Kind: programme.Video, Media: "bad.mp4"},
		programme.Item{ID: "words", Kind: programme.Text, ZH: "消防通道"},
	)
	r.p.Set(s)
	if b := r.until("picture", func(b player.Beat) bool { return b.Item == "a" }); b.Rev != 7 || b.Video != nil || b.Frames != 1 || b.Build == "" || b.Seq == 0 {
		t.Errorf("%+v", b)
	}
	r.turn(s)
	b := r.until("film", func(b player.Beat) bool { return b.Item == "b" && b.Video != nil })
	if b.Video.At < 0 || b.Frames == 0 {
		t.Errorf("%+v, %+v", b, b.Video)
	}
	r.until("held end", func(b player.Beat) bool { return b.Item == "b" && b.Video != nil && b.Video.Paused })
	r.turn(s)
	b = r.until("failure", func(b player.Beat) bool {
		return len(b.Played) > 0 && b.Played[len(b.Played)-1].Item == "bad"
	})
	if p := b.Played[len(b.Played)-1]; p.How != player.Failed || p.Why == "" || b.Error == "" {
		t.Errorf("%+v, %q", p, b.Error)
	}
	r.turn(s)
	b = r.until("refusal", func(b player.Beat) bool {
		return len(b.Played) > 0 && b.Played[len(b.Played)-1].Item == "words"
	})
	if p := b.Played[len(b.Played)-1]; p.Why != "mpv can't show it" {
		t.Errorf("%+v", p)
	}
	r.until("what stood before", func(b player.Beat) bool { return b.Item == "b" })

}

// TestTakeoverByMPV: pages in turn, a broken one among them, a violent end in the middle of it,
// a screenshot, and the programme again.
func TestTakeoverByMPV(t *testing.T) {
	t.Parallel() // they wait for beats, mostly
	r := newRig(t, nil)
	r.picture("a.png", 200)
	turn := 300 * time.Millisecond
	r.pages = []Page{{r.picture("t1.png", 20), turn}, {r.file("t2.png", []byte("broken page")), turn}, {r.picture("t3.png", 90), turn}}
	r.wrong = errors.New("no font has 鱻")
	s := r.slots(programme.Item{ID: "a", Kind: programme.Image, Media: "a.png"})
	s.Takeover = scene("t1", 1)
	r.p.Set(s)
	b := r.until("takeover", func(b player.Beat) bool { return len(b.Painted) > 0 })
	if b.Takeover != "t1" || b.TakeoverRev != 1 || b.Painted[0].ID != "t1" || b.Item != "" || b.Painted[0].AfterMS <= 0 {
		t.Errorf("%+v", b)
	}
	t.Logf("painted after %.1f ms", b.Painted[0].AfterMS)
	r.until("beat past the broken page", func(b player.Beat) bool { return strings.Contains(b.Error, "t2.png") })
	r.until("what is wrong with the pages", func(b player.Beat) bool { return b.Takeover == "t1" && strings.Contains(b.Error, "鱻") })
	pid, _, _ := r.p.Process()
	if err := unix.Kill(pid, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	b = r.until("takeover again", func(b player.Beat) bool { return len(b.Painted) > 0 })
	if now, starts, _ := r.p.Process(); now == pid || starts != 2 || b.Takeover != "t1" {
		t.Errorf("process %d after %d, %+v", now, pid, b)
	}
	shot, err := r.p.Screenshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if img, err := png.Decode(bytes.NewReader(shot)); err != nil || img.Bounds().Dx() != 64 {
		t.Errorf("%v", err)
	}
	s.Takeover = nil
	r.p.Set(s)
	r.until("programme again", func(b player.Beat) bool { return b.Item == "a" && b.Takeover == "" })
	s.Showing.On = false
	r.p.Set(s)
	r.until("black", func(b player.Beat) bool { return b.Item == "" && b.Takeover == "" })
}

// TestWhateverMPVDoes: it ends, hangs, talks nonsense or shows nothing; the takeover is there
// with the next one.
func TestWhateverMPVDoes(t *testing.T) {
	for kind, why := range map[string]string{
		"exit": "no such option", "hang": "does not answer", "garbage": "read mpv's line", "blind": "is not shown within",
	} {
		t.Run(kind, func(t *testing.T) {
			t.Setenv(roleEnv, "mpv:"+kind)
			exe, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			r := newRig(t, func(o *Options) {
				o.Program, o.Args = exe, nil
				o.Scene = func(takeover.Scene, image.Point) ([]Page, error) {
					return []Page{{File: "/nonexistent/page.png"}}, nil
				}
			})
			r.p.Set(player.State{Takeover: scene("t1", 1)})
			b := r.until("takeover", func(b player.Beat) bool { return b.Takeover == "t1" })
			_, starts, said := r.p.Process()
			if starts != 2 || !strings.Contains(said, why) || b.Seq == 0 {
				t.Errorf("%d starts, because %q", starts, said)
			}
		})
	}
}

// TestLater: what can't be shown at this moment is asked for again; what never comes in its slot
// has failed, and until then the station's name stands.
func TestLater(t *testing.T) {
	t.Parallel() // they wait for beats, mostly
	var asked atomic.Int64
	r := newRig(t, func(o *Options) {
		have := o.Item
		o.Item = func(ctx context.Context, i programme.Item, size image.Point) ([]Page, error) {
			if i.ID == "never" || asked.Add(1) < 4 {
				return nil, fmt.Errorf("the daemon is away: %w", ErrLater)
			}
			return have(ctx, i, size)
		}
		o.Idle = func(s player.State, _ image.Point) ([]Page, error) {
			return []Page{{File: filepath.Join(o.Dir, s.StationZH)}}, nil
		}
	})
	r.picture("a.png", 200)
	r.picture("name.png", 100)
	s := r.slots(programme.Item{ID: "a", Kind: programme.Image, Media: "a.png"}, programme.Item{ID: "never", Kind: programme.Image}, programme.Item{ID: "a2", Kind: programme.Image, Media: "a.png"})
	s.StationZH = "name.png"
	r.p.Set(s)
	if b := r.until("complaint", func(b player.Beat) bool { return strings.Contains(b.Error, "the daemon is away") }); b.Item != "" || len(b.Played) > 0 {
		t.Errorf("%+v", b)
	}
	r.until("complaint with something on the glass", func(b player.Beat) bool { return b.Seq > 1 && b.Error != "" })
	if shot, err := r.p.Screenshot(t.Context()); err != nil || len(shot) == 0 {
		t.Errorf("the station's name is not there: %v", err)
	}
	r.until("picture", func(b player.Beat) bool { return b.Item == "a" })
	r.turn(s)
	r.until("complaint", func(b player.Beat) bool { return b.Item == "a" && b.Error != "" })
	r.turn(s)
	b := r.until("failure", func(b player.Beat) bool { return len(b.Played) > 0 })
	if p := b.Played[0]; p.Item != "never" || p.How != player.Failed || !strings.Contains(p.Why, "away") {
		t.Errorf("%+v", p)
	}
	r.until("the next", func(b player.Beat) bool { return b.Item == "a2" })
}

// TestSlides: an item of several pages is one play.
func TestSlides(t *testing.T) {
	t.Parallel() // they wait for beats, mostly
	var loads atomic.Int64
	r := newRig(t, func(o *Options) {
		o.Item = func(context.Context, programme.Item, image.Point) ([]Page, error) {
			loads.Add(1)
			return []Page{{filepath.Join(o.Dir, "1.png"), 100 * time.Millisecond}, {filepath.Join(o.Dir, "2.png"), 100 * time.Millisecond}}, nil
		}
	})
	r.picture("1.png", 1)
	r.picture("2.png", 2)
	s := r.slots(programme.Item{ID: "words", Kind: programme.Text, ZH: "字"}, programme.Item{ID: "more", Kind: programme.Text, ZH: "字"})
	r.p.Set(s)
	first := r.until("slide", func(b player.Beat) bool { return b.Item == "words" })
	r.until("later beat", func(b player.Beat) bool {
		if len(b.Played) > 0 {
			t.Errorf("%+v", b.Played)
		}
		return b.Seq > first.Seq+1
	})
	r.turn(s)
	b := r.until("end", func(b player.Beat) bool { return len(b.Played) > 0 })
	if p := b.Played[0]; len(b.Played) != 1 || p.Item != "words" || p.How != player.Ended || p.FromMS > 10_000 || p.UntilMS < 3_600_000 {
		t.Errorf("%+v", p)
	}
	if n := loads.Load(); n != 2 {
		t.Errorf("asked %d times", n)
	}
}

// TestOrders: a ping comes back, a reload starts mpv anew.
func TestOrders(t *testing.T) {
	t.Parallel() // they wait for beats, mostly
	r := newRig(t, nil)
	r.picture("a.png", 200)
	r.p.Set(r.slots(programme.Item{ID: "a", Kind: programme.Image, Media: "a.png"}))
	r.p.Order(player.Order{Ping: 5})
	r.until("answer to the ping", func(b player.Beat) bool { return b.Pong == 5 && b.Item == "a" })
	r.p.Order(player.Order{Ping: 2})
	r.p.Report()
	r.until("answer to a daemon that counts anew", func(b player.Beat) bool { return b.Pong == 2 })
	r.p.Order(player.Order{Reload: true})
	r.until("end of the item", func(b player.Beat) bool { return len(b.Played) > 0 || b.Item == "a" })
	r.until("a new mpv", func(b player.Beat) bool {
		_, starts, _ := r.p.Process()
		return starts == 2 && b.Item == "a"
	})
}

// TestPagesFail: nothing to show of a takeover is said, not hidden, and no film is shown.
func TestPagesFail(t *testing.T) {
	t.Parallel() // they wait for beats, mostly
	r := newRig(t, func(o *Options) {
		o.Scene = func(takeover.Scene, image.Point) ([]Page, error) { return nil, errors.New("disk full") }
	})
	r.picture("a.png", 200)
	s := r.slots(programme.Item{ID: "a", Kind: programme.Image, Media: "a.png"})
	r.p.Set(s)
	r.until("picture", func(b player.Beat) bool { return b.Item == "a" })
	s.Takeover = scene("t1", 1)
	r.p.Set(s)
	b := r.until("complaint", func(b player.Beat) bool { return strings.Contains(b.Error, "disk full") })
	if b.Takeover != "" {
		t.Errorf("%+v", b)
	}
	r.until("no film during a takeover", func(b player.Beat) bool { return b.Item == "" })
}

func TestOptions(t *testing.T) {
	fine := Options{
		Dir: "/run/x", Item: func(context.Context, programme.Item, image.Point) ([]Page, error) { return nil, nil },
		Scene: func(takeover.Scene, image.Point) ([]Page, error) { return nil, nil },
		Now:   func() time.Duration { return 0 }, Beat: func(player.Beat) {}, Log: slog.New(slog.DiscardHandler),
	}
	if _, err := New(fine); err != nil {
		t.Error(err)
	}
	for _, spoil := range []func(o *Options){
		func(o *Options) { o.Item = nil }, func(o *Options) { o.Dir = "x" },
		func(o *Options) { o.Dir = "/" + strings.Repeat("x", 90) },
	} {
		bad := fine
		spoil(&bad)
		if _, err := New(bad); !errors.Is(err, ErrOptions) {
			t.Errorf("%v", err)
		}
	}
}
