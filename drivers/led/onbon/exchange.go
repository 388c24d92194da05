package onbon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"firepost/drivers/led"
)

// do sends one payload over a connection of its own and waits for the card's acknowledgement.
func (s *Sign) do(ctx context.Context, what string, payload []byte) error {
	err := s.exchange(ctx, payload)
	if err != nil {
		return fmt.Errorf("onbon %s: %w", what, err)
	}
	return nil
}

func (s *Sign) exchange(caller context.Context, payload []byte) error {
	if s.closed {
		return errClosed
	}
	if err := s.awaitQuiet(caller); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(caller, s.o.Timeout)
	defer cancel()
	conn, err := s.o.Dial(ctx)
	if err != nil {
		return unanswered(caller, fmt.Errorf("connect: %w", err))
	}
	// Closing is what ends a read or a write that waits. A second close is harmless, and an
	// error of it says nothing about the reply.
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer func() {
		stop()
		_ = conn.Close()
	}()
	answered, err := s.ask(ctx, caller, conn, payload)
	if s.o.LateReply > 0 {
		s.busy = time.Now().Add(s.o.LateReply)
		if answered {
			s.busy = time.Now().Add(serialGap)
		}
	}
	return err
}

// awaitQuiet waits until a serial line may be used again.
func (s *Sign) awaitQuiet(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("nothing was sent: %w", err)
	}
	wait := time.Until(s.busy)
	if wait <= 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return unanswered(ctx, fmt.Errorf("a late reply to an earlier request may still come, nothing was sent: %w", ctx.Err()))
	}
}

// ask writes the request and reads until its acknowledgement.
func (s *Sign) ask(ctx, caller context.Context, conn io.ReadWriter, payload []byte) (answered bool, err error) {
	request := Frame{To: uint16(s.o.Address), From: Host, Mode: DynamicMode, Device: AnyDevice, Payload: payload}
	if _, err := conn.Write(request.Append(nil)); err != nil {
		return false, s.failure(ctx, caller, fmt.Errorf("send: %w", err))
	}
	var parser Parser
	var verdict error
	buf := make([]byte, 256)
	for {
		n, err := conn.Read(buf)
		parser.Feed(buf[:n], func(f Frame) {
			// A second copy of the reply changes nothing.
			if !answered {
				answered, verdict = s.judge(f)
			}
		})
		if answered {
			return true, verdict
		}
		if err == nil {
			continue
		}
		if parser.Skipped() == 0 && !parser.Unfinished() {
			return false, s.failure(ctx, caller, fmt.Errorf("receive: %w", err))
		}
		if caller.Err() != nil && errors.Is(caller.Err(), context.Canceled) {
			return false, caller.Err()
		}
		return false, garbled(&parser)
	}
}

// judge says whether a frame is the card's reply to us, and what it says.
func (s *Sign) judge(f Frame) (ours bool, verdict error) {
	p := f.Payload
	if f.To != Host || s.o.Address != AnyScreen && int(f.From) != s.o.Address {
		return false, nil // our own frame, come back, or another card's
	}
	if len(p) < 3 || p[0] != groupReply || p[1] != cmdAck && p[1] != cmdNack {
		return false, nil
	}
	if p[1] == cmdAck && p[2] == 0 {
		return true, nil
	}
	return true, fmt.Errorf("%w: error %d, %s", led.ErrRefused, p[2], refusal(p[2]))
}

// failure names what ended the wait: the caller, our own time, or the connection.
func (s *Sign) failure(ctx, caller context.Context, err error) error {
	if caller.Err() == nil && ctx.Err() != nil {
		return fmt.Errorf("%w for %v", led.ErrNoAnswer, s.o.Timeout)
	}
	return unanswered(caller, err)
}

// unanswered is led.ErrNoAnswer, unless the caller gave up.
func unanswered(caller context.Context, err error) error {
	switch cause := caller.Err(); {
	case errors.Is(cause, context.Canceled):
		return cause
	case cause != nil && !errors.Is(err, cause):
		// What closing the connection at the end of time looked like is of no interest.
		return fmt.Errorf("%w: %w", led.ErrNoAnswer, cause)
	}
	return fmt.Errorf("%w: %w", led.ErrNoAnswer, err)
}

func garbled(p *Parser) error {
	switch {
	case p.Reason() != nil:
		return fmt.Errorf("%w: %w", led.ErrGarbled, p.Reason())
	case p.Unfinished():
		return fmt.Errorf("%w: the reply has no end", led.ErrGarbled)
	}
	return fmt.Errorf("%w: %d bytes that are no frame", led.ErrGarbled, p.Skipped())
}
