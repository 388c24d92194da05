package raster

import (
	"bytes"
	"flag"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

var update = flag.Bool("update", false, "make the pictures of the Mongolian phrases anew with Chromium; look at them before committing")

// TestMongolianPictures: every word of every phrase has its picture, upright, with letters in
// it, and all together are small enough to be embedded.
func TestMongolianPictures(t *testing.T) {
	if *update {
		makePictures(t)
		t.Fatal("made anew: look at them, then run the tests without -update, which embeds them")
	}
	total, files := int64(0), 0
	err := fs.WalkDir(os.DirFS("mongolian"), ".", func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			total, files = total+info.Size(), files+1
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if total == 0 || total > 60_000 {
		t.Errorf("the pictures take %d bytes; at most 60 000 may be embedded", total)
	}
	words := 0
	for _, p := range Phrases {
		pictures, err := mongolianWords(p.Key)
		if err != nil {
			t.Fatal(err)
		}
		for i, text := range strings.Fields(p.MN) {
			words++
			img := pictures[i].img
			lit := 0
			for _, v := range img.Pix {
				if v > 0x80 {
					lit++
				}
			}
			upright := img.Rect.Dy() > img.Rect.Dx()
			if text == "119" {
				upright = true
			}
			if part := lit * 100 / len(img.Pix); !upright || part < 5 || part > 60 {
				t.Errorf("%s word %d: %v with %d %% lit does not look like a column of letters", p.Key, i+1, img.Rect.Size(), part)
			}
		}
	}
	if files != words {
		t.Errorf("%d pictures for %d words: remove those that nothing uses", files, words)
	}
}

// makePictures lets Chromium set every word, white on black.
func makePictures(t *testing.T) {
	t.Helper()
	alloc, stop := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath("/usr/bin/chromium"), chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1600, 1200),
		chromedp.Flag("no-sandbox", true), chromedp.Flag("disable-gpu", true))...)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(func() {
		cancel()
		stop()
	})
	var page strings.Builder
	page.WriteString(`<!doctype html><meta charset="utf-8"><style>body{background:#000;color:#fff;margin:20px;
display:flex;gap:40px;flex-wrap:wrap}div{font:` + fmt.Sprint(mongolianDots) + `px "Noto Sans Mongolian";writing-mode:vertical-lr;
line-height:1.6;padding:8px}b{font:bold ` + fmt.Sprint(mongolianDots*8/10) + `px "Noto Sans CJK SC";text-combine-upright:all}</style>`)
	for _, p := range Phrases {
		for i, w := range strings.Fields(p.MN) {
			text := html.EscapeString(w)
			if w == "119" {
				text = "<b>119</b>"
			}
			fmt.Fprintf(&page, `<div id="%s-%d">%s</div>`, p.Key, i+1, text)
		}
	}
	path := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(path, []byte(page.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.Navigate("file://"+path)); err != nil {
		t.Fatal(err)
	}
	for _, p := range Phrases {
		for i := range strings.Fields(p.MN) {
			name := fmt.Sprintf("%s-%d", p.Key, i+1)
			shot, err := chromedp.Run(ctx, chromedp.Screenshot(chromedp.CSS("#"+name)))
			if err != nil {
				t.Fatal(err)
			}
			keep(t, filepath.Join("mongolian", name+".png"), shot)
		}
	}
}

// keep writes a picture in sixteen greys, cut to its letters.
func keep(t *testing.T, path string, shot []byte) {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		t.Fatal(err)
	}
	level := func(x, y int) uint8 { return color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y >> 4 }
	var in image.Rectangle
	for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y++ {
		for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x++ {
			if level(x, y) > 0 {
				in = in.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	var greys color.Palette
	for i := range 16 {
		greys = append(greys, color.Gray{Y: uint8(i * 17)})
	}
	out := image.NewPaletted(image.Rectangle{Max: in.Size()}, greys)
	for y := range in.Dy() {
		for x := range in.Dx() {
			out.SetColorIndex(x, y, level(in.Min.X+x, in.Min.Y+y))
		}
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, out); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
