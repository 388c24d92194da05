package drift

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
)

// ErrSnapshot is wrapped by every error of Restore. The way out is the zero Chamber.
var ErrSnapshot = errors.New("saved drift is unusable")

type snapshot struct {
	Version int        `json:"v"`
	Clean   float64    `json:"clean"`
	Known   bool       `json:"known"`
	Dirty   bool       `json:"dirty"`
	Low     bool       `json:"low"`
	Days    []savedDay `json:"days"`
	Book    savedBook  `json:"today"`
}

type savedDay struct {
	Number int     `json:"d"`
	Value  float64 `json:"v"`
}

type savedBook struct {
	Number int       `json:"d"`
	Hour   int       `json:"h"`
	Sum    float64   `json:"sum"`
	N      int       `json:"n"`
	Hours  []float64 `json:"hours"`
	Stormy bool      `json:"storm"`
}

// Snapshot writes everything that is remembered of a detector.
func (ch Chamber) Snapshot() ([]byte, error) {
	b := &ch.book
	p := snapshot{
		Version: 1, Clean: ch.clean, Known: ch.known, Dirty: ch.dirty, Low: ch.low, Days: make([]savedDay, 0, len(ch.days)),
		Book: savedBook{b.number, b.hour, b.sum, b.n, append([]float64{}, b.hours...), b.stormy},
	}
	for _, d := range ch.days {
		p.Days = append(p.Days, savedDay(d))
	}
	data, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("write drift: %w", err)
	}
	return data, nil
}

// Restore reads what Snapshot wrote. It is strict: anything that Snapshot can't have written
// is an error wrapping ErrSnapshot, never a guess.
func Restore(data []byte) (Chamber, error) {
	var p snapshot
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		return Chamber{}, fmt.Errorf("read drift: %w: %w", ErrSnapshot, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Chamber{}, fmt.Errorf("read drift: %w: trailing data", ErrSnapshot)
	}
	if err := p.check(); err != nil {
		return Chamber{}, fmt.Errorf("read drift: %w: %w", ErrSnapshot, err)
	}
	ch := Chamber{clean: p.Clean, known: p.Known, dirty: p.Dirty, low: p.Low}
	ch.book = dayBook{p.Book.Number, p.Book.Hour, p.Book.Sum, p.Book.N, p.Book.Hours, p.Book.Stormy}
	for _, d := range p.Days {
		ch.days = append(ch.days, Day(d))
	}
	return ch, nil
}

func (p *snapshot) check() error {
	switch b := &p.Book; {
	case p.Version != 1:
		return fmt.Errorf("version %d, want 1", p.Version)
	case len(p.Days) > keepDays:
		return fmt.Errorf("%d days, at most %d", len(p.Days), keepDays)
	case b.N < 0 || b.Hour < 0 || b.Hour > 23 || len(b.Hours) > 30:
		return fmt.Errorf("running day with %d readings in hour %d, %d hours", b.N, b.Hour, len(b.Hours))
	case math.Abs(float64(p.Book.Number)) > 1e6:
		return fmt.Errorf("day %d", p.Book.Number)
	}
	for i, d := range p.Days {
		if i > 0 && d.Number <= p.Days[i-1].Number || math.Abs(float64(d.Number)) > 1e6 {
			return fmt.Errorf("day %d is out of order", d.Number)
		}
	}
	return nil
}
