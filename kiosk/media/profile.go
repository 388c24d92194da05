package media

import (
	"fmt"
	"slices"
	"strings"
)

// Profile is what a board can show.
type Profile struct {
	// Name is the board's: pi3, pi4, pi5, rk3588, x86, or one of the operator's.
	Name string
	// Films are the films that it decodes; the first is the one that files are converted to.
	Films []Film
	// Audio are the sound codecs that it plays.
	Audio []string
	// MaxSide and MaxPixels bound pictures: a browser holds four bytes for each pixel.
	MaxSide   int
	MaxPixels int
}

// Film is one kind of film that a board decodes in time.
type Film struct {
	// Codec, Profiles and PixFmts are ffprobe's names.
	Codec    string
	Profiles []string
	PixFmts  []string
	// MaxLong and MaxShort bound the two sides, either way up: 1920 and 1080 take 1080×1920.
	MaxLong, MaxShort int
	MaxFPS            float64
	// MaxLevel is in ffprobe's numbers: H.264 40 is 4.0, HEVC 120 is 4.0; 0 has no levels.
	MaxLevel   int
	MaxBitRate int64
	// Mark says where this entry comes from and how sure it is.
	Mark string
}

const (
	markRead  = "read in the hardware notes of a maintained player"
	markGuess = "inferred; to be tried on the board"
)

// h264 is the one film that every board of the list plays, so that a district converts once.
func h264(mark string) Film {
	return Film{
		Codec: "h264", Profiles: []string{"Constrained Baseline", "Baseline", "Main", "High"}, PixFmts: []string{"yuv420p", "yuvj420p"},
		MaxLong: 1920, MaxShort: 1080, MaxFPS: 30, MaxLevel: 40, MaxBitRate: 20_000_000, Mark: mark,
	}
}

// Profiles returns the ready profiles. H.264 up to 1080p30 in MP4 plays on all of them, on the
// Pi 5 by its processor; everything beyond is what a board's own decoder adds.
func Profiles() []Profile {
	audio := []string{"aac", "mp3", "opus", "vorbis"}
	board := func(name string, side, pixels int, films ...Film) Profile {
		return Profile{Name: name, Films: films, Audio: audio, MaxSide: side, MaxPixels: pixels}
	}
	hevc := Film{
		Codec: "hevc", Profiles: []string{"Main"}, PixFmts: []string{"yuv420p"},
		MaxLong: 1920, MaxShort: 1080, MaxFPS: 60, MaxLevel: 123, MaxBitRate: 20_000_000,
		Mark: markRead + "; the browser must be built for it",
	}
	return []Profile{
		// A Pi 3 has 1 GB for everything and textures of 2048 pixels.
		board("pi3", 2048, 2048*2048, h264(markRead)),
		board("pi4", 4096, 3840*2160, h264(markRead)),
		board("pi5", 4096, 3840*2160, h264("by the processor, "+markGuess), hevc),
		board("rk3588", 4096, 3840*2160, h264(markRead)),
		board("x86", 8192, 3840*2160, h264(markRead)),
	}
}

// ProfileNamed finds a ready profile. Errors wrap ErrConfig.
func ProfileNamed(name string) (Profile, error) {
	var known []string
	for _, p := range Profiles() {
		if p.Name == name {
			return p, nil
		}
		known = append(known, p.Name)
	}
	return Profile{}, fmt.Errorf("%w: board %q is none of %s", ErrConfig, name, strings.Join(known, ", "))
}

// Wrong lists everything that keeps the board from showing a file, or nothing.
func (p Profile) Wrong(f Facts) []string {
	switch f.Type {
	case TypePNG, TypeJPEG:
		if f.Unusual != "" {
			return []string{f.Unusual}
		}
		if f.Width < 1 || f.Height < 1 {
			return []string{"its size can't be read"}
		}
		if f.Width > p.MaxSide || f.Height > p.MaxSide || f.Width*f.Height > p.MaxPixels {
			return []string{fmt.Sprintf("%d×%d pixels; board %s takes %d a side and %d in all", f.Width, f.Height, p.Name, p.MaxSide, p.MaxPixels)}
		}
	case TypeMP4, TypeWebM:
		return p.wrongFilm(f)
	}
	return nil
}

func (p Profile) wrongFilm(f Facts) []string {
	var wrong []string
	bad := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if f.Films != 1 {
		bad("%d film tracks; exactly one is played", f.Films)
	}
	if len(f.Audio) > 1 {
		bad("%d sound tracks; at most one is played", len(f.Audio))
	}
	for _, a := range f.Audio {
		if !slices.Contains(p.Audio, a) {
			bad("sound is %s; board %s plays %s", a, p.Name, strings.Join(p.Audio, ", "))
		}
	}
	if f.Duration <= 0 {
		bad("its duration can't be read")
	}
	i := slices.IndexFunc(p.Films, func(x Film) bool { return x.Codec == f.Codec })
	if i < 0 {
		var known []string
		for _, x := range p.Films {
			known = append(known, x.Codec)
		}
		bad("codec is %q; board %s decodes %s", f.Codec, p.Name, strings.Join(known, ", "))
		return wrong
	}
	return append(wrong, p.Films[i].wrong(f, p.Name)...)
}

func (x Film) wrong(f Facts, board string) []string {
	var wrong []string
	bad := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if long, short := max(f.Width, f.Height), min(f.Width, f.Height); short < 1 {
		bad("its size can't be read")
	} else if long > x.MaxLong || short > x.MaxShort {
		bad("%d×%d pixels; board %s decodes %s up to %d×%d", f.Width, f.Height, board, x.Codec, x.MaxLong, x.MaxShort)
	}
	switch {
	case f.FPS <= 0:
		bad("its frame rate can't be read")
	case f.FPS > x.MaxFPS+0.01:
		bad("%.3g frames a second; board %s decodes %s up to %.3g", f.FPS, board, x.Codec, x.MaxFPS)
	}
	if f.Interlaced {
		bad("it is interlaced; only whole frames are shown well")
	}
	if !slices.Contains(x.Profiles, f.Profile) {
		bad("profile is %q; board %s decodes %s %s", f.Profile, board, x.Codec, strings.Join(x.Profiles, ", "))
	}
	if !slices.Contains(x.PixFmts, f.PixFmt) {
		bad("pixel format is %q; board %s decodes %s", f.PixFmt, board, strings.Join(x.PixFmts, ", "))
	}
	if x.MaxLevel > 0 && (f.Level < 1 || f.Level > x.MaxLevel) {
		bad("level is %d; board %s decodes %s up to %d", f.Level, board, x.Codec, x.MaxLevel)
	}
	if f.BitRate > x.MaxBitRate {
		bad("%d bits a second; board %s decodes %s up to %d", f.BitRate, board, x.Codec, x.MaxBitRate)
	}
	return wrong
}
