package contracttest

import (
	"encoding/binary"

	"firepost/drivers/bus/modbus"
	"firepost/firmware-contracts/contract"
)

// seal appends the check sum.
func seal(b ...byte) []byte {
	out := append([]byte(nil), b...)
	return binary.LittleEndian.AppendUint16(out, modbus.CRC16(out))
}

// readFrame asks for count addresses. Counts that no standard allows are allowed here.
func readFrame(unit uint8, t contract.Table, address, count uint16) []byte {
	return seal(unit, byte(modbus.FunctionOf(t)), byte(address>>8), byte(address), byte(count>>8), byte(count))
}

func isRead(function byte) bool { return function >= 1 && function <= 4 }

// dataBytes is how many bytes of data the reply to a read carries.
func dataBytes(frame []byte) int {
	count := int(binary.BigEndian.Uint16(frame[4:]))
	if frame[1] <= 2 {
		return (count + 7) / 8
	}
	return 2 * count
}

// complete says that b may be a whole reply to frame, right or wrong.
func complete(frame, b []byte) bool {
	switch {
	case len(b) < 5:
		return false
	case b[1]&0x80 != 0:
		return true
	case isRead(b[1]):
		return len(b) >= 5+int(b[2])
	case b[1] == frame[1]:
		return len(b) >= 8
	default:
		return false
	}
}

// kind is what a reply is.
type kind uint8

const (
	silent    kind = iota // nothing came
	reply                 // the reply, right in every byte
	exception             // a refusal, right in every byte
	wrong                 // anything else: verdict.why
)

// verdict is what was heard after a request.
type verdict struct {
	kind kind
	// data is the payload of a read's reply, code that of a refusal.
	data []byte
	code modbus.Exception
	// noise are bytes of a glitch before or after a reply that is right.
	noise int
	why   Text
}

// judge compares what was heard with what the request allows. One or two bytes 00 or FF at the
// edges are the line's, not the device's.
func judge(frame, b []byte) verdict {
	if len(b) == 0 {
		return verdict{kind: silent, why: Text{"没有应答", "no reply"}}
	}
	whole := strict(frame, b)
	if whole.kind != wrong {
		return whole
	}
	const most = 2
	for before := 0; before <= most; before++ {
		for after := 0; before+after <= most; after++ {
			if before+after == 0 || len(b) < 5+before+after || !glitch(b[:before]) || !glitch(b[len(b)-after:]) {
				continue
			}
			if v := strict(frame, b[before:len(b)-after]); v.kind != wrong {
				v.noise = before + after
				return v
			}
		}
	}
	return whole
}

func glitch(b []byte) bool {
	for _, c := range b {
		if c != 0x00 && c != 0xFF {
			return false
		}
	}
	return true
}

func no(zh, en string, args ...any) verdict { return verdict{kind: wrong, why: text(zh, en, args...)} }

// strict judges bytes that must be one frame and nothing else.
func strict(frame, b []byte) verdict {
	if len(b) < 5 {
		return no("应答中断，只有 %d 个字节", "the reply broke off after %d bytes", len(b))
	}
	if modbus.CRC16(b) != 0 {
		return broken(frame, b)
	}
	unit, function := frame[0], frame[1]
	switch {
	case b[0] != unit:
		return no("应答的地址是 %d，应为 %d", "the reply carries address %d, not %d", b[0], unit)
	case b[1]&^0x80 != function:
		return no("应答的功能码是 %d，应为 %d", "the reply carries function %d, not %d", b[1]&^0x80, function)
	case b[1]&0x80 != 0 && len(b) != 5:
		return no("异常应答有 %d 个字节，应为 5", "the refusal has %d bytes, not 5", len(b))
	case b[1]&0x80 != 0:
		return verdict{kind: exception, code: modbus.Exception(b[2])}
	case isRead(function):
		return strictRead(frame, b)
	case (function == 5 || function == 6) && string(b) != string(frame):
		return no("写应答没有照原样返回", "the reply to a write does not repeat it")
	case (function == 15 || function == 16) && (len(b) != 8 || string(b[:6]) != string(frame[:6])):
		return no("写应答的地址或数量不对", "the reply to a write names another address or count")
	}
	return verdict{kind: reply}
}

func strictRead(frame, b []byte) verdict {
	want := dataBytes(frame)
	switch {
	case int(b[2]) != want && len(b) == 5+int(b[2]):
		return no("应答有 %d 字节数据，应为 %d", "the reply has %d bytes of data, not %d", b[2], want)
	case int(b[2]) != want || len(b) != 5+want:
		return no("字节计数为 %d，实有 %d，应为 %d", "the reply counts %d bytes of data, has %d, and should have %d", b[2], len(b)-5, want)
	}
	return verdict{kind: reply, data: b[3 : 3+want]}
}

// broken says what is wrong with bytes whose check sum fails.
func broken(frame, b []byte) verdict {
	swapped := append([]byte(nil), b...)
	n := len(swapped)
	swapped[n-1], swapped[n-2] = swapped[n-2], swapped[n-1]
	if modbus.CRC16(swapped) == 0 {
		return no("校验码的两个字节颠倒了", "the two bytes of the check sum are swapped")
	}
	for n := 5; n < len(b); n++ {
		if modbus.CRC16(b[:n]) != 0 {
			continue
		}
		if string(b[n:]) == string(b[:min(n, len(b)-n)]) {
			return no("应答重复了", "the reply came more than once")
		}
		return no("应答后面还有 %d 个字节", "%d more bytes follow the reply", len(b)-n)
	}
	if b[0] == frame[0] && isRead(b[1]) && len(b) < 5+int(b[2]) {
		return no("应答中断：有 %d 个字节，应为 %d", "the reply broke off: %d of %d bytes", len(b), 5+int(b[2]))
	}
	return no("校验码不对", "the check sum is wrong")
}
