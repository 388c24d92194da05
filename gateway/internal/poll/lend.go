package poll

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// loan is the port in somebody else's hands.
type loan struct {
	taken, back chan struct{}
	once        sync.Once
}

// Lend closes the port after at most one transaction and keeps it closed until giveBack is
// called, so that somebody else can work on the line. Meanwhile the bus is down, with ErrLent,
// and commands are refused: nobody watches its devices. ErrBusy: it is lent already. When ctx
// ends first, the bus goes on.
func (b *Bus) Lend(ctx context.Context) (giveBack func(), err error) {
	l := &loan{taken: make(chan struct{}), back: make(chan struct{})}
	if !b.loan.CompareAndSwap(nil, l) {
		return nil, fmt.Errorf("bus %s: %w", b.Name(), ErrBusy)
	}
	giveBack = func() {
		l.once.Do(func() {
			b.loan.CompareAndSwap(l, nil)
			close(l.back)
		})
	}
	select {
	case b.commands.wake <- struct{}{}:
	default:
	}
	select {
	case <-l.taken:
		return giveBack, nil
	case <-ctx.Done():
		giveBack()
		return nil, fmt.Errorf("bus %s: lend the port: %w", b.Name(), ctx.Err())
	}
}

// lent waits until the port is given back, showing signs of life.
func (b *Bus) lent(ctx context.Context, l *loan) {
	b.down(ErrLent)
	close(l.taken)
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for {
		select {
		case <-l.back:
			return
		case <-ctx.Done():
			return
		case <-t.C:
			b.progress.Add(1)
		}
	}
}
