package ledsim

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"maps"
	"strings"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// The card's error codes (BX-K, "Error Code"); what it says to a frame that breaks the
// documents' rules is a guess: 4, out of memory, for an area that can't be.
const (
	onbonOK      = 0
	onbonGroup   = 1
	onbonCommand = 2
	onbonBusy    = 3
	onbonMemory  = 4
	onbonDate    = 14
)

// Carry carries a request out and acknowledges it, if it asks for that.
func (s onbonSession) Carry(request []byte) []byte {
	code := s.card.carry(request)
	if request[16] == 2 {
		return nil
	}
	if code != onbonOK {
		return s.reply(request, 1, code)
	}
	return s.reply(request, 0, onbonOK)
}

// Refuse says that the card is busy.
func (s onbonSession) Refuse(request []byte) []byte { return s.reply(request, 1, onbonBusy) }

// Damage flips one bit of the last data byte, as a disturbed line does.
func (onbonSession) Damage(reply []byte) []byte {
	out := bytes.Clone(reply)
	out[len(out)-5] ^= 0x10
	return out
}

// reply builds an acknowledgement from the documents' own example.
func (s onbonSession) reply(request []byte, cmd, code byte) []byte {
	body := []byte{
		request[2], request[3], byte(s.card.Number), byte(s.card.Number >> 8), 0, 0, 0, 0, 0, 0,
		0xFE, 0x02, 5, 0, 0xA0, cmd, code, 0, 0,
	}
	sum := onbonCRC(body)
	body = append(body, byte(sum), byte(sum>>8))
	for _, esc := range [...]struct{ plain, stuffed string }{
		{"\xa6", "\xa6\x01"}, {"\xa5", "\xa6\x02"}, {"\x5b", "\x5b\x01"}, {"\x5a", "\x5b\x02"},
	} {
		body = bytes.ReplaceAll(body, []byte(esc.plain), []byte(esc.stuffed))
	}
	return append(append(bytes.Repeat([]byte{0xA5}, 8), body...), 0x5A)
}

// carry does what a frame asks for and returns an error code.
func (o *Onbon) carry(f []byte) byte {
	if f[11] != 2 || int(f[12])|int(f[13])<<8 != len(f)-14 {
		return onbonMemory
	}
	group, cmd, data := f[14], f[15], f[19:]
	switch group {
	case 0xA2, 0xA3:
	default:
		return onbonGroup
	}
	switch {
	case group == 0xA2 && cmd == 0x00 && len(data) == 0:
		return onbonOK
	case group == 0xA2 && cmd == 0x03:
		return o.setClock(data)
	case group == 0xA3 && cmd == 0x00 && len(data) == 1 && (data[0] == 1 || data[0] == 2):
		o.lit = data[0] == 1
	case group == 0xA3 && cmd == 0x02 && len(data) == 2 && data[0] == 1 && data[1] <= 15:
		o.brightness = data[1]
	case group == 0xA3 && cmd == 0x06:
		return o.dynamic(f[9], f[17], data)
	default:
		return onbonCommand
	}
	return onbonOK
}

func (o *Onbon) setClock(data []byte) byte {
	if len(data) != 8 {
		return onbonDate
	}
	// The year's two bytes are swapped; the rest reads as it stands: 2013 01 25 11 17 26 05.
	text := fmt.Sprintf("%02x%02x-%02x-%02x %02x:%02x:%02x", data[1], data[0], data[2], data[3], data[4], data[5], data[6])
	t, err := time.Parse(time.DateTime, text)
	if err != nil || int(data[7]) != (int(t.Weekday())+6)%7+1 {
		return onbonDate
	}
	o.clock = t
	return onbonOK
}

