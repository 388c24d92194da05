package huidu

import (
	"errors"
	"image"
	"image/color"
	"slices"
	"strings"
	"testing"
	"time"

	"firepost/drivers/bus/line"
	"firepost/drivers/led"
	"firepost/drivers/led/ledsim"
	"firepost/drivers/led/ledtest"
)

var size = image.Pt(64, 32)

func player() *ledsim.Huidu {
	return ledsim.NewHuidu(size, func(guid string) bool { return strings.HasPrefix(guid, "firepost-base-") || guid == "{advert}" })
}

// open puts a player on TCP and a sign before it.
func listen(t *testing.T, h *ledsim.Huidu) (*Sign, *ledsim.Card) {
	t.Helper()
	card, err := ledsim.Listen(h)
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Options{Dial: line.TCP(card.Address()), Size: size, Timeout: 15 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = s.Close()
		_ = card.Close() // once more, in some tests
	})
	return s, card
}

func scene(id string, shade uint8) led.Scene {
	img := image.NewRGBA(image.Rectangle{Max: size})
	for i := range img.Pix {
		img.Pix[i] = shade + uint8(i)
	}
	for y := range size.Y {
		for x := range size.X {
			c := img.RGBAAt(x, y)
			c.A = 255
			img.SetRGBA(x, y, c)
		}
	}
	return led.Scene{ID: id, Picture: img}
}

func TestConformance(t *testing.T) {
	for name, change := range map[string]func(*ledsim.Huidu){
		"replaces, switches to anything": func(*ledsim.Huidu) {},
		"appends to another's programme, beats, does not switch to the past": func(h *ledsim.Huidu) {
			h.Appends, h.Beats, h.Dated = true, true, true
			h.Foreign("{advert}")
		},
	} {
		t.Run(name, func(t *testing.T) {
			ledtest.Run(t, ledtest.Options{Size: size, Patience: 500 * time.Millisecond, Open: func(t *testing.T) (led.Sign, ledtest.Card) {
				h := player()
				change(h)
				s, c := listen(t, h)
				return s, c
			}})
		})
	}
}

