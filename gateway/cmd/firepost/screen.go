package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"firepost/kiosk/screen"
)

const screenHelp = `usage: firepost screen -screen NAME [-daemon URL] [-browser PROGRAM]

Runs under the compositor (cage), see configs/systemd/SCREENS.md: starts Chromium in kiosk
mode with a fresh profile in memory, keeps it running, shows the daemon's page for the
screen, and takes the daemon's orders: a new browser, a screenshot, a new compositor (the
command ends then with an error, the compositor with it, and systemd starts both). While the
daemon is away the picture stays.`

// words collects a flag that may be given several times.
type words []string

func (w *words) String() string { return strings.Join(*w, " ") }

func (w *words) Set(s string) error {
	if !strings.HasPrefix(s, "--") {
		return fmt.Errorf("%q is no flag of the browser; they begin with --", s)
	}
	*w = append(*w, s)
	return nil
}

func runScreen(ctx context.Context, args []string, std streams) error {
	fs := flags("screen", std, screenHelp)
	opts := screen.Options{Log: slog.New(slog.NewTextHandler(std.err, &slog.HandlerOptions{ReplaceAttr: shortTime}))}
	var extra words
	fs.StringVar(&opts.Screen, "screen", "", "the screen's `name` in the configuration, such as tv")
	fs.StringVar(&opts.Daemon, "daemon", "http://127.0.0.1:8471", "the daemon's `address` for screens, on this machine")
	fs.StringVar(&opts.Browser, "browser", "chromium", "Chromium's `program`")
	fs.StringVar(&opts.Profiles, "profiles", "", "`folder` for the browser's profile; by default one in memory")
	fs.StringVar(&opts.DRM, "connectors", screen.DRM, "`folder` in which the kernel shows the video connectors")
	memory := fs.String("memory", "auto", "auto, low (boards below 1.5 GiB) or full")
	fs.Var(&extra, "browser-flag", "one more `flag` for the browser; may be given several times")
	if err := parse(fs, args); err != nil {
		return err
	}
	opts.Extra = extra
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
