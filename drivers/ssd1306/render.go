package ssd1306

import (
	"fmt"
	"image"

	"periph.io/x/devices/v3/ssd1306/image1bit"
)

// The size of the display in dots, and in characters.
const (
	Width   = 128
	Height  = 64
	columns = Width / cellWidth
)

// Uplink is how events get to the control room.
type Uplink uint8

// The states of the uplink. The zero value is not a good one.
const (
	UplinkUnknown Uplink = iota
	// UplinkUp: the platform has confirmed what was sent.
	UplinkUp
	// UplinkDown: nothing is confirmed at present.
	UplinkDown
	// UplinkNone: none is configured.
	UplinkNone
)

// Status is what the display shows. The zero value shows that nothing is known.
type Status struct {
	// Station is the booth's id; Address is where its page is found, such as 192.168.1.20.
	Station, Address string
	// At is the time of making, for people: 14:05. A display whose time stands still is dead.
	At string
	// Known is true once the booth's picture is complete enough to be believed.
	Known bool
	// Fires, Prealarms, Supervisory, Faults and Disabled count points in that state.
	Fires, Prealarms, Supervisory, Faults, Disabled int
	// Test is true while a test or a drill runs.
	Test bool
	// Detail names what matters most, such as the first device in alarm.
	Detail string
	// Uplink and Waiting: its state and how many events it has not confirmed yet.
	Uplink  Uplink
	Waiting int
}

// Headline is the one word in large letters: what is worst.
func (s *Status) Headline() string {
	switch {
	case s.Fires > 0:
		return "FIRE"
	case s.Prealarms > 0:
		return "PRE-ALARM"
	case !s.Known:
		return "UNKNOWN"
	case s.Faults > 0:
		return "FAULT"
	case s.Supervisory > 0:
		return "WATCH"
	case s.Test:
		return "TEST"
	case s.Disabled > 0:
		return "DISABLED"
	default:
		return "NORMAL"
	}
}

// Render draws a status. It is pure.
func Render(s Status) *image1bit.VerticalLSB {
	c := canvas{image1bit.NewVerticalLSB(image.Rect(0, 0, Width, Height))}
	c.text(0, 0, spread(s.Station, s.At), 1)
	c.invert(0, cellHeight)
	c.text(0, 8, s.Address, 1)
	c.text(0, 17, s.Headline(), 2)
	if s.Fires > 0 {
		c.invert(16, 32)
	}
	c.text(0, 33, fmt.Sprintf("fire %s pre %s watch %s", count(s.Fires), count(s.Prealarms), count(s.Supervisory)), 1)
	line := fmt.Sprintf("fault %s off %s", count(s.Faults), count(s.Disabled))
	if s.Test {
		line = spread(line, "test")
	}
	c.text(0, 41, line, 1)
	c.text(0, 49, s.uplink(), 1)
	c.text(0, 57, s.Detail, 1)
	return c.VerticalLSB
}

func (s *Status) uplink() string {
	word := "?"
	switch s.Uplink {
	case UplinkUp:
		word = "ok"
	case UplinkDown:
		word = "DOWN"
	case UplinkNone:
		word = "none"
	case UplinkUnknown:
	}
	return spread("uplink "+word, count(s.Waiting)+" wait")
}

// count keeps a number short enough for its place; it never hides that there are more.
func count(n int) string {
	switch {
	case n < 0:
		return "?"
	case n > 99:
		return ">99"
	default:
		return fmt.Sprint(n)
	}
}

// spread puts left and right at the ends of a line; right stays whole, left is cut with a tilde.
func spread(left, right string) string {
	room := columns - len([]rune(right))
	l := []rune(left)
	if right != "" {
		room--
	}
	if len(l) > room {
		l = append(l[:max(0, room-1)], '~')
	}
	return fmt.Sprintf("%-*s%s", columns-len([]rune(right)), string(l), right)
}

// canvas is a frame that can be written on.
type canvas struct{ *image1bit.VerticalLSB }

// text writes from x, y to the right, each dot scale by scale; what doesn't fit is cut, with a
// tilde in the last place.
func (c canvas) text(x, y int, s string, scale int) {
	r := []rune(s)
	if room := (Width - x) / (cellWidth * scale); len(r) > room {
		r = append(r[:room-1], '~')
	}
	for i, ch := range r {
		g := glyph(ch)
		for dy := range glyphHeight * scale {
			for dx := range glyphWidth * scale {
				if lit(g, dx/scale, dy/scale) {
					c.SetBit(x+i*cellWidth*scale+dx, y+dy, image1bit.On)
				}
			}
		}
	}
}

// invert turns the rows from to before to over.
func (c canvas) invert(from, to int) {
	for y := from; y < to; y++ {
		for x := range Width {
			c.SetBit(x, y, !c.BitAt(x, y))
		}
	}
}
