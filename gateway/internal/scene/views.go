package scene

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"firepost/firmware-contracts/message"
)

// View is one look of a person at one picture.
type View struct {
	// N numbers the views without gaps; what is missing at the start was rotated away.
	N       uint64    `json:"n"`
	At      time.Time `json:"at"`
	Trusted bool      `json:"clock_trusted"`
	Viewer  string    `json:"viewer"`
	Picture string    `json:"picture"`
	Event   string    `json:"event"`
	Reason  string    `json:"reason"`
}

func viewOf(p Picture, viewer, reason string, at message.Stamp) View {
	return View{At: at.Wall.UTC(), Trusted: at.Trusted, Viewer: viewer, Picture: p.ID, Event: p.Event, Reason: reason}
}

func checkView(viewer, reason string) error {
	for _, f := range []struct {
		name, text string
		most       int
	}{{"viewer", viewer, 100}, {"reason", reason, 500}} {
		switch {
		case strings.TrimSpace(f.text) == "":
			return fmt.Errorf("%w: %s is empty", ErrNoReason, f.name)
		case !utf8.ValidString(f.text) || strings.ContainsFunc(f.text, unicode.IsControl) || utf8.RuneCountInString(f.text) > f.most:
			return fmt.Errorf("%w: %s must be plain text of at most %d characters", ErrNoReason, f.name, f.most)
		}
	}
	return nil
}

// viewsName is the present file of the log; views.1.log is the one before it, and so on.
const viewsName = "views.log"

// viewLog is an append-only file of lines, rotated by size.
type viewLog struct {
	dir   string
	limit int64
	files int
	disk  disk

	size  int64
	last  uint64
	first uint64 // the oldest view that is still there; 0 for none
	torn  bool   // the file ends within a line
}

func (l *viewLog) path(n int) string {
	if n == 0 {
		return filepath.Join(l.dir, viewsName)
	}
	return filepath.Join(l.dir, fmt.Sprintf("views.%d.log", n))
}

// open finds where the numbering stands.
func (l *viewLog) open() error {
	views, _, err := l.all()
	if err != nil {
		return err
	}
	l.first, l.last = 0, 0
	for _, v := range views {
		if l.first == 0 {
			l.first = v.N
		}
		l.last = max(l.last, v.N)
	}
	data, err := os.ReadFile(l.path(0))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read log of views: %w", err)
	}
	l.size = int64(len(data))
	l.torn = len(data) > 0 && data[len(data)-1] != '\n'
	return nil
}

// add writes one view down. A line that was cut by a power failure is ended first, so that it
// never swallows the next one.
func (l *viewLog) add(v View) error {
	v.N = l.last + 1
	line, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("log view: %w", err)
	}
	line = append(line, '\n')
	if l.torn {
		line = append([]byte{'\n'}, line...)
	}
	if l.size > 0 && l.size+int64(len(line)) > l.limit {
		if err := l.rotate(); err != nil {
			return fmt.Errorf("log view: %w", err)
		}
		line = bytes.TrimLeft(line, "\n")
	}
	if err := l.disk.grow(l.path(0), line); err != nil {
		// Part of the line may be on the disk.
		l.torn = true
		return fmt.Errorf("log view: %w", err)
	}
	fresh := l.size == 0
	l.torn = false
	l.size += int64(len(line))
	l.last = v.N
	if l.first == 0 {
		l.first = v.N
	}
	if fresh {
		// The file is new: its name must be durable too.
		if err := l.disk.sync(l.dir); err != nil {
			return fmt.Errorf("log view: %w", err)
		}
	}
	return nil
}

// rotate moves each file one on, from the oldest. A power cut within leaves a gap between the
// files, never two of one number.
func (l *viewLog) rotate() error {
	if err := l.disk.remove(l.path(l.files - 1)); err != nil {
		return err
	}
	for n := l.files - 2; n >= 0; n-- {
		if err := l.disk.rename(l.path(n), l.path(n+1)); err != nil {
			return err
		}
	}
	if err := l.disk.sync(l.dir); err != nil {
		return err
	}
	return l.reopen()
}

// reopen looks again at what the files hold, without losing the numbering.
func (l *viewLog) reopen() error {
	last := l.last
	if err := l.open(); err != nil {
		return err
	}
	l.last = max(l.last, last)
	return nil
}

// all reads every line of every file, oldest first.
func (l *viewLog) all() (views []View, unreadable int, err error) {
	for n := l.files - 1; n >= 0; n-- {
		data, err := os.ReadFile(l.path(n))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, 0, fmt.Errorf("read log of views: %w", err)
		}
		for line := range bytes.Lines(data) {
			var v View
			if line = bytes.TrimSpace(line); len(line) == 0 {
				continue
			}
			if err := json.Unmarshal(line, &v); err != nil || v.N == 0 {
				unreadable++
				continue
			}
			views = append(views, v)
		}
	}
	return views, unreadable, nil
}

// lost is how many views were rotated away.
func (l *viewLog) lost() uint64 {
	if l.first == 0 {
		return l.last
	}
	return l.first - 1
}
