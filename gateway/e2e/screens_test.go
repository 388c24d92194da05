package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"firepost/gateway/e2e/glass"
)

// TestScreens: from the detector to the glass and to the control room, while nobody's word for
// the time is to be had; the daemon's restart leaves the takeover on the glass.
func TestScreens(t *testing.T) {
	t.Parallel()
	m := mosquitto(t)
	// No clock of this machine is believed without the kernel's word.
	v := newShow(t, setup{broker: m.Addr, clock: "kernel"}, "", "")
	v.plays()
	seen := v.stored()
	v.smoke(true, "smoke-1")
	v.taken("smoke-1")
	e, _ := v.painted(seen)
	var d struct {
		Screen, Takeover, Kind, Stage string
		AfterMS                       float64 `json:"after_ms"`
	}
	v.must(json.Unmarshal(e.Detail, &d))
	if d.Screen != screenName || d.Kind != "real" || d.Stage != "verifying" || d.AfterMS <= 0 {
		t.Errorf("the control room hears %s", e.Detail)
	}
	before := v.seen()
	v.kill()
	v.open()
	v.sees("the new daemon's word for it", `window.glass.sockets > `+text(before.Sockets)+` && window.glass.told === `+text(before.Told))
	if now := v.seen(); now.Lost != 0 || now.Told == "" {
		t.Errorf("the takeover was away for %d frames: %+v", now.Lost, now)
	}
	v.smoke(true, "smoke-2")
	v.taken("smoke-2")
	v.taken("smoke-1")
	v.over("smoke-1", "smoke-2")
	t.Logf("painted: %s", e.Detail)
}

func text(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // words and numbers only
	}
	return string(data)
}

// TestScreenUnplugged: a pulled plug is said, and nothing is restarted for it.
func TestScreenUnplugged(t *testing.T) {
	t.Parallel()
	m := mosquitto(t)
	v := newShow(t, setup{broker: m.Addr}, "", "")
	v.plays()
	was, err := v.glass.Up(v.ctx)
	v.must(err)
	v.must(v.glass.Plug(false))
	if words := v.says("screen.black." + screenName); !strings.Contains(words, "no screen is connected") {
		t.Errorf("the booth says %q", words)
	}
	// A frozen page would be helped by a new browser, if there were somebody to see it.
	v.must(v.glass.Freeze())
	v.says("screen.black." + screenName)
	now, err := v.glass.Up(v.ctx)
	v.must(err)
	if now != was || strings.Contains(v.daemon.Log(), "a screen is helped") {
		t.Errorf("browser %d, now %d; something was restarted for a pulled plug", was, now)
	}
	v.must(v.glass.Plug(true))
	v.smoke(true, "smoke-1")
	v.taken("smoke-1")
}

// TestScreenCorruptMedia: a poster that has rotted on the disk is passed by, and nothing is bare.
func TestScreenCorruptMedia(t *testing.T) {
	t.Parallel()
	m := mosquitto(t)
	a, b, c := poster("one", "#123"), poster("rotten", "#231"), poster("three", "#312")
	dir := starterOf(t, a, b, c)
	v := newShow(t, setup{broker: m.Addr}, dir, "")
	v.start()
	v.item("one")
	// Before its turn; where the page has fetched it already the next round shows it.
	write(t, filepath.Join(dir, "posters", b.name), strings.Repeat("x", len(b.data)))
	for range 2 {
		v.item("three")
		v.item("one")
	}
	v.item("three")
	if s := v.seen(); s.Bare != 0 || s.Frames == 0 {
		t.Errorf("%d of %d frames were bare", s.Bare, s.Frames)
	}
	v.smoke(true, "smoke-1")
	v.taken("smoke-1")
	if err := os.RemoveAll(dir); err != nil {
		t.Error(err)
	}
	v.smoke(true, "smoke-2")
	v.taken("smoke-2")
}

// TestScreenDiskFull: the journal writes nothing any more, media neither, and the fire is shown.
func TestScreenDiskFull(t *testing.T) {
	t.Parallel()
	m := mosquitto(t)
	r, state := diskRoom(t, 20)
	v := newShow(t, setup{broker: m.Addr, room: r, state: state}, "", "")
	v.plays()
	seen := v.stored()
	v.exhaust("smoke-3", seen)
	v.fill()
	v.smoke(true, "smoke-1")
	v.taken("smoke-1")
	v.painted(seen)
	// The browser is killed on top of it.
	v.must(v.glass.KillBrowser())
	v.taken("smoke-1")
	v.free()
	v.diskFault(seen, "cleared")
	v.sees("the fire", glass.Taken)
}
