package ledsim

import (
	"encoding/binary"
	"math"
	"slices"
	"time"
)

// NovaStar is a sending card with receiving cards on its first port: register files that are
// read and written with the frames of "RS232 Protocol for Nova M3 Control System".
type NovaStar struct {
	scene   byte
	sending map[uint32]byte
	cards   []map[uint32]byte
	stuck   map[uint32]bool
}

// Registers that this card has; what is not here it does not know.
const (
	nsModel    = 0x00000002
	nsFirmware = 0x04100004
	nsPresent  = 0x02000017
	nsInput    = 0x02000023
	nsInputs   = 0x0200004D
	nsBright   = 0x02000001
	nsKill     = 0x02000100
	nsMonitor  = 0x0A000000
)

// NewNovaStar is a card at full brightness that shows the input usual; the input scene is what
// carries scenes. Every cabinet is at 36 °C and 5.0 V, with a monitoring card and closed doors.
func NewNovaStar(receiving int, usual, scene byte) *NovaStar {
	n := &NovaStar{scene: scene, sending: map[uint32]byte{
		nsModel: 0x01, nsModel + 1: 0x11,
		nsFirmware: 4, nsFirmware + 1: 3, nsFirmware + 2: 0, nsFirmware + 3: 0,
		nsPresent: 1, nsInput: usual, nsInputs: 0xFE,
	}}
	for range receiving {
		card := map[uint32]byte{nsBright: 255, nsKill: 0}
		for i := range uint32(256) {
			card[nsMonitor+i] = 0
		}
		card[nsMonitor], card[nsMonitor+1] = 0x80, 72
		card[nsMonitor+3] = 0x80 | 50
		card[nsMonitor+0x20] = 0xFF
		n.cards = append(n.cards, card)
	}
	return n
}

// Set puts a value into a sending card's register (card < 0) or a receiving card's. Only before
// the card is on the wire.
func (n *NovaStar) Set(card int, register uint32, value byte) {
	if card < 0 {
		n.sending[register] = value
		return
	}
	n.cards[card][register] = value
}

// Forget takes a register away. Only before the card is on the wire.
func (n *NovaStar) Forget(card int, register uint32) {
	if card < 0 {
		delete(n.sending, register)
		return
	}
	delete(n.cards[card], register)
}

// Stick makes writes to a register acknowledged and not carried out. Only before the card is on
// the wire.
func (n *NovaStar) Stick(register uint32) {
	if n.stuck == nil {
		n.stuck = map[uint32]bool{}
	}
	n.stuck[register] = true
}

// Shown is what the last receiving card does: the one that broadcasts reach last.
func (n *NovaStar) Shown() Shown {
	last := n.cards[len(n.cards)-1]
	return Shown{
		Scene: n.sending[nsInput] == n.scene, Lit: last[nsKill] == 0,
		Brightness: int(math.Round(float64(last[nsBright]) / 2.55)),
	}
}

// Elapse does nothing: the card has no clock.
func (n *NovaStar) Elapse(time.Duration) {}

// PowerCycle lights the wall at full brightness: what was not stored is lost. The input stays.
func (n *NovaStar) PowerCycle() {
	for _, c := range n.cards {
		c[nsBright], c[nsKill] = 255, 0
	}
}

// Session has no state: every frame stands for itself.
func (n *NovaStar) Session() Session { return novaSession{n} }

type novaSession struct{ n *NovaStar }

// Next looks for 55 AA … with a right checksum.
func (novaSession) Next(b []byte) (int, []byte) {
	i := 0
	for i < len(b) && b[i] != 0x55 {
		i++
	}
	if i > 0 {
		return i, nil
	}
	if len(b) < 20 {
		return 0, nil
	}
	size := 20
	if b[1] == 0xAA && b[10] == 1 {
		size += int(b[16]) | int(b[17])<<8
	}
	if b[1] != 0xAA || size > 20+256 {
		return 1, nil
	}
	if len(b) < size {
		return 0, nil
	}
	if novaSum(b[:size-2]) != [2]byte(b[size-2:size]) {
		return 1, nil
	}
	return size, slices.Clone(b[:size])
}

// novaSum adds up everything behind the first two bytes.
func novaSum(b []byte) [2]byte {
	sum := 0x5555
	for _, c := range b[2:] {
		sum += int(c)
	}
	return [2]byte{byte(sum), byte(sum >> 8)}
}

// reply turns a request's head around.
func (novaSession) reply(request []byte, ack byte, data []byte) []byte {
	out := slices.Clone(request[:18])
	out[0], out[1], out[2] = 0xAA, 0x55, ack
	out[4], out[5] = 0, request[4]
	binary.LittleEndian.PutUint16(out[16:], uint16(len(data)))
	out = append(out, data...)
	sum := novaSum(out)
	return append(out, sum[:]...)
}

// Refuse is the verdict "unknown command".
func (s novaSession) Refuse(request []byte) []byte { return s.reply(request, 4, nil) }

// Damage makes the checksum wrong.
func (novaSession) Damage(reply []byte) []byte {
	out := slices.Clone(reply)
	out[len(out)-1] ^= 0x01
	return out
}

// Carry reads or writes registers of the cards that the request names.
func (s novaSession) Carry(request []byte) []byte {
	port, index := request[7], binary.LittleEndian.Uint16(request[8:])
	register, n := binary.LittleEndian.Uint32(request[12:]), uint32(binary.LittleEndian.Uint16(request[16:]))
	everybody := port == 0xFF && index == 0xFFFF
	var files []map[uint32]byte
	switch {
	case request[5] != 0 && request[5] != 0xFF, request[4] != 0xFE, request[2] != 0:
		return nil // not ours
	case request[6] == 0:
		files = append(files, s.n.sending)
	case request[6] == 1 && everybody:
		files = s.n.cards
	case request[6] == 1 && port == 0 && int(index) < len(s.n.cards):
		files = append(files, s.n.cards[index])
	default:
		return s.reply(request, 1, nil) // nobody there
	}
	for _, f := range files {
		for r := register; r < register+n; r++ {
			if _, known := f[r]; !known {
				return s.Refuse(request)
			}
		}
	}
	if request[10] == 1 {
		for _, f := range files {
			for i := range n {
				if !s.n.stuck[register+i] {
					f[register+i] = request[18+i]
				}
			}
		}
		return s.reply(request, 0, nil)
	}
	if everybody {
		return s.Refuse(request)
	}
	var data []byte
	for r := register; r < register+n; r++ {
		data = append(data, files[0][r])
	}
	return s.reply(request, 0, data)
}
