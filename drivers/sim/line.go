package sim

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"
)

// LineConfig describes one RS-485 line.
type LineConfig struct {
	// Baud and Format (8N1, 8E1, …) give the time of a character; zero means 9600 8N1.
	Baud   int
	Format string
	// Pace makes characters take their time. Without it requests and replies pass at once,
	// and only faults with a duration wait.
	Pace bool
	// Turnaround is the devices' time from a request's end to the reply's start; zero
	// means 5 ms with pace and none without.
	Turnaround time.Duration
	// Echo returns every request to the master, as an adapter does whose receiver stays on
	// while it sends.
	Echo bool
	// Realtime asks for real-time priority, so that a busy machine does not disturb the
	// pace; whether it was given stands in LineStats.
	Realtime bool
	// Log is how many of the last transactions are kept.
	Log int
	// Seed drives the faults' chances; zero is a seed like any other.
	Seed uint64
	// Commissioning makes the line what an installer finds: a slave hears only a master whose
	// port is set to its own speed and format, several may have one address, and a contract's
	// setup changes both. Paced characters take the time that the master's port says.
	Commissioning bool
	Slaves        []*Slave
}

// Line is one RS-485 line with its slaves, on a pseudo-terminal that a master opens at
// Path. It measures the master by what the wire sees. Methods are safe for concurrent use.
type Line struct {
	cfg    LineConfig
	char   time.Duration
	wire   *ptyWire
	book   *book
	engine *engine

	mu       sync.Mutex
	running  bool
	closed   bool
	realtime bool
	done     chan struct{} // closed when Run has returned
}

// NewLine opens the terminal; requests wait in it until Run. ErrSpec: a baud rate or format
// that does not exist, or two slaves at one address.
func NewLine(cfg LineConfig) (*Line, error) {
	if cfg.Baud == 0 {
		cfg.Baud = 9600
	}
	if cfg.Format == "" {
		cfg.Format = "8N1"
	}
	if cfg.Turnaround == 0 && cfg.Pace {
		cfg.Turnaround = 5 * time.Millisecond
	}
	char, err := charTime(cfg.Baud, cfg.Format)
	if err != nil {
		return nil, fmt.Errorf("make line: %w", err)
	}
	l := &Line{cfg: cfg, char: char, book: newBook(cfg.Seed, Now, cfg.Log), done: make(chan struct{})}
	if cfg.Commissioning {
		l.book.crowd = &crowd{}
	}
	for _, s := range cfg.Slaves {
		if err := l.Add(s); err != nil {
			return nil, err
		}
	}
	if l.wire, err = newPTYWire(); err != nil {
		return nil, fmt.Errorf("make line: %w", err)
	}
	l.wire.exact = cfg.Pace
	l.engine = newEngine(&l.cfg, char, l.wire, l.book)
	if c := l.book.crowd; c != nil {
		own := Serial{cfg.Baud, cfg.Format}
		c.hear = func() Serial { return l.wire.settingsOf(own) }
		l.engine.hear = c.hear
	}
	return l, nil
}

func newEngine(cfg *LineConfig, char time.Duration, w wire, b *book) *engine {
	e := &engine{w: w, book: b, turnaround: int64(cfg.Turnaround), hold: int64(partialHold), echo: cfg.Echo}
	if cfg.Pace {
		e.char = int64(char)
		e.silence = int64(silenceAfter(cfg.Baud, char))
		e.hold = e.silence
	}
	return e
}

// Path is the device node that a master opens.
func (l *Line) Path() string { return l.wire.pty.Path }

// Forget is PTY.Forget: call it after a master was killed, before the next one opens Path.
func (l *Line) Forget() error { return l.wire.pty.Forget() }

