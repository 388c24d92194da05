package player_test

import (
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"firepost/kiosk/player"
	"firepost/kiosk/player/playertest"
	"firepost/kiosk/programme"
	"firepost/kiosk/takeover"
)

func fire(id string) *takeover.Scene {
	s := playertest.Scene(takeover.Real, takeover.Evacuate, 1, false)
	s.ID = id
	return s
}

const alarmVisible = `(() => { const a = document.querySelector('#alarm'); return getComputedStyle(a).visibility === 'visible' && a.contains(document.elementFromPoint(innerWidth / 2, innerHeight / 2)) })()`

// TestATakeoverIsALevel: painted and reported with its revision, kept while the daemon is away or
// frozen, there again for a daemon that has just started, and gone when a daemon says so.
func TestATakeoverIsALevel(t *testing.T) {
	r := rig(t, 960, 540)
	poster := must(r.Media.Poster("海报", "#123456"))(t)
	zones := map[programme.Zone][]programme.Slot{programme.Main: playertest.Slots(r.Now().Mono, programme.Item{ID: "poster", Kind: programme.Image, Media: poster, For: time.Hour})}
	await(t, r, func() { r.Set(playertest.State(nil, zones)) }, func(b player.Beat) bool { return b.Item == "poster" && b.Takeover == "" })

	b := await(t, r, func() { r.Set(playertest.State(fire("one"), zones)) }, func(b player.Beat) bool { return len(b.Painted) > 0 })
	if p := b.Painted[0]; p.ID != "one" || p.Rev != 1 || p.AfterMS <= 0 || b.Takeover != "one" || b.TakeoverRev != 1 || b.Item != "" {
		t.Errorf("painted %+v", b)
	}
	if b.Error != "" {
		t.Error(b.Error)
	}
	if i := slices.IndexFunc(b.Played, func(p player.Played) bool { return p.Item == "poster" }); i < 0 || b.Played[i].How != player.Interrupted {
		t.Errorf("the poster was not interrupted: %+v", b.Played)
	}
	next := fire("one")
	next.Rev, next.Report = 2, takeover.Text{ZH: "已报警", EN: "Reported"}
	await(t, r, func() { r.Set(playertest.State(next, zones)) }, func(b player.Beat) bool { return b.TakeoverRev == 2 })

	if err := r.Kill(); err != nil {
		t.Fatal(err)
	}
	if !ask[bool](t, r, alarmVisible) {
		t.Error("the takeover went with the daemon")
	}
	// The next daemon knows of another fire.
	await(t, r, func() {
		if err := r.Daemon(); err != nil {
			t.Error(err)
		}
		r.Set(playertest.State(fire("two"), zones))
	}, func(b player.Beat) bool { return b.Takeover == "two" })
	if ask[string](t, r, `document.querySelector('#alarm .places').innerText`) == "" {
		t.Error("no place is shown")
	}

	await(t, r, func() { r.Set(playertest.State(nil, zones)) }, func(b player.Beat) bool { return b.Takeover == "" && b.Item == "poster" })
	if ask[bool](t, r, alarmVisible) {
		t.Error("the takeover stayed")
	}
}

// TestAFrozenDaemon: the page gives a silent connection up, goes on, and finds the daemon again.
func TestAFrozenDaemon(t *testing.T) {
	t.Parallel() // it waits for the page's own pace most of the time
	r := rig(t, 480, 270)
	await(t, r, func() { r.Set(playertest.State(fire("frozen"), nil)) }, func(b player.Beat) bool { return b.Takeover == "frozen" })
	hub := r.Hub()
	was, _ := hub.Status(playertest.Screen)
	if _, err := playertest.Ask[any](r, `window.sockets = 0, window.WebSocket = class extends WebSocket { constructor(u) { super(u); window.sockets++; } }, null`); err != nil {
		t.Fatal(err)
	}
	r.Freeze()
	until(t, r, "another try", `window.sockets > 0`)
	if !ask[bool](t, r, alarmVisible) {
		t.Error("the takeover went")
	}
	await(t, r, r.Thaw, func(b player.Beat) bool {
		now, _ := hub.Status(playertest.Screen)
		return b.Takeover == "frozen" && now.Pages > was.Pages
	})
}

// TestWithoutItsDaemon: the list goes round while nobody says what comes next.
func TestWithoutItsDaemon(t *testing.T) {
	r := rig(t, 480, 270)
	a := programme.Item{ID: "a", Kind: programme.Text, ZH: "一", For: 400 * time.Millisecond}
	b := programme.Item{ID: "b", Kind: programme.Text, ZH: "二", For: 400 * time.Millisecond}
	await(t, r, func() { r.Set(mainZone(r.Now().Mono, a, b)) }, func(b player.Beat) bool { return b.Item != "" })
	if err := r.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := r.WatchCover(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		until(t, r, "the first", `document.querySelector('.item.front').dataset.item === 'a'`)
		until(t, r, "the second", `document.querySelector('.item.front').dataset.item === 'b'`)
	}
	if _, bare, _, err := r.Cover(); err != nil || bare != 0 {
		t.Errorf("%d bare frames: %v", bare, err)
	}
	// What was played meanwhile is told to the daemon that comes back.
	var played []player.Played
	await(t, r, func() {
		if err := r.Daemon(); err != nil {
			t.Error(err)
		}
	}, func(b player.Beat) bool {
		played = append(played, b.Played...)
		return len(played) >= 6
	})
	for i, p := range played[1:] {
		if p.How != player.Ended || p.FromMS < played[i].UntilMS-1 {
			t.Errorf("%+v after %+v", p, played[i])
		}
	}
}

