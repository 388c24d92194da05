package media

import (
	"fmt"
	"path"
	"strconv"
	"strings"
)

// recipe is the command that turns a file into what the profile's board shows, or nothing. It
// reads name and writes beside it.
func (p Profile) recipe(f Facts, name string) []string {
	base := path.Base(name)
	stem := strings.TrimSuffix(base, path.Ext(base))
	from := []string{"ffmpeg", "-i", "file:" + base}
	switch f.Type {
	case TypeMP4, TypeWebM:
		if len(p.Films) == 0 {
			return nil
		}
		return append(from, p.Films[0].recipe(f, stem)...)
	case TypePNG, TypeJPEG:
		if f.Width < 1 || f.Height < 1 {
			return nil
		}
		w, h := p.shrink(f.Width, f.Height)
		args := append(from, "-frames:v", "1", "-vf", fmt.Sprintf("scale=%d:%d", w, h))
		if f.Type == TypePNG {
			return append(args, fmt.Sprintf("file:%s-%dx%d.png", stem, w, h))
		}
		return append(args, "-pix_fmt", "yuvj420p", "-q:v", "3", fmt.Sprintf("file:%s-%dx%d.jpg", stem, w, h))
	default:
		// A person has to take the wrong thing out of a page or a drawing.
		return nil
	}
}

// shrink keeps a picture's shape within the profile.
func (p Profile) shrink(w, h int) (int, int) {
	scale := 1.0
	if side := max(w, h); side > p.MaxSide {
		scale = float64(p.MaxSide) / float64(side)
	}
	for ; ; scale *= 0.98 {
		w2, h2 := max(1, int(float64(w)*scale)), max(1, int(float64(h)*scale))
		if w2*h2 <= p.MaxPixels && w2 <= p.MaxSide && h2 <= p.MaxSide {
			return w2, h2
		}
	}
}

// encoders are ffmpeg's names for what writes a codec.
func (x Film) encoder() string {
	switch x.Codec {
	case "h264":
		return "libx264"
	case "hevc":
		return "libx265"
	case "vp9":
		return "libvpx-vp9"
	case "vp8":
		return "libvpx"
	default:
		return x.Codec
	}
}

func (x Film) recipe(f Facts, stem string) []string {
	var filters []string
	if f.Interlaced {
		filters = append(filters, "yadif")
	}
	long, short := x.MaxLong, x.MaxShort
	// Within the board's box, the way up that the film has; never larger than it is; sides even.
	w, h := long, short
	if f.Height > f.Width {
		w, h = short, long
	}
	filters = append(filters, fmt.Sprintf("scale=w='min(%d,iw)':h='min(%d,ih)':force_original_aspect_ratio=decrease:force_divisible_by=2", w, h), "setsar=1")
	fps := x.MaxFPS
	if f.FPS > 0 && f.FPS <= x.MaxFPS {
		fps = f.FPS
	}
	filters = append(filters, "fps="+strconv.FormatFloat(fps, 'f', -1, 64), "format="+x.PixFmts[0])
	peak := x.MaxBitRate * 2 / 5
	args := []string{
		"-map", "0:v:0", "-map", "0:a:0?", "-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1",
		"-vf", strings.Join(filters, ","), "-c:v", x.encoder(),
	}
	switch x.Codec {
	case "h264":
		args = append(args, "-profile:v", "high", "-level:v", strconv.Itoa(x.MaxLevel), "-preset", "slow", "-crf", "20")
	case "hevc":
		args = append(args, "-profile:v", "main", "-tag:v", "hvc1", "-crf", "23")
	default:
		args = append(args, "-b:v", strconv.FormatInt(peak/2, 10))
	}
	args = append(args, "-maxrate", strconv.FormatInt(peak, 10), "-bufsize", strconv.FormatInt(2*peak, 10))
	if strings.HasPrefix(x.Codec, "vp") {
		return append(args, "-c:a", "libopus", "-ac", "2", fmt.Sprintf("file:%s-%dp.webm", stem, short))
	}
	return append(args, "-c:a", "aac", "-b:a", "128k", "-ac", "2", "-ar", "48000", "-movflags", "+faststart", fmt.Sprintf("file:%s-%dp.mp4", stem, short))
}
