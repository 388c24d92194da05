package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"firepost/firmware-contracts/message"
	"firepost/kiosk/media"
	"firepost/kiosk/programme"
)

const starterFile = "../../../kiosk/starter/starter.yaml"

// studio is a folder in which a programme is made, and a booth's configuration.
type studio struct {
	t              *testing.T
	dir, shows     string
	config, booths string
}

const winter = `id: winter
version: 3
title: {zh: 冬季消防宣传, en: Winter}
hours: ["06:00-22:30"]
dimmed: [{at: "20:00-07:00", brightness: 40}]
items:
  - {id: lane, kind: image, for: 15s, media: 0} # posters/lane.svg
  - {id: film, kind: video, for: 30s, sound: speech, media: 0} # films/kitchen.webm
  - {id: lines, kind: text, for: 12s, text: {zh: 保持消防通道畅通}}
playlists: {day: [lane, film], night: [lane], ticker: [lines]}
schedule:
  - {name: day, zones: {main: day, ticker: ticker}, daily: 08:00-20:00}
fallback: {main: night}
`

func newStudio(t *testing.T) *studio {
	t.Helper()
	s := &studio{t: t, dir: t.TempDir()}
	s.shows, s.booths = filepath.Join(s.dir, "winter"), filepath.Join(s.dir, "booth")
	poster, err := os.ReadFile("../../../kiosk/starter/posters/lane.svg")
	if err != nil {
		t.Fatal(err)
	}
	// Enough of a film for who looks at its first bytes; what is asked about it is answered below.
	s.write("winter/programme.yaml", []byte(winter))
	s.write("winter/posters/lane.svg", poster)
	s.write("winter/films/kitchen.webm", append([]byte{0x1A, 0x45, 0xDF, 0xA3}, bytes.Repeat([]byte{7}, 4000)...))
	s.write("winter/.hidden/x.svg", poster)
	s.write("bin/ffprobe", []byte(`#!/bin/sh
echo '{"streams":[{"codec_type":"video","codec_name":"h264","profile":"High","width":1920,"height":1080,"pix_fmt":"yuv420p","level":40,"avg_frame_rate":"25/1"}],"format":{"duration":"33.2","bit_rate":"4000000"}}'
`))
	if err := os.Chmod(filepath.Join(s.dir, "bin/ffprobe"), 0o700); err != nil { //nolint:gosec // it is run
		t.Fatal(err)
	}
	t.Setenv("PATH", filepath.Join(s.dir, "bin")+":/usr/bin:/bin")
	return s
}

func (s *studio) write(name string, data []byte) string {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

func (s *studio) path(name string) string { return filepath.Join(s.dir, name) }

// run runs firepost programme and wants it to end well.
func (s *studio) run(args ...string) (out, errs string) {
	s.t.Helper()
	code, out, errs := call(s.t, append([]string{"programme"}, args...)...)
	if code != 0 {
		s.t.Fatalf("%v exits %d: %s%s", args, code, out, errs)
	}
	return out, errs
}

// fails runs it and wants it to end badly, saying that.
func (s *studio) fails(want int, says string, args ...string) {
	s.t.Helper()
	code, out, errs := call(s.t, append([]string{"programme"}, args...)...)
	if code != want || !strings.Contains(errs, says) {
		s.t.Errorf("%v exits %d, want %d and %q:\n%s%s", args, code, want, says, out, errs)
	}
}

// key makes a key and returns its public half.
func (s *studio) key(name string) string {
	s.t.Helper()
	out, _ := s.run("key", "-out", s.path(name))
	m := regexp.MustCompile(`public: "([^"]+)"`).FindStringSubmatch(out)
	if m == nil {
		s.t.Fatalf("no public half in %s", out)
	}
	return m[1]
}

// booth writes a configuration that believes li as author and wang as approver.
func (s *studio) booth(li, wang string) {
	s.t.Helper()
	s.config = s.write("firepost.yaml", fmt.Appendf(nil, `station: hs-03
district: hongshan
label: {zh: 三号消防驿站, en: Fire post 3}
screens:
  dir: %s
  starter: /usr/share/firepost/starter
  programme:
    url: https://district.example.cn:8443
    free_floor: 64MiB
    keys:
      - {kid: li-1, issuer: li, public: %q, roles: [author]}
      - {kid: wang-1, issuer: wang, public: %q, roles: [approver]}
  televisions: [{name: tv}]
`, s.booths, li, wang))
}

func TestProgrammeCheck(t *testing.T) {
	s := newStudio(t)
	out, _ := s.run("check", starterFile)
	if !strings.Contains(out, "fine: starter v1 (消防驿站·入门节目)") || strings.Contains(out, "FROM") {
		t.Errorf("says %s", out)
	}
	bad := s.write("bad.yaml", []byte("id: winter\nversion: 3\ntitle: {zh: 冬}\nitems:\n  - {id: a, kind: vidoe, for: 15s}\nplaylists: {day: [a]}\nfallback: {main: day}\n"))
	s.fails(1, bad+":5:19: items[0].kind", "check", starterFile, bad)
	s.fails(1, "no such file", "check", s.path("none.yaml"))
	s.fails(2, "name a programme's file", "check")
	s.fails(2, "write it like 2026-11-24T07:55", "check", starterFile, "-at", "today")
	s.fails(2, "from 1s to 48h", "check", starterFile, "-for", "100h")
	s.fails(2, "en or zh", "check", starterFile, "-lang", "mn")
}

func TestProgrammeTable(t *testing.T) {
	s := newStudio(t)
	s.run("manifest", s.shows, "-fill", "-o", s.path("winter.json"))
	doc := filepath.Join(s.shows, "programme.yaml")
	out, _ := s.run("check", doc, "-screen", "tv", "-at", "2026-11-24T07:59", "-for", "2m")
	for _, want := range []string{
		"tv · 2026-11-24 07:59 · 2m0s\n07:59:00  lit at 100%\n",
		"07:59:00  08:00:15  main    lane ×5   image  -",
		"08:00:15  08:00:45  main    film      video  heard",
		"08:00:45  08:01:00  main    lane ",
		"08:00:00  08:01:00  ticker  lines ×5  text   -      保持消防通道畅通",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the table lacks %q:\n%s", want, out)
		}
	}
	// Across midnight, dark and lit again.
	out, _ = s.run("check", doc, "-at", "2026-11-24T22:00", "-for", "9h30m", "-lang", "zh")
	for _, want := range []string{"任一屏幕", "22:00:00  亮度 40%\n", "22:30:00  熄屏\n", "11-25 06:00:00  亮度 40%\n", "11-25 07:00:00  亮度 100%\n", "lane ×"} {
		if !strings.Contains(out, want) {
			t.Errorf("the night lacks %q:\n%s", want, out)
		}
	}
}

