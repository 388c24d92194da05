package media

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func profile(t testing.TB, name string) Profile {
	t.Helper()
	p, err := ProfileNamed(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// ffmpeg runs in a folder; the last argument is what it writes.
func ffmpeg(t testing.TB, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "ffmpeg", append([]string{"-v", "error", "-nostdin", "-y", "-threads", "2"}, args...)...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg %q: %v: %s", args, err, out)
	}
}

// source is a test picture that moves.
func source(size, rate string) []string {
	return []string{"-f", "lavfi", "-i", "testsrc2=size=" + size + ":rate=" + rate + ":duration=0.4"}
}

func TestCheckFilms(t *testing.T) {
	beep := []string{"-f", "lavfi", "-i", "sine=duration=0.4"}
	x264 := func(more ...string) []string {
		return append([]string{"-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "30"}, more...)
	}
	for name, c := range map[string]struct {
		board string
		args  [][]string
		file  string
		says  string // empty: it fits
	}{
		"good":            {"pi3", [][]string{source("1920x1080", "30"), x264("-profile:v", "main", "-level", "4.0")}, "a.mp4", ""},
		"good with sound": {"pi4", [][]string{source("1280x720", "25"), beep, x264(), {"-c:a", "aac"}}, "a.mp4", ""},
		"upright":         {"pi3", [][]string{source("1080x1920", "30"), x264("-level", "4.0")}, "a.mp4", ""},
		"too wide":        {"pi4", [][]string{source("2560x1440", "25"), x264()}, "wide film.mp4", "2560×1440"},
		"upright, high":   {"pi4", [][]string{source("1200x2400", "25"), x264()}, "tall.mp4", "1200×2400"},
		"too fast":        {"pi3", [][]string{source("640x360", "60"), x264()}, "a.mp4", "60 frames"},
		"ten bits":        {"x86", [][]string{source("640x360", "30"), {"-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le"}}, "a.mp4", "High 10"},
		"4:4:4":           {"x86", [][]string{source("640x360", "30"), {"-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv444p"}}, "a.mp4", "yuv444p"},
		"level":           {"pi4", [][]string{source("640x360", "30"), x264("-level", "5.1")}, "a.mp4", "level is 51"},
		"interlaced":      {"pi4", [][]string{source("640x360", "25"), x264("-flags", "+ildct+ilme", "-x264-params", "tff=1")}, "a.mp4", "interlaced"},
		"hevc on a pi4":   {"pi4", [][]string{source("640x360", "25"), {"-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none", "-pix_fmt", "yuv420p"}}, "a.mp4", `codec is "hevc"`},
		"hevc on a pi5":   {"pi5", [][]string{source("640x360", "25"), {"-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none", "-pix_fmt", "yuv420p"}}, "a.mp4", ""},
		"vp9":             {"pi4", [][]string{source("320x180", "25"), {"-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"}}, "a.webm", `codec is "vp9"`},
		"mpeg2":           {"rk3588", [][]string{source("320x180", "25"), {"-c:v", "mpeg2video"}}, "a.mp4", `codec is "mpeg2video"`},
		"sound":           {"pi4", [][]string{source("320x180", "25"), beep, x264(), {"-c:a", "ac3"}}, "a.mp4", "sound is ac3"},
		"no film":         {"pi4", [][]string{beep, {"-c:a", "aac"}}, "a.mp4", "0 film tracks"},
		"two films":       {"pi4", [][]string{source("320x180", "25"), {"-map", "0:v", "-map", "0:v"}, x264()}, "a.mp4", "2 film tracks"},
		"avi":             {"pi4", [][]string{source("320x180", "25"), {"-c:v", "mpeg4"}}, "it's old.avi", "none of MP4"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			ffmpeg(t, dir, append(slices.Concat(c.args...), "file:"+c.file)...)
			path, board := filepath.Join(dir, c.file), profile(t, c.board)
			err := Check(t.Context(), path, board)
			if c.says == "" {
				if err != nil {
					t.Errorf("it fits, but: %v", err)
				}
				return
			}
			var unfit *Unfit
			if !errors.As(err, &unfit) || !errors.Is(err, ErrUnfit) || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("got %v, want %q", err, c.says)
			}
			if name == "no film" {
				return
			}
			convert(t, dir, board, unfit)
		})
	}
}

// convert runs the command of a refusal as a person would, in a shell, and checks what comes out.
func convert(t *testing.T, dir string, board Profile, unfit *Unfit) {
	t.Helper()
	u := *unfit
	u.Convert = slices.Clone(unfit.Convert)
	// The name for people is the path here; the command reads it where it stands.
	cmd := exec.CommandContext(t.Context(), "sh", "-c", u.Command())
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", u.Command(), err, out)
	}
	made := strings.TrimPrefix(u.Convert[len(u.Convert)-1], "file:")
	if err := Check(t.Context(), filepath.Join(dir, made), board); err != nil {
		t.Errorf("%s makes what is refused: %v", u.Command(), err)
	}
}

