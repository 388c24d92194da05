package raster

import (
	"fmt"
	"image"

	"firepost/kiosk/takeover"
)

// The sizes on a screen whose shorter side has 1080 dots: least and most.
const (
	titleLeast, titleMost     = 180, 300
	placeLeast, placeMost     = 110, 170
	adviceLeast, adviceMost   = 80, 116
	reportLeast, reportMost   = 72, 84
	bannerMost                = 104
	englishLeast, englishMost = 48, 60
)

// plan is where things stand on a full-size page.
type plan struct {
	// area is for title, places and advice; head the line of a drill or test, foot the report.
	area, head, foot image.Rectangle
	banner, report   []laid
	thick            int
	// mongol is at the right, or above the title of an upright screen, where sign is.
	mongol vertical
	sign   image.Rectangle
}

// full draws a scene on a screen that holds much at once.
func (d *drafter) full(s *takeover.Scene) ([]Page, error) {
	if err := d.texts(s, true); err != nil {
		return nil, err
	}
	pl, rest := d.plan(s)
	title := d.titles(s)
	units := append(rest, d.places(s, d.upright())...)
	units = append(units, d.advice(s)...)
	if len(title) == 0 && len(units) == 0 {
		return nil, fmt.Errorf("%w: a scene without title, places and advice", ErrEmpty)
	}
	if len(units) == 0 {
		title, units = nil, [][]piece{title}
	}
	if err := d.margins(s, &pl); err != nil {
		return nil, err
	}
	pages := d.arrange(title, units, d.english(s), pl.area.Size())
	out := make([]Page, 0, len(pages))
	for i, set := range pages {
		sh := d.sheet(d.look.title)
		d.furniture(sh, &pl)
		d.body(sh, set, pl.area)
		sh.dots(i, len(pages))
		page, err := sh.done()
		if err != nil {
			return nil, err
		}
		out = append(out, page)
	}
	return out, nil
}

// plan divides the page. What does not fit its line comes back, for pages of its own.
func (d *drafter) plan(s *takeover.Scene) (pl plan, rest [][]piece) {
	all := image.Rectangle{Max: d.panel.size()}
	pl.area = d.panel.safe()
	if d.look.framed {
		pl.thick = d.px(28)
		pl.area = pl.area.Inset(pl.thick)
		all = all.Inset(pl.thick)
		words := d.look.word
		if b := say(s.Banner.ZH, s.Banner.EN); b != "" {
			words = b
		}
		p := piece{role: Banner, text: words, min: d.px(adviceLeast), max: d.px(bannerMost), pen: d.look.tag}
		if set, ok := d.stack([]piece{p}, image.Pt(pl.area.Dx(), d.px(260))); ok {
			pl.banner = set
		} else {
			rest = append(rest, []piece{p})
			p.text, p.role = d.look.word, Word
			pl.banner, _ = d.stack([]piece{p}, image.Pt(pl.area.Dx(), d.px(260)))
		}
		pl.head = image.Rect(all.Min.X, all.Min.Y, all.Max.X, pl.area.Min.Y+pl.banner[0].height+d.px(16))
		pl.area.Min.Y = pl.head.Max.Y + d.gap
	} else if b := say(s.Banner.ZH, s.Banner.EN); b != "" {
		rest = append(rest, []piece{{role: Banner, text: b, min: d.px(adviceLeast), max: d.px(placeMost), pen: d.look.title}})
	}
	if r := say(s.Report.ZH, s.Report.EN); r != "" {
		p := piece{role: Report, text: r, min: d.px(reportLeast), max: d.px(reportMost), pen: d.look.band}
		if set, ok := d.stack([]piece{p}, image.Pt(pl.area.Dx(), pl.area.Dy()/4)); ok {
			pl.report = set
			pl.foot = image.Rect(all.Min.X, pl.area.Max.Y-set[0].height-d.px(20), all.Max.X, all.Max.Y)
			pl.area.Max.Y = pl.foot.Min.Y - d.gap
		} else {
			rest = append(rest, []piece{p})
		}
	}
	return pl, rest
}

