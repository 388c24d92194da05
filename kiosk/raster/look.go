package raster

import (
	"fmt"
	"image/color"

	"firepost/kiosk/takeover"
)

// pen is an ink on its ground.
type pen struct{ ground, ink color.RGBA }

// look is the colours and the sign of one kind of scene on one kind of panel.
type look struct {
	// title, place and text stand on the page's own ground; band is the line of the report,
	// tag the mark 首警 and the word of a drill or test.
	title, place, text, band, tag pen
	// frame is the colour of the frame; framed says whether there is one.
	frame  color.RGBA
	framed bool
	sign   symbol
	// word stands on every page of what is not real.
	word string
}

func rgb(v uint32) color.RGBA {
	return color.RGBA{uint8(v >> 16), uint8(v >> 8), uint8(v), 0xFF} //nolint:gosec // the three bytes of a colour
}

// on is a look whose page has one ground.
func on(ground, title, place, text uint32) look {
	g := rgb(ground)
	return look{title: pen{g, rgb(title)}, place: pen{g, rgb(place)}, text: pen{g, rgb(text)}}
}

// lookOf finds the look. What is neither a drill nor a test nor a known stage is refused: a
// scene must never look like another.
func lookOf(k takeover.Kind, s takeover.Stage, c Colours) (look, error) {
	if s != takeover.Verifying && s != takeover.Evacuate {
		return look{}, fmt.Errorf("%w: scene with the unknown stage %q: use verifying or evacuate", ErrPanel, s)
	}
	var l look
	switch k {
	case takeover.Real:
		l = real(s, c)
		l.sign = flame
		if s == takeover.Verifying {
			l.sign = magnifier
		}
	case takeover.Drill:
		l = drill(c)
		l.sign, l.word, l.framed = megaphone, "演练", true
	case takeover.Test:
		l = test(c)
		l.sign, l.word, l.framed = pulse, "测试", true
	default:
		return look{}, fmt.Errorf("%w: scene of the unknown kind %q: use real, drill or test", ErrPanel, k)
	}
	return l, nil
}

func real(s takeover.Stage, c Colours) look {
	var l look
	verifying := s == takeover.Verifying
	switch {
	case c == Full && verifying:
		l = on(0xFFA800, 0x000000, 0x000000, 0x2B1500)
		l.band, l.tag = pen{rgb(0x3A1D00), rgb(0xFFD98A)}, pen{rgb(0x000000), rgb(0xFFC040)}
	case c == Full:
		l = on(0xC40010, 0xFFFFFF, 0xFFE600, 0xFFFFFF)
		l.band, l.tag = pen{rgb(0x6E0008), rgb(0xFFFFFF)}, pen{rgb(0xFFE600), rgb(0xA00010)}
	case c == RedGreen && verifying:
		l = on(0, 0xFFFF00, 0xFFFF00, 0xFFFF00)
		l.band, l.tag = l.text, pen{rgb(0xFFFF00), rgb(0)}
	case c == RedGreen:
		l = on(0, 0xFF0000, 0xFFFF00, 0xFF0000)
		l.band, l.tag = l.text, pen{rgb(0xFFFF00), rgb(0)}
	default:
		l = single()
	}
	return l
}

func drill(c Colours) look {
	var l look
	switch c {
	case Full:
		l = on(0x06183A, 0xFFFFFF, 0x8FD0FF, 0xFFFFFF)
		l.frame = rgb(0x1F6FFF)
		l.band, l.tag = pen{rgb(0x0E2E6B), rgb(0xFFFFFF)}, pen{rgb(0x1F6FFF), rgb(0xFFFFFF)}
	case RedGreen:
		l = on(0, 0x00FF00, 0x00FF00, 0x00FF00)
		l.frame, l.band, l.tag = rgb(0x00FF00), l.text, pen{rgb(0x00FF00), rgb(0)}
	case Red:
		l = single()
	}
	return l
}

func test(c Colours) look {
	var l look
	switch c {
	case Full:
		l = on(0x5A6068, 0xFFFFFF, 0xFFFFFF, 0xFFFFFF)
		l.frame = rgb(0xC8CDD2)
		l.band, l.tag = pen{rgb(0x3A3F45), rgb(0xFFFFFF)}, pen{rgb(0xC8CDD2), rgb(0x1E2226)}
	case RedGreen:
		l = on(0, 0xFFFF00, 0xFFFF00, 0xFFFF00)
		l.frame, l.band, l.tag = rgb(0x00FF00), l.text, pen{rgb(0x00FF00), rgb(0)}
	case Red:
		// A drill's word is dark on light, a test's light on dark.
		l = single()
		l.tag = l.text
	}
	return l
}

// single is the look of a panel with one colour, where sign, word and frame tell all.
func single() look {
	l := on(0, 0xFF0000, 0xFF0000, 0xFF0000)
	l.frame, l.band, l.tag = rgb(0xFF0000), l.text, pen{rgb(0xFF0000), rgb(0)}
	return l
}

// quiet is the look of notices: nothing of a takeover's.
func quiet(c Colours) look {
	switch c {
	case Full:
		l := on(0x0B3B2E, 0xFFFFFF, 0xFFFFFF, 0xFFFFFF)
		l.band, l.tag = l.text, l.text
		return l
	case RedGreen:
		l := on(0, 0x00FF00, 0x00FF00, 0x00FF00)
		l.band, l.tag = l.text, l.text
		return l
	default:
		return single()
	}
}
