package cec

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Requests (include/uapi/linux/cec.h), with the size of their argument in bits 16–29.
const (
	ReqCaps        uint32 = 0xC04C6100 // CEC_ADAP_G_CAPS, struct cec_caps
	ReqPhysAddr    uint32 = 0x80026101 // CEC_ADAP_G_PHYS_ADDR, __u16
	ReqLogAddrs    uint32 = 0x805C6103 // CEC_ADAP_G_LOG_ADDRS, struct cec_log_addrs
	ReqSetLogAddrs uint32 = 0xC05C6104 // CEC_ADAP_S_LOG_ADDRS, struct cec_log_addrs
	ReqTransmit    uint32 = 0xC0386105 // CEC_TRANSMIT, struct cec_msg
	ReqReceive     uint32 = 0xC0386106 // CEC_RECEIVE, struct cec_msg
)

// Sizes of the structures.
const (
	sizeCaps     = 76
	sizeLogAddrs = 92
	sizeMsg      = 56
)

// Kernel is one open adapter, in non-blocking mode. Errors wrap the kernel's errno.
type Kernel interface {
	// Ioctl makes one request; arg is its structure.
	Ioctl(request uint32, arg []byte) error
	// Receive waits for the next message or the next result of a transmission, until ctx ends.
	Receive(ctx context.Context, arg []byte) error
	// Close lets go of the adapter.
	Close() error
}

// Open opens an adapter's device node.
func Open(path string) (Kernel, error) {
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open CEC adapter: %w", err)
	}
	raw, err := f.SyscallConn()
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("open CEC adapter %s: %w", path, err)
	}
	return &device{file: f, raw: raw}, nil
}

// device is a real adapter.
type device struct {
	file *os.File
	raw  syscall.RawConn
}

// Ioctl makes one request.
func (d *device) Ioctl(request uint32, arg []byte) error {
	var errno unix.Errno
	if err := d.raw.Control(func(fd uintptr) { errno = ioctl(fd, request, arg) }); err != nil {
		return err
	}
	if errno != 0 {
		return errno
	}
	return nil
}

// Receive waits in the runtime's poller.
func (d *device) Receive(ctx context.Context, arg []byte) error {
	if err := d.file.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = d.file.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	var errno unix.Errno
	err := d.raw.Read(func(fd uintptr) bool {
		errno = ioctl(fd, ReqReceive, arg)
		return errno != unix.EAGAIN
	})
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return err
	case errno != 0:
		return errno
	}
	return nil
}

// Close closes the device node.
func (d *device) Close() error { return d.file.Close() }

func ioctl(fd uintptr, request uint32, arg []byte) unix.Errno {
	for {
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, fd, uintptr(request), uintptr(unsafe.Pointer(&arg[0])))
		if errno != unix.EINTR {
			return errno
		}
	}
}

// message is struct cec_msg, as far as it is used.
type message struct {
	sequence           uint32
	timeout            uint32 // ms to wait for the reply
	data               []byte // at most 16: header, opcode, operands
	reply              byte   // opcode of the reply to wait for; 0: none
	rxStatus, txStatus byte
}

// Offsets in struct cec_msg.
const (
	msgLen      = 16
	msgTimeout  = 20
	msgSequence = 24
	msgData     = 32
	msgReply    = 48
	msgRxStatus = 49
	msgTxStatus = 50
	msgMax      = 16
)

func (m message) encode() []byte {
	b := make([]byte, sizeMsg)
	binary.NativeEndian.PutUint32(b[msgLen:], uint32(len(m.data)))
	binary.NativeEndian.PutUint32(b[msgTimeout:], m.timeout)
	copy(b[msgData:msgData+msgMax], m.data)
	b[msgReply] = m.reply
	return b
}

func decode(b []byte) (message, error) {
	n := binary.NativeEndian.Uint32(b[msgLen:])
	if n > msgMax {
		return message{}, fmt.Errorf("message of %d bytes, at most %d", n, msgMax)
	}
	return message{
		sequence: binary.NativeEndian.Uint32(b[msgSequence:]),
		data:     b[msgData : msgData+n], reply: b[msgReply],
		rxStatus: b[msgRxStatus], txStatus: b[msgTxStatus],
	}, nil
}

// claim is the struct cec_log_addrs that asks for one address as a CEC 1.4 playback device; when
// all three are taken the adapter stays without one (15, "unregistered").
func claim(name string) []byte {
	b := make([]byte, sizeLogAddrs)
	b[6] = 5                                        // cec_version: 1.4
	b[7] = 1                                        // num_log_addrs
	binary.NativeEndian.PutUint32(b[8:], noVendor)  // vendor_id: none
	binary.NativeEndian.PutUint32(b[12:], fallBack) // flags
	copy(b[16:16+14], name)                         // osd_name, 14 characters and a 0
	b[31] = 4                                       // primary_device_type[0]: playback
	b[35] = 3                                       // log_addr_type[0]: playback
	b[39] = 0x10                                    // all_device_types[0]: playback
	return b
}

const (
	noVendor uint32 = 0xFFFFFFFF // CEC_VENDOR_ID_NONE
	fallBack uint32 = 1          // CEC_LOG_ADDRS_FL_ALLOW_UNREG_FALLBACK
)

// claimed reads the first address of struct cec_log_addrs; ok is false while there is none.
func claimed(b []byte) (address byte, ok bool) {
	return b[0], binary.NativeEndian.Uint16(b[4:]) != 0
}
