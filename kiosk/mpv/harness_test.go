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