// TestCorruptMedia: what can't be shown is said to have failed, the next item plays, the zone is
// never bare, and after three failures it is left alone until the programme changes.
func TestCorruptMedia(t *testing.T) {
	t.Parallel() // it waits for the page's own pace most of the time
	r := rig(t, 640, 360)
	good := must(r.Media.Poster("好", "#0a5"))(t)
	whole, err := os.ReadFile(filepath.Join(mediaDir(t, r, must(r.Media.Clip(t.Context(), "vp8", 2*time.Second, 0))(t))))
	if err != nil {
		t.Fatal(err)
	}
	lost := must(r.Media.Poster("失", "#a50"))(t)
	r.Media.Lose(lost)
	bad := map[string]programme.Item{
		"torn-video":  {Kind: programme.Video, Media: must(r.Media.Add(whole[:len(whole)/40], "video/webm"))(t)},
		"no-video":    {Kind: programme.Video, Media: must(r.Media.Add([]byte("not a video"), "video/mp4"))(t)},
		"torn-image":  {Kind: programme.Image, Media: must(r.Media.Add([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00"), "image/png"))(t)},
		"lost-image":  {Kind: programme.Image, Media: lost},
		"lost-page":   {Kind: programme.Page, Media: lost},
		"no-words":    {Kind: programme.Text},
		"no-kind":     {Kind: "hologram"},
		"long-code":   {Kind: programme.Code, Payload: string(make([]byte, 500))},
		"empty-media": {Kind: programme.Video},
	}
	list := []programme.Item{}
	for name, item := range bad {
		item.ID, item.For = name, 400*time.Millisecond
		list = append(list, programme.Item{ID: "good before " + name, Kind: programme.Image, Media: good, For: 400 * time.Millisecond}, item)
	}
	await(t, r, func() { r.Set(mainZone(r.Now().Mono, list[0])) }, func(b player.Beat) bool { return b.Item == list[0].ID })
	if err := r.WatchCover(); err != nil {
		t.Fatal(err)
	}
	state := mainZone(r.Now().Mono, list...)
	state.Showing.Programme = "with bad items"
	failed, left, after := map[string]int{}, 3*len(bad), 0
	b := await(t, r, func() { r.Set(state) }, func(b player.Beat) bool {
		for _, p := range b.Played {
			_, isBad := bad[p.Item]
			switch {
			case isBad && (p.How != player.Failed || p.Why == ""):
				t.Errorf("%+v", p)
			case isBad:
				failed[p.Item]++
				left--
			case left == 0:
				after++
			}
		}
		return after > len(list)/2
	})
	if !strings.HasPrefix(b.Item, "good") {
		t.Errorf("at the end %q is shown", b.Item)
	}
	for name := range bad {
		if failed[name] != 3 {
			t.Errorf("%s was tried %d times", name, failed[name])
		}
	}
	if n, bare, longest, err := r.Cover(); err != nil || bare != 0 || n == 0 {
		t.Errorf("%d of %d frames bare, for %s: %v", bare, n, longest, err)
	}
}

func mediaDir(t *testing.T, r *playertest.Rig, hash string) string {
	t.Helper()
	return filepath.Join(r.Media.Dir(), hash)
}

// TestNothingPlays: where not one item can be shown, the booth's name is.
func TestNothingPlays(t *testing.T) {
	r := rig(t, 640, 360)
	gone := programme.Item{ID: "gone", Kind: programme.Image, Media: "00", For: time.Second}
	await(t, r, func() { r.Set(mainZone(r.Now().Mono, gone)) }, func(b player.Beat) bool {
		return slices.ContainsFunc(b.Played, func(p player.Played) bool { return p.How == player.Failed }) && b.Item == ""
	})
	if !ask[bool](t, r, `document.querySelector('#calm').contains(document.elementFromPoint(innerWidth / 2, innerHeight / 2))`) {
		t.Error("something else than the calm picture is shown")
	}
}

// TestLight: dimmed by the programme, dark at night, and never during a takeover.
func TestLight(t *testing.T) {
	r := rig(t, 480, 270)
	item := programme.Item{ID: "a", Kind: programme.Text, ZH: "一", For: time.Hour}
	s := mainZone(r.Now().Mono, item)
	s.Showing.Brightness = 40
	r.Set(s)
	until(t, r, "dimmed", `Math.abs(getComputedStyle(document.querySelector('#dim')).opacity - 0.6) < 0.01`)
	s.Showing.On = false
	await(t, r, func() { r.Set(s) }, func(b player.Beat) bool { return b.Rev >= 2 && b.Item == "" })
	until(t, r, "dark", `getComputedStyle(document.querySelector('#dim')).opacity === '1'`)
	s.Takeover = fire("night")
	await(t, r, func() { r.Set(s) }, func(b player.Beat) bool { return b.Takeover == "night" })
	if !ask[bool](t, r, alarmVisible) {
		t.Error("the night covers the takeover")
	}
}

// wav is a short silent recording.
func wav() []byte {
	pcm := make([]byte, 1600)
	b := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data")
	b = binary.LittleEndian.AppendUint32(b, uint32(len(pcm)))
	b = append(b, pcm...)
	binary.LittleEndian.PutUint32(b[4:], uint32(len(b)-8))
	return b
}

// TestItSpeaks: the tone and the recordings in turn, again and again, past one that is missing,
// and only while there is sound to be made.
func TestItSpeaks(t *testing.T) {
	files := fstest.MapFS{"alarm.wav": {Data: wav()}, "evacuate.wav": {Data: wav()}}
	r, err := playertest.Start(t.Context(), playertest.Options{Dir: t.TempDir(), Width: 480, Height: 270, Speech: files})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	ask[any](t, r, `(() => {
		window.played = [];
		window.silent = 0;
		const play = HTMLMediaElement.prototype.play;
		HTMLMediaElement.prototype.play = function () { window.player = this; window.played.push(this.src.split('/').pop()); return play.call(this); };
	})()`)
	scene := fire("loud")
	scene.Speech = []string{"evacuate", "missing"}
	s := playertest.State(scene, nil)
	await(t, r, func() { r.Set(s) }, func(b player.Beat) bool { return b.Takeover == "loud" })
	if n := ask[int](t, r, `window.played.length`); n != 0 {
		t.Errorf("%d recordings without sound", n)
	}
	s.Sound = 70
	complained := false
	await(t, r, func() { r.Set(s) }, func(b player.Beat) bool {
		complained = complained || strings.Contains(b.Error, "missing")
		return complained
	})
	until(t, r, "the second round", `window.played.length >= 5`)
	if got := ask[string](t, r, `window.played.slice(0, 5).join()`); got != "alarm,evacuate,missing,alarm,evacuate" {
		t.Errorf("played %s", got)
	}
	if v := ask[float64](t, r, `window.player.volume`); v < 0.69 || v > 0.71 {
		t.Errorf("volume %g", v)
	}
	s.Takeover = nil
	await(t, r, func() { r.Set(s) }, func(b player.Beat) bool { return b.Takeover == "" })
	until(t, r, "silence", `window.player.paused`)
}

// TestTheNewestPageWins: a second page on a screen takes over; the first comes back when it goes.
func TestTheNewestPageWins(t *testing.T) {
	t.Parallel() // it waits for the page's own pace most of the time
	r := rig(t, 480, 270)
	item := programme.Item{ID: "a", Kind: programme.Text, ZH: "一", For: time.Hour}
	await(t, r, func() { r.Set(mainZone(r.Now().Mono, item)) }, func(b player.Beat) bool { return b.Item == "a" })
	if _, err := playertest.Ask[any](r, `new Promise(d => { const f = document.createElement('iframe'); document.body; window.second = new WebSocket('ws://' + location.host + '/screen/tv/ws?build=x'); second.onopen = () => d(null) })`); err != nil {
		t.Fatal(err)
	}
	st, _ := r.Hub().Status(playertest.Screen)
	if st.Pages != 2 || st.Replaced != 1 || !st.Connected {
		t.Errorf("%+v", st)
	}
	// Its socket closes; the page that yielded comes back.
	await(t, r, func() {
		if _, err := playertest.Ask[any](r, `second.close(), null`); err != nil {
			t.Error(err)
		}
	}, func(b player.Beat) bool { return b.Item == "a" })
}

// TestAnotherBuildReloads: but not while it shows the takeover that it should.
func TestAnotherBuildReloads(t *testing.T) {
	r := rig(t, 480, 270)
	await(t, r, func() { r.Set(playertest.State(fire("old"), nil)) }, func(b player.Beat) bool { return b.Takeover == "old" })
	if b, err := json.Marshal(r.Hub().Build()); err != nil || len(b) != 18 {
		t.Errorf("build %s: %v", b, err)
	}
	if got := ask[string](t, r, `document.body.dataset.build`); got != r.Hub().Build() {
		t.Errorf("the page is build %q, the hub %q", got, r.Hub().Build())
	}
	if _, err := playertest.Ask[any](r, `window.mark = 1, null`); err != nil {
		t.Fatal(err)
	}
	r.Hub().Order(playertest.Screen, player.Order{Reload: true})
	await(t, r, nil, func(b player.Beat) bool { return b.Seq < 3 && b.Takeover == "old" })
	if got := ask[string](t, r, `String(window.mark)`); got != "undefined" {
		t.Errorf("the page was not loaded anew: %s", strconv.Quote(got))
	}
}
