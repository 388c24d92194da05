package raster

import (
	"fmt"
	"image"
	"time"
	"unicode/utf8"

	"firepost/kiosk/takeover"
)

// Colours is what a panel's dots can show.
type Colours uint8

// The kinds of panels.
const (
	// Full: any colour, in shades.
	Full Colours = iota
	// RedGreen: red, green and both together, which is yellow; lit or not.
	RedGreen
	// Red: red alone, lit or not.
	Red
)

// Panel is what a picture is for.
type Panel struct {
	// Width and Height are its real dots.
	Width, Height int
	Colours       Colours
	// Boxes draws a box for a character that no font has and names it in the page; otherwise
	// such a character is an error.
	Boxes bool
}

// The sizes that can be drawn for: one line of four characters, and 4K.
const (
	leastWidth, leastHeight = 64, 16
	mostSide                = 4096
)

func (p Panel) check() error {
	if p.Width < leastWidth || p.Height < leastHeight || p.Width > mostSide || p.Height > mostSide {
		return fmt.Errorf("%w: %d by %d dots: from %d by %d to %d by %d can be", ErrPanel,
			p.Width, p.Height, leastWidth, leastHeight, mostSide, mostSide)
	}
	if p.Colours > Red {
		return fmt.Errorf("%w: colours %d: give full, red-green or red", ErrPanel, p.Colours)
	}
	return nil
}

// size is the panel's as a point.
func (p Panel) size() image.Point { return image.Pt(p.Width, p.Height) }

// strip reports whether a panel is too small for everything at once.
func (p Panel) strip() bool { return min(p.Width, p.Height) < 240 }

// safe is the part of the panel where text may stand: 3 % from every edge, a dot at least.
func (p Panel) safe() image.Rectangle {
	x, y := max(1, (p.Width*3+99)/100), max(1, (p.Height*3+99)/100)
	return image.Rect(x, y, p.Width-x, p.Height-y)
}

// Role says what a text of a page is.
type Role string

// The roles. Word is a word of this package's own: 首警, 演练, 测试.
const (
	Title     Role = "title"
	Banner    Role = "banner"
	Place     Role = "place"
	Since     Role = "since"
	Direction Role = "direction"
	Advice    Role = "advice"
	Report    Role = "report"
	Notice    Role = "notice"
	Word      Role = "word"
	English   Role = "english"
	Mongolian Role = "mongolian"
)

// Placed is one line of text on a page.
type Placed struct {
	Role Role
	// Item is which of several it belongs to, such as the number of its place, from 0.
	Item int
	Text string
	// Size is the height of the em square in dots, Box where the line stands.
	Size int
	Box  image.Rectangle
	// Part counts from 1 to Parts where a text was too long for one page; both are 1 for a
	// text that stands whole on its page.
	Part, Parts int
}

// Page is one picture and what stands on it.
type Page struct {
	Image *image.Paletted
	// For is how long it stands before the next of several pages; zero where it is the only
	// one. After the last comes the first again.
	For time.Duration
	// Texts are the lines drawn, in reading order.
	Texts []Placed
	// Missing are the characters for which boxes stand, each once.
	Missing []rune
}

// Whole reports whether every text of the page stands on it whole.
func (p *Page) Whole() bool {
	for _, t := range p.Texts {
		if t.Parts > 1 {
			return false
		}
	}
	return true
}

// How long a page stands: time to find it, and time for every character (a slow reader takes
// four a second at a distance), within limits.
const (
	pageBase  = 1500 * time.Millisecond
	pageChar  = 200 * time.Millisecond
	pageLeast = 2500 * time.Millisecond
	pageMost  = 8 * time.Second
)

// timed gives pages their times.
func timed(pages []Page) []Page {
	if len(pages) < 2 {
		return pages
	}
	for i := range pages {
		n := 0
		for _, t := range pages[i].Texts {
			if t.Role != English && t.Role != Word && t.Role != Mongolian {
				n += utf8.RuneCountInString(t.Text)
			}
		}
		pages[i].For = min(max(pageLeast, pageBase+time.Duration(n)*pageChar), pageMost)
	}
	return pages
}

// Scene draws a takeover for a panel. Every text of it stands whole on some page, or on a panel
// too small for that in parts on pages that follow each other. One page stands still; several
// alternate. Scene is safe for several goroutines at a time.
func (f *Fonts) Scene(s *takeover.Scene, p Panel) ([]Page, error) {
	if s == nil {
		return nil, fmt.Errorf("%w: no scene", ErrEmpty)
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	l, err := lookOf(s.Kind, s.Stage, p.Colours)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	d := newDrafter(f, p, l)
	var pages []Page
	if p.strip() {
		pages, err = d.strip(s)
	} else {
		pages, err = d.full(s)
	}
	if err != nil {
		return nil, fmt.Errorf("draw scene %s for %d by %d dots: %w", s.ID, p.Width, p.Height, err)
	}
	return timed(pages), nil
}
