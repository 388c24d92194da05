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
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/thejerf/suture/v4"
	periph "periph.io/x/conn/v3/i2c"

	"firepost/drivers/bus/i2c"
	"firepost/drivers/bus/pins"
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/clock"
	"firepost/gateway/internal/config"
	"firepost/gateway/internal/health"
	"firepost/gateway/internal/scene"
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
	// ConfigPath is the file that Reload reads, Contracts the built-in ones, and AskReload makes
	// a value come on Reloads; without them devices can't be put into the file from the page.
	ConfigPath string
	Contracts  *contract.Set
	AskReload  func()
	// Accepted is told of every configuration that runs without a fault, to keep it as the
	// last good one.
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
	log     *slog.Logger
	logs    *logQueue
	now     func() message.Stamp
	started message.Stamp
	nonce   string
	store   *store.Store
	report  store.Report
	dog     *health.Watchdog
	ready   chan struct{}

	// swap is held while one generation takes over from another, so that what the journal
	// finds late reaches the one that goes on.
	swap sync.Mutex
	gen  atomic.Pointer[generation]

	histories *histories
	admission admission
	people    people
	adoption  adoption

	// lines opens GPIO lines, openI2C buses of chips; tests put their own in.
	lines   pins.Opener
	openI2C func(name string) (periph.BusCloser, error)

	// sceneTune changes how the camera is directed, for tests.
	sceneTune func(*scene.DirectorOptions)
	// extra are further parts of every generation, for tests.
	extra []service
}

// New opens the journal and prepares everything; it starts nothing. Only a machine without
// the most basic things (a boot id, randomness) is an error: a journal that is corrupt,
// full or read-only is not, the booth protects without it.
func New(ctx context.Context, opts Options) (*App, error) {
	return newApp(ctx, opts, func(*store.Options) {})
}

// newApp lets tests tune the journal.
func newApp(ctx context.Context, opts Options, tune func(*store.Options)) (*App, error) {
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
	a := &App{opts: opts, now: c.Now, started: c.Now(), nonce: hex.EncodeToString(raw[:]), ready: make(chan struct{})}
	a.lines, a.openI2C = &hostLines{}, i2c.Open
	a.logs = newLogQueue()
	a.log = slog.New(a.logs.handler(opts.Log.Handler()))
	a.dog = health.NewWatchdog(func() time.Duration { return a.now().Mono })
	j := opts.Config.Journal
	names := make([]string, len(opts.Config.Uplinks))
	for i, u := range opts.Config.Uplinks {
		names[i] = u.Name
	}
	journal := store.Options{
		Dir: j.Dir, Station: opts.Config.Station, District: opts.Config.District,
		Quota: store.Quota{
			MaxBytes: int64(j.MaxBytes), AlarmReserve: int64(j.AlarmReserve),
			TelemetryBytes: int64(j.TelemetryBytes), MinEvents: j.MinEvents, Keep: j.Keep.D(),
		},
		Now: c.Now, Log: a.log.With("part", "journal"), Uplinks: names, Late: a.late,
	}
	a.histories = newHistories(filepath.Join(j.Dir, "histories"), a.log.With("part", "histories"))
	a.addPeople(j.Dir)
	tune(&journal)
	if a.store, a.report, err = store.Open(ctx, journal); err != nil {
		return nil, err
	}
	a.adoption.open(a.store, &a.report, a.log)
	return a, nil
}

// late hands the engine what the journal could read only after the start.
func (a *App) late(points map[string]store.PointRecord) {
	a.swap.Lock()
	defer a.swap.Unlock()
	if g := a.gen.Load(); g != nil {
		g.engine.Late(points)
	}
}

// journalStall is how long the journal may have work and complete no attempt, good or bad.
// A disk that refuses completes attempts; only one that hangs does not.
const journalStall = 60 * time.Second

// Run supervises everything until ctx ends, then stops in order: what polls and sends
// first, the journal last. Sounders are left as they are.
func (a *App) Run(ctx context.Context) error {
	base := a.supervisor("booth")
	base.Add(service{"journal", a.store.Run})
	base.Add(service{"watchdog", a.feed})
	base.Add(service{"histories", a.histories.Run})
	base.Add(service{"walktest", a.people.desk.Run})
	base.Add(service{"field", a.people.field.Run})
	base.Add(service{"log", a.logs.run})
	a.dog.Watch("journal", journalStall, func() (uint64, bool) {
		h := a.store.Health()
		return h.Commits + h.CommitErrors, h.Waiting > 0
	})
	bctx, stopBase := context.WithCancel(context.WithoutCancel(ctx))
	baseDone := base.ServeBackground(bctx)
	err := a.generations(ctx)
	stopBase()
	err = errors.Join(err, ended(<-baseDone), a.store.Close())
	a.logs.drain()
	return err
}

