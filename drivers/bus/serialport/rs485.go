package serialport

import (
	"errors"
	"fmt"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The flags of struct serial_rs485 (linux/serial.h).
const (
	rs485Enabled      = 1 << 0
	rs485RTSOnSend    = 1 << 1
	rs485RTSAfterSend = 1 << 2
	rs485RxDuringTx   = 1 << 4
	rs485TerminateBus = 1 << 5
)

const rs485Hint = "leave rs485 out for USB adapters and modules that switch direction by themselves"

// serialRS485 is the kernel's struct serial_rs485: 32 bytes on every platform.
type serialRS485 struct {
	flags                 uint32
	delayBefore, delayAft uint32 // ms
	_                     [5]uint32
}

// applyRS485 sets want through ioctl, reads back what the driver made of it and returns
// that. It is an error if the driver doesn't drive RTS, or drives it the wrong way round:
// then we would talk into the devices' replies.
func applyRS485(ioctl func(request uint, s *serialRS485) error, want RS485) (RS485, error) {
	s := want.encode()
	if err := ioctl(unix.TIOCSRS485, &s); err != nil {
		if errors.Is(err, unix.ENOTTY) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
			return RS485{}, fmt.Errorf("%w: the driver has no kernel RS-485 mode: %w", ErrUnsupported, err)
		}
		return RS485{}, fmt.Errorf("TIOCSRS485: %w", err)
	}
	var back serialRS485
	if err := ioctl(unix.TIOCGRS485, &back); err != nil {
		return RS485{}, fmt.Errorf("read back TIOCGRS485: %w", err)
	}
	got := back.decode()
	switch {
	case back.flags&rs485Enabled == 0:
		return got, fmt.Errorf("%w: the driver took the settings and left RS-485 off", ErrUnsupported)
	case got.RTSOnSend != want.RTSOnSend:
		return got, fmt.Errorf("%w: the driver keeps rts_on_send %v", ErrUnsupported, got.RTSOnSend)
	}
	return got, nil
}

func (r RS485) encode() serialRS485 {
	s := serialRS485{
		flags:       rs485Enabled,
		delayBefore: uint32(r.DelayBeforeSend / time.Millisecond),
		delayAft:    uint32(r.DelayAfterSend / time.Millisecond),
	}
	// The kernel wants exactly one of the two levels named.
	if r.RTSOnSend {
		s.flags |= rs485RTSOnSend
	} else {
		s.flags |= rs485RTSAfterSend
	}
	if r.RxDuringTx {
		s.flags |= rs485RxDuringTx
	}
	if r.TerminateBus {
		s.flags |= rs485TerminateBus
	}
	return s
}

func (s serialRS485) decode() RS485 {
	return RS485{
		RTSOnSend:       s.flags&rs485RTSOnSend != 0,
		RxDuringTx:      s.flags&rs485RxDuringTx != 0,
		TerminateBus:    s.flags&rs485TerminateBus != 0,
		DelayBeforeSend: time.Duration(s.delayBefore) * time.Millisecond,
		DelayAfterSend:  time.Duration(s.delayAft) * time.Millisecond,
	}
}

func (h *helper) ioctlRS485(request uint, s *serialRS485) error {
	_, err := retry(func() (int, error) {
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(h.fd), uintptr(request), uintptr(unsafe.Pointer(s)))
		if errno != 0 {
			return 0, errno
		}
		return 0, nil
	})
	return err
}

// AcceptedRS485 returns what the driver of an open port really made of Spec.RS485: it may
// shorten delays or not know a flag. It is false if none was asked for.
func AcceptedRS485(p Port) (RS485, bool) {
	s, ok := p.(*port)
	if !ok || s.rs485 == nil {
		return RS485{}, false
	}
	return *s.rs485, true
}
