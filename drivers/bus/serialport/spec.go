package serialport

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Backend names the library that moves the bytes.
type Backend string

// The libraries to choose from.
const (
	// Bugst is go.bug.st/serial, the default; the empty Backend means the same.
	Bugst Backend = "bugst"
	// Tarm is github.com/tarm/serial, for kernels on which the default gives trouble.
	Tarm Backend = "tarm"
)

// The settings that an empty Spec stands for.
const (
	DefaultBaud   = 9600
	DefaultFormat = "8N1"
)

// The rates between which a tty can be set at all.
const (
	minBaud = 50
	maxBaud = 4_000_000
)

// Spec says which port to open and how.
type Spec struct {
	// Name is one of
	//
	//	/dev/ttyUSB0          the device node, or a link to it
	//	id:usb-FTDI_…-port0   the device's own id: a name in /dev/serial/by-id
	//	path:platform-…:1.0   its place as udev spells it: a name in /dev/serial/by-path
	//	usb:1-1.4:1.0         its place on the USB tree: bus 1, port 1, port 4 of that hub,
	//	                      configuration 1, interface 0; "-port1" may follow where one
	//	                      interface has several ports, and ":1.0" may be left out where
	//	                      the adapter has only one
	//
	// The places hold for whatever adapter is plugged into that socket, under whatever
	// number it comes up.
	Name string
	// Backend is the library; empty means Bugst.
	Backend Backend
	// Baud is the rate in bits per second; zero means DefaultBaud.
	Baud int
	// Format is data bits, parity and stop bits: "8N1", "8E1", "8O1", "8N2", …; empty means
	// DefaultFormat.
	Format string
	// RS485 asks the kernel to drive the transceiver's direction; nil leaves it as it is.
	RS485 *RS485
	// Sys and Dev are the roots of the system's trees; empty means /sys and /dev.
	Sys, Dev string
}

// RS485 is what the kernel is asked to do with the RTS line of an RS-485 transceiver
// (struct serial_rs485 in linux/serial.h). Most USB adapters switch by themselves and need
// nothing.
type RS485 struct {
	// RTSOnSend is the level of RTS while sending; after sending it has the other level.
	RTSOnSend bool
	// DelayBeforeSend and DelayAfterSend stretch RTS around a frame: whole milliseconds, at
	// most 100.
	DelayBeforeSend, DelayAfterSend time.Duration
	// RxDuringTx keeps the receiver on while sending, so that our own frames are heard.
	RxDuringTx bool
	// TerminateBus switches the board's own termination resistor on, where it has one.
	TerminateBus bool
}

// maxRTSDelay is the kernel's own limit (RS485_MAX_RTS_DELAY in serial_core).
const maxRTSDelay = 100 * time.Millisecond

// Validate reports everything that is wrong with s, each problem an *Error wrapping
// ErrInvalid, without touching any hardware.
func (s Spec) Validate() error {
	var errs []error
	bad := func(hint, format string, args ...any) {
		errs = append(errs, &Error{
			Op: "check port", Port: quoteEmpty(s.Name),
			Err: fmt.Errorf("%w: "+format, append([]any{ErrInvalid}, args...)...), Hint: hint,
		})
	}
	if _, err := parseName(s.Name); err != nil {
		bad("use /dev/ttyUSB0, id:NAME, path:NAME or usb:1-1.4:1.0", "%v", err)
	}
	if _, err := parseFormat(s.Format); err != nil {
		bad("use data bits 7 or 8, parity N, E or O, stop bits 1 or 2, such as 8N1", "%v", err)
	}
	baud := s.baud()
	switch s.backend() {
	case Bugst:
		if baud < minBaud || baud > maxBaud {
			bad("most devices speak 9600", "baud %d is outside %d to %d", baud, minBaud, maxBaud)
		}
	case Tarm:
		if !isStandardBaud(baud) {
			bad("use backend bugst for rates outside the usual list", "backend tarm has no baud %d", baud)
		}
	default:
		bad("use bugst or tarm", "unknown backend %q", string(s.Backend))
	}
	if s.RS485 != nil {
		for _, d := range [...]time.Duration{s.RS485.DelayBeforeSend, s.RS485.DelayAfterSend} {
			if d < 0 || d > maxRTSDelay || d%time.Millisecond != 0 {
				bad("the kernel takes 0 to 100 whole milliseconds", "rs485 delay %v", d)
			}
		}
	}
	return errors.Join(errs...)
}

func (s Spec) backend() Backend {
	if s.Backend == "" {
		return Bugst
	}
	return s.Backend
}

func (s Spec) baud() int {
	if s.Baud == 0 {
		return DefaultBaud
	}
	return s.Baud
}

func (s Spec) sys() string { return orDefault(s.Sys, "/sys") }
func (s Spec) dev() string { return orDefault(s.Dev, "/dev") }

func orDefault(v, d string) string {
	if v == "" {
		return d
	}
	return v
}

func quoteEmpty(name string) string {
	if name == "" {
		return `""`
	}
	return name
}

// format is a parsed Format.
type format struct {
	data, stop int
	parity     byte // 'N', 'E' or 'O'
}

func parseFormat(s string) (format, error) {
	s = strings.ToUpper(orDefault(s, DefaultFormat))
	if len(s) != 3 || (s[0] != '7' && s[0] != '8') || !strings.ContainsRune("NEO", rune(s[1])) || (s[2] != '1' && s[2] != '2') {
		return format{}, fmt.Errorf("format %q", s)
	}
	return format{data: int(s[0] - '0'), parity: s[1], stop: int(s[2] - '0')}, nil
}

// charBits is the length of one character on the wire, start bit included.
func (f format) charBits() int {
	n := 1 + f.data + f.stop
	if f.parity != 'N' {
		n++
	}
	return n
}

// isStandardBaud tells whether the classic termios has a constant for the rate.
func isStandardBaud(baud int) bool {
	switch baud {
	case 50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400,
		57600, 115200, 230400, 460800, 500000, 576000, 921600, 1000000, 1152000, 1500000,
		2000000, 2500000, 3000000, 3500000, 4000000:
		return true
	}
	return false
}
