package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"firepost/kiosk/screen"
)

const screenHelp = `usage: firepost screen -screen NAME [-daemon URL] [-backend browser|mpv]

Runs under the compositor (cage), see configs/systemd/SCREENS.md: starts Chromium in kiosk
mode with a fresh profile in memory, keeps it running, shows the daemon's page for the
screen, and takes the daemon's orders: a new browser, a screenshot, a new compositor (the
command ends then with an error, the compositor with it, and systemd starts both). While the
daemon is away the picture stays.

With -backend mpv it runs mpv in place of Chromium, for boards whose browser can't decode
films: under the compositor, or on the bare console with -mpv-flag=--gpu-context=drm. It shows
films, pictures, texts and takeovers; no SVG, no pages, no ticker, clock or QR code.`

// words collects a flag that may be given several times.
type words []string

func (w *words) String() string { return strings.Join(*w, " ") }

func (w *words) Set(s string) error {
	if !strings.HasPrefix(s, "--") {
		return fmt.Errorf("%q is no flag of a program; they begin with --", s)
	}
	*w = append(*w, s)
	return nil
}

func runScreen(ctx context.Context, args []string, std streams) error {
	fs := flags("screen", std, screenHelp)
	opts := screen.Options{Log: slog.New(slog.NewTextHandler(std.err, &slog.HandlerOptions{ReplaceAttr: shortTime}))}
	var extra, mpvExtra words
	fs.StringVar(&opts.Screen, "screen", "", "the screen's `name` in the configuration, such as tv")
	fs.StringVar(&opts.Daemon, "daemon", "http://127.0.0.1:8471", "the daemon's `address` for screens, on this machine")
	fs.StringVar(&opts.Backend, "backend", screen.Browser, "browser, or mpv where the browser can't decode films")
	fs.StringVar(&opts.Browser, "browser", "", "Chromium's `program`; by default chromium")
	fs.StringVar(&opts.Profiles, "profiles", "", "`folder` for the browser's profile and mpv's pictures; by default one in memory")
	player := fs.String("mpv", "", "mpv's `program`; by default mpv")
	fonts := fs.String("fonts", "", "font `files` for what mpv shows of words, with commas between; by default Debian's Noto Sans CJK")
	fs.IntVar(&opts.Width, "width", 0, "the panel's `dots` across, for mpv; by default what mpv says")
	fs.IntVar(&opts.Height, "height", 0, "the panel's `dots` from top to bottom, for mpv")
	fs.StringVar(&opts.DRM, "connectors", screen.DRM, "`folder` in which the kernel shows the video connectors")
	memory := fs.String("memory", "auto", "auto, low (boards below 1.5 GiB) or full")
	fs.Var(&extra, "browser-flag", "one more `flag` for the browser; may be given several times")
	fs.Var(&mpvExtra, "mpv-flag", "one more `flag` for mpv; may be given several times")
	if err := parse(fs, args); err != nil {
		return err
	}
	opts.Extra = extra
	switch of := opts.Backend; {
	case of == screen.MPV && (opts.Browser != "" || len(extra) > 0):
		return fmt.Errorf("%w: -browser and -browser-flag are not for -backend mpv: -mpv and -mpv-flag are", errUsage)
	case of == screen.MPV:
		opts.Browser, opts.Extra = *player, mpvExtra
		if *fonts != "" {
			opts.Fonts = strings.Split(*fonts, ",")
		}
	case *player != "" || len(mpvExtra) > 0 || *fonts != "" || opts.Width != 0 || opts.Height != 0:
		return fmt.Errorf("%w: -mpv, -mpv-flag, -fonts, -width and -height are for -backend mpv", errUsage)
	}
	switch *memory {
	case "auto":
	case "low", "full":
		low := *memory == "low"
		opts.LowMemory = &low
	default:
		return fmt.Errorf("%w: -memory %q: auto, low or full", errUsage, *memory)
	}
	r, err := screen.NewRunner(opts)
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	return r.Run(ctx)
}
