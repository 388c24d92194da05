package app

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"strings"

	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/config"
	"firepost/gateway/internal/httpapi"
	"firepost/gateway/internal/outputs"
	"firepost/gateway/internal/screens"
	"firepost/kiosk/judge"
	"firepost/kiosk/programme"
	"firepost/kiosk/proof"
	"firepost/kiosk/raster"
	"firepost/kiosk/screen"
	"firepost/kiosk/takeover"
)

var _ httpapi.ScreenDesk = (*stage)(nil)

// What the page says of a takeover on a screen.
const (
	paintedNone        = "none"
	paintedYes         = "painted"
	paintedOld         = "old"
	paintedUnconfirmed = "unconfirmed"
	paintedLingers     = "lingers"
)

// freshBeat is how old a beat may be, in milliseconds, while it says how the screen is now.
const freshBeat = 5000

// page is everything that the status page shows of the screens; nil where there are none.
func (s *stage) page() *httpapi.Screens {
	if s == nil {
		return nil
	}
	l := s.control.Level()
	out := &httpapi.Screens{Televisions: []httpapi.Television{}, Boards: []httpapi.Board{}, Programme: s.pageProgramme()}
	if l.Notice != nil {
		out.Notice = l.Notice.ZH
	}
	if sc := l.Scene; sc != nil {
		out.Takeover = &httpapi.ScreenTakeover{
			ID: sc.ID, Kind: string(sc.Kind), Stage: string(sc.Stage), TitleZH: sc.Title.ZH, TitleEN: sc.Title.EN,
		}
		for _, p := range sc.Places {
			out.Takeover.PlacesZH, out.Takeover.PlacesEN = append(out.Takeover.PlacesZH, p.Label.ZH), append(out.Takeover.PlacesEN, p.Label.EN)
		}
	}
	for i := range s.cfg.Televisions {
		if t := s.tvs[s.cfg.Televisions[i].Name]; t != nil {
			out.Televisions = append(out.Televisions, s.pageTelevision(&s.cfg.Televisions[i], t, l.Scene))
		}
	}
	for i := range s.cfg.Boards {
		if b := s.boards[s.cfg.Boards[i].Name]; b != nil {
			out.Boards = append(out.Boards, pageBoard(s.cfg.Boards[i].Kind, b.Status(), l.Scene))
		}
	}
	if s.speaker != nil {
		st := s.speaker.Status()
		out.Speaker = &httpapi.Speaker{Want: len(st.Want) > 0, Sounding: st.Sounding}
		if st.Err != nil {
			out.Speaker.Err = st.Err.Error()
		}
	}
	if s.proof != nil {
		day, totals := s.proof.Today()
		out.Plays = httpapi.Plays{Day: string(day), Count: totals.Count, Failed: totals.Failed, Rejected: totals.Rejected}
	}
	return out
}

func (s *stage) pageTelevision(c *config.Television, t *screens.Television, want *takeover.Scene) httpapi.Television {
	st := t.Status()
	out := httpapi.Television{
		Name: st.Name, Health: string(st.Verdict.Health), TextZH: st.Verdict.TextZH, TextEN: st.Verdict.TextEN,
		Dark: !t.Lit() || s.dark(outputs.Screen)(), Item: st.Item, PaintMS: st.PaintMS, BeatAgeMS: st.BeatAge,
		Stale: st.BeatAge < 0 || st.BeatAge > freshBeat, Connected: st.Page.Connected, Error: st.Page.Beat.Error,
		Plug: string(screen.PlugUnknown), Heap: st.Heap, Width: st.Page.Beat.Width, Height: st.Page.Beat.Height,
	}
	if out.Health == "" {
		// The first look is still to come.
		v := judge.Verdict{Health: judge.Unknown}
		out.Health, out.TextZH, out.TextEN = string(v.Health), "屏幕状态未知", "screen unknown"
	}
	build := st.Page.Beat.Build
	out.OldBuild = build != "" && build != s.hub.Build()
	out.Painted = paintedOf(want, st.Takeover, st.Page.Beat.TakeoverRev, !out.Stale && st.Page.Connected)
	if r, ok := s.desk.Status(c.Name); ok && r.Connected {
		b := r.Report.Browser
		out.Runner, out.BrowserUp, out.BrowserStarts, out.BrowserWhy = true, b.Up, b.Starts, b.Why
		out.Plug = string(screen.PlugOf(r.Report.Connectors, c.Connector))
		for _, plug := range r.Report.Connectors {
			if plug.Name == c.Connector || c.Connector == "" && plug.Plug == screen.PlugIn {
				out.Mode = plug.Mode
			}
		}
	}
	for _, set := range s.sets {
		if st := set.Status(); st.Name == c.Name {
			out.Set = &httpapi.TelevisionSet{On: st.On, Input: st.Input, Err: st.Err}
		}
	}
	return out
}

