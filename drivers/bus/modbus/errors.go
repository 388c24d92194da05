package modbus

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// The reasons for which an exchange fails. Errors from a Master wrap one of them, or an
// Exception; match with errors.Is and errors.As.
var (
	// ErrTimeout: nothing that could be the reply arrived within the request's ReplyWithin.
	ErrTimeout = errors.New("no reply")
	// ErrCRC: bytes arrived, but no intact frame: a check sum fails or the line is noisy.
	ErrCRC = errors.New("garbled reply")
	// ErrShort: the reply began and broke off.
	ErrShort = errors.New("reply broke off")
	// ErrForeign: together with ErrTimeout, intact frames arrived, but none of them was the
	// reply: another unit, another function, another length or another register.
	ErrForeign = errors.New("only frames that do not belong to this request")
	// ErrHeld: the request was not sent, because a straggling reply to an earlier request
	// could be taken for its own. The error is a *HeldError and says until when.
	ErrHeld = errors.New("held back")
	// ErrUnconfirmed: shortly after the port was opened, when a reply to a question asked
	// before may still be under way, two reads of the same registers disagreed.
	ErrUnconfirmed = errors.New("two reads after opening the line disagree")
	// ErrGone: the port or the connection failed or was closed; open it again.
	ErrGone = errors.New("line is gone")
	// ErrRequest: the request itself is wrong and was never sent.
	ErrRequest = errors.New("invalid request")
)

// Error is a failed exchange: who was asked for what, and what went wrong.
type Error struct {
	// Bus and Device are configured names; Device may be empty.
	Bus, Device string
	// Unit, Function, Address and Count are those of the request.
	Unit     uint8
	Function Function
	Address  uint16
	Count    uint16
	// Err is the cause: it wraps one of this package's errors, or the context's.
	Err error
}

// Error names bus, device, unit, function and registers, then the cause.
func (e *Error) Error() string {
	who := "unit " + strconv.Itoa(int(e.Unit))
	if e.Device != "" {
		who = e.Device + " (" + who + ")"
	}
	return fmt.Sprintf("bus %s: %s: %s 0x%04X×%d: %v", e.Bus, who, e.Function, e.Address, e.Count, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// HeldError says until when a request is held back; it matches ErrHeld.
type HeldError struct {
	// Until is the earliest time at which the request is unambiguous.
	Until time.Time
	// Reason is a short phrase for people.
	Reason string
}

// Error says what is awaited and until when.
func (e *HeldError) Error() string {
	return fmt.Sprintf("held back until %s: %s", e.Until.Format("15:04:05.000"), e.Reason)
}

// Is makes errors.Is(err, ErrHeld) true.
func (e *HeldError) Is(target error) bool { return target == ErrHeld }

// Exception is a device's refusal (MODBUS Application Protocol V1.1b3, section 7). It is an
// answer: the device lives.
type Exception uint8

// The exception codes of the standard.
const (
	IllegalFunction     Exception = 0x01
	IllegalDataAddress  Exception = 0x02
	IllegalDataValue    Exception = 0x03
	ServerDeviceFailure Exception = 0x04
	Acknowledge         Exception = 0x05
	ServerDeviceBusy    Exception = 0x06
	NegativeAcknowledge Exception = 0x07
	MemoryParityError   Exception = 0x08
	GatewayPathUnavail  Exception = 0x0A
	GatewayTargetFailed Exception = 0x0B
)

// Error names the exception and its code.
func (e Exception) Error() string {
	return fmt.Sprintf("exception 0x%02X (%s)", uint8(e), e.name())
}

func (e Exception) name() string {
	switch e {
	case IllegalFunction:
		return "illegal function"
	case IllegalDataAddress:
		return "illegal data address"
	case IllegalDataValue:
		return "illegal data value"
	case ServerDeviceFailure:
		return "device failure"
	case Acknowledge:
		return "acknowledged, still working"
	case ServerDeviceBusy:
		return "device busy"
	case NegativeAcknowledge:
		return "negative acknowledge"
	case MemoryParityError:
		return "memory parity error"
	case GatewayPathUnavail:
		return "gateway path unavailable"
	case GatewayTargetFailed:
		return "gateway target did not respond"
	default:
		return "not in the standard"
	}
}

// String names the function as people say it.
func (f Function) String() string {
	switch f {
	case ReadCoils:
		return "read coils"
	case ReadDiscreteInputs:
		return "read discrete inputs"
	case ReadHoldingRegisters:
		return "read holding"
	case ReadInputRegisters:
		return "read input"
	case WriteSingleCoil:
		return "write coil"
	case WriteSingleRegister:
		return "write register"
	case WriteMultipleCoils:
		return "write coils"
	case WriteMultipleRegisters:
		return "write registers"
	case ReadWriteRegisters:
		return "read/write registers"
	default:
		return "function " + strconv.Itoa(int(f))
	}
}

// fail wraps err with what req asked for.
func fail(bus string, req *Request, err error) error {
	return &Error{
		Bus: bus, Device: req.Device, Unit: req.Unit, Function: req.Function,
		Address: req.Address, Count: req.Count, Err: err,
	}
}
