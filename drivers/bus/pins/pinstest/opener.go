package pinstest

import (
	"fmt"
	"sync"

	"periph.io/x/conn/v3/gpio"

	"firepost/drivers/bus/pins"
)

// Board is an opener of fake lines, by name. It is safe for concurrent use.
type Board struct {
	mu    sync.Mutex
	lines map[string]gpio.PinIO
	err   error
	asked map[string]int
}

// NewBoard returns a board with these lines.
func NewBoard(lines ...gpio.PinIO) *Board {
	b := &Board{lines: map[string]gpio.PinIO{}, asked: map[string]int{}}
	for _, l := range lines {
		b.Add(l)
	}
	return b
}

// Add adds a line.
func (b *Board) Add(l gpio.PinIO) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines[l.Name()] = l
}

// Fail makes Line fail with err until Fail(nil).
func (b *Board) Fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err = err
}

// Asked is how often a line was asked for.
func (b *Board) Asked(name string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.asked[name]
}

// Line returns a line of the board.
func (b *Board) Line(name string) (gpio.PinIO, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked[name]++
	if b.err != nil {
		return nil, b.err
	}
	l := b.lines[name]
	if l == nil {
		return nil, fmt.Errorf("open line %s: %w", name, pins.ErrNoLine)
	}
	return l, nil
}

var _ pins.Opener = (*Board)(nil)
