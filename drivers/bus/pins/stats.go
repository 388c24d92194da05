package pins

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"firepost/firmware-contracts/message"
)

// Mode is how a line is watched.
type Mode uint8

// The modes of a line.
const (
	// Down: the line can't be watched.
	Down Mode = iota
	// Edges: the kernel wakes the watcher.
	Edges
	// Polling: the line is looked at again and again.
	Polling
)

// String is the mode's word.
func (m Mode) String() string {
	switch m {
	case Edges:
		return "edges"
	case Polling:
		return "polling"
	case Down:
		return "down"
	}
	return "unknown"
}

// LineStats is what is known of one contact's line. Counts are since the source was made.
type LineStats struct {
	Device, Point, Line string
	Mode                Mode
	// Closed is the level that counts, once Known, since Since.
	Closed, Known bool
	Since         message.Stamp
	// Looks counts reads of the level, Changes levels that counted.
	Looks, Changes uint64
	// Noise counts pulses shorter than the debounce, bounces of a contact among them.
	Noise uint64
	// Lost counts changes that no edge announced, Storms how often edges came too fast.
	Lost, Storms uint64
	// Opened counts successful openings, Failures failed openings and reads.
	Opened, Failures uint64
	// Err is why the line is down or its contact unsteady; nil while all is well.
	Err error
}

// snapshot is a copy of the statistics.
func (w *watcher) snapshot() LineStats {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.stats
	out.Looks = w.looks.Load()
	return out
}

func (w *watcher) note(change func(*LineStats)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(&w.stats)
	if w.stats.Mode == Edges && !w.edges {
		w.stats.Mode = Polling
	}
}

func (w *watcher) noteOpen() {
	w.note(func(s *LineStats) {
		s.Mode, s.Err = Polling, nil
		if w.edges {
			s.Mode = Edges
		}
		s.Opened++
	})
}

func (w *watcher) noteFailure(err error) {
	w.note(func(s *LineStats) { s.Mode, s.Known, s.Err = Down, false, err; s.Failures++ })
}

func (w *watcher) noteLevel(changed bool) {
	w.note(func(s *LineStats) {
		s.Closed, s.Known, s.Err = w.settler.level, true, nil
		if changed {
			s.Since = w.batch.At
			s.Changes++
		}
	})
}

func (w *watcher) noteUnsteady(err error) {
	w.note(func(s *LineStats) { s.Known, s.Err = false, err })
}

func (w *watcher) noteNoise()  { w.note(func(s *LineStats) { s.Noise++ }) }
func (w *watcher) noteLost()   { w.note(func(s *LineStats) { s.Lost++ }) }
func (w *watcher) noteStorm()  { w.note(func(s *LineStats) { s.Storms++ }) }
func (w *watcher) notePolled() { w.note(func(*LineStats) {}) }

// lineError names the line and says what to do. periph passes the kernel's errors on as
// text alone, so that text is what tells them apart.
func lineError(op, line string, err error) error {
	if err == nil {
		return nil
	}
	if _, own := errors.AsType[*Error](err); own {
		return err
	}
	e := &Error{Op: op, Line: line, Err: err}
	text := err.Error()
	has := func(errno syscall.Errno) bool {
		return errors.Is(err, errno) || strings.Contains(text, errno.Error())
	}
	switch {
	case has(syscall.EBUSY):
		e.Err = fmt.Errorf("%w: %w", ErrBusy, err)
		e.Hint = "another program or a kernel driver holds it: `gpioinfo` names the user; look for an overlay in the device tree"
	case errors.Is(err, fs.ErrPermission), has(syscall.EACCES), has(syscall.EPERM):
		e.Err = fmt.Errorf("%w: %w", ErrPermission, err)
		e.Hint = permissionHint
	case strings.Contains(text, "support pull"):
		e.Hint = "this board has no resistors of its own on that line: say pull: none and fit one"
	case has(syscall.ENODEV), has(syscall.EIO), has(syscall.ENXIO), has(syscall.ETIMEDOUT), has(syscall.EREMOTEIO):
		e.Hint = "the chip behind the line does not answer: check its supply and its bus"
	}
	return e
}

// permissionHint is the way out of a permission error.
const permissionHint = "add the daemon's user to the group that owns /dev/gpiochip*, usually gpio, and restart it"
