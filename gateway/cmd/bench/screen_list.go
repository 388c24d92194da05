package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"firepost/firmware-contracts/message"
	"firepost/gateway/e2e/glass"
	"firepost/kiosk/player"
	"firepost/kiosk/programme"
	"firepost/kiosk/screen"
)

// desk is the daemon's end of a screen without the rest of the daemon: it plays lists that are
// faster than any programme may be, to a browser that the real runner started.
type desk struct {
	began time.Time
	dir   string
	hub   *player.Hub
	glass *glass.Glass
	media media
	stop  func()

	mu            sync.Mutex
	changed       chan struct{}
	ended, failed int
	why           string
}

// openDesk starts everything; close ends it.
func openDesk(ctx context.Context, s *settings, name string, width, height int) (*desk, error) {
	d := &desk{began: time.Now(), dir: filepath.Join(s.dir, name), changed: make(chan struct{}), media: media{}, stop: func() {}}
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, screenWithin)
	defer cancel()
	address := glass.Address()
	err := d.serve(address)
	if err == nil {
		d.glass, err = glass.Start(glass.Options{
			Firepost: s.binary, Daemon: "http://" + address, Name: "tv", Dir: filepath.Join(d.dir, "glass"), Width: width, Height: height,
		})
	}
	if err == nil {
		_, err = d.glass.Up(ctx)
	}
	if err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

func (d *desk) now() message.Stamp {
	return message.Stamp{Boot: "bench", Mono: time.Hour + time.Since(d.began), Wall: time.Now(), Trusted: true}
}

// serve gives page and runner their daemon.
func (d *desk) serve(address string) error {
	quiet := slog.New(slog.DiscardHandler)
	office, err := screen.NewDesk(screen.DeskOptions{Screens: []string{"tv"}, Log: quiet})
	if err != nil {
		return err
	}
	d.hub, err = player.New(player.Options{
		Screens: []string{"tv"}, StationZH: "测量", StationEN: "measurement", Now: d.now, Media: d.media, Log: quiet, OnBeat: d.beat,
	})
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /screen/{name}/runner", office)
	mux.Handle("/", d.hub.Handler())
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	ctx, cancel := context.WithCancel(context.Background()) // until close
	var wg sync.WaitGroup
	wg.Go(func() { _ = d.hub.Run(ctx) })
	wg.Go(func() { _ = srv.Serve(ln) })
	d.stop = func() {
		cancel()
		office.Close()
		_ = srv.Close()
		wg.Wait()
	}
	return nil
}

// beat counts what has ended.
func (d *desk) beat(_ string, b player.Beat, _ message.Stamp) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range b.Played {
		d.ended++
		if p.How == player.Failed {
			d.failed++
			d.why = p.Item + ": " + p.Why
		}
	}
	close(d.changed)
	d.changed = make(chan struct{})
}

// played waits until n items have ended.
func (d *desk) played(ctx context.Context, n int) error {
	for {
		d.mu.Lock()
		ended, ch := d.ended, d.changed
		d.mu.Unlock()
		if ended >= n {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d of %d items have ended: %w", ended, n, ctx.Err())
		case <-ch:
		case <-time.After(screenWithin):
			return fmt.Errorf("%d of %d items have ended, and nothing is heard of the page", ended, n)
		}
	}
}

func (d *desk) close() {
	if d.glass != nil {
		_ = d.glass.Stop()
	}
	d.stop()
	_ = os.RemoveAll(d.dir)
}

// within looks into the page while f runs.
func (d *desk) within(ctx context.Context, f func(p *glass.Page) error) error {
	p, err := d.glass.Page(ctx)
	if err != nil {
		return err
	}
	defer p.Close()
	return f(p)
}

// list plays items in turn, each for so long.
func (d *desk) list(items []programme.Item, each time.Duration) {
	at := d.now().Mono
	var slots []programme.Slot
	for round := range 3 {
		for _, it := range items {
			it.For, it.ID = each, fmt.Sprintf("%s-%d", it.ID, round)
			slots = append(slots, programme.Slot{Item: it, From: at, Until: at + each})
			at += each
		}
	}
	d.hub.Set("tv", player.State{Showing: programme.Showing{
		Programme: "bench", On: true, Brightness: 100, Zones: map[programme.Zone][]programme.Slot{programme.Main: slots},
	}})
}

// media are what the lists show, by hash.
type media map[string]medium

type medium struct {
	kind string
	data []byte
}

func (m media) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, ok := m[strings.TrimPrefix(r.URL.Path, "/media/")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", f.kind)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.data))
}

func (m media) add(kind string, data []byte) string {
	sum := sha256.Sum256(data)
	hash := hex.EncodeToString(sum[:])
	m[hash] = medium{kind, data}
	return hash
}

// films are made by ffmpeg: a moving test picture of two seconds, as boards are given it.
func (d *desk) films(ctx context.Context) (map[string]string, error) {
	out := make(map[string]string)
	for _, f := range []struct {
		name, kind string
		args       []string
	}{
		{"vp9.webm", "video/webm", []string{"-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "400k"}},
		{"h264.mp4", "video/mp4", []string{"-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-movflags", "+faststart"}},
	} {
		path := filepath.Join(d.dir, f.name)
		args := append([]string{"-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25:duration=2"}, append(f.args, path)...)
		if text, err := exec.CommandContext(ctx, "ffmpeg", args...).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("make a film with ffmpeg: %w: %s", err, text)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		out[f.name] = d.media.add(f.kind, data)
	}
	return out, nil
}

// items are one of each kind, and the posters and pages that ship.
func (d *desk) items(ctx context.Context) ([]programme.Item, error) {
	films, err := d.films(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := starterDir()
	if err != nil {
		return nil, err
	}
	var shipped [][]programme.Item
	for _, set := range []struct {
		pattern, media string
		kind           programme.Kind
	}{{"posters/*.svg", "image/svg+xml", programme.Image}, {"pages/*.html", "text/html; charset=utf-8", programme.Page}} {
		paths, err := filepath.Glob(filepath.Join(dir, set.pattern))
		if err != nil {
			return nil, err
		}
		var list []programme.Item
		for i, p := range paths[:min(3, len(paths))] {
			data, err := os.ReadFile(p)
			if err != nil {
				return nil, err
			}
			list = append(list, programme.Item{ID: fmt.Sprintf("%s-%d", set.kind, i), Kind: set.kind, Media: d.media.add(set.media, data), Transition: []string{"cut", "fade"}[i%2]})
		}
		shipped = append(shipped, list)
	}
	if len(shipped[0]) < 3 || len(shipped[1]) < 3 {
		return nil, errors.New("the starter programme has too few posters or pages")
	}
	posters, pages := shipped[0], shipped[1]
	film := func(id, name, how string) programme.Item {
		return programme.Item{ID: id, Kind: programme.Video, Media: films[name], Transition: how}
	}
	return []programme.Item{
		posters[0], film("vp9", "vp9.webm", "cut"), pages[0], film("h264", "h264.mp4", "fade"), posters[1], pages[1],
		{ID: "text", Kind: programme.Text, ZH: "关火、关电、关气", EN: "Fire, power, gas off", Transition: "fade"},
		film("vp9-fade", "vp9.webm", "fade"), film("h264-cut", "h264.mp4", "cut"), posters[2], pages[2],
	}, nil
}
