package ledsim

import (
	"bytes"
	"image"
	"math/bits"
	"slices"
	"time"
)

// Onbon is a simulated Onbon BX-5K or BX-6K font card. It knows the frames and the commands
// that the vendor's documents and its users' frames show (see package onbon): ping, clock,
// power, brightness, dynamic areas. A frame that is not exactly as they say it refuses, and an
// area beyond its board as well.
type Onbon struct {
	// Number is its screen number.
	Number uint16
	// Size is its board in pixels, Eights that it is a BX-5K, which counts areas' x and width
	// in eights of pixels.
	Size   image.Point
	Eights bool

	lit        bool
	brightness byte
	clock      time.Time
	overlay    bool // the last dynamic command asked for the dynamic mode
	areas      map[byte]onbonArea
	uploads    int
}

// onbonArea is one dynamic area as the card understands it.
type onbonArea struct {
	rect   image.Rectangle
	text   string
	colour string
	speech string
	vanish bool
	left   time.Duration
}

// NewOnbon makes a card with screen number 1 that is lit, in full brightness.
func NewOnbon(size image.Point, eights bool) *Onbon {
	return &Onbon{
		Number: 1, Size: size, Eights: eights,
		lit: true, brightness: 15, areas: map[byte]onbonArea{},
	}
}

// Session is the card's end of a connection; the card keeps nothing for one.
func (o *Onbon) Session() Session { return onbonSession{o} }

// Shown is what the card does right now.
func (o *Onbon) Shown() Shown {
	s := Shown{
		Scene: len(o.areas) > 0 && o.overlay, Lit: o.lit, Clock: o.clock, Uploads: o.uploads,
		Brightness: (int(o.brightness)*100 + 7) / 15,
	}
	areas := make([]onbonArea, 0, len(o.areas))
	for _, a := range o.areas {
		areas = append(areas, a)
	}
	slices.SortFunc(areas, func(a, b onbonArea) int { return a.rect.Min.Y - b.rect.Min.Y })
	for i, a := range areas {
		s.Lines = append(s.Lines, a.text)
		if i == 0 {
			s.Colour = a.colour
		}
		if a.speech != "" {
			s.Speech = a.speech
		}
		if a.vanish && (s.Expires == 0 || a.left < s.Expires) {
			s.Expires = a.left
		}
	}
	return s
}

// Elapse takes areas away that were not renewed in their time.
func (o *Onbon) Elapse(d time.Duration) {
	for id, a := range o.areas {
		if !a.vanish {
			continue
		}
		a.left -= d
		o.areas[id] = a
		if a.left <= 0 {
			delete(o.areas, id)
		}
	}
}

// PowerCycle loses the dynamic areas and the clock; power and brightness are kept.
func (o *Onbon) PowerCycle() {
	o.areas = map[byte]onbonArea{}
	o.clock = time.Time{}
}

type onbonSession struct{ card *Onbon }

// Next cuts the stream at the marks A5 and 5A, which stand nowhere else.
func (s onbonSession) Next(buf []byte) (used int, request []byte) {
	stop := bytes.IndexByte(buf, 0x5A)
	if stop < 0 {
		return 0, nil
	}
	used = stop + 1
	start := bytes.LastIndexByte(buf[:stop], 0xA5)
	if start < 7 || !bytes.Equal(buf[start-7:start+1], bytes.Repeat([]byte{0xA5}, 8)) {
		return used, nil
	}
	plain := unstuff(buf[start+1 : stop])
	if len(plain) < 21 {
		return used, nil
	}
	data, crc := plain[:len(plain)-2], plain[len(plain)-2:]
	if sum := onbonCRC(data); crc[0] != byte(sum) || crc[1] != byte(sum>>8) {
		return used, nil
	}
	to := int(plain[0]) | int(plain[1])<<8
	if to != int(s.card.Number) && to < 0xFFFE {
		return used, nil
	}
	return used, data
}

// unstuff undoes the escapes by searching for them; nil where one is none.
func unstuff(b []byte) []byte {
	var out []byte
	for {
		at := slices.IndexFunc(b, func(c byte) bool { return c == 0xA6 || c == 0x5B })
		if at < 0 {
			return append(out, b...)
		}
		if at+1 == len(b) || b[at+1] != 1 && b[at+1] != 2 {
			return nil
		}
		// A6 01 is A6, A6 02 is A5; 5B 01 is 5B, 5B 02 is 5A.
		out = append(append(out, b[:at]...), b[at]+1-b[at+1])
		b = b[at+2:]
	}
}

// onbonCRC is CRC-16 as the textbook divides: by x^16+x^15+x^2+1, highest power first, each byte
// with its lowest bit first and the rest mirrored at the end.
func onbonCRC(b []byte) uint16 {
	var rest uint16
	for _, c := range b {
		rest ^= uint16(bits.Reverse8(c)) << 8
		for range 8 {
			carry := rest&0x8000 != 0
			rest <<= 1
			if carry {
				rest ^= 0x8005
			}
		}
	}
	return bits.Reverse16(rest)
}