func TestEveryBoardTakesTheOneRecipe(t *testing.T) {
	dir := t.TempDir()
	ffmpeg(t, dir, append(source("2560x1440", "50"), "-c:v", "mpeg4", "master.avi")...)
	var unfit *Unfit
	if err := Check(t.Context(), filepath.Join(dir, "master.avi"), profile(t, "pi3")); !errors.As(err, &unfit) {
		t.Fatal(err)
	}
	convert(t, dir, profile(t, "pi3"), unfit)
	for _, p := range Profiles() {
		if err := Check(t.Context(), filepath.Join(dir, "master-1080p.mp4"), p); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
		for _, f := range p.Films {
			if f.Mark == "" || f.MaxBitRate == 0 || f.MaxFPS == 0 {
				t.Errorf("%s: %+v", p.Name, f)
			}
		}
	}
	// The other encoders of the recipes run too.
	for _, film := range []Film{
		{Codec: "hevc", Profiles: []string{"Main"}, PixFmts: []string{"yuv420p"}, MaxLong: 320, MaxShort: 180, MaxFPS: 25, MaxLevel: 123, MaxBitRate: 1_000_000},
		{Codec: "vp9", Profiles: []string{"Profile 0"}, PixFmts: []string{"yuv420p"}, MaxLong: 320, MaxShort: 180, MaxFPS: 25, MaxBitRate: 1_000_000},
	} {
		p := Profile{Name: "own", Films: []Film{film}}
		err := Check(t.Context(), filepath.Join(dir, "master-1080p.mp4"), p)
		if !errors.As(err, &unfit) {
			t.Fatal(err)
		}
		convert(t, dir, p, unfit)
	}
	if _, err := ProfileNamed("pi9"); !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), "rk3588") {
		t.Error(err)
	}
}

