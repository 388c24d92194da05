package onbon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"

	"firepost/drivers/bus/serialport"
)

// TCP dials a card at host, or at host:port where the port is not Port.
func TCP(address string) func(context.Context) (io.ReadWriteCloser, error) {
	if _, _, err := net.SplitHostPort(address); err != nil {
		address = net.JoinHostPort(address, strconv.Itoa(Port))
	}
	return func(ctx context.Context) (io.ReadWriteCloser, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", address)
	}
}

// Serial opens the port of a card on RS-232 or RS-485 and drops what it had received before.
// Cards speak 8N1 at the rate that was set on them.
func Serial(spec serialport.Spec) func(context.Context) (io.ReadWriteCloser, error) {
	return func(context.Context) (io.ReadWriteCloser, error) {
		port, err := serialport.Open(spec)
		if err != nil {
			return nil, err
		}
		if _, err := port.Discard(); err != nil {
			return nil, errors.Join(fmt.Errorf("drop what was received before: %w", err), port.Close())
		}
		return serialLine{port}, nil
	}
}

// serialLine is a serial port that is read until it is closed.
type serialLine struct{ serialport.Port }

// Read waits for at least one byte; Close ends it.
func (l serialLine) Read(p []byte) (int, error) {
	for {
		n, err := l.Port.Read(p, time.Now().Add(time.Minute))
		if n > 0 || err != nil && !errors.Is(err, serialport.ErrTimeout) {
			return n, err
		}
	}
}

// Write writes all of p.
func (l serialLine) Write(p []byte) (int, error) {
	if err := l.Port.Write(p); err != nil {
		return 0, err
	}
	return len(p), nil
}
