package onbon

import (
	"errors"
	"fmt"
	"time"

	"firepost/drivers/led"
)

// scroll is how fast a long line moves: of 0 (fastest) to 24, one that can be read in passing.
const scroll = 4

// hold is for how long a page stands, in half seconds: the vendor's own default.
const hold = 8

// areas lays a scene out: one area for each row of the board.
func (o Options) areas(s led.Scene) ([]area, error) {
	colour, err := colourEscape(s.Colour)
	if err != nil {
		return nil, err
	}
	run, timeout, err := expiry(s.For)
	if err != nil {
		return nil, err
	}
	rows, err := o.rows(s.Lines)
	if err != nil {
		return nil, err
	}
	prefix := colour + o.fontEscape()
	height := o.Height / len(rows)
	var areas []area
	for i, text := range rows {
		if len(text) == 0 {
			continue // all areas are deleted first: the row is dark
		}
		a := area{
			id: byte(len(areas)), y: uint16(i * height), h: uint16(height), w: o.width(),
			run: run, timeout: timeout, align: alignMiddle, single: singleLine, breaks: breakByHand,
			display: displayFixed, hold: hold, text: append([]byte(prefix), text...),
		}
		if width(text, o.FontHeight) > o.Width {
			a.display, a.speed = displayLeft, scroll
		}
		areas = append(areas, a)
	}
	if len(areas) == 0 {
		return nil, errors.New("the scene has no text: give it at least one line")
	}
	if s.Speech != "" && o.Speaks {
		if areas[0].sound, err = o.speech(s.Speech); err != nil {
			return nil, err
		}
	}
	return areas, nil
}

// rows encodes the lines and puts as many together as the board has not rows for.
func (o Options) rows(lines []string) ([][]byte, error) {
	n := min(len(lines), o.Height/o.FontHeight)
	if n == 0 {
		return nil, errors.New("the scene has no text: give it at least one line")
	}
	rows := make([][]byte, n)
	for i, line := range lines {
		text, err := encode(line, o.charset())
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		// The first rows take one line more where they don't divide evenly.
		row := i * n / len(lines)
		if len(rows[row]) > 0 && len(text) > 0 {
			rows[row] = append(rows[row], "  "...)
		}
		rows[row] = append(rows[row], text...)
	}
	return rows, nil
}

func (o Options) speech(text string) (*sound, error) {
	// The documents say GB 2312 here, whatever the display's font has.
	b, err := encode(text, gb2312)
	if err != nil {
		return nil, fmt.Errorf("speech: %w", err)
	}
	// Over again until the scene is renewed: 15 is the most that the field holds.
	return &sound{voice: 0, repeat: 15, volume: byte(o.Volume), speed: speechSpeed, text: b}, nil
}

func (o Options) charset() charset {
	if o.GBK {
		return gbk
	}
	return gb2312
}

// width is the board's width in the units of its kind of card: a BX-5K counts eights of pixels
// unless the top bit is set, a BX-6K pixels.
func (o Options) width() uint16 {
	switch {
	case o.Kind == BX6K:
		return uint16(o.Width)
	case o.Width%8 == 0:
		return uint16(o.Width / 8)
	}
	return uint16(o.Width) | pixelUnits
}

// fontEscape chooses the card's fonts; its own choice needs none.
func (o Options) fontEscape() string {
	if o.Font == 0 {
		return ""
	}
	return fmt.Sprintf(`\FO%03d\FE%03d`, o.Font, o.Font)
}

func colourEscape(colour string) (string, error) {
	switch colour {
	case "red", "":
		return `\C1`, nil
	case "green":
		return `\C2`, nil
	case "yellow":
		return `\C3`, nil
	}
	return "", fmt.Errorf("colour %q: the card has red, yellow and green", colour)
}

// expiry is the run mode and its time in whole seconds, rounded up.
func expiry(d time.Duration) (run byte, seconds uint16, err error) {
	switch {
	case d < 0 || d > maxTimeout:
		return 0, 0, fmt.Errorf("the scene is to stay for %v: the card takes 1s to %v, or 0 for ever", d, maxTimeout)
	case d == 0:
		return runLoop, 0, nil
	}
	return runVanish, uint16((d + time.Second - 1) / time.Second), nil
}
