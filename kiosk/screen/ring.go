package screen

import (
	"strings"
	"sync"
)

// ringSize is how much of a browser's words is kept in memory, from the end. Kept without a
// bound they fill the board's memory within weeks.
const ringSize = 64 << 10

// ring keeps the last ringSize bytes written to it. It is safe for concurrent use.
type ring struct {
	mu   sync.Mutex
	data []byte
	at   int // where the next byte goes
	full bool
}

// Write keeps p; it never fails and never waits.
func (r *ring) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.data == nil {
		r.data = make([]byte, ringSize)
	}
	n := len(p)
	if n > ringSize {
		p = p[n-ringSize:]
	}
	first := copy(r.data[r.at:], p)
	if first < len(p) {
		copy(r.data, p[first:])
	}
	r.full = r.full || r.at+len(p) >= ringSize
	r.at = (r.at + len(p)) % ringSize
	return n, nil
}

// tail is the end of what was written, at most n bytes, from the start of a line where one
// was cut.
func (r *ring) tail(n int) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	text := string(r.data[:r.at])
	cut := false
	if r.full {
		text, cut = string(r.data[r.at:])+text, true
	}
	if len(text) > n {
		text, cut = text[len(text)-n:], true
	}
	if cut {
		if _, rest, found := strings.Cut(text, "\n"); found {
			text = rest
		}
	}
	return strings.ToValidUTF8(text, "?")
}
