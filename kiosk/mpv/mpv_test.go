package mpv

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"firepost/kiosk/player"
	"firepost/kiosk/programme"
	"firepost/kiosk/takeover"
)

const roleEnv = "FIREPOST_TEST_ROLE"

func TestMain(m *testing.M) {
	if role, is := strings.CutPrefix(os.Getenv(roleEnv), "mpv:"); is {
		os.Exit(fakeMPV(role))
	}
	os.Exit(m.Run())
}

// fakeMPV answers like mpv; its first start fails in the way that the kind says, later ones work.
func fakeMPV(kind string) int {
	i := slices.IndexFunc(os.Args, func(a string) bool { return strings.HasPrefix(a, "--input-ipc-server=") })
	path := strings.TrimPrefix(os.Args[i], "--input-ipc-server=")
	mark := filepath.Join(filepath.Dir(path), "started")
	if _, err := os.Stat(mark); err == nil {
		kind = "fine"
	}
	if os.WriteFile(mark, nil, 0o600) != nil {
		return 9
	}
	if kind == "exit" {
		fmt.Fprintln(os.Stderr, "no such option")
		return 1
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return 8
	}
	conn, err := l.Accept()
	if err != nil {
		return 7
	}
	entry := 0
	scan := bufio.NewScanner(conn)
	for scan.Scan() {
		var r struct {
			Command []any `json:"command"`
			ID      int   `json:"request_id"`
		}
		if json.Unmarshal(scan.Bytes(), &r) != nil {
			return 6
		}
		answer := fmt.Sprintf(`{"error":"success","request_id":%d}`, r.ID)
		switch r.Command[0] {
		case "get_property":
			answer = fmt.Sprintf(`{"error":"property unavailable","request_id":%d}`, r.ID)
			if r.Command[1] == "video-out-params" {
				answer = fmt.Sprintf(`{"error":"success","data":{"w":64},"request_id":%d}`, r.ID)
			}
			if kind == "hang" && r.Command[1] != "mpv-version" {
				_, _ = io.Copy(io.Discard, conn) // until the other end goes
				return 4
			}
		case "loadfile":
			entry++
			answer = fmt.Sprintf(`{"error":"success","data":{"playlist_entry_id":%d},"request_id":%d}`, entry, r.ID)
			if kind == "garbage" {
				answer = "%%%"
			}
			if kind != "blind" {
				answer = fmt.Sprintf(`{"event":"start-file","playlist_entry_id":%d}`+"\n", entry) + `{"event":"playback-restart"}` + "\n" + answer
			}
		}
		if _, err := io.WriteString(conn, answer+"\n"); err != nil {
			return 5
		}
	}
	return 0
}

// rig is a player and what it reports.
type rig struct {
	t     *testing.T
	p     *Player
	dir   string
	began time.Time
	ahead atomic.Int64 // how far the test has turned the clock on
	beats chan player.Beat
	pages []Page
	wrong error
}

func (r *rig) now() time.Duration { return time.Since(r.began) + time.Duration(r.ahead.Load()) }

// turn turns the clock on by an hour, which is a slot.
func (r *rig) turn(s player.State) {
	r.ahead.Add(int64(time.Hour))
	r.p.Set(s)
}

func newRig(t *testing.T, change func(o *Options)) *rig {
	t.Helper()
	dir := t.TempDir()
	r := &rig{t: t, dir: dir, began: time.Now(), beats: make(chan player.Beat, 1000)}
	opts := Options{
		Args: []string{"--vo=null", "--ao=null"}, Dir: dir,
		Item: func(_ context.Context, i programme.Item, _ image.Point) ([]Page, error) {
			if i.Media == "" {
				return nil, errors.New("mpv can't show it")
			}
			return []Page{{File: filepath.Join(dir, i.Media)}}, nil
		},
		Scene: func(takeover.Scene, image.Point) ([]Page, error) { return r.pages, r.wrong },
		Now:   r.now,
		Beat:  func(b player.Beat) { r.beats <- b },
		Log:   slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&opts)
	}
	var err error
	if r.p, err = New(opts); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- r.p.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return r
}

// picture writes a page of one colour.
func (r *rig) picture(name string, shade uint8) string {
	r.t.Helper()
	img := image.NewGray(image.Rect(0, 0, 64, 36))
	for i := range img.Pix {
		img.Pix[i] = color.Gray{shade}.Y
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, img); err != nil {
		r.t.Fatal(err)
	}
	return r.file(name, buf.Bytes())
}

// film writes a film of n pictures, 25 a second, uncompressed.
func (r *rig) film(name string, n int) {
	r.t.Helper()
	var buf bytes.Buffer
	buf.WriteString("YUV4MPEG2 W16 H16 F25:1 Ip A1:1 C420\n")
	for i := range n {
		buf.WriteString("FRAME\n")
		buf.Write(bytes.Repeat([]byte{byte(i)}, 16*16*3/2))
	}
	r.file(name, buf.Bytes())
}

func (r *rig) file(name string, data []byte) string {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		r.t.Fatal(err)
	}
	return path
}

// until waits for a beat.
func (r *rig) until(what string, is func(player.Beat) bool) player.Beat {
	r.t.Helper()
	limit := time.After(time.Minute)
	var last player.Beat
	for {
		select {
		case last = <-r.beats:
			if is(last) {
				return last
			}
		case <-limit:
			_, starts, why := r.p.Process()
			r.t.Fatalf("never %s; the last beat is %+v; %d starts, %s", what, last, starts, why)
		}
	}
}

// slots makes a programme of items that follow each other from now on, an hour each.
func (r *rig) slots(items ...programme.Item) player.State {
	from, each := r.now(), time.Hour
	var list []programme.Slot
	for _, i := range items {
		list = append(list, programme.Slot{Item: i, From: from, Until: from + each})
		from += each
	}
	return player.State{Rev: 7, Sound: 50, Showing: programme.Showing{On: true, Zones: map[programme.Zone][]programme.Slot{programme.Main: list}}}
}

func scene(id string, rev uint64) *takeover.Scene { return &takeover.Scene{ID: id, Rev: rev} }

// TestRealMPV: pictures, a film that moves and holds its end, and what can't be shown.
func TestRealMPV(t *testing.T) {
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
