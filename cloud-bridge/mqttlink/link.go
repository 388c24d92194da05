package mqttlink

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"firepost/cloud-bridge/uplink"
	"firepost/firmware-contracts/message"
)

// ErrRunning is returned by a second Run while the first one is still on.
var ErrRunning = errors.New("uplink is already running")

// Why a connection ends other than by the network.
var (
	errNoPuback = errors.New("broker does not acknowledge")
	errStopped  = errors.New("stopped")
)

// Link is the MQTT uplink. It is made by New and lives in Run.
type Link struct {
	cfg    Config
	ep     endpoint
	topics message.Topics
	box    uplink.Outbox
	booth  uplink.Booth
	log    *slog.Logger

	dial                   func(ctx context.Context, network, address string) (net.Conn, error)
	newClient              func(set pahoSettings) client
	backoffBase            time.Duration
	backoffCap             time.Duration
	adoptQuiet, adoptLimit time.Duration

	running atomic.Bool
	adopted bool // only the connecting goroutine uses it
	past    map[uplink.Lane]*history
	dirty   names
	results resultBook
	poke    chan struct{} // something besides the outbox wants to be sent
	acks    chan []byte   // payloads of …/ack
	cmds    chan []byte   // payloads of …/cmd
	guard   message.Guard // for Config.Admit nil; only the command worker uses it

	current atomic.Pointer[session]

	progress, sent, stored, resent atomic.Uint64
	refused, busy                  atomic.Uint64 // commands

	mu    sync.Mutex
	since time.Time
	up    bool
	err   string
	cert  time.Time
}

var _ uplink.Uplink = (*Link)(nil)

// New checks cfg and wires a link; it touches no network and starts nothing. The error wraps
// ErrConfig and names every problem. The entries that wait in box at this moment may have been
// sent by an earlier process and go out marked as re-sent, so New should be called before
// this process journals anything.
func New(cfg Config, box uplink.Outbox, booth uplink.Booth, log *slog.Logger, opts ...Option) (*Link, error) {
	ep, err := cfg.check()
	if err != nil {
		return nil, fmt.Errorf("mqtt uplink %q: %w", cfg.Name, err)
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	l := &Link{
		cfg: cfg, ep: ep, topics: message.NewTopics(cfg.District, cfg.Station),
		box: box, booth: booth, log: log.With("uplink", cfg.Name),
		dial:        dialTCP,
		newClient:   func(set pahoSettings) client { return newPahoClient(set) },
		backoffBase: time.Second, backoffCap: 30 * time.Second,
		adoptQuiet: 300 * time.Millisecond, adoptLimit: 3 * time.Second,
		past:  make(map[uplink.Lane]*history, 3),
		poke:  make(chan struct{}, 1),
		acks:  make(chan []byte, 256),
		cmds:  make(chan []byte, 32),
		guard: message.Guard{Station: cfg.Station},
		since: time.Now(),
		err:   "not connected yet",
	}
	for _, lane := range []uplink.Lane{uplink.Alarm, uplink.Rest, uplink.Telemetry} {
		l.past[lane] = &history{old: box.Backlog(lane)}
	}
	for _, o := range opts {
		o(l)
	}
	return l, nil
}

// Run connects, sends and reconnects until ctx ends; then it says goodbye and returns nil. A
// panic in anything that it calls becomes an error.
func (l *Link) Run(ctx context.Context) error {
	if !l.running.CompareAndSwap(false, true) {
		return fmt.Errorf("run uplink %s: %w", l.cfg.Name, ErrRunning)
	}
	defer l.running.Store(false)
	l.adopted = false
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	names, stop := l.booth.Changes()
	var wg sync.WaitGroup
	for _, part := range []func(context.Context) error{
		func(ctx context.Context) error { return l.collect(ctx, names) },
		l.takeAcks, l.takeCommands, l.connectLoop,
	} {
		wg.Go(func() {
			if err := l.safely(ctx, part); err != nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
	stop()
	l.state(false, time.Time{}, errStopped)
	if err := context.Cause(ctx); err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("run uplink %s: %w", l.cfg.Name, err)
	}
	return nil
}

// safely turns a panic of f into an error, so that it ends a connection or this uplink and
// nothing else.
func (l *Link) safely(ctx context.Context, f func(context.Context) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			l.log.Error("panic in the uplink", "panic", r, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return f(ctx)
}

// Progress counts completed attempts: connection attempts that succeeded or failed,
// acknowledgements, and the regular look at health while connected. While Run is on it moves
// at least every ConnectTimeout plus the longest pause between attempts.
func (l *Link) Progress() uint64 { return l.progress.Load() }

// Status implements uplink.Uplink.
func (l *Link) Status() uplink.Status {
	l.mu.Lock()
	st := uplink.Status{
		Name: l.cfg.Name, Kind: "mqtt", Confirm: string(l.cfg.Confirm),
		Connected: l.up, Since: l.since, Err: l.err,
	}
	if !l.cert.IsZero() {
		ends := l.cert
		st.CertExpires = &ends
	}
	l.mu.Unlock()
	st.Sent, st.Stored, st.Resent = l.sent.Load(), l.stored.Load(), l.resent.Load()
	if s := l.current.Load(); s != nil {
		st.InFlight = s.flying()
	}
	st.Backlog = map[string]int64{
		string(uplink.Alarm): l.box.Backlog(uplink.Alarm), string(uplink.Rest): l.box.Backlog(uplink.Rest),
	}
	if l.cfg.Telemetry {
		st.Backlog[string(uplink.Telemetry)] = l.box.Backlog(uplink.Telemetry)
	}
	return st
}

// state records whether the link is up, and logs only what changed.
func (l *Link) state(up bool, cert time.Time, err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	l.mu.Lock()
	flipped := up != l.up
	changed := flipped || text != l.err
	if flipped {
		l.since = time.Now()
	}
	l.up, l.err = up, text
	if !cert.IsZero() {
		l.cert = cert
	}
	l.mu.Unlock()
	switch {
	case !changed:
	case up:
		l.log.Info("uplink connected", "broker", l.ep.address)
	case errors.Is(err, errStopped):
		l.log.Info("uplink stopped")
	default:
		l.log.Warn("uplink not connected", "broker", l.ep.address, "err", text)
	}
}

// connectLoop makes one connection after the other until ctx ends.
func (l *Link) connectLoop(ctx context.Context) error {
	pause := backoff{base: l.backoffBase, limit: l.backoffCap}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		lived, err := l.connection(ctx)
		l.progress.Add(1)
		if ctx.Err() != nil {
			return nil
		}
		l.state(false, time.Time{}, err)
		timer.Reset(pause.after(lived))
	}
}

// collect gathers the names of devices whose state changed until ctx ends.
func (l *Link) collect(ctx context.Context, names <-chan string) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case n, ok := <-names:
			if !ok {
				<-ctx.Done()
				return nil
			}
			l.dirty.add(n)
			signal(l.poke)
		}
	}
}

// names is a queue of distinct device names.
type names struct {
	mu    sync.Mutex
	queue []string
	in    map[string]bool
}

func (n *names) add(name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.in[name] {
		return
	}
	if n.in == nil {
		n.in = make(map[string]bool)
	}
	n.in[name] = true
	n.queue = append(n.queue, name)
}

func (n *names) pop() (string, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.queue) == 0 {
		return "", false
	}
	name := n.queue[0]
	n.queue = n.queue[1:]
	delete(n.in, name)
	return name, true
}