// titles is the head of every page.
func (d *drafter) titles(s *takeover.Scene) []piece {
	t := say(s.Title.ZH, s.Title.EN)
	if t == "" {
		return nil
	}
	p := piece{role: Title, text: t, min: d.px(titleLeast), max: d.px(titleMost), pen: d.look.title}
	if d.upright() {
		p.max = d.px(titleUpright)
	} else {
		p.sign = d.look.sign
	}
	return []piece{p}
}

// places are units of a place and the way out from it.
func (d *drafter) places(s *takeover.Scene, above bool) [][]piece {
	beside := 0
	if !above {
		for i := range s.Places {
			if s.Places[i].Since != "" || s.Places[i].First && len(s.Places) > 1 {
				// Two Chinese characters and their box.
				beside = asideParts * 24 / 10
			}
		}
	}
	var out [][]piece
	for i := range s.Places {
		at := &s.Places[i]
		p := piece{
			role: Place, item: i, text: say(at.Label.ZH, at.Label.EN), min: d.px(placeLeast), max: d.px(placeMost),
			pen: d.look.place, since: at.Since, above: above, beside: beside, markPen: d.look.tag,
		}
		if at.First && len(s.Places) > 1 {
			p.mark = mark
		}
		unit := []piece{p}
		if at.Direction != nil {
			if t := say(at.Direction.Text.ZH, at.Direction.Text.EN); t != "" {
				unit = append(unit, piece{
					role: Direction, item: i, text: t, min: d.px(adviceLeast), max: d.px(adviceMost),
					pen: d.look.text, sign: arrowOf(at.Direction.Arrow),
				})
			}
		}
		out = append(out, unit)
	}
	return out
}

func (d *drafter) advice(s *takeover.Scene) (out [][]piece) {
	for i, a := range s.Advice {
		if t := say(a.ZH, a.EN); t != "" {
			out = append(out, []piece{{
				role: Advice, item: i, text: t, min: d.px(adviceLeast), max: d.px(adviceMost),
				pen: d.look.text, sign: chevron,
			}})
		}
	}
	return out
}

// english is the title in English, for pages that have room left.
func (d *drafter) english(s *takeover.Scene) []piece {
	if s.Title.ZH == "" || s.Title.EN == "" {
		return nil
	}
	return []piece{{role: English, text: s.Title.EN, min: d.px(englishLeast), max: d.px(englishMost), pen: d.look.title}}
}

// titleUpright is the most on an upright screen, where one line of it is worth more than size;
// signUpright is the size of the sign above it.
const (
	titleUpright = 240
	signUpright  = 280
)

func (d *drafter) upright() bool { return d.panel.Width < d.panel.Height }

// The sizes of Mongolian letters at 1080 dots, and the width that they may take at the side.
const (
	mongolLeast, mongolMost = 40, 84
	mongolWide              = 195
)

// margins takes the room for Mongolian, and for the sign of an upright screen.
func (d *drafter) margins(s *takeover.Scene, pl *plan) (err error) {
	if !d.upright() {
		pl.mongol, err = d.mongolian(s, pl.area, d.px(mongolLeast), d.px(mongolMost), d.px(mongolWide))
		if len(pl.mongol.columns) > 0 {
			pl.area.Max.X = pl.mongol.at.Min.X - d.gap
		}
		return err
	}
	size := d.px(signUpright)
	top := image.Rect(pl.area.Min.X, pl.area.Min.Y, pl.area.Max.X, pl.area.Min.Y+size)
	pl.mongol, err = d.mongolian(s, top, d.px(mongolLeast), d.px(mongolMost), top.Dx()-size-2*d.gap)
	wide := size
	if n := pl.mongol.at.Dx(); n > 0 {
		wide += 2*d.gap + n
	}
	pl.sign = image.Rectangle{Max: image.Pt(size, size)}.Add(image.Pt(top.Min.X+(top.Dx()-wide)/2, top.Min.Y))
	pl.mongol.at = pl.mongol.at.Sub(image.Pt(pl.mongol.at.Min.X-pl.sign.Max.X-2*d.gap, 0))
	pl.area.Min.Y = top.Max.Y + d.gap
	return err
}