func must(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// TestNoAlarmByItself: what is only stored never comes up, however long nobody speaks to the
// player, and not after a power cut either.
func TestNoAlarmByItself(t *testing.T) {
	for _, dated := range []bool{false, true} {
		h := player()
		h.Dated = dated
		s, card := listen(t, h)
		fire := scene("fire", 1)
		quiet := func(when string) {
			t.Helper()
			for range 20 {
				card.Elapse(24 * time.Hour)
				if card.Shown().Scene {
					t.Fatalf("%s (dated %t): the stored alarm is on the glass", when, dated)
				}
			}
			card.PowerCycle()
			if card.Shown().Scene {
				t.Fatalf("%s (dated %t): the stored alarm is on the glass after a power cut", when, dated)
			}
		}
		must(t, "preload", s.Preload(t.Context(), fire))
		quiet("stored")
		must(t, "show", s.Show(t.Context(), fire))
		must(t, "clear", s.Clear(t.Context()))
		quiet("shown and cleared")
		must(t, "show", s.Show(t.Context(), scene("unprepared", 9)))
		must(t, "store meanwhile", s.Preload(t.Context(), scene("other", 7)))
		if !card.Shown().Scene {
			t.Fatalf("dated %t: storing took the alarm off the glass", dated)
		}
		must(t, "clear", s.Clear(t.Context()))
		quiet("stored during an alarm")
	}
}

// TestOtherSign: a booth that starts anew clears what the one before left, and keeps its scenes.
func TestOtherSign(t *testing.T) {
	for _, dated := range []bool{false, true} {
		h := player()
		h.Dated = dated
		first, card := listen(t, h)
		must(t, "preload", first.Preload(t.Context(), scene("fire", 1)))
		must(t, "show", first.Show(t.Context(), scene("drill", 2)))
		must(t, "close", first.Close())
		second, err := New(Options{Dial: line.TCP(card.Address()), Size: size})
		must(t, "open again", err)
		defer second.Close()
		must(t, "clear", second.Clear(t.Context()))
		before := card.Shown().Uploads
		must(t, "show", second.Show(t.Context(), scene("fire", 1)))
		if got := card.Shown(); !got.Scene || got.Uploads != before {
			t.Errorf("dated %t: scene %t, %d uploads, want none", dated, got.Scene, got.Uploads-before)
		}
	}
}

// TestReplaced: a scene of the same name takes the older one's place, and its file goes.
func TestReplaced(t *testing.T) {
	h := player()
	h.Foreign("{advert}")
	h.Appends = true
	s, card := listen(t, h)
	for i := range uint8(5) {
		must(t, "preload", s.Preload(t.Context(), scene("fire", i)))
	}
	must(t, "preload", s.Preload(t.Context(), scene("drill", 1)))
	must(t, "close", s.Close())
	must(t, "close", card.Close())
	if got := h.Holds(); len(got) != 3 {
		t.Errorf("the player holds %v", got)
	}
	if got := h.Files(); len(got) != 4 || !slices.Contains(got, "{advert}") {
		t.Errorf("the player keeps %v: want three of ours and what is not ours to delete", got)
	}
}

// TestProgramme: the base picture can be changed, on the glass and behind an alarm.
func TestProgramme(t *testing.T) {
	s, card := listen(t, player())
	white := image.NewUniform(color.White)
	base := image.NewGray(image.Rectangle{Max: size})
	for i := range base.Pix {
		base.Pix[i] = 200
	}
	must(t, "programme", s.Programme(t.Context(), base))
	at := func() color.Color { return color.GrayModel.Convert(card.Shown().Picture.At(3, 3)) }
	if card.Shown().Scene || at() != (color.Gray{200}) {
		t.Fatalf("%v is on the glass", at())
	}
	must(t, "show", s.Show(t.Context(), scene("fire", 1)))
	for i := range base.Pix {
		base.Pix[i] = 90
	}
	must(t, "programme", s.Programme(t.Context(), base))
	if !card.Shown().Scene {
		t.Fatal("a new programme took the alarm off the glass")
	}
	must(t, "clear", s.Clear(t.Context()))
	if card.Shown().Scene || at() != (color.Gray{90}) {
		t.Fatalf("%v is on the glass", at())
	}
	if s.Programme(t.Context(), white) == nil {
		t.Error("a picture without an end is accepted")
	}
}

// TestMultiScreen: a player that is synchronised with others does not switch, and shows the
// scene all the same, because the screen is sent anew.
func TestMultiScreen(t *testing.T) {
	h := player()
	h.Sync = true
	s, card := listen(t, h)
	must(t, "preload", s.Preload(t.Context(), scene("fire", 1)))
	must(t, "show", s.Show(t.Context(), scene("fire", 1)))
	if !card.Shown().Scene {
		t.Error("the scene is not on the glass")
	}
	must(t, "clear", s.Clear(t.Context()))
	if card.Shown().Scene {
		t.Error("the scene is still on the glass")
	}
}

// TestFrozen: a player that says yes and plays on is never believed.
func TestFrozen(t *testing.T) {
	for _, sync := range []bool{false, true} {
		h := player()
		h.Foreign("{advert}")
		h.Appends, h.Frozen, h.Sync = true, true, sync
		s, _ := listen(t, h)
		err := s.Show(t.Context(), scene("fire", 1))
		if !errors.Is(err, led.ErrRefused) || strings.Contains(err.Error(), "multi-screen") != sync {
			t.Errorf("synchronised %t: %v", sync, err)
		}
	}
}

// TestSpoiledUpload: a file that arrives damaged is found, deleted and sent again.
func TestSpoiledUpload(t *testing.T) {
	h := player()
	h.Spoils = 1
	s, _ := listen(t, h)
	if err := s.Preload(t.Context(), scene("fire", 1)); !errors.Is(err, led.ErrRefused) {
		t.Fatalf("%v, want it refused", err)
	}
	must(t, "the second time", s.Preload(t.Context(), scene("fire", 1)))
}

// TestBusy: a player that still writes is waited for.
func TestBusy(t *testing.T) {
	h := player()
	h.Busy = 2
	s, card := listen(t, h)
	must(t, "show", s.Show(t.Context(), scene("fire", 1)))
	if !card.Shown().Scene {
		t.Error("the scene is not on the glass")
	}
}

// TestTooMany: the player's programmes are bounded.
func TestTooMany(t *testing.T) {
	s, _ := listen(t, player())
	for i := range maxScenes {
		must(t, "preload", s.Preload(t.Context(), scene("fire-"+strings.Repeat("x", i), uint8(i))))
	}
	if err := s.Preload(t.Context(), scene("one-more", 1)); !errors.Is(err, led.ErrRefused) {
		t.Error(err)
	}
}

func TestStatus(t *testing.T) {
	h := player()
	s, card := listen(t, h)
	must(t, "beat", s.KeepAlive(t.Context()))
	st, err := s.Status(t.Context())
	must(t, "status", err)
	if st.Model != "C16L" || st.Firmware != "7.10.78.1" || st.Lit == nil || !*st.Lit || st.Brightness == nil || *st.Brightness != 100 {
		t.Errorf("%+v", st)
	}
	other, err := New(Options{Dial: line.TCP(card.Address()), Size: image.Pt(32, 32)})
	must(t, "open", err)
	defer other.Close()
	if _, err := other.Status(t.Context()); !errors.Is(err, led.ErrRefused) {
		t.Errorf("a board of another size: %v", err)
	}
}

func TestRefusedScenes(t *testing.T) {
	s, card := listen(t, player())
	for name, sc := range map[string]led.Scene{
		"no picture": {ID: "fire"}, "no name": scene("", 1), "base": scene("base", 1), "capital": scene("Fire", 1),
		"path": scene("../fire", 1), "quote": scene(`a"b`, 1), "long": scene(strings.Repeat("a", 41), 1),
	} {
		if s.Show(t.Context(), sc) == nil || s.Preload(t.Context(), sc) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if card.Heard() != 0 {
		t.Error("the player heard of it")
	}
}

func TestOptions(t *testing.T) {
	dial := line.TCP("127.0.0.1:1")
	for name, o := range map[string]Options{
		"no line": {Size: size}, "no size": {Dial: dial}, "huge": {Dial: dial, Size: image.Pt(1, 9000)},
		"another base": {Dial: dial, Size: size, Base: image.NewGray(image.Rect(0, 0, 1, 1))},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
