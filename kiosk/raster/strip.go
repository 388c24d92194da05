package raster

import (
	"fmt"
	"image"
	"slices"

	"firepost/kiosk/takeover"
)

// strip draws a scene on a board too small for everything at once: what and where, what to do,
// and what was reported, on pages that alternate.
func (d *drafter) strip(s *takeover.Scene) ([]Page, error) {
	if err := d.texts(s, true); err != nil {
		return nil, err
	}
	if err := d.texts(s, false); err != nil {
		return nil, err
	}
	sd, wide := d.sides()
	beside := sd.beside(wide, d.gap)
	v, err := d.mongolian(s, beside, d.least()-2, beside.Dy()/2, d.panel.Width*17/100)
	if err != nil {
		return nil, err
	}
	taken := image.Pt(v.at.Dx()+4*d.gap, 0)
	if taken.X == 4*d.gap || d.panel.Height < mongolHeight {
		v, taken = vertical{}, image.Point{}
	}
	sets := d.sets(s, less(beside, taken), less(wide, taken))
	if cut(sets) && taken.X > 0 {
		// Mongolian gets a page of its own rather than costing another text its whole.
		v, taken = vertical{}, image.Point{}
		sets = d.sets(s, beside, wide)
	}
	inner := less(beside, taken)
	wide = less(wide, taken)
	if len(sets) == 0 {
		return nil, fmt.Errorf("%w: a scene without texts", ErrEmpty)
	}
	out := make([]Page, 0, len(sets)+1)
	for _, set := range sets {
		sh := d.sheet(set.laid[0].pen)
		d.side(sh, sd, set.plain)
		area := inner
		if set.plain {
			area = wide
		}
		d.centre(sh, set.laid, area)
		sh.vertical(v, d.look.title)
		page, err := sh.done()
		if err != nil {
			return nil, err
		}
		out = append(out, page)
	}
	if d.panel.Height < mongolHeight || v.at.Dx() > 0 {
		return out, nil
	}
	return d.own(s, sd, beside, out)
}

// less is an area without what is taken at its right.
func less(r image.Rectangle, taken image.Point) image.Rectangle {
	r.Max = r.Max.Sub(taken)
	return r
}

// cut reports whether a text of some pages was cut.
func cut(sets []stripSet) bool {
	return slices.ContainsFunc(sets, func(s stripSet) bool { return cutAny([][]laid{s.laid}) })
}

// mongolHeight is the least height of a board on which vertical letters can be read.
const mongolHeight = 64

// own adds a page for Mongolian alone, for boards too narrow for it beside other texts.
func (d *drafter) own(s *takeover.Scene, sd side, area image.Rectangle, pages []Page) ([]Page, error) {
	v, err := d.mongolian(s, area, d.least()-2, area.Dy()/2, area.Dx())
	if err != nil || v.at.Dx() == 0 {
		return pages, err
	}
	sh := d.sheet(d.look.title)
	d.side(sh, sd, false)
	v.at = v.at.Sub(image.Pt((area.Dx()-v.at.Dx())/2, 0))
	sh.vertical(v, d.look.title)
	page, err := sh.done()
	return append(pages, page), err
}

// stripSet is what stands on one page; plain: without the sign.
type stripSet struct {
	laid  []laid
	plain bool
}

// sets are the pages' texts: beside the sign, or without it where a text would have to be cut
// for it; the title keeps it.
func (d *drafter) sets(s *takeover.Scene, beside, wide image.Rectangle) (out []stripSet) {
	put := func(units [][]piece, area image.Rectangle, plain bool) {
		for _, set := range d.pack(nil, units, area.Size()) {
			out = append(out, stripSet{set, plain})
		}
	}
	for _, group := range d.groups(s, beside.Dy()) {
		if d.look.word != "" || !cutAny(d.pack(nil, group, beside.Size())) {
			put(group, beside, false)
			continue
		}
		var titles, rest [][]piece
		for _, u := range group {
			if u[0].role == Title {
				titles = append(titles, u)
			} else {
				rest = append(rest, u)
			}
		}
		put(titles, beside, false)
		put(rest, wide, true)
	}
	return out
}

// cutAny reports whether a text was cut.
func cutAny(pages [][]laid) bool {
	for _, page := range pages {
		for i := range page {
			if page[i].parts > 1 {
				return true
			}
		}
	}
	return false
}

