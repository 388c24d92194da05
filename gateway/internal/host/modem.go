package host

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"firepost/drivers/bus/serialport"
)

var (
	errRefused = errors.New("modem refused")
	errChatter = errors.New("modem said too much without an answer")
)

// ModemOptions says where the modem's command port is. It must be a port of its own (a USB
// modem has several), not the one that carries the connection: opening and closing a port
// moves DTR, on which a modem hangs up.
type ModemOptions struct {
	// Port is opened for each reading and closed again.
	Port serialport.Spec
	// Limit bounds one reading; zero means 4 s.
	Limit time.Duration
}

func (m *ModemOptions) limit() time.Duration {
	if m == nil || m.Limit <= 0 {
		return defaultModem
	}
	return m.Limit
}

// maxChatter is the most that a modem may say before its answer.
const maxChatter = 4096

func (r *Reader) readModem(ctx context.Context) Fact[Modem] {
	if r.o.Modem == nil {
		return absent[Modem]()
	}
	port, err := serialport.Open(r.o.Modem.Port)
	if err != nil {
		return unknown[Modem](fmt.Errorf("ask modem: %w", err))
	}
	// Closing wakes a blocked read.
	stop := context.AfterFunc(ctx, func() { _ = port.Close() })
	defer stop()
	m, err := askModem(ctx, port, r.o.Modem.limit())
	if err = errors.Join(err, port.Close()); err != nil {
		return unknown[Modem](fmt.Errorf("ask modem on %s: %w", port.Path(), err))
	}
	return known(m)
}

func askModem(ctx context.Context, port serialport.Port, limit time.Duration) (Modem, error) {
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(limit)
	}
	var m Modem
	lines, err := command(port, "AT+CSQ", deadline)
	if err != nil {
		return m, err
	}
	if m.Signal, err = parseSignal(lines); err != nil {
		m.Signal = unknown[int](err)
	}
	lines, err = command(port, "AT+CEREG?", deadline)
	if err != nil {
		return m, err
	}
	if m.Registration, err = parseRegistration(lines); err != nil {
		m.Registration = unknown[Registration](err)
	}
	return m, nil
}

// command sends one command and returns the lines up to its final result.
func command(port serialport.Port, cmd string, deadline time.Time) ([]string, error) {
	// What an earlier command or the network said before is not this answer.
	if _, err := port.Discard(); err != nil {
		return nil, fmt.Errorf("%s: %w", cmd, err)
	}
	if err := port.Write([]byte(cmd + "\r")); err != nil {
		return nil, fmt.Errorf("%s: %w", cmd, err)
	}
	var said []byte
	buf := make([]byte, 256)
	for len(said) < maxChatter {
		n, err := port.Read(buf, deadline)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", cmd, err)
		}
		said = append(said, buf[:n]...)
		// Only what ends with a line break is a whole line.
		whole := strings.LastIndexAny(string(said), "\r\n")
		lines := strings.FieldsFunc(string(said[:whole+1]), func(c rune) bool { return c == '\r' || c == '\n' })
		for i, line := range lines {
			switch {
			case line == "OK":
				return lines[:i], nil
			case line == "ERROR", strings.HasPrefix(line, "+CME ERROR"), strings.HasPrefix(line, "+CMS ERROR"):
				return nil, fmt.Errorf("%s: %w: %s", cmd, errRefused, line)
			}
		}
	}
	return nil, fmt.Errorf("%s: %w: %d bytes", cmd, errChatter, len(said))
}

// The range of <rssi> in +CSQ (3GPP TS 27.007, 8.5): 0 is −113 dBm or less, 31 is −51 dBm or
// more, 2 dB a step.
const (
	strongest  = 31
	noSignal   = 99
	weakestDBm = -113
)

// parseSignal reads "+CSQ: 23,99". 99 is "not known or not detectable": never a signal.
func parseSignal(lines []string) (Fact[int], error) {
	for _, line := range lines {
		rest, ok := strings.CutPrefix(line, "+CSQ:")
		if !ok {
			continue
		}
		rssi, _, _ := strings.Cut(rest, ",")
		n, err := strconv.ParseUint(strings.TrimSpace(rssi), 10, 16)
		switch {
		case err != nil:
			return Fact[int]{}, fmt.Errorf("understand %q: %w", line, err)
		case n == noSignal:
			return Fact[int]{}, fmt.Errorf("%w: %q: the modem doesn't know its signal", errUnbelievable, line)
		case n > strongest:
			return Fact[int]{}, fmt.Errorf("%w: %q: rssi is 0 to 31, or 99", errUnbelievable, line)
		}
		return known(weakestDBm + 2*int(n)), nil
	}
	return Fact[int]{}, fmt.Errorf("%w: no +CSQ in %q", errUnbelievable, lines)
}

// The last <stat> that 27.007 lists, and the one that means "unknown".
const (
	lastStat    = 10
	unknownStat = 4
)

// parseRegistration reads "+CEREG: <n>,<stat>[,…]". The network's own message in between,
// "+CEREG: <stat>[,"<tac>",…]", has no number in second place and is not the answer.
func parseRegistration(lines []string) (Fact[Registration], error) {
	for _, line := range lines {
		rest, ok := strings.CutPrefix(line, "+CEREG:")
		if !ok {
			continue
		}
		fields := strings.Split(rest, ",")
		if len(fields) < 2 || strings.Contains(fields[1], `"`) {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimSpace(fields[1]), 10, 16)
		switch {
		case err != nil:
			return Fact[Registration]{}, fmt.Errorf("understand %q: %w", line, err)
		case n == unknownStat || n > lastStat:
			return Fact[Registration]{}, fmt.Errorf("%w: %q: the modem doesn't know its registration", errUnbelievable, line)
		}
		return known(Registration(n)), nil
	}
	return Fact[Registration]{}, fmt.Errorf("%w: no +CEREG in %q", errUnbelievable, lines)
}
