package screen

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/sys/unix"

	"firepost/firmware-contracts/message"
	"firepost/kiosk/judge"
	"firepost/kiosk/player"
	"firepost/kiosk/programme"
	"firepost/kiosk/takeover"
)

// theatre is a real hub and desk on one address that stays, for a real runner with a real mpv.
type theatre struct {
	*office
	began time.Time
	beats chan player.Beat
	media sync.Map // hash to file
	front atomic.Pointer[http.Handler]
	hub   *player.Hub
	close func()
}

// file is one file of the programme.
type file struct {
	kind string
	data []byte
}

func (th *theatre) mono() time.Duration { return time.Since(th.began) }

func (th *theatre) serve(h http.Handler) { th.front.Store(&h) }

// daemon starts a daemon: a hub that knows nothing of the one before.
func (th *theatre) daemon() {
	th.t.Helper()
	hub, err := player.New(player.Options{
		Screens: []string{"tv"}, StationZH: "红山三号站", StationEN: "Hongshan 3", Log: quiet(),
		Now: func() message.Stamp { return message.Stamp{Mono: th.mono(), Wall: time.Now(), Trusted: true} },
		Media: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			f, found := th.media.Load(filepath.Base(r.URL.Path))
			if !found {
				http.NotFound(w, r)
				return
			}
			w.Header().Set("Content-Type", f.(file).kind)
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.(file).data))
		}),
		OnBeat: func(_ string, beat player.Beat, _ message.Stamp) { th.beats <- beat },
	})
	if err != nil {
		th.t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", hub.Handler())
	mux.Handle("GET /screen/{name}/runner", th.desk)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = hub.Run(ctx)
	}()
	th.hub = hub
	th.serve(mux)
	th.close = sync.OnceFunc(func() {
		th.serve(http.NotFoundHandler())
		cancel()
		<-done
	})
}

// newTheatre starts a daemon, and a runner where there are options for it.
func newTheatre(t *testing.T, opts *Options) *theatre {
	t.Helper()
	th := &theatre{office: newOffice(t), began: time.Now().Add(-time.Hour), beats: make(chan player.Beat, 1000)}
	th.daemon()
	t.Cleanup(func() { th.close() })
	th.srv.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		(*th.front.Load()).ServeHTTP(w, r)
	})
	if opts == nil {
		return th
	}
	opts.Screen, opts.Daemon, opts.Profiles, opts.DRM, opts.Log = "tv", th.srv.URL, t.TempDir(), t.TempDir(), quiet()
	opts.Backend, opts.Extra = MPV, []string{"--vo=null", "--ao=null"}
	r, err := NewRunner(*opts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- r.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if left, err := filepath.Glob(filepath.Join(opts.Profiles, "*")); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	})
	return th
}

// until waits for a beat.
func (th *theatre) until(what string, is func(player.Beat) bool) player.Beat {
	th.t.Helper()
	limit := time.After(later)
	var newest player.Beat
	for {
		select {
		case newest = <-th.beats:
			if is(newest) {
				return newest
			}
		case <-limit:
			st, _ := th.desk.Status("tv")
			th.t.Fatalf("never %s; the newest beat is %+v, the runner says %+v", what, newest, st.Report.Browser)
		}
	}
}

func (th *theatre) put(kind string, data []byte) string {
	hash := strings.Repeat("0", 63) + string(rune('a'+len(kind)%6))
	th.media.Store(hash, file{kind, data})
	return hash
}

// show makes the programme one item from now on.
func (th *theatre) show(i programme.Item) player.State {
	now := th.mono()
	s := player.State{Showing: programme.Showing{Programme: "p 1", On: true, Brightness: 100, Zones: map[programme.Zone][]programme.Slot{
		programme.Main: {{Item: i, From: now, Until: now + time.Hour}},
	}}}
	th.hub.Set("tv", s)
	return s
}

func (th *theatre) take(s player.State, title string) player.State {
	s.Takeover = &takeover.Scene{
		ID: "fire-1", Rev: 1, Kind: takeover.Real, Stage: takeover.Evacuate,
		Title: takeover.Text{ZH: title, EN: "Leave now"}, Advice: []takeover.Text{{ZH: "走楼梯", EN: "Take the stairs"}},
	}
	th.hub.Set("tv", s)
	return s
}

// film is two seconds of pictures, uncompressed.
func film() []byte {
	var buf bytes.Buffer
	buf.WriteString("YUV4MPEG2 W16 H16 F25:1 Ip A1:1 C420\n")
	for i := range 50 {
		buf.WriteString("FRAME\n")
		buf.Write(bytes.Repeat([]byte{byte(i)}, 16*16*3/2))
	}
	return buf.Bytes()
}