// groups are the texts that may share pages.
func (d *drafter) groups(s *takeover.Scene, high int) [][][]piece {
	some := d.least() * 5 / 4
	one := func(role Role, item int, text string, p pen) []piece {
		if text == "" {
			return nil
		}
		return []piece{{role: role, item: item, text: text, min: some, max: max(some, high), pen: p}}
	}
	var where, do, told [][]piece
	put := func(to *[][]piece, p []piece) {
		if len(p) > 0 {
			*to = append(*to, p)
		}
	}
	if b := say(s.Banner.ZH, s.Banner.EN); b != d.look.word {
		put(&where, one(Banner, 0, b, d.look.title))
	}
	put(&where, one(Title, 0, say(s.Title.ZH, s.Title.EN), d.look.title))
	for i := range s.Places {
		at := &s.Places[i]
		text := say(at.Label.ZH, at.Label.EN)
		if at.First && len(s.Places) > 1 {
			text = mark + " " + text
		}
		if at.Since != "" {
			text += " " + at.Since
		}
		put(&where, one(Place, i, text, d.look.place))
		if at.Direction != nil {
			way := one(Direction, i, say(at.Direction.Text.ZH, at.Direction.Text.EN), d.look.text)
			for j := range way {
				way[j].sign = arrowOf(at.Direction.Arrow)
			}
			put(&where, way)
		}
	}
	for i, a := range s.Advice {
		put(&do, one(Advice, i, say(a.ZH, a.EN), d.look.text))
	}
	put(&told, one(Report, 0, say(s.Report.ZH, s.Report.EN), d.look.text))
	return [][][]piece{where, do, told}
}

// side is what stands beside the texts of every page: a sign, or the word of what is not real.
type side struct {
	at      image.Rectangle
	size    int
	upright bool
	flat    bool
	thick   int
}

// sides divides the panel: what stands beside the texts, and the whole of the safe area.
func (d *drafter) sides() (side, image.Rectangle) {
	area := d.panel.safe()
	var sd side
	if d.look.framed && min(d.panel.Width, d.panel.Height) >= 48 {
		sd.thick = max(1, min(d.panel.Width, d.panel.Height)/40)
		area = area.Inset(sd.thick)
	}
	sd.upright = d.panel.Width*4 < d.panel.Height*5
	n := len([]rune(d.look.word))
	switch {
	case n > 0 && sd.upright:
		sd.size = max(d.least(), min(area.Dx()/(n+1), area.Dy()/6))
		sd.at = image.Rect(area.Min.X, area.Min.Y, area.Max.X, area.Min.Y+sd.size+2)
	case n > 0 && area.Dy() < 2*d.least():
		// Too low to stand the word on end.
		sd.size = d.least()
		sd.flat = true
		sd.at = image.Rect(area.Min.X, area.Min.Y, area.Min.X+n*sd.size+2, area.Max.Y)
	case n > 0:
		sd.size = max(d.least(), min((area.Dy()-2)/n-1, area.Dx()/6))
		sd.at = image.Rect(area.Min.X, area.Min.Y, area.Min.X+sd.size+2, area.Max.Y)
	case sd.upright:
		sd.size = min(area.Dx(), area.Dy()/4)
		sd.at = image.Rect(area.Min.X, area.Min.Y, area.Max.X, area.Min.Y+sd.size)
	default:
		sd.size = min(area.Dy(), area.Dx()*22/100)
		sd.at = image.Rect(area.Min.X, area.Min.Y, area.Min.X+sd.size, area.Max.Y)
	}
	return sd, area
}

// beside is what is left of an area.
func (sd side) beside(area image.Rectangle, gap int) image.Rectangle {
	if sd.upright {
		area.Min.Y = sd.at.Max.Y + gap
	} else {
		area.Min.X = sd.at.Max.X + max(2, gap*2)
	}
	return area
}

// side draws what stands beside the texts.
func (d *drafter) side(sh *sheet, sd side, plain bool) {
	if sd.thick > 0 {
		sh.frame(sd.thick, pen{ground: d.look.frame})
	}
	if plain {
		return
	}
	if d.look.word == "" {
		at := sd.at.Min.Add(sd.at.Size().Sub(image.Pt(sd.size, sd.size)).Div(2))
		sh.symbol(d.look.sign, at, sd.size, d.look.title)
		return
	}
	sh.fill(sd.at, d.look.tag.ground)
	b := Block{Size: sd.size, bold: d.bold(sd.size)}
	if sd.upright || sd.flat {
		b.Lines = []string{d.look.word}
	} else {
		for _, r := range d.look.word {
			b.Lines = append(b.Lines, string(r))
		}
	}
	d.w.measure(&b)
	if b.Height > sd.at.Dy() {
		b.Height = sd.at.Dy()
	}
	at := image.Pt(sd.at.Min.X, sd.at.Min.Y+(sd.at.Dy()-b.Height)/2)
	sh.block(&b, at, sd.at.Dx(), d.look.tag, Placed{Role: Word})
}

// centre draws a page's pieces in the middle of an area.
func (d *drafter) centre(sh *sheet, set []laid, area image.Rectangle) {
	left := area.Dy()
	for i := range set {
		left -= set[i].height
	}
	gap := max(d.gap, left/(len(set)+1))
	if len(set) > 1 {
		gap = max(d.gap, min(gap, left/(len(set)-1)))
	}
	y := area.Min.Y + max(0, (left-gap*(len(set)-1))/2)
	for i := range set {
		sh.draw(&set[i], image.Pt(area.Min.X, y), area.Dx())
		y += set[i].height + gap
	}
}
