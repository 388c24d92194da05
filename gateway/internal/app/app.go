// Package app is the only place that wires Firepost's parts together. New opens the journal
// and starts nothing; Run supervises everything until its context ends. A reload rebuilds
// all but the journal, which is never touched.
package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/thejerf/suture/v4"

	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/clock"
	"firepost/gateway/internal/config"
	"firepost/gateway/internal/health"
	"firepost/gateway/internal/store"
)

// version is set by the linker.
var version = "dev" //nolint:gochecknoglobals // the linker's only way in

// Version is the version that this binary was built as.
func Version() string { return version }

// Options are what a daemon is started with.
type Options struct {
	// Config is the configuration to begin with.
	Config *config.Config
	// ConfigFault is why Config is not what the file says: the last good one runs, or what
	// could be saved of a bad one. Empty when all is well.
	ConfigFault string
	// Reload reads the configuration again; it is called for every value on Reloads.
	Reload  func() (*config.Config, error)
	Reloads <-chan struct{}
	// Accepted is told of every configuration that runs, to keep it as the last good one.
	Accepted func()
	Log      *slog.Logger
	// Notify tells the service manager; nil tells nobody.
	Notify func(state string)
	// WatchdogEvery is how often the service manager wants a sign of life; zero: never.
	WatchdogEvery time.Duration
}

// App is one daemon.
type App struct {
	opts    Options
	clock   *clock.Clock
	started message.Stamp
	nonce   string
	store   *store.Store
	report  store.Report
	dog     *health.Watchdog
	gen     atomic.Pointer[generation]
	ready   chan struct{}

	admission admission
}

