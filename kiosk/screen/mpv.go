package screen

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"os"
	"sync"
	"time"

	"firepost/kiosk/mpv"
	"firepost/kiosk/raster"
	"firepost/kiosk/takeover"
)

// The ways to show a screen.
const (
	// Browser is the daemon's page in Chromium.
	Browser = "browser"
	// MPV is mpv, for boards whose browser can't decode films.
	MPV = "mpv"
)

// checkMPV checks what concerns mpv alone and fills in what was left out.
func (o *Options) checkMPV() error {
	if (o.Width == 0) != (o.Height == 0) {
		return fmt.Errorf("%w: %d by %d dots: give width and height, or neither for mpv's own", ErrOptions, o.Width, o.Height)
	}
	if o.Width != 0 {
		if _, err := raster.Bare(takeover.Test, takeover.Verifying, raster.Panel{Width: o.Width, Height: o.Height}); err != nil {
			return fmt.Errorf("%w: %w", ErrOptions, err)
		}
	}
	if len(o.Fonts) == 0 {
		o.Fonts = []string{raster.DebianBold, raster.DebianRegular}
	}
	return nil
}

// play runs mpv and its way to the daemon until ctx ends.
func (r *Runner) play(ctx context.Context) {
	// mpv's socket has to fit into a hundred characters, whatever the screen is called.
	sum := sha256.Sum256([]byte(r.opts.Screen))
	prefix := "firepost-mpv-" + hex.EncodeToString(sum[:4]) + "-"
	for ctx.Err() == nil {
		err := r.playIn(ctx, prefix)
		if err == nil {
			return
		}
		r.opts.Log.Error("mpv can't be started", "error", err)
		r.set(func(s *RunnerStatus) { s.Browser = BrowserUp{Starts: s.Browser.Starts, Why: err.Error()} })
		timer := time.NewTimer(lookEvery)
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		timer.Stop()
	}
}

// playIn makes a folder and plays until ctx ends, or says why it can't.
func (r *Runner) playIn(ctx context.Context, prefix string) error {
	dir, err := freshDir(r.opts.Profiles, prefix)
	if err != nil {
		return err
	}
	defer func() {
		// One that can't be removed now is removed at the next start.
		_ = os.RemoveAll(dir)
	}()
	paint := newPainter(dir, r.daemon, r.opts.Fonts, image.Pt(r.opts.Width, r.opts.Height), r.opts.Log)
	way := newFeed(r.daemon, r.opts.Screen, r.opts.Log)
	var p *mpv.Player
	p, err = mpv.New(mpv.Options{
		Program: r.opts.Browser, Args: r.opts.Extra, Dir: dir,
		Item: paint.item, Scene: paint.scene, Idle: paint.idle,
		Now: way.time.now, Beat: way.report, Log: r.opts.Log,
		Changed: func() {
			pid, starts, why := p.Process()
			r.set(func(s *RunnerStatus) {
				s.Browser = BrowserUp{Up: pid != 0, Loaded: pid != 0, PID: pid, Starts: starts, Why: why}
			})
		},
	})
	if err != nil {
		return err
	}
	way.state, way.order, way.came = p.Set, p.Order, p.Report
	r.mu.Lock()
	r.mpv = p
	r.mu.Unlock()
	var wg sync.WaitGroup
	wg.Go(func() { way.run(ctx) })
	wg.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-r.restart:
				p.Restart()
			}
		}
	})
	err = p.Run(ctx)
	wg.Wait()
	return err
}

// shootMPV takes a picture of what mpv shows.
func shootMPV(ctx context.Context, p *mpv.Player) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, shotWithin)
	defer cancel()
	png, err := p.Screenshot(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrScreenshot, err)
	}
	if len(png) > MaxShot {
		return nil, fmt.Errorf("%w: it has %d bytes, at most %d are passed on", ErrScreenshot, len(png), MaxShot)
	}
	return png, nil
}
