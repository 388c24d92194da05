package serialport

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// awaitEvery is how often the name is looked up without being told of a change: udev makes
// its links a little later than the kernel makes the node, in folders that come and go.
const awaitEvery = time.Second

// Await blocks until spec's name resolves to a device again, and returns nil; or until ctx
// ends, and returns its error. Changes of the device folder wake it at once. It returns nil
// at once when the device is there: a caller whose Open then fails all the same must pause
// by itself before the next round.
func Await(ctx context.Context, spec Spec) error {
	if err := spec.Validate(); err != nil {
		return err
	}
	// Watch first and look then, or a device that comes in between is noticed late.
	w := newWatch(watchDirs(spec))
	defer w.close()
	stop := context.AfterFunc(ctx, w.interrupt)
	defer stop()
	for {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("await %s: %w", spec.Name, context.Cause(ctx))
		}
		if _, err := Resolve(spec); err == nil {
			return nil
		}
		w.wait(ctx, awaitEvery)
	}
}

// watchDirs are the folders in which the name can appear.
func watchDirs(spec Spec) []string {
	dev := spec.dev()
	n, err := parseName(spec.Name)
	if err != nil {
		return nil
	}
	dirs := []string{dev}
	switch n.kind {
	case kindID:
		dirs = append(dirs, filepath.Join(dev, "serial", "by-id"))
	case kindPath:
		dirs = append(dirs, filepath.Join(dev, "serial", "by-path"))
	case kindNode:
		path := n.text
		if rest, ok := strings.CutPrefix(path, "/dev/"); ok {
			path = filepath.Join(dev, rest)
		}
		if d := filepath.Dir(path); d != dev {
			dirs = append(dirs, d)
		}
	case kindUSB:
	}
	return dirs
}

// watch is an inotify descriptor in the runtime's poller; file is nil where there is none,
// and then only time wakes.
type watch struct {
	file *os.File
	buf  [4096]byte
}

func newWatch(dirs []string) *watch {
	w := &watch{}
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return w // out of watches: the look-up every second remains
	}
	w.file = os.NewFile(uintptr(fd), "inotify")
	for _, d := range dirs {
		// A folder that isn't there yet is covered by the look-up every second.
		_, err := unix.InotifyAddWatch(fd, d, unix.IN_CREATE|unix.IN_MOVED_TO|unix.IN_ATTRIB)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			continue
		}
	}
	return w
}

// wait returns when something changed, at the latest after d, or when ctx has ended.
func (w *watch) wait(ctx context.Context, d time.Duration) {
	if w.file == nil || w.file.SetReadDeadline(time.Now().Add(d)) != nil {
		pause(ctx, d)
		return
	}
	// interrupt may have come before the deadline was set.
	if ctx.Err() != nil {
		return
	}
	if _, err := w.file.Read(w.buf[:]); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		pause(ctx, d)
	}
}

// interrupt ends the present wait.
func (w *watch) interrupt() {
	if w.file != nil {
		_ = w.file.SetReadDeadline(time.Unix(1, 0))
	}
}

func (w *watch) close() {
	if w.file != nil {
		_ = w.file.Close()
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
