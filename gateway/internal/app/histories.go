package app

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"firepost/firmware-contracts/durable"

	"firepost/gateway/internal/engine"
)

var _ engine.Vessels = (*histories)(nil)

// histories keeps what parts have learned over days (extinguishers, battery, filter), a file
// each, beside the journal. What is saved waits in memory until the disk has taken it; nobody waits for that.
type histories struct {
	dir string
	log *slog.Logger

	mu      sync.Mutex
	pending map[string][]byte
	wake    chan struct{}
}

func newHistories(dir string, log *slog.Logger) *histories {
	return &histories{dir: dir, log: log, pending: make(map[string][]byte), wake: make(chan struct{}, 1)}
}

// path of a point's file. Names of devices and points hold no slash beside the one between.
func (f *histories) path(key string) string {
	return filepath.Join(f.dir, strings.ReplaceAll(key, "/", "+")+".json")
}

// Load implements engine.Vessels.
func (f *histories) Load(key string) []byte {
	f.mu.Lock()
	data, waiting := f.pending[key]
	f.mu.Unlock()
	if waiting {
		return data
	}
	info, err := os.Stat(f.path(key))
	if err != nil || info.Size() > maxHistory {
		return nil
	}
	data, err = os.ReadFile(f.path(key))
	if err != nil {
		f.log.Error("a history can't be read", "of", key, "error", err)
		return nil
	}
	return data
}

// Save implements engine.Vessels.
func (f *histories) Save(key string, snapshot []byte) {
	f.mu.Lock()
	f.pending[key] = snapshot
	f.mu.Unlock()
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// maxHistory bounds one file: what is larger is none of ours.
const maxHistory = 64 << 10

// historyRetry is the pause after a disk refused a history.
const historyRetry = time.Minute

// Run writes what waits until ctx ends, and what waits then.
func (f *histories) Run(ctx context.Context) error {
	retry := time.NewTimer(historyRetry)
	defer retry.Stop()
	for {
		select {
		case <-ctx.Done():
			return f.flush()
		case <-f.wake:
		case <-retry.C:
		}
		if err := f.flush(); err != nil {
			f.log.Error("a history is not on disk yet", "error", err)
		}
		retry.Reset(historyRetry)
	}
}

func (f *histories) flush() error {
	f.mu.Lock()
	todo := maps.Clone(f.pending)
	f.mu.Unlock()
	if len(todo) == 0 {
		return nil
	}
	bad := []error{os.MkdirAll(f.dir, 0o750)}
	var done []string
	for key, data := range todo {
		if err := durable.WriteFile(f.path(key), data, 0o640); err != nil {
			bad = append(bad, err)
			continue
		}
		done = append(done, key)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, key := range done {
		// A newer one may have come meanwhile.
		if string(f.pending[key]) == string(todo[key]) {
			delete(f.pending, key)
		}
	}
	return errors.Join(bad...)
}
