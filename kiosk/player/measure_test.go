package player_test

import (
	"context"
	"os"
	"strconv"
	"testing"
	"time"

	"firepost/kiosk/player"
	"firepost/kiosk/player/playertest"
	"firepost/kiosk/programme"
)

// times is n, or what the environment asks for.
func times(t *testing.T, variable string, n int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return n
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return n
}

// TestLatencyOfTakeovers reports how long takeovers take to be painted above a playing video.
func TestLatencyOfTakeovers(t *testing.T) {
	r := rig(t, 1920, 1080)
	clip := must(r.Media.Clip(t.Context(), "vp8", 4*time.Second, 0))(t)
	zones := map[programme.Zone][]programme.Slot{programme.Main: playertest.Slots(r.Now().Mono, programme.Item{ID: "clip", Kind: programme.Video, Media: clip, For: 4 * time.Second})}
	await(t, r, func() { r.Set(playertest.State(nil, zones)) }, func(b player.Beat) bool { return b.Item == "clip" })
	n := times(t, "FIREPOST_TAKEOVERS", 20)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	l, err := r.Latency(ctx, n, zones)
	if err != nil {
		t.Fatal(err)
	}
	if len(l) != n {
		t.Fatalf("%d of %d takeovers were painted", len(l), n)
	}
	t.Logf("set to painted, %d takeovers: p50 %s, p99 %s, most %s", n, l.Percentile(0.5), l.Percentile(0.99), l.Percentile(1))
}

// TestALongPlaylist plays many short items of every kind: none fails, none leaves the main zone
// bare, and the memory is reported.
func TestALongPlaylist(t *testing.T) {
	t.Parallel() // it waits for the page's own pace most of the time
	r := rig(t, 640, 360)
	n := times(t, "FIREPOST_ITEMS", 200)
	every := time.Duration(times(t, "FIREPOST_ITEM_MS", 100)) * time.Millisecond
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute+4*time.Duration(n)*every)
	defer cancel()
	items := []programme.Item{
		{ID: "vp8", Kind: programme.Video, Media: must(r.Media.Clip(t.Context(), "vp8", time.Second, 0))(t)},
		{ID: "red", Kind: programme.Image, Media: must(r.Media.Poster("火", "#7a1212"))(t)},
		{ID: "h264", Kind: programme.Video, Media: must(r.Media.Clip(t.Context(), "h264", time.Second, 90))(t)},
		{ID: "text", Kind: programme.Text, ZH: "关火、关电、关气", EN: "Fire, power, gas off"},
		{ID: "vp9", Kind: programme.Video, Media: must(r.Media.Clip(t.Context(), "vp9", time.Second, 180))(t)},
		{ID: "page", Kind: programme.Page, Media: must(r.Media.Page("动画"))(t)},
	}
	s, err := r.Soak(ctx, n, every, items...)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range s.Samples {
		t.Logf("%5d items: heap %.0f, embedder %.0f bytes; %d documents, %d nodes, %d listeners", m.Items, m.Heap, m.Embedder, m.Documents, m.Nodes, m.Listeners)
	}
	t.Logf("%d items ended, %d failed; %d frames, %d bare, longest %s; heap growth %.2f %%", s.Ended, s.Failed, s.Frames, s.Bare, s.Longest, 100*s.Growth())
	if s.Bare != 0 {
		t.Errorf("%d of %d frames showed nothing, for %s at most", s.Bare, s.Frames, s.Longest)
	}
	if s.Frames == 0 {
		t.Error("no frame was looked at")
	}
}