// New opens the journal and prepares everything; it starts nothing. Only a machine without
// the most basic things (a boot id, randomness) is an error: a journal that is corrupt,
// full or read-only is not, the booth protects without it.
func New(ctx context.Context, opts Options) (*App, error) {
	if opts.Notify == nil {
		opts.Notify = func(string) {}
	}
	if opts.Accepted == nil {
		opts.Accepted = func() {}
	}
	c, err := clock.New(clock.Trust(opts.Config.Clock.Trust))
	if err != nil {
		return nil, err
	}
	var raw [16]byte
	if _, err := rand.Read(raw[:]); err != nil {
		return nil, fmt.Errorf("read random bytes for the nonce: %w", err)
	}
	a := &App{opts: opts, clock: c, started: c.Now(), nonce: hex.EncodeToString(raw[:]), ready: make(chan struct{})}
	a.dog = health.NewWatchdog(func() time.Duration { return c.Now().Mono })
	j := opts.Config.Journal
	names := make([]string, len(opts.Config.Uplinks))
	for i, u := range opts.Config.Uplinks {
		names[i] = u.Name
	}
	a.store, a.report, err = store.Open(ctx, store.Options{
		Dir: j.Dir, Station: opts.Config.Station, District: opts.Config.District,
		Quota: store.Quota{
			MaxBytes: int64(j.MaxBytes), AlarmReserve: int64(j.AlarmReserve),
			TelemetryBytes: int64(j.TelemetryBytes), MinEvents: j.MinEvents, Keep: j.Keep.D(),
		},
		Now: c.Now, Log: opts.Log.With("part", "journal"), Uplinks: names, Late: a.late,
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// late hands the engine what the journal could read only after the start.
func (a *App) late(points map[string]store.PointRecord) {
	if g := a.gen.Load(); g != nil {
		g.engine.Late(points)
	}
}

// Run supervises everything until ctx ends, then stops in order: what polls and sends
// first, the journal last. Sounders are left as they are.
func (a *App) Run(ctx context.Context) error {
	journal := a.supervisor("journal")
	journal.Add(service{"journal", a.store.Run})
	jctx, stopJournal := context.WithCancel(context.WithoutCancel(ctx))
	journalDone := journal.ServeBackground(jctx)
	defer func() {
		stopJournal()
		<-journalDone
	}()
	return a.generations(ctx)
}

// generations runs one generation after another, until ctx ends.
func (a *App) generations(ctx context.Context) error {
	cfg, fault := a.opts.Config, a.opts.ConfigFault
	g, err := a.build(cfg)
	if err != nil {
		return err
	}
	first := true
	for {
		g.fault = fault
		stop := a.start(ctx, g, first)
		if fault == "" {
			a.opts.Accepted()
		}
		first = false
		next, problem := a.await(ctx)
		for ctx.Err() == nil && next == nil {
			g.engine.Record(message.KindConfigRefused, "config_bad", map[string]string{"error": brief(problem.Error())})
			g.setConfigFault(problem.Error(), a.clock.Now())
			next, problem = a.await(ctx)
		}
		if ctx.Err() != nil {
			g.engine.Record(message.KindStopped, "", nil)
			stop()
			return nil
		}
		stop()
		fault = ""
		ng, err := a.build(next)
		if err != nil {
			a.opts.Log.Error("the new configuration can't be wired; the old one goes on", "error", err)
			fault = err.Error()
			if ng, err = a.build(cfg); err != nil {
				return err
			}
			next = cfg
		}
		cfg, g = next, ng
		g.engine.Record(message.KindConfigChanged, "", nil)
	}
}

// await waits for a reload and returns the new configuration, or why there is none.
func (a *App) await(ctx context.Context) (*config.Config, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-a.opts.Reloads:
	}
	a.opts.Notify("RELOADING=1\n" + monotonicUsec())
	defer a.opts.Notify("READY=1")
	cfg, err := a.opts.Reload()
	switch {
	case err != nil:
		a.opts.Log.Error("configuration refused; the present one goes on", "error", err)
		return nil, err
	case cfg.Station != a.opts.Config.Station || cfg.Journal.Dir != a.opts.Config.Journal.Dir:
		err := errors.New("station and journal.dir change only with a restart: systemctl restart firepost")
		a.opts.Log.Error("configuration refused; the present one goes on", "error", err)
		return nil, err
	}
	return cfg, nil
}

// start runs a generation under its supervisor and returns what stops it and waits.
func (a *App) start(ctx context.Context, g *generation, first bool) (stop func()) {
	a.gen.Store(g)
	if first {
		g.engine.Record(message.KindStarted, "", map[string]any{"version": version, "epoch": a.report.Epoch})
		if a.report.Quarantined != "" {
			g.engine.Record(message.KindJournalSetAside, "journal_corrupt", map[string]string{"reason": a.report.Reason})
		}
	}
	g.setConfigFault(g.fault, a.clock.Now())
	sup := a.supervisor("gateway")
	// Outputs come first: they follow the latches before the first poll.
	for _, s := range g.services() {
		sup.Add(s)
	}
	sup.Add(service{"watch", a.watch})
	gctx, cancel := context.WithCancel(ctx)
	done := sup.ServeBackground(gctx)
	if first {
		close(a.ready)
		a.opts.Notify("READY=1")
	}
	return func() {
		if ctx.Err() != nil {
			a.opts.Notify("STOPPING=1")
		}
		cancel()
		<-done
		g.close()
	}
}

func (a *App) supervisor(name string) *suture.Supervisor {
	log := a.opts.Log.With("part", "supervisor")
	return suture.New(name, suture.Spec{
		FailureBackoff: 2 * time.Second,
		// A part that does not stop must not keep the rest from stopping.
		Timeout: 5 * time.Second,
		EventHook: func(e suture.Event) {
			switch e.Type() {
			case suture.EventTypeStopTimeout, suture.EventTypeServicePanic, suture.EventTypeServiceTerminate, suture.EventTypeBackoff:
				log.Error("a part failed and is started again", "detail", e.String())
			case suture.EventTypeResume:
				log.Info("a part runs again", "detail", e.String())
			}
		},
	})
}

// service gives a part its name under the supervisor.
type service struct {
	name string
	run  func(context.Context) error
}

// Serve implements suture.Service.
func (s service) Serve(ctx context.Context) error { return s.run(ctx) }

// String implements fmt.Stringer.
func (s service) String() string { return s.name }

// watch feeds the service manager's watchdog while attempts complete, and keeps the booth's
// own faults current.
func (a *App) watch(ctx context.Context) error {
	every := time.Second
	if w := a.opts.WatchdogEvery / 2; w > 0 && w < every {
		every = w
	}
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		a.gen.Load().refresh(a.clock.Now())
		if err := a.dog.Check(); err != nil {
			a.opts.Log.Error("no sign of life", "error", err)
			continue
		}
		if a.opts.WatchdogEvery > 0 {
			a.opts.Notify("WATCHDOG=1")
		}
	}
}

// Ready is closed once everything runs.
func (a *App) Ready() <-chan struct{} { return a.ready }

// monotonicUsec is the moment of a reload as the service manager wants it: CLOCK_MONOTONIC,
// which unlike the journal's clock stands still in suspend.
func monotonicUsec() string {
	return fmt.Sprintf("MONOTONIC_USEC=%d", clock.Monotonic().Microseconds())
}
