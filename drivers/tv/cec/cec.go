package cec

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"firepost/drivers/tv"
)

// Opcodes.
const (
	opFeatureAbort byte = 0x00
	opImageViewOn  byte = 0x04
	opStandby      byte = 0x36
	opActiveSource byte = 0x82
	opGivePower    byte = 0x8F
	opReportPower  byte = 0x90
)

// Logical addresses.
const (
	television byte = 0x0
	everybody  byte = 0xF
)

// Operands of Report Power Status.
const (
	powerOn        byte = 0
	powerStandby   byte = 1
	powerToOn      byte = 2
	powerToStandby byte = 3
)

// Bits of a result.
const (
	txOK           byte = 1 << 0
	txNack         byte = 1 << 2
	rxOK           byte = 1 << 0
	rxFeatureAbort byte = 1 << 2
)

// Capabilities.
const (
	capLogAddrs uint32 = 1 << 1
	capTransmit uint32 = 1 << 2
)

// noPhysAddr means that no television is seen at the other end.
const noPhysAddr uint16 = 0xFFFF

// replyWithin is the time that the kernel waits for a reply, in ms; the standard wants it
// within a second.
const replyWithin = 1000

// claimEvery is how often it is asked whether an address was won; that takes some 100 ms.
const claimEvery = 20 * time.Millisecond

// Own is the only input that can be chosen: the one that the booth is plugged into.
const Own = "this"

// Options are one adapter's settings.
type Options struct {
	// Open opens the adapter; for a real one func() (Kernel, error) { return Open("/dev/cec0") }.
	Open func() (Kernel, error)
	// Name is what the set calls the booth on its screen, ASCII, at most 14 characters; empty
	// means Firepost.
	Name string
	// Timeout is for each message with its reply; zero means 3 s.
	Timeout time.Duration
}

// Set is the television at the other end of one HDMI cable.
type Set struct {
	o        Options
	kernel   Kernel
	logical  byte
	physical uint16
	closed   bool
}

var _ tv.Set = (*Set)(nil)

var (
	errClosed = errors.New("set is closed")
	// errGone: the adapter went away or lost its address; it is opened anew.
	errGone = errors.New("adapter is gone")
)

// New checks the options and opens nothing.
func New(o Options) (*Set, error) {
	if o.Open == nil {
		return nil, errors.New("cec: no adapter given: set Open")
	}
	if o.Name == "" {
		o.Name = "Firepost"
	}
	if len(o.Name) > 14 {
		return nil, fmt.Errorf("cec: name %q: at most 14 characters", o.Name)
	}
	for _, c := range []byte(o.Name) {
		if c < ' ' || c > '~' {
			return nil, fmt.Errorf("cec: name %q: only ASCII characters can be shown", o.Name)
		}
	}
	if o.Timeout <= 0 {
		o.Timeout = 3 * time.Second
	}
	return &Set{o: o}, nil
}

// Power wakes the set or sends it to standby. It does not choose the input.
func (s *Set) Power(ctx context.Context, on bool) error {
	if on {
		return s.order(ctx, "switch the set on", television, opImageViewOn)
	}
	return s.order(ctx, "switch the set off", television, opStandby)
}

// Input makes the set show the booth, by declaring it the active source: the only name is Own.
func (s *Set) Input(ctx context.Context, name string) error {
	if name != Own {
		return fmt.Errorf("choose input %q: %w: over CEC only %q, the booth's own", name, tv.ErrUnsupported, Own)
	}
	return s.order(ctx, "choose the booth's input", everybody, opActiveSource)
}

// Volume is tv.ErrUnsupported: CEC knows louder and softer only.
func (s *Set) Volume(context.Context, int) error {
	return fmt.Errorf("set the volume: %w: CEC has no percentages", tv.ErrUnsupported)
}

// Status asks whether the set is on. On is nil while it is on its way.
func (s *Set) Status(ctx context.Context) (tv.Status, error) {
	var st tv.Status
	p, err := s.askPower(ctx, nil)
	if err != nil {
		return st, fmt.Errorf("read whether the set is on: %w", err)
	}
	switch p {
	case powerOn, powerStandby:
		on := p == powerOn
		st.On = &on
	case powerToOn, powerToStandby:
	}
	return st, nil
}

// Close lets go of the adapter.
func (s *Set) Close() error {
	s.closed = true
	return s.release()
}

func (s *Set) release() error {
	if s.kernel == nil {
		return nil
	}
	k := s.kernel
	s.kernel = nil
	return k.Close()
}

// order sends one message that has no reply, and then has the set prove that it is there.
func (s *Set) order(ctx context.Context, what string, to, opcode byte) error {
	aborted := false
	watch := func(m message) {
		if len(m.data) >= 3 && m.data[0]>>4 == television && m.data[1] == opFeatureAbort && m.data[2] == opcode {
			aborted = true
		}
	}
	_, err := s.exchange(ctx, watch, func() message {
		data := []byte{s.logical<<4 | to, opcode}
		if opcode == opActiveSource {
			data = binary.BigEndian.AppendUint16(data, s.physical)
		}
		return message{data: data}
	})
	if err == nil {
		_, err = s.askPower(ctx, watch)
	}
	switch {
	case aborted:
		return fmt.Errorf("%s: %w: it does not know the message, or CEC is switched off in its menu", what, tv.ErrRefused)
	case err != nil && !errors.Is(err, tv.ErrRefused):
		return fmt.Errorf("%s: %w", what, err)
	}
	// A set that won't tell its power status has still answered.
	return nil
}

