package playertest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"firepost/kiosk/programme"
)

// file is one stored thing to show.
type file struct{ path, kind string }

// Media is a small store that answers /media/{sha256}.
type Media struct {
	dir string

	mu    sync.Mutex
	files map[string]file
}

// Add stores data under its hash, which it returns.
func (m *Media) Add(data []byte, kind string) (string, error) {
	sum := sha256.Sum256(data)
	hash := hex.EncodeToString(sum[:])
	path := filepath.Join(m.dir, hash)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		return "", fmt.Errorf("store a test medium: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.files[hash] = file{path, kind}
	return hash, nil
}

// Dir is where the media are, each under its hash.
func (m *Media) Dir() string { return m.dir }

// Lose forgets a medium: asking for it is answered 404.
func (m *Media) Lose(hash string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.files, hash)
}

// ServeHTTP answers one medium, with ranges.
func (m *Media) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	f, ok := m.files[strings.TrimPrefix(r.URL.Path, "/media/")]
	m.mu.Unlock()
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", f.kind)
	http.ServeFile(w, r, f.path)
}

// Clip makes a moving test picture with ffmpeg: codec is vp8, vp9 or h264.
func (m *Media) Clip(ctx context.Context, codec string, length time.Duration, hue int) (string, error) {
	args := map[string][]string{
		"vp8":  {"-c:v", "libvpx", "-deadline", "realtime", "-b:v", "300k"},
		"vp9":  {"-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "300k"},
		"h264": {"-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-movflags", "+faststart"},
	}[codec]
	name, kind := filepath.Join(m.dir, "clip.webm"), "video/webm"
	if codec == "h264" {
		name, kind = filepath.Join(m.dir, "clip.mp4"), "video/mp4"
	}
	source := fmt.Sprintf("testsrc2=size=320x180:rate=15:duration=%.3f,hue=h=%d", length.Seconds(), hue)
	cmd := exec.CommandContext(ctx, "ffmpeg", append([]string{"-v", "error", "-y", "-f", "lavfi", "-i", source, "-threads", "1"}, append(args, name)...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("make a %s clip: %w: %s", codec, err, out)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return "", fmt.Errorf("read a %s clip: %w", codec, err)
	}
	return m.Add(data, kind)
}

// Poster makes a drawn picture in one colour.
func (m *Media) Poster(words, colour string) (string, error) {
	return m.Add([]byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1920 1080" width="1920" height="1080"><rect width="1920" height="1080" fill="`+colour+
		`"/><text x="960" y="600" font-size="200" font-weight="700" text-anchor="middle" fill="#fff" font-family="Noto Sans CJK SC">`+words+`</text></svg>`), "image/svg+xml")
}

// Page makes a small page with an animation of its own.
func (m *Media) Page(words string) (string, error) {
	return m.Add([]byte(`<!doctype html><meta charset="utf-8"><style>body{margin:0;background:#114b5f;color:#fff;font:80px sans-serif}</style><p>`+words+
		`</p><script>let n=0;setInterval(()=>{document.body.style.background=n++%2?'#114b5f':'#124c60'},500)</script>`), "text/html; charset=utf-8")
}

// Slots lays items end to end from a time since boot on, each as long as it says.
func Slots(from time.Duration, items ...programme.Item) []programme.Slot {
	var list []programme.Slot
	for _, it := range items {
		list = append(list, programme.Slot{Item: it, From: from, Until: from + it.For})
		from += it.For
	}
	return list
}