// generations runs one generation after another, until ctx ends.
func (a *App) generations(ctx context.Context) error {
	cfg := a.opts.Config
	g, err := a.build(cfg, nil)
	if err != nil {
		return err
	}
	g.fault = joined(a.opts.ConfigFault, g.problems, CheckPlans(cfg))
	for first := true; ; first = false {
		stop := a.start(ctx, g, first)
		if g.configFault() == "" {
			a.opts.Accepted()
		}
		next := a.awaitGood(ctx, g)
		if next == nil {
			g.engine.Record(message.KindStopped, "", nil)
			stop()
			return nil
		}
		stop()
		if g, err = a.replace(g, next); err != nil {
			return err
		}
	}
}

// replace builds the generation that follows g. A configuration that can't be wired as a
// whole is refused like any bad one: the present one goes on.
func (a *App) replace(g *generation, next *config.Config) (*generation, error) {
	ng, err := a.build(next, g.engine.Recent())
	if err == nil && len(ng.problems) > 0 {
		err = errors.New(joined("", ng.problems, nil))
	}
	if err == nil {
		ng.engine.Record(message.KindConfigChanged, "", nil)
		return ng, nil
	}
	a.log.Error("the new configuration can't be wired; the present one goes on", "error", err)
	old, berr := a.build(g.cfg, g.engine.Recent())
	if berr != nil {
		return nil, berr
	}
	old.engine.Record(message.KindConfigRefused, "config_bad", refusedDetail(err))
	old.fault = joined(err.Error(), old.problems, nil)
	return old, nil
}

// awaitGood waits for a configuration that can run and returns it, nil when ctx ends. Bad
// ones are refused, with an event and a fault.
func (a *App) awaitGood(ctx context.Context, g *generation) *config.Config {
	for {
		next, err := a.await(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			return next
		}
		a.log.Error("configuration refused; the present one goes on", "error", err)
		g.engine.Record(message.KindConfigRefused, "config_bad", refusedDetail(err))
		g.setConfigFault(err.Error(), a.now())
	}
}

// await waits for a reload and returns the new configuration, or why it can't run.
func (a *App) await(ctx context.Context) (*config.Config, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-a.opts.Reloads:
	}
	a.opts.Notify("RELOADING=1\n" + monotonicUsec())
	defer a.opts.Notify("READY=1")
	cfg, err := a.opts.Reload()
	if err != nil {
		return nil, err
	}
	if cfg.Station != a.opts.Config.Station || cfg.Journal != a.opts.Config.Journal || cfg.Clock != a.opts.Config.Clock {
		return nil, errors.New("station, journal and clock change only with a restart: systemctl restart firepost")
	}
	return cfg, CheckPlans(cfg)
}

// refusedDetail is the detail of a config_refused event.
func refusedDetail(err error) map[string]string {
	return map[string]string{"error": clip(err.Error(), maxText)}
}

// joined is one text of everything that is wrong with a configuration.
func joined(first string, problems []string, err error) string {
	var all []string
	if first != "" {
		all = append(all, first)
	}
	all = append(all, problems...)
	if err != nil {
		all = append(all, err.Error())
	}
	return strings.Join(all, "\n")
}

// start runs a generation under its supervisor and returns what stops it and waits.
func (a *App) start(ctx context.Context, g *generation, first bool) (stop func()) {
	if first {
		g.engine.Record(message.KindStarted, "", map[string]any{"version": version, "epoch": a.report.Epoch})
	}
	g.setConfigFault(g.configFault(), a.now())
	sup := a.supervisor("gateway")
	// Outputs come first: they follow the latches before the first poll.
	for _, s := range g.services() {
		sup.Add(s)
	}
	g.watch()
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
		if err := ended(<-done); err != nil {
			a.log.Error("a generation did not stop in order", "error", err)
		}
		g.close()
		stopping, done := context.WithTimeout(context.WithoutCancel(ctx), stopLinesWithin)
		defer done()
		if err := g.stopLines(stopping); err != nil {
			a.log.Error("an output was not brought into its safe state", "error", err)
		}
	}
}

// stopLinesWithin is how long the outputs' safe states may take at the end.
const stopLinesWithin = 2 * time.Second

// ended drops the error that only says that a context has ended.
func ended(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

func (a *App) supervisor(name string) *suture.Supervisor {
	log := a.log.With("part", "supervisor")
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

// feed feeds the service manager's watchdog while attempts complete. It takes no lock that
// a stuck part could hold: naming it is what this is for.
func (a *App) feed(ctx context.Context) error {
	every := time.Second
	if w := a.opts.WatchdogEvery / 2; w > 0 && w < every {
		every = w
	}
	t := time.NewTicker(every)
	defer t.Stop()
	said := ""
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		if err := a.dog.Check(); err != nil {
			if name, _, _ := strings.Cut(err.Error(), " has "); name != said {
				said = name
				a.log.Error("no sign of life", "error", err)
			}
			continue
		}
		said = ""
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
