package mpv

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"firepost/kiosk/screen/child"
)

// connect waits for mpv to open its socket.
func connect(ctx context.Context, path string, proc *child.Child) (net.Conn, error) {
	var dialer net.Dialer
	limit := time.NewTimer(startWithin)
	defer limit.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := dialer.DialContext(ctx, "unix", path)
		if err == nil {
			return conn, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-proc.Ended():
			return nil, fmt.Errorf("%w before it opened its socket: %w; mpv said: %s", ErrGone, orExit(proc.Err()), proc.Words.Tail(500))
		case <-limit.C:
			return nil, fmt.Errorf("mpv has opened no socket within %v: %w", startWithin, ErrSilent)
		case <-tick.C:
		}
	}
}

func orExit(err error) error {
	if err == nil {
		return errors.New("it ended by itself")
	}
	return err
}
