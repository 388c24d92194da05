package screen

import (
	"context"
	"errors"
	"fmt"
	"image"
	"log/slog"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"firepost/kiosk/mpv"
	"firepost/kiosk/player"
	"firepost/kiosk/programme"
	"firepost/kiosk/raster"
	"firepost/kiosk/takeover"
)

const (
	// The panel that is drawn for where neither options nor mpv say how large it is.
	usualWidth, usualHeight = 1920, 1080
	// lookWithin is how long the daemon may take to say what a file is.
	lookWithin = 500 * time.Millisecond
)

// painter makes what mpv shows: takeovers and words as pictures in a folder, films and pictures
// as addresses at the daemon. It is used by one goroutine at a time.
type painter struct {
	dir   string
	fonts []string
	// size is the panel's, zero: mpv's own.
	size   image.Point
	daemon string // http://127.0.0.1:8471
	client *http.Client
	log    *slog.Logger

	number int
	kept   map[string][][]string // by kind, the sets of files that may still be asked for
}

func newPainter(dir, daemon string, fonts []string, size image.Point, log *slog.Logger) *painter {
	return &painter{
		dir: dir, fonts: fonts, size: size, daemon: daemon, log: log, kept: map[string][][]string{},
		client: &http.Client{
			Timeout: lookWithin, Transport: &http.Transport{DisableKeepAlives: true},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// panel is what is drawn for. A character that no font has becomes a box: words with a box are
// better than none.
func (p *painter) panel(own image.Point) raster.Panel {
	size := p.size
	if size == (image.Point{}) {
		size = own
	}
	if size.X <= 0 || size.Y <= 0 {
		size = image.Pt(usualWidth, usualHeight)
	}
	return raster.Panel{Width: size.X, Height: size.Y, Boxes: true}
}

// scene draws a takeover: whatever can be drawn of it, and what is wrong with it.
func (p *painter) scene(s takeover.Scene, own image.Point) ([]mpv.Page, error) {
	panel := p.panel(own)
	pages, err := p.draw(func(fonts *raster.Fonts) ([]raster.Page, error) { return fonts.Scene(&s, panel) })
	if len(pages) == 0 {
		bare, berr := raster.Bare(s.Kind, s.Stage, panel)
		if berr != nil {
			return nil, errors.Join(err, berr)
		}
		pages, err = []raster.Page{bare}, fmt.Errorf("colour and sign alone are shown: %w", err)
	}
	files, serr := p.save("alarm", pages)
	return files, errors.Join(err, missing(pages), serr)
}

// missing names the characters that no font has.
func missing(pages []raster.Page) error {
	var all []string
	for i := range pages {
		for _, r := range pages[i].Missing {
			all = append(all, fmt.Sprintf("%q (U+%04X)", r, r))
		}
	}
	if len(all) == 0 {
		return nil
	}
	return fmt.Errorf("boxes stand for characters that no font has: %s", strings.Join(all[:min(len(all), 8)], ", "))
}

// draw opens the fonts for one drawing: kept open they would take a megabyte for nothing. With
// some of the fonts it draws, and says what is wrong with the others.
func (p *painter) draw(with func(*raster.Fonts) ([]raster.Page, error)) ([]raster.Page, error) {
	fonts, err := raster.OpenFonts(p.fonts...)
	if fonts == nil {
		return nil, err
	}
	pages, derr := with(fonts)
	if derr != nil {
		pages = nil
	}
	return pages, errors.Join(err, derr, fonts.Close())
}

// idle draws the station's name, for when there is nothing else.
func (p *painter) idle(s player.State, own image.Point) ([]mpv.Page, error) {
	return p.words("idle", []string{s.StationZH, s.StationEN}, own)
}

// words draws a slide of words.
func (p *painter) words(kind string, lines []string, own image.Point) ([]mpv.Page, error) {
	panel := p.panel(own)
	pages, err := p.draw(func(fonts *raster.Fonts) ([]raster.Page, error) { return fonts.Text(lines, panel) })
	if len(pages) == 0 {
		return nil, err
	}
	if err := errors.Join(err, missing(pages)); err != nil {
		p.log.Warn("a text is not drawn as it should be", "text", lines[0], "error", err)
	}
	return p.save(kind, pages)
}

// save writes pictures into the folder, those that there is room for, and removes the files of
// that kind from before the last time.
func (p *painter) save(kind string, pages []raster.Page) ([]mpv.Page, error) {
	p.number++
	var out []mpv.Page
	var files []string
	var err error
	for i := range pages {
		file := filepath.Join(p.dir, fmt.Sprintf("%s-%d-%d.png", kind, p.number, i))
		if err = write(file, &pages[i]); err != nil {
			break
		}
		files = append(files, file)
		out = append(out, mpv.Page{File: file, For: pages[i].For})
	}
	if len(out) == 0 {
		return nil, err
	}
	sets := append(p.kept[kind], files)
	for ; len(sets) > 2; sets = sets[1:] {
		for _, old := range sets[0] {
			// One that stays takes room, nothing else.
			_ = os.Remove(old)
		}
	}
	p.kept[kind] = sets
	return out, err
}

func write(file string, page *raster.Page) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("write a picture: %w", err)
	}
	if err := errors.Join(raster.PNG(f, page), f.Close()); err != nil {
		return fmt.Errorf("write a picture: %w", errors.Join(err, os.Remove(file)))
	}
	return nil
}

// item gives what mpv shows of an item: a film or picture at the daemon, or its words.
func (p *painter) item(ctx context.Context, i programme.Item, own image.Point) ([]mpv.Page, error) {
	wants := ""
	switch i.Kind {
	case programme.Video:
		wants = "video/"
	case programme.Image:
		wants = "image/"
	case programme.Text, programme.Page:
	case programme.Code, programme.Dial:
		return nil, fmt.Errorf("mpv can't show a %s", i.Kind)
	default:
		return nil, fmt.Errorf("kind %q is not known", i.Kind)
	}
	what := "html"
	if wants != "" {
		address := p.daemon + "/media/" + i.Media
		kind, err := p.kind(ctx, address)
		switch {
		case err != nil:
			return nil, err
		case strings.HasPrefix(kind, wants) && kind != "image/svg+xml":
			return []mpv.Page{{File: address}}, nil
		}
		what = strings.TrimSuffix(strings.TrimPrefix(kind, "image/"), "+xml")
	}
	if i.ZH == "" && i.EN == "" {
		switch {
		case i.Kind != programme.Text:
			return nil, fmt.Errorf("mpv can't show %s as %s", what, i.Kind)
		case i.MN != "":
			return nil, errors.New("mpv can't show Mongolian words")
		}
	}
	return p.words("item", []string{i.ZH, i.EN}, own)
}

// kind asks the daemon what a file is. That it has none at this moment may be over in the next.
func (p *painter) kind(ctx context.Context, address string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, address, http.NoBody)
	if err != nil {
		return "", fmt.Errorf("ask for the file: %w", err)
	}
	resp, err := p.client.Do(req)
	if err != nil {
		return "", fmt.Errorf("ask for the file: %w: %w", mpv.ErrLater, err)
	}
	if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("ask for the file: %w: the daemon says %s", mpv.ErrLater, resp.Status)
	}
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil {
		return "", fmt.Errorf("ask for the file: its type: %w", err)
	}
	return kind, nil
}