// TestTableIsWithoutGaps: whatever programme, screen and time, each line of the main zone
// begins where the one before ended.
func TestTableIsWithoutGaps(t *testing.T) {
	data, err := os.ReadFile(starterFile)
	if err != nil {
		t.Fatal(err)
	}
	p, err := programme.Parse(starterFile, data)
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Date(2026, 12, 31, 21, 13, 0, 0, beijing())
	at := time.Duration(0)
	rows := showings(p, "tv", programme.Main, begin, 12*time.Hour)
	for i, r := range rows {
		if r.until <= r.from || r.times < 1 || i > 0 && r.from != at {
			t.Fatalf("line %d: %+v after %s", i, r, at)
		}
		at = r.until
	}
	if len(rows) < 100 || at < 12*time.Hour {
		t.Errorf("%d lines until %s", len(rows), at)
	}
}

func TestProgrammeManifest(t *testing.T) {
	s := newStudio(t)
	doc := filepath.Join(s.shows, "programme.yaml")
	s.fails(1, doc+":7:", "manifest", s.shows)
	out, notes := s.run("manifest", s.shows, "-fill", "-o", s.path("winter.json"))
	if !strings.Contains(out, "winter v3, 2 media files") || !strings.Contains(notes, "item film is shown for 30s, its film kitchen.webm lasts 33.2s") {
		t.Errorf("says %s%s", out, notes)
	}
	data, err := os.ReadFile(s.path("winter.json"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := media.ParseManifest(bytes.TrimSpace(data))
	if err != nil {
		t.Fatal(err)
	}
	film, poster := m.Items[0], m.Items[1]
	if film.Type != media.TypeWebM {
		film, poster = poster, film
	}
	if film.DurationMS != 33200 || film.Width != 1920 || film.Codec != "h264" || film.Size != 4004 || poster.Type != media.TypeSVG || poster.Name != "lane.svg" || m.Version != 3 {
		t.Errorf("manifest %+v", m)
	}
	// The second time there is nothing to fill, and the bytes are the same.
	before, err := os.ReadFile(doc)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := s.run("manifest", s.shows, "-fill")
	after, err := os.ReadFile(doc)
	if err != nil || !bytes.Equal(before, after) || again != string(data) {
		t.Errorf("the second time differs: %v", err)
	}
	if !bytes.Contains(before, []byte(" # posters/lane.svg\n")) || bytes.Contains(before, []byte("media: 0}")) {
		t.Errorf("filled to\n%s", before)
	}

	var big bytes.Buffer
	if err := png.Encode(&big, image.NewGray(image.Rect(0, 0, 5000, 8))); err != nil {
		t.Fatal(err)
	}
	s.write("winter/posters/big.png", big.Bytes())
	if _, notes := s.run("manifest", s.shows, "-o", s.path("winter.json")); !strings.Contains(notes, "big.png is not played; its sha256 is ") {
		t.Errorf("says %s", notes)
	}
	s.write("winter/programme.yaml", bytes.Replace(before, []byte("posters/lane.svg"), []byte("posters/big.png"), 1))
	s.fails(1, "5000×8 pixels; board pi4 takes 4096", "manifest", s.shows, "-fill")
	s.fails(1, "convert it where it was made: ffmpeg -i file:big.png", "manifest", s.shows)
	s.write("winter/programme.yaml", bytes.Replace(before, []byte("posters/lane.svg"), []byte("posters/none.svg"), 1))
	s.fails(1, "programme.yaml:7: there is no file posters/none.svg", "manifest", s.shows, "-fill")
	s.fails(2, "is none of pi3", "manifest", s.shows, "-profile", "pdp11")
	s.fails(2, "name one folder", "manifest")
	s.fails(1, "no such file", "manifest", s.path("nowhere"))
}

// sign makes a signed programme, as two people do.
func (s *studio) sign() {
	s.t.Helper()
	s.run("manifest", s.shows, "-fill", "-o", s.path("winter.json"))
	s.booth(s.key("li.pem"), s.key("wang.pem"))
	s.run("sign", "-kid", "li-1", "-key", s.path("li.pem"), s.path("winter.json"))
	s.fails(1, "one by an author and one by an approver", "verify", "-config", s.config, s.path("winter.signed"))
	s.fails(1, "li-1 has signed this already", "sign", "-kid", "li-1", "-key", s.path("li.pem"), s.path("winter.signed"))
	out, _ := s.run("sign", "-kid", "wang-1", "-key", s.path("wang.pem"), s.path("winter.signed"))
	if !strings.Contains(out, "signed by wang-1 after li-1") {
		s.t.Errorf("says %s", out)
	}
}

func TestProgrammeSignedByTwo(t *testing.T) {
	s := newStudio(t)
	s.sign()
	out, _ := s.run("verify", "-config", s.config, s.path("winter.signed"))
	if !strings.Contains(out, "to be believed: winter v3 (冬季消防宣传), 2 media files; author li, approver wang") {
		t.Errorf("says %s", out)
	}
	if out, _ := s.run("verify", "-config", s.config, "-lang", "zh", s.path("winter.signed")); !strings.Contains(out, "作者 li，审核 wang") {
		t.Errorf("says %s", out)
	}
	if info, err := os.Stat(s.path("li.pem")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's file: %v %v", info.Mode(), err)
	}
	s.fails(1, "never overwritten", "key", "-out", s.path("li.pem"))
	s.fails(2, "-out", "key")
	s.fails(1, "is not signed", "sign", "-kid", "li-1", "-key", s.path("li.pem"), starterFile)
	s.fails(1, "not a PEM file", "sign", "-kid", "x", "-key", starterFile, s.path("winter.json"))
	s.fails(2, "-kid, -key and one file", "sign", s.path("winter.json"))
	if err := os.Chmod(s.path("li.pem"), 0o644); err != nil { //nolint:gosec // that is the mistake
		t.Fatal(err)
	}
	if _, errs := s.run("sign", "-kid", "li-1", "-key", s.path("li.pem"), "-o", s.path("x.signed"), s.path("winter.json")); !strings.Contains(errs, "chmod 600") {
		t.Errorf("says %s", errs)
	}
	// A changed byte, and a booth that knows nobody.
	data, err := os.ReadFile(s.path("winter.signed"))
	if err != nil {
		t.Fatal(err)
	}
	var env message.Envelope
	if err := json.Unmarshal(data, &env); err != nil {
		t.Fatal(err)
	}
	env.Body = bytes.Replace(env.Body, []byte(`"lane.svg"`), []byte(`"lame.svg"`), 1)
	changed, err := json.Marshal(env)
	if err != nil {
		t.Fatal(err)
	}
	s.fails(1, "0 of 2 signatures are good", "verify", "-config", s.config, s.write("changed.signed", changed))
	bare := s.write("bare.yaml", []byte("station: hs-03\ndistrict: hongshan\nscreens: {televisions: [{name: tv}]}\n"))
	s.fails(1, "screens.programme.keys", "verify", "-config", bare, s.path("winter.signed"))
	s.fails(1, "no screens: section", "verify", "-config", shipped, s.path("winter.signed"))
}

func TestProgrammeHelp(t *testing.T) {
	code, out, _ := call(t, "programme", "help")
	if code != 0 {
		t.Errorf("help exits %d", code)
	}
	for _, word := range []string{"check", "manifest", "key", "sign", "verify", "put", "report"} {
		if !strings.Contains(out, "  firepost programme "+word) {
			t.Errorf("no example of %s", word)
		}
	}
	if code, _, errs := call(t, "programme", "show"); code != 2 || !strings.Contains(errs, "say programme check") {
		t.Errorf("exit %d: %s", code, errs)
	}
}
