package tvsim

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"syscall"
)

// Own is the name of the input that the booth is plugged into.
const Own = "this"

// CEC is a kernel's CEC adapter with a television at the other end of the cable: it understands
// the same requests as /dev/cec0 in non-blocking mode. Its methods may be called from any
// goroutine.
type CEC struct {
	mu    sync.Mutex
	state State
	fault Fault
	heard int
	news  chan struct{}
	held  [][]byte

	physical uint16
	logical  byte
	claimed  bool
	polls    int // how often the address must be asked for until it is won
	sequence uint32
	gone     bool
	queue    [][]byte
	arrived  chan struct{}
}

// NewCEC is a set in standby that shows another input, seen at the HDMI address 1.0.0.0.
func NewCEC() *CEC {
	return &CEC{state: State{Input: "tuner"}, physical: 0x1000, polls: 2, news: make(chan struct{}), arrived: make(chan struct{})}
}

// State is what the set does at this moment.
func (c *CEC) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// Change is somebody with the remote control.
func (c *CEC) Change(f func(*State)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(&c.state)
}

// Plug changes the HDMI address; 0xFFFF is a cable that was pulled out.
func (c *CEC) Plug(physical uint16) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.physical, c.claimed = physical, false
}

// Heard is how many messages were on the wire.
func (c *CEC) Heard() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.heard
}

// AwaitHeard waits until n messages were on the wire, or ctx ends.
func (c *CEC) AwaitHeard(ctx context.Context, n int) error {
	for {
		c.mu.Lock()
		heard, news := c.heard, c.news
		c.mu.Unlock()
		if heard >= n {
			return nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			return fmt.Errorf("wait for message %d: %w", n, ctx.Err())
		}
	}
}

// Inject makes one thing wrong from the next message on.
func (c *CEC) Inject(f Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fault, c.held = f, nil
}

// Release delivers the result that Late holds back.
func (c *CEC) Release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deliver(c.held...)
	c.held = nil
}

// Open opens the adapter anew.
func (c *CEC) Open() *CEC {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone = false
	return c
}

// Close does nothing: the adapter stays.
func (c *CEC) Close() error { return nil }

func (c *CEC) deliver(msgs ...[]byte) {
	if len(msgs) == 0 {
		return
	}
	c.queue = append(c.queue, msgs...)
	close(c.arrived)
	c.arrived = make(chan struct{})
}

// Ioctl answers the requests of linux/cec.h; sizes and offsets are those that a C compiler
// gives the structures.
func (c *CEC) Ioctl(request uint32, arg []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone {
		return syscall.ENODEV
	}
	if int(request>>16&0x3FFF) != len(arg) || request>>8&0xFF != 'a' {
		return syscall.ENOTTY
	}
	switch request & 0xFF {
	case 0: // abilities: log_addrs, transmit, passthrough
		copy(arg, "simulated")
		binary.LittleEndian.PutUint32(arg[68:], 1<<1|1<<2|1<<3)
	case 1:
		binary.LittleEndian.PutUint16(arg, c.physical)
	case 3:
		arg[0] = 0xFF
		if c.claimed && c.polls > 0 {
			c.polls--
		} else if c.claimed {
			arg[0] = c.logical
			binary.LittleEndian.PutUint16(arg[4:], 1<<c.logical)
		}
	case 4:
		if arg[6] != 5 || arg[7] != 1 || arg[31] != 4 || arg[35] != 3 || arg[16] == 0 || arg[30] != 0 {
			return syscall.EINVAL
		}
		if c.claimed {
			return syscall.EBUSY
		}
		c.claimed, c.logical = true, 4
	case 5:
		return c.transmit(arg)
	default:
		return syscall.ENOTTY
	}
	return nil
}

// Receive hands out the next message or result.
func (c *CEC) Receive(ctx context.Context, arg []byte) error {
	for {
		c.mu.Lock()
		if c.gone {
			c.mu.Unlock()
			return syscall.ENODEV
		}
		if len(c.queue) > 0 {
			copy(arg, c.queue[0])
			c.queue = c.queue[1:]
			c.mu.Unlock()
			return nil
		}
		arrived := c.arrived
		c.mu.Unlock()
		select {
		case <-arrived:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// transmit puts one message on the wire; c.mu is held.
func (c *CEC) transmit(arg []byte) error {
	n := binary.LittleEndian.Uint32(arg[16:])
	if n < 1 || n > 16 {
		return syscall.EINVAL
	}
	if c.physical == 0xFFFF || !c.claimed || arg[32]>>4 != c.logical {
		return syscall.ENONET
	}
	fault := c.fault
	if fault == Cut {
		c.fault, c.gone = Healthy, true
		return syscall.ENODEV
	}
	c.heard++
	close(c.news)
	c.news = make(chan struct{})
	c.sequence++
	binary.LittleEndian.PutUint32(arg[24:], c.sequence)
	result := append([]byte(nil), arg...)
	if fault == Silence {
		if c.held == nil { // nobody there: not acknowledged
			result[50] = 1<<2 | 1<<5
			c.deliver(result)
		}
		return nil
	}
	result[50] = 1 << 0
	var aside [][]byte
	if fault == Refusal {
		aside = c.abort(result)
	} else {
		c.act(result, fault != Garbage)
	}
	switch fault {
	case Mute:
		result[49], result[50] = 1<<1, 1<<2
	case Garbage, Damaged:
		spoil(result, fault)
	case Late:
		c.held, c.fault = [][]byte{result}, Silence
		return nil
	case CutReply:
		c.fault, c.gone = Healthy, true
		return nil
	case Twice:
		aside = append(aside, append([]byte(nil), result...))
	case Noise:
		stranger := make([]byte, 56)
		stranger[16], stranger[32], stranger[33], stranger[49] = 2, 0x0F, 0x36, 1
		aside = append(aside, stranger)
	case Healthy, Silence, Refusal, SingleBytes, Cut:
	}
	if arg[33] != 0x8F && (fault == Twice || fault == Noise || fault == Refusal) {
		c.deliver(append([][]byte{result}, aside...)...)
		return nil
	}
	c.deliver(append(aside, result)...)
	return nil
}

// act lets the set do what the message says, and puts its reply into the result.
func (c *CEC) act(result []byte, willing bool) {
	to, opcode := result[32]&0xF, result[33]
	switch {
	case opcode == 0x04 && to == 0 && willing:
		c.state.On = true
	case opcode == 0x36 && (to == 0 || to == 15) && willing:
		c.state.On = false
	case opcode == 0x82 && to == 15 && willing:
		if binary.BigEndian.Uint16(result[34:]) == c.physical {
			c.state.Input = Own
		}
	case opcode == 0x8F && to == 0 && result[48] == 0x90:
		power := byte(1)
		if c.state.On {
			power = 0
		}
		result[16], result[32], result[33], result[34], result[49] = 3, c.logical, 0x90, power, 1
	}
}

// abort is a set that knows none of it: as the reply where one is awaited, else by itself.
func (c *CEC) abort(result []byte) [][]byte {
	if result[48] != 0 {
		result[16], result[34], result[35], result[49] = 4, result[33], 0, 1<<0|1<<2
		result[32], result[33] = c.logical, 0
		return nil
	}
	m := make([]byte, 56)
	m[16], m[32], m[33], m[34], m[49] = 4, c.logical, 0, result[33], 1
	return [][]byte{m}
}

// spoil makes a reply one that is none.
func spoil(result []byte, f Fault) {
	if result[33] != 0x90 {
		return
	}
	if f == Garbage {
		result[16] = 2
		return
	}
	result[34] = 0x77
}