// paintedOf says how the takeover that is wanted stands to the one that is painted.
func paintedOf(want *takeover.Scene, id string, rev uint64, known bool) string {
	switch {
	case want == nil && id == "":
		return paintedNone
	case want == nil:
		return paintedLingers
	case !known || id != want.ID:
		return paintedUnconfirmed
	case rev < want.Rev:
		return paintedOld
	}
	return paintedYes
}

func pageBoard(kind string, st screens.BoardStatus, want *takeover.Scene) httpapi.Board {
	out := httpapi.Board{
		Name: st.Name, Kind: kind, Up: st.Up, Err: st.Err, Shows: st.Shows, Tamper: st.Tamper, Painted: paintedNone,
		Model: strings.TrimSpace(st.Card.Model + " " + st.Card.Firmware), Lit: st.Card.Lit, Brightness: st.Card.Brightness,
		Celsius: st.Card.Celsius, Smoke: st.Card.Smoke, Door: st.Card.Door, Signal: st.Card.Signal,
	}
	if st.Tamper {
		out.Reset = "booth/screen-" + st.Name
	}
	switch {
	case want != nil && st.Up && st.Takeover == want.ID:
		out.Painted = paintedYes
	case want != nil:
		out.Painted = paintedUnconfirmed
	case st.Takeover != "":
		out.Painted = paintedLingers
	}
	return out
}

func (s *stage) pageProgramme() httpapi.Programme {
	out := httpapi.Programme{Free: -1}
	if p := s.library.Programme(); p != nil {
		out.Name, out.TitleZH, out.TitleEN = p.Name(), p.Title.ZH, p.Title.EN
	}
	out.Trouble, out.Refused = s.library.Trouble()
	out.Package = s.packageTrouble()
	m, ok := s.library.Media()
	out.Starter = m.Version == 0 && out.Name != ""
	if !ok {
		return out
	}
	out.Version, out.Wanted, out.Missing, out.MissingBytes, out.Waiting = m.Version, m.Wanted, m.Missing, m.MissingBytes, string(m.Waiting)
	out.Fetching, out.FetchingAt, out.FetchingSize = m.Fetching, m.FetchingAt, m.FetchingSize
	out.OutOfPlay, out.Bytes, out.Budget, out.Free, out.Floor = m.OutOfPlay, m.Bytes, m.Budget, m.Free, m.Floor
	for _, f := range m.Faults {
		out.Faults = append(out.Faults, httpapi.MediaFault{ZH: f.ZH, EN: f.EN, Detail: f.Detail})
	}
	return out
}

// Picture implements httpapi.ScreenDesk: what a browser really shows where one can be asked,
// else what the screen should show, drawn here.
func (s *stage) Picture(ctx context.Context, name string, page int, out *httpapi.Picture) error {
	for i := range s.cfg.Televisions {
		if c := &s.cfg.Televisions[i]; c.Name == name && s.tvs[name] != nil {
			return s.televisionPicture(ctx, c, page, out)
		}
	}
	for i := range s.cfg.Boards {
		if c := &s.cfg.Boards[i]; c.Name == name && s.boards[name] != nil {
			return s.boardPicture(c, page, out)
		}
	}
	return fmt.Errorf("%w: %s", httpapi.ErrNoScreen, name)
}

func (s *stage) televisionPicture(ctx context.Context, c *config.Television, page int, out *httpapi.Picture) error {
	l := s.control.Level()
	out.Shows = "programme"
	if l.Scene != nil {
		out.Shows = "takeover"
	}
	if st, ok := s.desk.Status(c.Name); ok && st.Connected {
		out.Origin, out.Confirmed = httpapi.Photo, true
		err := s.desk.ScreenshotTo(ctx, c.Name, out)
		if !errors.Is(err, screen.ErrAway) || ctx.Err() != nil || out.Begun() {
			return err
		}
		// It went a moment ago: a drawn picture is better than none.
	}
	out.Origin, out.Confirmed = httpapi.Preview, false
	scene := l.Scene
	if scene != nil {
		scene = scene.Before(directionsOf(c))
	}
	return s.preview(smaller(c.Width, c.Height), scene, s.televisionLines(c.Name, l), page, out)
}

// previewSide is the longest side of a preview: a drawing of a 4K television would take more
// memory than the whole daemon.
const previewSide = 960

func smaller(width, height int) raster.Panel {
	most := max(width, height)
	if most > previewSide {
		width, height = width*previewSide/most, height*previewSide/most
	}
	return raster.Panel{Width: max(64, width), Height: max(16, height), Boxes: true}
}

// televisionLines say what the programme wants of a television, in words.
func (s *stage) televisionLines(name string, l screens.Level) []string {
	p := s.library.Programme()
	if p == nil {
		return []string{"（没有节目）"}
	}
	now := s.g.app.now()
	show := p.At(name, screens.MomentOf(now), programme.Quiet)
	if !show.On {
		return nil
	}
	var lines []string
	for _, slot := range show.Zones[programme.Main] {
		if slot.From <= now.Mono && now.Mono < slot.Until {
			lines = append(lines, itemWords(&slot.Item))
		}
	}
	if l.Notice != nil {
		lines = append(lines, l.Notice.ZH)
	}
	return lines
}

