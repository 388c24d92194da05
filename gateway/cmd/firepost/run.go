package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"firepost/firmware-contracts/devices"
	"firepost/firmware-contracts/durable"
	"firepost/gateway/internal/app"
	"firepost/gateway/internal/config"
	"firepost/gateway/internal/health"
)

func runDaemon(ctx context.Context, args []string, std streams) error {
	fs := flags("run", std, `usage: firepost run -config FILE [-state DIR]

Runs the booth. A configuration that is bad at the start is replaced by the last good one,
kept in DIR; with none, what can be saved of it runs. Both raise a fault. SIGHUP reads the
file again; a bad one is refused and the present one goes on.`)
	path := fs.String("config", defaultConfig, "configuration `file`")
	state := fs.String("state", stateDir(), "`folder` for the last good configuration")
	if err := parse(fs, args); err != nil {
		return err
	}
	cfg, fault, err := firstConfig(*path, *state)
	if err != nil {
		return err
	}
	var running []byte // the text of the configuration that was read last
	if fault == "" {
		if _, data, err := readConfig(*path); err == nil {
			running = data
		}
	}
	log := logger(cfg, std.err)
	if fault != "" {
		log.Error("the configuration is bad; a fallback runs", "config", *path, "error", fault)
	}
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	reloads := make(chan struct{})
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-hup:
			}
			select {
			case reloads <- struct{}{}:
			case <-ctx.Done():
				return
			}
		}
	}()
	every, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		log.Warn("the service manager's watchdog is set up wrongly", "error", err)
	}
	builtin, err := devices.Contracts()
	if err != nil {
		return fmt.Errorf("built-in contracts: %w", err)
	}
	// The heap stays small and what is freed goes back: a booth's board has other work too.
	debug.SetGCPercent(25)
	runtime.MemProfileRate = 0
	a, err := app.New(ctx, app.Options{
		Config: cfg, ConfigFault: fault, Log: log, Reloads: reloads,
		ConfigPath: *path, Contracts: builtin,
		AskReload: func() {
			select {
			case hup <- syscall.SIGHUP:
			default: // one is on its way
			}
		},
		Reload: func() (*config.Config, error) {
			next, data, err := readConfig(*path)
			running = data
			return next, err
		},
		// What was read, not what the file says by now.
		Accepted:      func() { keepLastGood(running, *state, log) },
		Notify:        func(s string) { _, _ = daemon.SdNotify(false, s) },
		WatchdogEvery: every,
	})
	if err != nil {
		return err
	}
	go trim(ctx, a, log)
	return a.Run(ctx)
}

// trimEvery is how often what is not needed at present is given back: the heap's free pages,
// which costs a collection, and the pages of the program's own file.
const trimEvery = 10 * time.Second

// trim keeps the process small once everything runs: a booth's board has little memory, and
// other work. What is in use is back within microseconds.
func trim(ctx context.Context, a *app.App, log *slog.Logger) {
	select {
	case <-a.Ready():
	case <-ctx.Done():
		return
	}
	t := time.NewTicker(trimEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		debug.FreeOSMemory()
		if _, err := health.Trim(); err != nil {
			log.Warn("memory that is not needed at present is kept", "error", err)
			return
		}
	}
}

// stateDir is systemd's StateDirectory, or its usual place.
func stateDir() string {
	if d := os.Getenv("STATE_DIRECTORY"); d != "" {
		return d
	}
	return "/var/lib/firepost"
}

func lastGood(state string) string { return filepath.Join(state, "last-good.yaml") }

// firstConfig is the configuration to start with, and why it is not the one asked for. A
// booth that refuses to start protects nobody.
func firstConfig(path, state string) (*config.Config, string, error) {
	set, err := devices.Contracts()
	if err != nil {
		return nil, "", fmt.Errorf("built-in contracts: %w", err)
	}
	cfg, data, bad := readConfig(path)
	if bad == nil {
		return cfg, "", nil
	}
	if cfg, err := config.Load(lastGood(state), set); err == nil {
		return cfg, "the last good configuration runs, because: " + bad.Error(), nil
	}
	return config.Salvage(path, data, set, state), "only what can be saved of the configuration runs, because: " + bad.Error(), nil
}

// readConfig reads and checks the file; its text is returned also when it is bad.
func readConfig(path string) (*config.Config, []byte, error) {
	set, err := devices.Contracts()
	if err != nil {
		return nil, nil, fmt.Errorf("built-in contracts: %w", err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, fmt.Errorf("read configuration: %w", err)
	}
	cfg, err := config.Parse(path, data, set)
	return cfg, data, err
}

// keepLastGood keeps the text of the running configuration beside the journal.
func keepLastGood(data []byte, state string, log *slog.Logger) {
	if len(data) == 0 {
		return
	}
	if old, err := os.ReadFile(lastGood(state)); err == nil && string(old) == string(data) {
		return
	}
	if err := durable.WriteFile(lastGood(state), data, 0o600); err != nil {
		log.Warn("the last good configuration can't be kept", "error", err)
	}
}

func logger(cfg *config.Config, w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.Log.Level)); err != nil {
		level = slog.LevelInfo
	}
	opts := &slog.HandlerOptions{Level: level, ReplaceAttr: shortTime}
	if cfg.Log.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	return slog.New(slog.NewTextHandler(w, opts))
}

// shortTime writes times in UTC with milliseconds, like every other time of the booth.
func shortTime(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey {
		a.Value = slog.StringValue(a.Value.Time().UTC().Format("2006-01-02T15:04:05.000Z"))
	}
	return a
}
