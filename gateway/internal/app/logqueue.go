package app

import (
	"context"
	"log/slog"
	"sync/atomic"
)

// logRoom is how many lines may wait for a log that does not take them.
const logRoom = 4096

// logQueue lets nobody wait for the log: a journald that hangs on a dying disk would
// otherwise hold the engine, and with it every bus. Lines that find no room are counted.
type logQueue struct {
	lines chan *logLine // pointers: room for lines that wait costs little while none does
	lost  atomic.Uint64
}

type logLine struct {
	to     slog.Handler
	record slog.Record
}

func newLogQueue() *logQueue { return &logQueue{lines: make(chan *logLine, logRoom)} }

// handler queues what h would write.
func (q *logQueue) handler(h slog.Handler) slog.Handler { return queued{q, h} }

// run writes until ctx ends.
func (q *logQueue) run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case l := <-q.lines:
			q.write(l)
		}
	}
}

// drain writes what still waits.
func (q *logQueue) drain() {
	for {
		select {
		case l := <-q.lines:
			q.write(l)
		default:
			return
		}
	}
}

func (q *logQueue) write(l *logLine) {
	if n := q.lost.Swap(0); n > 0 {
		l.record.AddAttrs(slog.Uint64("lines_lost_before", n))
	}
	// A log that can't be written has nowhere to say so.
	_ = l.to.Handle(context.Background(), l.record)
}

// queued is a handler in front of another one.
type queued struct {
	q *logQueue
	h slog.Handler
}

// Enabled implements slog.Handler.
func (h queued) Enabled(ctx context.Context, level slog.Level) bool { return h.h.Enabled(ctx, level) }

// Handle implements slog.Handler. It never waits.
func (h queued) Handle(_ context.Context, r slog.Record) error {
	select {
	case h.q.lines <- &logLine{h.h, r.Clone()}:
	default:
		h.q.lost.Add(1)
	}
	return nil
}

// WithAttrs implements slog.Handler.
func (h queued) WithAttrs(attrs []slog.Attr) slog.Handler { return queued{h.q, h.h.WithAttrs(attrs)} }

// WithGroup implements slog.Handler.
func (h queued) WithGroup(name string) slog.Handler { return queued{h.q, h.h.WithGroup(name)} }
