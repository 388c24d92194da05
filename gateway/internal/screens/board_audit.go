package screens

import (
	"context"
	"errors"
	"fmt"
	"time"

	"firepost/drivers/led"
	"firepost/firmware-contracts/message"
)

// chores are what a card needs besides its content: its clock, and a look at what it holds.
func (b *Board) chores(ctx context.Context, now message.Stamp) error {
	if err := b.store(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, boardWithin)
	defer cancel()
	can := b.sign.Can()
	if can.Has(led.CanTime) && now.Trusted && (b.clockAt == 0 || now.Mono-b.clockAt >= clockEvery) {
		if err := b.sign.SetTime(ctx, now.Wall.In(beijing())); err != nil {
			return fmt.Errorf("set the clock: %w", err)
		}
		b.clockAt = now.Mono
	}
	if !can.Has(led.CanReadBack) && !can.Has(led.CanSense) || b.auditAt > 0 && now.Mono-b.auditAt < b.askEvery() {
		return nil
	}
	s, err := b.sign.Status(ctx)
	if err != nil {
		return fmt.Errorf("ask the card: %w", err)
	}
	b.audit(s)
	b.auditAt = now.Mono
	return nil
}

// askEvery is how often the card is asked how it is.
func (b *Board) askEvery() time.Duration {
	if b.sign.Can().Has(led.CanSense) {
		return senseEvery
	}
	return auditEvery
}

// audit compares what the card holds with what it held after the last thing that was put there
// from here.
func (b *Board) audit(s led.Status) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.status.Card = s
	switch {
	case s.Holds == "":
	case b.holds == "":
		// Right after our own content: this is what it should hold from now on.
		b.holds = s.Holds
	case s.Holds != b.holds:
		if !b.status.Tamper {
			b.o.Log.Error("a board holds something that was not put there from here; it is made dark", "board", b.o.Name)
		}
		b.status.Tamper = true
	}
}

// Trust ends a tamper on a person's word, who has looked at the board: what should be there is
// put there anew, and the board is lit. It reports whether there was one.
func (b *Board) Trust() bool {
	b.mu.Lock()
	was := b.status.Tamper
	b.status.Tamper, b.anew = false, b.anew || was
	b.mu.Unlock()
	select {
	case b.poke <- struct{}{}:
	default:
	}
	return was
}

// note keeps what is wrong, and reports it when that changes.
func (b *Board) note(err error) {
	b.mu.Lock()
	b.status.Up, b.status.Err = err == nil, ""
	if err != nil {
		b.status.Err = err.Error()
		b.status.Shows, b.status.Takeover = "", ""
	}
	s := b.status
	b.mu.Unlock()
	cause := ""
	yes := func(p *bool) bool { return p != nil && *p }
	switch {
	case s.Tamper:
		cause = CauseTamper
	case errors.Is(err, led.ErrRefused), errors.Is(err, led.ErrUnshowable):
		cause = CauseBoardRefuse
	case err != nil:
		cause = CauseBoardSilent
	case yes(s.Card.Smoke):
		cause = CauseScreenSmoke
	case yes(s.Card.Door):
		cause = CauseScreenDoor
	}
	if cause != b.fault {
		if err != nil {
			b.o.Log.Error("a board does not follow", "board", b.o.Name, "error", err)
		}
		b.fault = cause
		b.o.Fault(cause)
	}
}
