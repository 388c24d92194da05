package host

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"firepost/firmware-contracts/durable"
)

// latch remembers the undervoltage of one boot, in memory and in a small file. Memory comes
// first: a disk that hangs delays the file, never what is reported.
type latch struct {
	path string

	mu     sync.Mutex
	loaded string // the boot whose file has been read
	boot   string
	seen   bool
	lost   bool
	dirty  bool

	disk sync.Mutex // held while the file is written
}

// kept is the file's content.
type kept struct {
	Boot string `json:"boot"`
	Seen bool   `json:"seen"`
	Lost bool   `json:"lost,omitempty"`
}

// load reads the file, once per boot id. A file of an earlier boot means nothing; one that
// can't be understood means that this boot's past is lost.
func (l *latch) load(boot string) {
	l.mu.Lock()
	done := l.loaded == boot
	l.mu.Unlock()
	if done {
		return
	}
	k, err := l.read()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.begin(boot)
	l.loaded = boot
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		l.lost, l.dirty = true, true
	case k.Boot == boot:
		l.seen, l.lost = l.seen || k.Seen, l.lost || k.Lost
	}
}

func (l *latch) read() (kept, error) {
	var k kept
	text, err := readValue(l.path)
	if err != nil {
		return k, err
	}
	if err := json.Unmarshal([]byte(text), &k); err != nil {
		return k, fmt.Errorf("understand %s: %w", l.path, err)
	}
	if len(k.Boot) != bootIDLength {
		return k, fmt.Errorf("understand %s: %w: boot id %q", l.path, errUnbelievable, k.Boot)
	}
	return k, nil
}

// begin forgets another boot. With l.mu held.
func (l *latch) begin(boot string) {
	if l.boot != boot {
		l.boot, l.seen, l.lost, l.dirty = boot, false, false, false
	}
}

// see takes one look at the alarm into the memory and returns what is known now.
func (l *latch) see(boot string, now bool) Undervoltage {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.begin(boot)
	if now && !l.seen {
		l.seen, l.dirty = true, true
	}
	return Undervoltage{Now: now, Seen: l.seen, HistoryLost: l.lost}
}

// keep writes the memory to the file if they differ.
func (l *latch) keep() error {
	l.disk.Lock()
	defer l.disk.Unlock()
	l.mu.Lock()
	k, dirty := kept{Boot: l.boot, Seen: l.seen, Lost: l.lost}, l.dirty
	l.mu.Unlock()
	if !dirty {
		return nil
	}
	if err := l.write(k); err != nil {
		return fmt.Errorf("keep undervoltage: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if (kept{Boot: l.boot, Seen: l.seen, Lost: l.lost}) == k {
		l.dirty = false
	}
	return nil
}

func (l *latch) write(k kept) error {
	data, err := json.Marshal(k)
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	return durable.WriteFile(l.path, data, 0o600)
}