// dynamic deletes and sets dynamic areas, all or none.
func (o *Onbon) dynamic(mode, process byte, data []byte) byte {
	r := &reader{b: data}
	areas := map[byte]onbonArea{}
	if process == 0 {
		maps.Copy(areas, o.areas)
	}
	switch n := r.byte(); n {
	case 0xFF:
		clear(areas)
	default:
		for range n {
			delete(areas, r.byte())
		}
	}
	for range r.byte() {
		area := &reader{b: r.take(int(r.uint16()))}
		id, a, ok := o.area(area)
		if !ok || area.bad || len(area.b) != 0 {
			return onbonMemory
		}
		areas[id] = a
		o.uploads++
	}
	if r.bad || len(r.b) != 0 {
		return onbonMemory
	}
	o.areas = areas
	o.overlay = mode == 1
	return onbonOK
}

func (o *Onbon) area(r *reader) (id byte, a onbonArea, ok bool) {
	ok = r.byte() == 0
	unit := func(v uint16) int {
		if o.Eights && v&0x8000 == 0 {
			return int(v) * 8
		}
		if o.Eights {
			v &^= 0x8000
		}
		return int(v)
	}
	x, y := unit(r.uint16()), int(r.uint16())
	w, h := unit(r.uint16()), int(r.uint16())
	a.rect = image.Rect(x, y, x+w, y+h)
	ok = ok && w > 0 && h > 0 && a.rect.In(image.Rectangle{Max: o.Size})
	id = r.byte()
	r.byte() // line space
	run := r.byte()
	a.vanish = run == 2
	a.left = time.Duration(r.uint16()) * time.Second
	ok = ok && run <= 5 && (!a.vanish || a.left > 0)
	if sound := r.byte(); sound != 0 {
		voice, volume, speed := r.byte()&0x0F, r.byte(), r.byte()
		ok = ok && sound == 2 && voice <= 5 && volume <= 10 && speed >= 1 && speed <= 10
		a.speech = decodeGB(r.take(int(r.uint32())))
	}
	r.take(int(r.byte())) // further parameters
	align, single, breaks, display := r.byte(), r.byte(), r.byte(), r.byte()
	ok = ok && align&3 < 3 && align>>2 < 3 && single-1 < 2 && breaks-1 < 2 && display-1 < 6
	exit, speed := r.byte(), r.byte()
	ok = ok && exit == 0 && speed <= 0x18
	r.byte() // hold
	a.text, a.colour = onbonText(r.take(int(r.uint32())))
	return id, a, ok
}

// onbonText takes the card's escapes out of a text and says in which colour it begins.
func onbonText(b []byte) (text, colour string) {
	var plain []byte
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] >= 0x80 && i+1 < len(b):
			plain = append(plain, b[i], b[i+1])
			i++
		case b[i] != '\\':
			plain = append(plain, b[i])
		case i+2 < len(b) && b[i+1] == 'C':
			if colour == "" {
				colour = map[byte]string{'1': "red", '2': "green", '3': "yellow"}[b[i+2]]
			}
			i += 2
		case i+5 <= len(b)-1 && b[i+1] == 'F' && strings.IndexByte("OE", b[i+2]) >= 0:
			i += 5
		default:
			plain = append(plain, "<unknown escape>"...)
		}
	}
	return decodeGB(plain), colour
}

func decodeGB(b []byte) string {
	s, err := simplifiedchinese.GBK.NewDecoder().Bytes(b)
	if err != nil {
		return fmt.Sprintf("<not GBK: % x>", b)
	}
	return string(s)
}

// reader takes little-endian values off bytes; what is missing is zero and makes it bad.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.bad, r.b = true, nil
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) fixed(n int) []byte {
	if b := r.take(n); b != nil {
		return b
	}
	return make([]byte, n)
}

func (r *reader) byte() byte     { return r.fixed(1)[0] }
func (r *reader) uint16() uint16 { return binary.LittleEndian.Uint16(r.fixed(2)) }
func (r *reader) uint32() uint32 { return binary.LittleEndian.Uint32(r.fixed(4)) }