// Add puts one more slave on the line, also while it runs. ErrSpec: the address is taken,
// or 0, which is for broadcasts.
func (l *Line) Add(s *Slave) error {
	b := l.book
	b.mu.Lock()
	defer b.mu.Unlock()
	if c := b.crowd; c != nil && s.unit != 0 {
		s.enlist(Serial{l.cfg.Baud, l.cfg.Format})
		c.slaves = append(c.slaves, s)
		if b.slaves[s.unit] != nil {
			return nil // Slave returns the first one
		}
	}
	if s.unit == 0 || b.slaves[s.unit] != nil {
		return fmt.Errorf("add slave at unit %d: the address is taken or 0: %w", s.unit, ErrSpec)
	}
	if l.cfg.Seed != 0 {
		s.Seed(l.cfg.Seed)
	}
	b.slaves[s.unit] = s
	b.watched[s.unit] = watchedSpans(s)
	return nil
}

// Slave returns the slave at a unit address, nil if there is none.
func (l *Line) Slave(unit uint8) *Slave {
	l.book.mu.Lock()
	defer l.book.mu.Unlock()
	return l.book.slaves[unit]
}

func (l *Line) slave(unit uint8) (*Slave, error) {
	if s := l.Slave(unit); s != nil {
		return s, nil
	}
	return nil, fmt.Errorf("find unit %d on %s: no such slave: %w", unit, l.Path(), ErrUnknown)
}

// Run serves the line until ctx ends or Close is called, which is no error. It keeps one
// operating-system thread to itself. A line runs once: afterwards it is ErrStopped.
func (l *Line) Run(ctx context.Context) error {
	l.mu.Lock()
	if l.running || l.closed {
		l.mu.Unlock()
		return fmt.Errorf("run line: it has run or is running: %w", ErrStopped)
	}
	l.running = true
	l.mu.Unlock()
	defer close(l.done)
	defer context.AfterFunc(ctx, l.wire.wake)()
	failed := make(chan error, 1)
	go func() {
		// Never unlocked: the thread's slack and priority must end with it.
		runtime.LockOSThread()
		rt := steady(l.cfg.Realtime)
		l.mu.Lock()
		l.realtime = rt
		l.mu.Unlock()
		failed <- l.engine.run()
	}()
	return <-failed
}

// Close ends Run, waits for it, and hangs the terminal up: the master sees an adapter that
// was pulled out. Closing twice is no error.
func (l *Line) Close() error {
	l.wire.wake()
	l.mu.Lock()
	running, closed := l.running, l.closed
	l.closed = true
	l.mu.Unlock()
	if running {
		<-l.done
	}
	if closed {
		return nil
	}
	if err := l.wire.close(); err != nil {
		return fmt.Errorf("close line: %w", err)
	}
	return nil
}

// Stats says what the line has seen since the start or the last ResetStats.
func (l *Line) Stats() LineStats {
	s := l.book.stats()
	s.Path, s.Baud, s.Format, s.Paced, s.Char = l.Path(), l.cfg.Baud, l.cfg.Format, l.cfg.Pace, l.char
	if l.cfg.Pace {
		s.Silence = silenceAfter(l.cfg.Baud, l.char)
	}
	s.Overrun = l.wire.overrun.Load()
	l.mu.Lock()
	defer l.mu.Unlock()
	s.Realtime = l.realtime
	return s
}

// ResetStats begins a new measurement. The gap that is under way counts whole in it.
func (l *Line) ResetStats() {
	l.book.mu.Lock()
	defer l.book.mu.Unlock()
	l.book.m.reset(l.book.clock())
}

// Transactions returns the last LineConfig.Log transactions, oldest first.
func (l *Line) Transactions() []Transaction { return l.book.transactions() }

// Start runs the line in the background. The function it returns closes the line and
// returns what Run returned.
func (l *Line) Start(ctx context.Context) (stop func() error) {
	result := make(chan error, 1)
	go func() { result <- l.Run(ctx) }()
	var once sync.Once
	var err error
	return func() error {
		once.Do(func() {
			l.wire.wake()
			err = errors.Join(<-result, l.Close())
		})
		return err
	}
}