func picture(t *testing.T) []byte {
	t.Helper()
	var buf bytes.Buffer
	img := image.NewRGBA(image.Rect(0, 0, 64, 36))
	for i := range img.Pix {
		img.Pix[i] = 200
	}
	if err := png.Encode(&buf, img); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// ground is the colour of the screenshot's corner, and its size.
func (th *theatre) ground() (color.RGBA, image.Point) {
	th.t.Helper()
	shot, err := th.desk.Screenshot(th.t.Context(), "tv")
	if err != nil {
		th.t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		th.t.Fatal(err)
	}
	at := img.Bounds()
	return color.RGBAModel.Convert(img.At(at.Min.X+1, at.Min.Y+1)).(color.RGBA), at.Size()
}

// TestMPVUnderTheRunner: films and pictures of the daemon, words, a takeover in its colour and
// size, a killed mpv, and a daemon that starts again in the middle of it all.
func TestMPVUnderTheRunner(t *testing.T) {
	t.Parallel() // they wait for beats, mostly
	th := newTheatre(t, &Options{Width: 640, Height: 360})
	th.show(programme.Item{ID: "film", Kind: programme.Video, Media: th.put("video/mp4", film())})
	b := th.until("film", func(b player.Beat) bool { return b.Item == "film" && b.Video != nil && b.Video.At > 0 })
	if b.Build != th.hub.Build() || b.Frames == 0 {
		t.Errorf("%+v", b)
	}
	s := th.show(programme.Item{ID: "picture", Kind: programme.Image, Media: th.put("image/png", picture(t))})
	b = th.until("picture", func(b player.Beat) bool { return b.Item == "picture" && b.Video == nil })
	for _, p := range b.Played {
		if p.Item != "film" || p.How != player.Interrupted || p.UntilMS <= p.FromMS || p.FromMS < 3_600_000 {
			t.Errorf("%+v", p)
		}
	}
	s = th.take(s, "请立即疏散")
	b = th.until("takeover", func(b player.Beat) bool { return len(b.Painted) > 0 })
	if b.Takeover != "fire-1" || b.TakeoverRev != 1 || b.Error != "" {
		t.Errorf("%+v", b)
	}
	t.Logf("painted after %.0f ms", b.Painted[0].AfterMS)
	if c, size := th.ground(); c.R < 150 || c.G > 60 || c.B > 60 || size != image.Pt(640, 360) {
		t.Errorf("%v on %v", c, size)
	}
	st, _ := th.desk.Status("tv")
	if err := unix.Kill(st.Report.Browser.PID, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	th.until("takeover by the next mpv", func(b player.Beat) bool { return b.Takeover == "fire-1" && len(b.Painted) > 0 })
	th.office.until(func(st Status) bool { return st.Report.Browser.Starts == 2 && st.Report.Browser.Up })
	// The daemon goes; what burns stays. The next one counts everything anew.
	th.close()
	if err := th.desk.Restart("tv"); err != nil {
		t.Fatal(err)
	}
	th.office.until(func(st Status) bool { return st.Report.Browser.Starts == 3 && st.Report.Browser.Up })
	th.daemon()
	b = th.until("takeover for the next daemon", func(b player.Beat) bool { return b.Takeover == "fire-1" })
	if b.Seq < 2 {
		t.Errorf("%+v", b)
	}
	s.Takeover = nil
	th.hub.Set("tv", s)
	th.until("the programme again", func(b player.Beat) bool { return b.Item == "picture" && b.Takeover == "" })
	if st, _ := th.hub.Status("tv"); st.Reloads != 0 || st.Garbage != 0 || st.Replaced != 0 || st.Pages != 1 {
		t.Errorf("%+v", st)
	}
}

// TestWhatMPVCantShow: words are drawn, the rest is said; without fonts a takeover is still
// there, as colour and sign, and that is said too.
func TestWhatMPVCantShow(t *testing.T) {
	t.Parallel() // they wait for beats, mostly
	th := newTheatre(t, &Options{Width: 320, Height: 240})
	svg := th.put("image/svg+xml", []byte("<svg/>"))
	th.show(programme.Item{ID: "words", Kind: programme.Text, ZH: "消防通道", EN: "Keep the lane free"})
	th.until("words", func(b player.Beat) bool { return b.Item == "words" && b.Error == "" })
	if _, size := th.ground(); size != image.Pt(320, 240) {
		t.Error(size)
	}
	for _, row := range []struct {
		item programme.Item
		why  string
	}{
		{programme.Item{ID: "svg", Kind: programme.Image, Media: svg}, "mpv can't show svg as image"},
		{programme.Item{ID: "page", Kind: programme.Page, Media: svg}, "mpv can't show html as page"},
		{programme.Item{ID: "mn", Kind: programme.Text, MN: "ᠭᠠᠯ"}, "Mongolian"},
		{programme.Item{ID: "code", Kind: programme.Code, Payload: "x"}, "can't show a code"},
	} {
		th.show(row.item)
		b := th.until(row.item.ID, func(b player.Beat) bool { return len(b.Played) > 0 && b.Played[len(b.Played)-1].Item == row.item.ID })
		if p := b.Played[len(b.Played)-1]; p.How != player.Failed || !strings.Contains(p.Why, row.why) || b.Item != "words" {
			t.Errorf("%+v", b)
		}
	}
	th.show(programme.Item{ID: "gone", Kind: programme.Image, Media: strings.Repeat("f", 64)})
	b := th.until("complaint", func(b player.Beat) bool { return strings.Contains(b.Error, "item gone") })
	if len(b.Played) > 0 || b.Item != "words" {
		t.Errorf("%+v", b)
	}
	th.show(programme.Item{ID: "named", Kind: programme.Image, Media: svg, ZH: "图"})
	th.until("the words of a picture", func(b player.Beat) bool { return b.Item == "named" })
}

func TestMPVWithoutFonts(t *testing.T) {
	t.Parallel() // they wait for beats, mostly
	th := newTheatre(t, &Options{Fonts: []string{"/nonexistent/cjk.ttc"}})
	th.take(th.show(programme.Item{ID: "words", Kind: programme.Text, ZH: "字"}), "请立即疏散")
	b := th.until("takeover", func(b player.Beat) bool { return len(b.Painted) > 0 })
	if b.Takeover != "fire-1" || !strings.Contains(b.Error, "colour and sign alone") || !strings.Contains(b.Error, "fonts-noto-cjk") {
		t.Errorf("%+v", b)
	}
	if c, size := th.ground(); c.R < 150 || c.G > 60 || size != image.Pt(usualWidth, usualHeight) {
		t.Errorf("%v on %v", c, size)
	}
}

// TestMPVIsJudged like a page: well with a takeover on the glass, its beats a second apart.
func TestMPVIsJudged(t *testing.T) {
	t.Parallel() // they wait for beats, mostly
	th := newTheatre(t, &Options{Width: 320, Height: 240})
	j, err := judge.New(judge.Settings{}, "boot", th.mono())
	if err != nil {
		t.Fatal(err)
	}
	th.take(player.State{}, "请立即疏散")
	w := judge.Want{On: true, Takeover: "fire-1", TakeoverRev: 1, Build: th.hub.Build()}
	for n := 0; n < 3; {
		b := th.until("beat", func(player.Beat) bool { return true })
		st, _ := th.hub.Status("tv")
		at := th.mono()
		j.Page(st, at)
		j.Beat(b, at)
		v := j.Look(w, programme.Moment{Mono: at})
		if b.Takeover == "" {
			continue
		}
		if n++; v.Health != judge.OK || v.Action != judge.None {
			t.Errorf("%+v of %+v", v, b)
		}
	}
}

// TestGarbageFromTheDaemon is left out, whatever it is, and said; what stands stays.
func TestGarbageFromTheDaemon(t *testing.T) {
	t.Parallel() // they wait for beats, mostly
	th := newTheatre(t, &Options{Width: 320, Height: 240})
	th.take(player.State{}, "请立即疏散")
	th.until("takeover", func(b player.Beat) bool { return b.Takeover == "fire-1" })
	th.close()
	for len(th.beats) > 0 {
		<-th.beats
	}
	up := make(chan player.Beat, 5)
	th.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/ws") {
			http.NotFound(w, r)
			return
		}
		talkGarbage(t, w, r, up)
	}))
	limit := time.After(later)
	for said := false; !said; {
		select {
		case b := <-up:
			if b.Takeover != "fire-1" {
				t.Errorf("%+v", b)
			}
			said = strings.Contains(b.Error, "a takeover whose id has 0 bytes")
		case <-limit:
			t.Fatal("the garbage is never mentioned")
		}
	}
	th.daemon()
	th.take(player.State{}, "请立即疏散")
	th.until("takeover for a daemon that makes sense", func(b player.Beat) bool { return b.Takeover == "fire-1" })
	if st, _ := th.desk.Status("tv"); st.Report.Browser.Starts != 1 {
		t.Errorf("%+v", st.Report.Browser)
	}
}

// talkGarbage says what no daemon says and passes the beats on.
func talkGarbage(t *testing.T, w http.ResponseWriter, r *http.Request, up chan<- player.Beat) {
	ws, err := upgrader().Upgrade(w, r, nil)
	if err != nil {
		t.Error(err)
		return
	}
	defer func() { _ = ws.Close() }()
	for _, words := range []string{
		"", "%", "null", "[]", `{"state":7}`, `{"state":{"mono_ms":-5}}`, `{"state":{"mono_ms":1e300}}`, `{"state":{"mono_ms":9000000000000000}}`,
		`{"order":{"ping":-1}}`, `{"order":{"reload":true}}`, `{"state":{"mono_ms":1,"takeover":{}}}`,
	} {
		if ws.WriteMessage(websocket.TextMessage, []byte(words)) != nil {
			return
		}
	}
	for {
		_, data, err := ws.ReadMessage()
		if err != nil {
			return
		}
		b, err := player.ParseBeat(data)
		if err != nil {
			t.Error(err)
			return
		}
		select {
		case up <- b:
		default:
			return // the test has seen enough
		}
	}
}

func upgrader() *websocket.Upgrader {
	return &websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
}
