package screens

import (
	"context"
	"fmt"
	"time"

	"firepost/drivers/led"
	"firepost/kiosk/takeover"
)

// pages are the pictures of what a board should show, and where it stands among them.
type pages struct {
	content string
	list    []BoardPage
	at      int
	until   time.Duration
}

// turn puts the page of this moment into what the board should show, for cards that take
// pictures, and returns when to look again.
func (b *Board) turn(w *want, now, until time.Duration) time.Duration {
	w.content = w.key
	if w.key == "clear" || b.o.Draw == nil || !b.sign.Can().Has(led.CanPicture) {
		return until
	}
	p := &b.pages
	if p.content != w.key {
		list, err := b.o.Draw(w.scene, w.led.Lines)
		if err != nil {
			b.o.Log.Error("what a board should show can't be drawn", "board", b.o.Name, "error", err)
		}
		*p = pages{content: w.key, list: list}
		if len(list) > 0 {
			p.until = now + list[0].For
		}
	}
	if len(p.list) == 0 {
		return until
	}
	if len(p.list) > 1 && now >= p.until {
		p.at = (p.at + 1) % len(p.list)
		p.until = now + p.list[p.at].For
	}
	w.led.Picture = p.list[p.at].Image
	if len(p.list) == 1 {
		return until
	}
	// Each page has a name of its own, so that a card that stores them only switches.
	w.led.ID = fmt.Sprintf("%s-%d", w.led.ID, p.at)
	w.key = fmt.Sprintf("%s page %d", w.key, p.at)
	return min(until, p.until)
}

// bareID names the scenes without a place on a card.
func bareID(k takeover.Kind, stage takeover.Stage) string {
	return "bare-" + string(k) + "-" + string(stage)
}

// store gives a card the scenes without a place beforehand: at a fire it only switches, and the
// picture with the place follows.
func (b *Board) store(ctx context.Context) error {
	if b.stored || b.o.Bare == nil || !b.sign.Can().Has(led.CanStore|led.CanPicture) {
		return nil
	}
	for _, s := range [...]struct {
		kind  takeover.Kind
		stage takeover.Stage
	}{{takeover.Real, takeover.Verifying}, {takeover.Real, takeover.Evacuate}, {takeover.Drill, takeover.Verifying}} {
		picture, err := b.o.Bare(s.kind, s.stage)
		if err != nil {
			b.o.Log.Error("a scene can't be drawn to be stored on a board", "board", b.o.Name, "error", err)
			continue
		}
		ctx, cancel := context.WithTimeout(ctx, boardWithin)
		err = b.sign.Preload(ctx, led.Scene{ID: bareID(s.kind, s.stage), Picture: picture})
		cancel()
		if err != nil {
			return fmt.Errorf("store a scene: %w", err)
		}
	}
	b.stored = true
	return nil
}

// switchTo shows the stored scene of a takeover that is new, where there is one: the picture with
// the place takes a card seconds. What goes wrong here goes wrong again in a moment, and is told
// then.
func (b *Board) switchTo(ctx context.Context, w *want) {
	if w.scene == nil || !b.stored || w.content == b.content {
		return
	}
	picture, err := b.o.Bare(w.scene.Kind, w.scene.Stage)
	if err == nil {
		_ = b.sign.Show(ctx, led.Scene{ID: bareID(w.scene.Kind, w.scene.Stage), Picture: picture})
	}
}

// plainer shows a takeover that is too much for a card in fewer words: without the name that it
// can't write, and if need be the title alone.
func (b *Board) plainer(ctx context.Context, w *want, why error) error {
	b.o.Log.Warn("a takeover is too much for a board; it shows a plainer one", "board", b.o.Name, "error", why)
	s := w.scene
	err := why
	for _, lines := range [][]string{
		{s.Title.ZH, "附近场所", s.Advice[0].ZH, s.Report.ZH}, {s.Title.ZH},
	} {
		w.led.Lines, w.led.Speech = lines, ""
		if err = b.sign.Show(ctx, w.led); err == nil {
			return nil
		}
	}
	return err
}
