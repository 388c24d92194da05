package child

import (
	"strings"
	"sync"
)

// RingSize is how much of a program's words is kept in memory, from the end. Kept without a
// bound they fill the board's memory within weeks.
const RingSize = 64 << 10

// Ring keeps the last RingSize bytes written to it. It is safe for concurrent use.
type Ring struct {
	mu   sync.Mutex
	data []byte
	at   int    // where the next byte goes
	n    uint64 // how many bytes were ever written
}

// Write keeps p; it never fails and never waits.
func (r *Ring) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.data == nil {
		r.data = make([]byte, RingSize)
	}
	n := len(p)
	if n > RingSize {
		p = p[n-RingSize:]
	}
	first := copy(r.data[r.at:], p)
	if first < len(p) {
		copy(r.data, p[first:])
	}
	r.n += uint64(n)
	r.at = (r.at + len(p)) % RingSize
	return n, nil
}

// Tail is the end of what was written, at most n bytes, from the start of a line where one
// was cut.
func (r *Ring) Tail(n int) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	text := string(r.data[:r.at])
	if r.n >= RingSize {
		text = string(r.data[r.at:]) + text
	}
	cut := r.n > RingSize
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
