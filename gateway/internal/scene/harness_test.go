package scene

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"firepost/firmware-contracts/message"
)

// clock is a hand-set clock.
type clock struct {
	mu sync.Mutex
	at message.Stamp
}

func newClock() *clock {
	return &clock{at: message.Stamp{Boot: "b1", Mono: time.Minute, Wall: time.Date(2026, 12, 1, 4, 0, 0, 0, time.UTC), Trusted: true}}
}

func (c *clock) now() message.Stamp {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(wall time.Time, trusted bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at.Wall, c.at.Trusted = wall, trusted
}

// scenery is a picture that differs with n and shows enough to be judged good.
func scenery(t *testing.T, n int) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 128, 96))
	for y := range 96 {
		for x := range 128 {
			img.SetGray(x, y, color.Gray{Y: uint8((x/12+y/12)%2*200 + (n*7)%40)})
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func albumOptions(t *testing.T, c *clock) AlbumOptions {
	t.Helper()
	o := DefaultAlbum()
	o.Dir, o.Station, o.Clock = filepath.Join(t.TempDir(), "pictures"), "hs-03", c.now
	return o
}

func mustOpen(t *testing.T, o AlbumOptions) *Album {
	t.Helper()
	a, err := OpenAlbum(o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func mustAdd(t *testing.T, a *Album, c *clock, event string, kind Kind, shot int) Picture {
	t.Helper()
	p, err := a.Add(New{Event: event, Kind: kind, Device: "det-1", Premises: "P0001", Shot: shot, At: c.now()}, scenery(t, shot))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// sound checks what must hold of every album at every time.
func sound(t *testing.T, a *Album, o AlbumOptions) {
	t.Helper()
	list := a.List()
	s := a.Stats()
	var bytes int64
	for i, p := range list {
		data, err := a.Blob(p.ID)
		if err != nil {
			t.Errorf("picture %d (%s): %v", p.Seq, p.Event, err)
			continue
		}
		c, err := ReadCaption(data)
		if err != nil || c != p.Caption {
			t.Errorf("picture %d: caption %+v, %v; the album says %+v", p.Seq, c, err, p.Caption)
		}
		if i > 0 && list[i-1].Seq >= p.Seq {
			t.Errorf("picture %d stands after %d", p.Seq, list[i-1].Seq)
		}
		bytes += p.Size
	}
	if s.Pictures != len(list) || s.Bytes != bytes || len(list) > o.MaxPictures || bytes > o.MaxBytes {
		t.Errorf("%d pictures, %d bytes; stats say %+v", len(list), bytes, s)
	}
	entries, err := os.ReadDir(o.Dir)
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			t.Errorf("leftover %s", e.Name())
		}
		if strings.HasSuffix(e.Name(), suffix) {
			files++
		}
	}
	if files != len(list) {
		t.Errorf("%d picture files for %d pictures", files, len(list))
	}
}

func events(list []Picture) string {
	var out []string
	for _, p := range list {
		out = append(out, p.Event)
	}
	return strings.Join(out, " ")
}
