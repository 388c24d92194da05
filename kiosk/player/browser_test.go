package player_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"firepost/kiosk/player"
	"firepost/kiosk/player/playertest"
	"firepost/kiosk/programme"
)

// patience bounds every wait in a browser; nothing asserts how long a wait took.
const patience = 40 * time.Second

// rig is a page on a screen of that size.
func rig(t *testing.T, w, h int64) *playertest.Rig {
	t.Helper()
	r, err := playertest.Start(context.Background(), playertest.Options{Dir: t.TempDir(), Width: w, Height: h})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// await does something and returns the first beat that is wanted.
func await(t *testing.T, r *playertest.Rig, do func(), want func(b player.Beat) bool) player.Beat {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	b, err := r.Await(ctx, do, want)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func ask[T any](t *testing.T, r *playertest.Rig, js string) T {
	t.Helper()
	v, err := playertest.Ask[T](r, js)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// until waits until a condition of the page holds.
func until(t *testing.T, r *playertest.Rig, what, js string) {
	t.Helper()
	_, err := chromedp.Run(r.Page(), chromedp.Poll[bool](js, chromedp.WithPollingInterval(20*time.Millisecond), chromedp.WithPollingTimeout(patience)))
	if err != nil {
		text, _ := playertest.Ask[string](r, `document.body.innerText`)
		t.Fatalf("the page never showed %s: %v\n%s", what, err, text)
	}
}

// shoot keeps a picture where the environment asks for it.
func shoot(t *testing.T, r *playertest.Rig, name string) {
	t.Helper()
	dir := os.Getenv("FIREPOST_SHOTS")
	if dir == "" {
		return
	}
	png, err := r.Shot()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600); err != nil {
		t.Fatal(err)
	}
}

// must is for making media.
func must(hash string, err error) func(t *testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return hash
	}
}

// mainZone is a state of the main zone alone.
func mainZone(from time.Duration, items ...programme.Item) player.State {
	return playertest.State(nil, map[programme.Zone][]programme.Slot{programme.Main: playertest.Slots(from, items...)})
}