// arrange puts everything onto one page if it can, else onto several. The English line stands
// only where it takes no other text's place.
func (d *drafter) arrange(title []piece, units [][]piece, english []piece, area image.Point) [][]laid {
	most := image.Pt(area.X, area.Y*6/10)
	if _, ok := d.stack(title, most); !ok {
		// A title that long has a page of its own.
		return d.pack(nil, append([][]piece{title}, units...), area)
	}
	plain := d.pack(title, units, area)
	if _, ok := d.stack(join(title, english), most); !ok || len(english) == 0 {
		return plain
	}
	if rich := d.pack(join(title, english), units, area); len(rich) <= len(plain) {
		return rich
	}
	return plain
}

// furniture draws what stands on every page: frame, word, sign, report, Mongolian.
func (d *drafter) furniture(sh *sheet, pl *plan) {
	if d.look.framed {
		sh.frame(pl.thick, pen{ground: d.look.frame})
		sh.fill(pl.head, d.look.tag.ground)
		d.across(sh, pl)
	}
	if d.upright() {
		sh.symbol(d.look.sign, pl.sign.Min, pl.sign.Dx(), d.look.title)
	}
	sh.vertical(pl.mongol, d.look.title)
	if len(pl.report) > 0 {
		sh.fill(pl.foot, d.look.band.ground)
		sh.draw(&pl.report[0], image.Pt(pl.foot.Min.X, pl.foot.Min.Y+d.px(20)), pl.foot.Dx())
	}
}

// across writes the word of a drill or test over the whole width, three times where it is short.
func (d *drafter) across(sh *sheet, pl *plan) {
	one := &pl.banner[0]
	left := max(pl.head.Min.X+d.px(32), d.panel.safe().Min.X)
	at := image.Pt(left, pl.head.Max.Y-one.height-d.px(16))
	width := d.panel.Width - 2*left
	if one.block.Width*5 > width {
		sh.draw(one, at, width)
		return
	}
	sh.draw(one, at, one.block.Width)
	more := *one
	more.role = Word
	sh.draw(&more, at, width)
	sh.draw(&more, at.Add(image.Pt(width-one.block.Width, 0)), one.block.Width)
}

// body draws a page's pieces; what is left of the height goes between and around them.
func (d *drafter) body(sh *sheet, set []laid, area image.Rectangle) {
	left := area.Dy()
	for i := range set {
		left -= set[i].height
	}
	n := len(set)
	gap := d.gap
	if n > 1 {
		left -= gap * (n - 1)
		more := max(0, min(left/(n+1), d.px(40)))
		gap += more
		left -= more * (n - 1)
	}
	y := area.Min.Y + max(0, left/2)
	for i := range set {
		width, x := 0, area.Min.X
		switch role := set[i].role; {
		case d.upright() && (role == Title || role == English):
			width = area.Dx()
		case role == English && i > 0 && x+set[i-1].indent+set[i].block.Width <= area.Max.X:
			x += set[i-1].indent
		}
		sh.draw(&set[i], image.Pt(x, y), width)
		y += set[i].height + gap
	}
}

// dots show which of several pages this is, in the margin at the bottom.
func (s *sheet) dots(i, n int) {
	if n < 2 {
		return
	}
	size := max(2, s.d.px(12))
	r := s.img.Rect
	y := r.Max.Y - size - max(1, (s.d.px(32)-size)/2)
	x := (r.Dx() - size*(2*n-1)) / 2
	p := s.d.look.band
	if s.d.look.framed {
		p = pen{s.d.look.frame, s.d.look.tag.ink}
	}
	for k := range n {
		at := image.Rect(x+2*size*k, y, x+2*size*k+size, y+size)
		if k != i {
			at = at.Inset(size / 3)
		}
		s.fill(at, p.ink)
	}
}