func (s *Set) askPower(ctx context.Context, watch func(message)) (byte, error) {
	m, err := s.exchange(ctx, watch, func() message {
		return message{data: []byte{s.logical<<4 | television, opGivePower}, reply: opReportPower, timeout: replyWithin}
	})
	if err != nil {
		return 0, err
	}
	if len(m.data) != 3 || m.data[0]>>4 != television || m.data[1] != opReportPower || m.data[2] > powerToStandby {
		return 0, fmt.Errorf("%w: % x is no power status", tv.ErrGarbled, m.data)
	}
	return m.data[2], nil
}

// exchange transmits one message and returns its result; when the adapter has gone away since
// it was last used, it is opened anew and tried once more. Messages that are no result go to watch.
func (s *Set) exchange(ctx context.Context, watch func(message), make func() message) (message, error) {
	if s.closed {
		return message{}, errClosed
	}
	within, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	old := s.kernel != nil
	m, sent, err := s.once(within, watch, make)
	if old && !sent && errors.Is(err, errGone) {
		m, _, err = s.once(within, watch, make)
	}
	if err == nil || errors.Is(err, tv.ErrRefused) || errors.Is(err, tv.ErrGarbled) || errors.Is(err, tv.ErrUnsupported) {
		return m, err
	}
	return m, fmt.Errorf("%w: %w", tv.ErrNoAnswer, err)
}

// once is one attempt; sent says that the message was on its way.
func (s *Set) once(ctx context.Context, watch func(message), make func() message) (m message, sent bool, err error) {
	if err := s.ready(ctx); err != nil {
		return message{}, false, err
	}
	arg := make().encode()
	if err := s.kernel.Ioctl(ReqTransmit, arg); err != nil {
		return message{}, false, s.fault("transmit", err)
	}
	sequence := binary.NativeEndian.Uint32(arg[msgSequence:])
	for {
		buf := [sizeMsg]byte{}
		if err := s.kernel.Receive(ctx, buf[:]); err != nil {
			return message{}, true, s.fault("wait for the set", err)
		}
		m, err := decode(buf[:])
		if err != nil {
			return message{}, true, fmt.Errorf("%w: %w", tv.ErrGarbled, err)
		}
		if m.sequence == sequence && sequence != 0 {
			return m, true, verdict(m)
		}
		// What is left over of earlier transmissions is nobody's any more.
		if m.sequence == 0 && watch != nil {
			watch(m)
		}
	}
}

// verdict is what a result says.
func verdict(m message) error {
	switch {
	case m.txStatus&txOK == 0 && m.txStatus&txNack != 0:
		return errors.New("the set does not acknowledge: it is not plugged in, or CEC is switched off in its menu")
	case m.txStatus&txOK == 0:
		return fmt.Errorf("the message did not get through (status %#02x)", m.txStatus)
	case m.reply == 0 || m.rxStatus&rxOK != 0 && m.rxStatus&rxFeatureAbort == 0:
		return nil
	case m.rxStatus&rxFeatureAbort != 0:
		return fmt.Errorf("%w: it does not know the message", tv.ErrRefused)
	default:
		return fmt.Errorf("no reply (status %#02x)", m.rxStatus)
	}
}

// ready opens the adapter and sees to it that it has its addresses.
func (s *Set) ready(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.kernel == nil {
		k, err := s.o.Open()
		if err != nil {
			return err
		}
		s.kernel = k
	}
	var phys [2]byte
	if err := s.kernel.Ioctl(ReqPhysAddr, phys[:]); err != nil {
		return s.fault("read the HDMI address", err)
	}
	s.physical = binary.NativeEndian.Uint16(phys[:])
	if s.physical == noPhysAddr {
		return errors.New("no set is seen at the other end of the HDMI cable")
	}
	var logical [sizeLogAddrs]byte
	if err := s.kernel.Ioctl(ReqLogAddrs, logical[:]); err != nil {
		return s.fault("read the CEC address", err)
	}
	address, ok := claimed(logical[:])
	if ok {
		s.logical = address
		return nil
	}
	return s.claim(ctx)
}

// claim wins a CEC address for the adapter.
func (s *Set) claim(ctx context.Context) error {
	var caps [sizeCaps]byte
	if err := s.kernel.Ioctl(ReqCaps, caps[:]); err != nil {
		return s.fault("read the adapter's abilities", err)
	}
	can := binary.NativeEndian.Uint32(caps[68:])
	if can&capTransmit == 0 || can&capLogAddrs == 0 {
		return fmt.Errorf("%w: the adapter can't transmit, or another program must set its address (abilities %#x)", tv.ErrUnsupported, can)
	}
	if err := s.kernel.Ioctl(ReqSetLogAddrs, claim(s.o.Name)); err != nil && !errors.Is(err, unix.EBUSY) {
		return s.fault("claim a CEC address", err)
	}
	tick := time.NewTicker(claimEvery)
	defer tick.Stop()
	for {
		var logical [sizeLogAddrs]byte
		if err := s.kernel.Ioctl(ReqLogAddrs, logical[:]); err != nil {
			return s.fault("read the CEC address", err)
		}
		if address, ok := claimed(logical[:]); ok {
			s.logical = address
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("claim a CEC address: %w", ctx.Err())
		}
	}
}

// fault says what the kernel's refusal means, and gives an adapter up that is of no more use.
func (s *Set) fault(op string, err error) error {
	switch {
	case errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENONET), errors.Is(err, unix.ENXIO):
		return errors.Join(fmt.Errorf("%s: %w: %w", op, errGone, err), s.release())
	case errors.Is(err, unix.ENOTTY):
		return fmt.Errorf("%s: %w: not a CEC adapter (%w)", op, tv.ErrUnsupported, err)
	case errors.Is(err, unix.EBUSY):
		return fmt.Errorf("%s: another program has the adapter for itself: %w", op, err)
	default:
		return fmt.Errorf("%s: %w", op, err)
	}
}