// itemWords are an item's words, or what it is.
func itemWords(it *programme.Item) string {
	switch it.Kind {
	case programme.Text:
		return it.ZH
	case programme.Image:
		return "［图片］" + it.ID
	case programme.Video:
		return "［视频］" + it.ID
	case programme.Page:
		return "［动画］" + it.ID
	case programme.Code:
		return "［二维码］" + it.ZH
	case programme.Dial:
		return "［时钟］"
	}
	return it.ID
}

func (s *stage) boardPicture(c *config.Board, page int, out *httpapi.Picture) error {
	if c.Width == 0 || c.Height == 0 {
		return fmt.Errorf("%w: board %s shows what comes over its cable; see the television behind it, or give its width and height", httpapi.ErrNoPicture, c.Name)
	}
	l, st := s.control.Level(), s.boards[c.Name].Status()
	plan := s.boardPlan(c)(s.g.app.now())
	out.Origin = httpapi.Preview
	lines := plan.Lines
	switch {
	case l.Scene != nil:
		out.Shows, out.Confirmed = "takeover", st.Up && st.Takeover == l.Scene.ID
	case st.Tamper, !plan.On:
		out.Shows, lines = "dark", nil
		out.Confirmed = st.Up
	case l.Notice != nil:
		out.Shows, lines = "notice", []string{l.Notice.ZH}
		out.Confirmed = st.Up && st.Shows == "notice"
	case c.Kind == "huidu":
		out.Shows, lines = "programme", []string{s.g.cfg.Label.ZH}
		out.Confirmed = st.Up && st.Shows == "programme"
	case c.Kind == "novastar":
		return fmt.Errorf("%w: board %s shows what comes over its cable; see the television behind it", httpapi.ErrNoPicture, c.Name)
	case len(lines) > 0:
		out.Shows, out.Confirmed = "programme", st.Up && st.Shows == "programme"
	default:
		// The card plays by itself, and can't be asked what.
		out.Shows, lines = "card", []string{"卡内自有节目"}
	}
	return s.preview(boardPanel(c), l.Scene, lines, page, out)
}

// preview draws a takeover, or else lines, or else darkness.
func (s *stage) preview(panel raster.Panel, scene *takeover.Scene, lines []string, page int, out *httpapi.Picture) error {
	if scene == nil && len(lines) == 0 {
		out.Shows, out.Pages = "dark", 1
		return dark(panel, out)
	}
	pages, err := s.draw(panel, scene, lines)
	switch {
	case len(pages) == 0 && errors.Is(err, raster.ErrPanel):
		return fmt.Errorf("%w: %w", httpapi.ErrNoPicture, err)
	case len(pages) == 0:
		return fmt.Errorf("draw a preview: %w", err)
	case page < 1 || page > len(pages):
		return fmt.Errorf("%w: page %d of %d", httpapi.ErrNoScreen, page, len(pages))
	}
	out.Pages = len(pages)
	return raster.PNG(out, &pages[page-1])
}

// Plays implements httpapi.ScreenDesk. Without days it is today, by a clock that is trusted.
func (s *stage) Plays(w io.Writer, from, to, form string, lang proof.Lang, begin func()) error {
	if s.proof == nil {
		return errors.New("nobody counts what is played: the proof of play could not be opened")
	}
	now := s.g.app.now()
	today := string(proof.DateOf(now.Wall))
	if from == "" {
		from = today
	}
	if to == "" {
		to = today
	}
	first, err := proof.ParseDate(from)
	if err != nil {
		return err
	}
	last, err := proof.ParseDate(to)
	if err != nil {
		return err
	}
	days, err := s.proof.Report(first, last)
	if err != nil {
		return err
	}
	begin()
	if form == "csv" {
		return proof.WriteCSV(w, days, lang)
	}
	h := proof.Heading{Station: s.g.cfg.Label.ZH, From: first, To: last}
	if lang == proof.EN && s.g.cfg.Label.EN != "" {
		h.Station = s.g.cfg.Label.EN
	}
	if now.Trusted {
		h.Printed = printed(now, lang)
	}
	return proof.WriteHTML(w, h, days, lang)
}

func printed(now message.Stamp, lang proof.Lang) string {
	at := screens.MomentOf(now).Wall.Format("2006-01-02 15:04")
	if lang == proof.EN {
		return "(printed " + at + ")"
	}
	return "（打印于 " + at + "）"
}

// dark is a picture of a panel that is dark.
func dark(panel raster.Panel, out *httpapi.Picture) error {
	black := image.NewPaletted(image.Rect(0, 0, panel.Width, panel.Height), color.Palette{color.Black})
	return raster.PNG(out, &raster.Page{Image: black})
}