func TestObjectMustBeWhatItsItemSays(t *testing.T) {
	dir := t.TempDir()
	ffmpeg(t, dir, append(source("640x360", "25"), "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "a.mp4")...)
	good := Item{Type: TypeMP4, Name: "Film.mp4", DurationMS: 400, Width: 640, Height: 360, Codec: "h264"}
	check := NewChecker().Object(profile(t, "pi4"))
	path := filepath.Join(dir, "a.mp4")
	if err := check(t.Context(), path, good); err != nil {
		t.Error(err)
	}
	for says, change := range map[string]func(*Item){
		"640×360":         func(it *Item) { it.Width = 1920 },
		"codec is h264":   func(it *Item) { it.Codec = "hevc" },
		"lasts 400":       func(it *Item) { it.DurationMS = 5000 },
		"it is video/mp4": func(it *Item) { it.Type = TypePNG },
	} {
		it := good
		change(&it)
		if err := check(t.Context(), path, it); !errors.Is(err, ErrUnfit) || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "Film.mp4") {
			t.Errorf("%q: %v", says, err)
		}
	}
}

// TestTruncatedFilms: an MP4 with its index in front says all the right things to its end.
func TestTruncatedFilms(t *testing.T) {
	dir := t.TempDir()
	for _, flags := range []string{"+faststart", "+empty_moov+frag_keyframe", "+write_colr"} {
		ffmpeg(t, dir, append(source("640x360", "25"), "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "5", "-movflags", flags, "a.mp4")...)
		data, err := os.ReadFile(filepath.Join(dir, "a.mp4"))
		if err != nil {
			t.Fatal(err)
		}
		if err := Check(t.Context(), filepath.Join(dir, "a.mp4"), profile(t, "x86")); err != nil && flags != "+empty_moov+frag_keyframe" {
			t.Errorf("%s, whole: %v", flags, err)
		}
		for _, left := range []int{0, 1, 20, len(data) / 3, len(data) - 1} {
			path := filepath.Join(dir, "cut")
			if err := os.WriteFile(path, data[:left], 0o644); err != nil {
				t.Fatal(err)
			}
			if err := Check(t.Context(), path, profile(t, "x86")); !errors.Is(err, ErrUnfit) {
				t.Errorf("%s, %d of %d bytes: %v", flags, left, len(data), err)
			}
		}
	}
}

func TestCheckWithoutProbe(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.mp4")
	if err := os.WriteFile(path, []byte("\x00\x00\x00\x10ftypisom\x00\x00\x00\x00\x00\x00\x00\x08moov\x00\x00\x00\x08mdat"), 0o644); err != nil {
		t.Fatal(err)
	}
	script := func(text string) string {
		name := filepath.Join(dir, "probe")
		if err := os.WriteFile(name, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		return name
	}
	check := func(program string, timeout time.Duration) error {
		c := NewChecker()
		c.Program, c.Timeout = program, timeout
		_, err := c.Check(t.Context(), path, profile(t, "pi4"))
		return err
	}
	if err := check("no-such-ffprobe", time.Minute); !errors.Is(err, ErrNoProbe) || !strings.Contains(err.Error(), "apt install ffmpeg") {
		t.Errorf("not installed: %v", err)
	}
	if err := check("/no/such/ffprobe", time.Minute); !errors.Is(err, ErrNoProbe) || !strings.Contains(err.Error(), "apt install ffmpeg") {
		t.Errorf("not installed: %v", err)
	}
	if err := check(dir, time.Minute); !errors.Is(err, ErrNoProbe) {
		t.Errorf("a folder: %v", err)
	}
	if err := check(script("echo '{'"), time.Minute); !errors.Is(err, ErrNoProbe) {
		t.Errorf("says nonsense: %v", err)
	}
	if err := check(script("kill -SEGV $$"), time.Minute); !errors.Is(err, ErrNoProbe) {
		t.Errorf("crashes: %v", err)
	}
	if err := check(script("echo 'moov: bad things' >&2; exit 1"), time.Minute); !errors.Is(err, ErrUnfit) || !strings.Contains(err.Error(), "bad things") {
		t.Errorf("refuses: %v", err)
	}
	if err := check(script("exec cat /dev/zero"), time.Minute); !errors.Is(err, ErrUnfit) || !strings.Contains(err.Error(), "more than can be") {
		t.Errorf("never stops: %v", err)
	}
	if err := check(script("exec sleep 1000"), 50*time.Millisecond); !errors.Is(err, ErrUnfit) || !strings.Contains(err.Error(), "did not come to an end") {
		t.Errorf("hangs: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Check(ctx, path, profile(t, "pi4")); !errors.Is(err, context.Canceled) {
		t.Errorf("ended: %v", err)
	}
	if err := Check(t.Context(), dir, profile(t, "pi4")); !errors.Is(err, ErrStorage) {
		t.Errorf("a folder: %v", err)
	}
	if err := Check(t.Context(), filepath.Join(dir, "gone"), profile(t, "pi4")); !errors.Is(err, ErrStorage) {
		t.Errorf("gone: %v", err)
	}
}

// TestPlaylistsOpenNothing: a file that names addresses is no film, whatever it calls itself.
func TestPlaylistsOpenNothing(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"hls":    "#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:1/a.ts\n",
		"concat": "ffconcat version 1.0\nfile '/etc/passwd'\n",
		"mp4":    "\x00\x00\x00\x10ftypisom\x00\x00\x00\x00\x00\x00\x00\x30moov#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n123\x00\x00\x00\x08mdat",
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := Check(t.Context(), path, profile(t, "pi4")); !errors.Is(err, ErrUnfit) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
