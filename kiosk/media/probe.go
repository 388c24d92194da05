package media

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// maxProbe bounds what ffprobe may say.
	maxProbe = 1 << 20
	// lastWait is how long a killed child's pipes may stay open.
	lastWait = 2 * time.Second
)

// probed is what is read of ffprobe's JSON.
type probed struct {
	Streams []stream `json:"streams"`
	Format  struct {
		Duration string `json:"duration"`
		BitRate  string `json:"bit_rate"`
	} `json:"format"`
}

type stream struct {
	CodecType  string `json:"codec_type"`
	CodecName  string `json:"codec_name"`
	Profile    string `json:"profile"`
	Width      int    `json:"width"`
	Height     int    `json:"height"`
	PixFmt     string `json:"pix_fmt"`
	Level      int    `json:"level"`
	FieldOrder string `json:"field_order"`
	RFrameRate string `json:"r_frame_rate"`
	AvgRate    string `json:"avg_frame_rate"`
	SideData   []struct {
		// Rotation is a whole number in some versions and a fraction in others.
		Rotation float64 `json:"rotation"`
	} `json:"side_data_list"`
	Disposition struct {
		Picture int `json:"attached_pic"`
	} `json:"disposition"`
}

// film reads a film's frame, then what ffprobe says of it.
func (c *Checker) film(ctx context.Context, path string, f io.ReaderAt, size int64, facts *Facts) (wrong []string, err error) {
	demuxer := "matroska"
	if facts.Type == TypeMP4 {
		demuxer = "mov"
		if wrong, err = readBoxes(io.NewSectionReader(f, 0, size), size); err != nil || len(wrong) > 0 {
			return wrong, err
		}
	}
	out, said, err := c.run(ctx, path, demuxer)
	if err != nil {
		return nil, err
	}
	if out == nil {
		return []string{"ffprobe can't read it: " + said}, nil
	}
	var p probed
	if err := json.Unmarshal(out, &p); err != nil {
		return nil, fmt.Errorf("%w: read what ffprobe says: %w", ErrNoProbe, err)
	}
	facts.take(p)
	return nil, nil
}

func (f *Facts) take(p probed) {
	if s, err := strconv.ParseFloat(p.Format.Duration, 64); err == nil && s > 0 && s < 1e6 {
		f.Duration = time.Duration(math.Round(s*1000)) * time.Millisecond
	}
	if n, err := strconv.ParseInt(p.Format.BitRate, 10, 64); err == nil {
		f.BitRate = n
	}
	for _, s := range p.Streams {
		switch {
		case s.CodecType == "audio":
			f.Audio = append(f.Audio, s.CodecName)
		case s.CodecType == "video" && s.Disposition.Picture == 0:
			if f.Films++; f.Films == 1 {
				f.takeFilm(s)
			}
		}
	}
}

func (f *Facts) takeFilm(s stream) {
	f.Codec, f.Profile, f.PixFmt, f.Level = s.CodecName, s.Profile, s.PixFmt, s.Level
	f.Width, f.Height = s.Width, s.Height
	// The base rate is a container's clock where frames come unevenly; the mean tells more then.
	f.FPS = fraction(s.AvgRate)
	if f.FPS == 0 {
		f.FPS = fraction(s.RFrameRate)
	}
	f.Interlaced = s.FieldOrder != "" && s.FieldOrder != "progressive" && s.FieldOrder != "unknown"
	for _, d := range s.SideData {
		if math.Abs(math.Mod(d.Rotation, 180)) == 90 {
			f.Width, f.Height, f.Turned = f.Height, f.Width, true
		}
	}
}

// fraction reads "30000/1001"; 0 is unknown.
func fraction(s string) float64 {
	num, den, _ := strings.Cut(s, "/")
	n, err := strconv.ParseFloat(num, 64)
	d, derr := strconv.ParseFloat(den, 64)
	if err != nil || derr != nil || n <= 0 || d <= 0 {
		return 0
	}
	return n / d
}

// run asks ffprobe. A nil out means that it could not read the file, and said why. The input's
// kind is given and no protocol but that of files is allowed: a file that is really a list of
// addresses opens none of them.
func (c *Checker) run(ctx context.Context, path, demuxer string) (out []byte, said string, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	// The death signal belongs to the thread that forked; it must outlive the child.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	full, err := filepath.Abs(path)
	if err != nil {
		return nil, "", fmt.Errorf("%w: %w", ErrStorage, err)
	}
	child := exec.CommandContext(ctx, c.Program, "-v", "error", "-hide_banner", "-protocol_whitelist", "file",
		"-max_alloc", "67108864", "-f", demuxer, "-show_streams", "-show_format", "-of", "json", "-i", "file:"+full)
	stdout, stderr := &bounded{limit: maxProbe, over: cancel}, &bounded{limit: 4 << 10, over: func() {}}
	child.Stdout, child.Stderr = stdout, stderr
	child.Dir = "/"
	child.Env = []string{"LC_ALL=C", "AV_LOG_FORCE_NOCOLOR=1", "HOME=/", "PATH=/usr/bin:/bin"}
	child.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	child.WaitDelay = lastWait
	child.Cancel = func() error { return unix.Kill(-child.Process.Pid, unix.SIGKILL) }
	if err := child.Start(); err != nil {
		return nil, "", startError(c.Program, err)
	}
	// Best effort: without it a check is as important as everything else.
	_ = unix.Setpriority(unix.PRIO_PGRP, child.Process.Pid, 15)
	_ = os.WriteFile(filepath.Join("/proc", strconv.Itoa(child.Process.Pid), "oom_score_adj"), []byte("900"), 0)
	err = child.Wait()
	var exit *exec.ExitError
	switch {
	case stdout.full:
		return nil, "it says more than can be", nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return nil, fmt.Sprintf("it did not come to an end within %s", c.Timeout), nil
	case ctx.Err() != nil:
		return nil, "", fmt.Errorf("run %s: %w", c.Program, ctx.Err())
	case errors.As(err, &exit) && exit.Exited():
		return nil, firstLine(stderr.data, full), nil
	case err != nil:
		return nil, "", fmt.Errorf("%w: run %s: %w", ErrNoProbe, c.Program, err)
	}
	return stdout.data, "", nil
}

func startError(program string, err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("%w: %s is not installed; it is in Debian's package ffmpeg: apt install ffmpeg", ErrNoProbe, program)
	}
	return fmt.Errorf("%w: start %s: %w", ErrNoProbe, program, err)
}

// firstLine is what ffprobe said, without the path, which people don't know.
func firstLine(said []byte, path string) string {
	text, _, _ := strings.Cut(strings.ToValidUTF8(string(said), "?"), "\n")
	text = strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(text, "file:"+path, "file"), path, "file"))
	if text == "" {
		return "it gives no reason"
	}
	return text
}

var errFull = errors.New("limit reached")

// bounded keeps up to limit bytes and calls over when more come.
type bounded struct {
	data  []byte
	limit int
	full  bool
	over  func()
}

func (b *bounded) Write(p []byte) (int, error) {
	if len(b.data)+len(p) > b.limit {
		b.full = true
		b.over()
		return 0, errFull
	}
	b.data = append(b.data, p...)
	return len(p), nil
}
