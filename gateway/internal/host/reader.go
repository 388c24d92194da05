package host

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"firepost/firmware-contracts/message"
)

var (
	// ErrOptions means that the Options can never work.
	ErrOptions = errors.New("invalid host options")
	errSlow    = errors.New("no answer in time")
	errStuck   = errors.New("an earlier reading still hangs")
	errPanic   = errors.New("reading panicked")
)

// The time limits of the sources.
const (
	kernelLimit  = 2 * time.Second
	defaultModem = 4 * time.Second
	defaultUPS   = 3 * time.Second
)

// Options says what to read and where.
type Options struct {
	// Proc and Sys are the roots of the kernel's trees; empty means /proc and /sys.
	Proc, Sys string
	// JournalDir is the folder that holds the journal. Root is the root folder; empty means /.
	JournalDir, Root string
	// LatchFile keeps the undervoltage seen in this boot over a restart of the daemon.
	LatchFile string
	// Now is the booth's clock (gateway/internal/clock, Clock.Now). Without it, time is unknown.
	Now func() message.Stamp
	// Zones are the types of the thermal zones to read; empty means all.
	Zones []string
	// RTC is the battery-backed clock to read, such as rtc1; empty means the first. Some chips
	// bring one of their own without a battery.
	RTC string
	// Modem and UPS are asked when set.
	Modem *ModemOptions
	UPS   *UPSOptions
	// Statfs is statfs(2); nil means the system's. Tests give disks of their own.
	Statfs func(path string, buf *unix.Statfs_t) error
	// Limit is the time limit of each kernel source; zero means 2 s.
	Limit time.Duration
}

// Reader collects Facts. Only one Read may run at a time; SampleUndervoltage may run beside it.
type Reader struct {
	o       Options
	latch   *latch
	sources []*source
	fast    *source
	keep    *source
}

// source is one thing to read, with its own time limit.
type source struct {
	name  string
	limit time.Duration
	// read learns something and says how to put it into the Facts.
	read func(context.Context) func(*Facts)
	// lost puts "unknown" into the Facts.
	lost func(*Facts, error)
	// busy is true while a goroutine of this source runs, also after its time is up.
	busy atomic.Bool
}

// NewReader checks the options and returns a reader. It reads nothing yet.
func NewReader(o Options) (*Reader, error) {
	if o.JournalDir == "" || o.LatchFile == "" {
		return nil, fmt.Errorf("%w: journal folder %q and latch file %q must both be named", ErrOptions, o.JournalDir, o.LatchFile)
	}
	o.Proc, o.Sys, o.Root = orElse(o.Proc, "/proc"), orElse(o.Sys, "/sys"), orElse(o.Root, "/")
	if o.Statfs == nil {
		o.Statfs = unix.Statfs
	}
	if o.Limit <= 0 {
		o.Limit = kernelLimit
	}
	if o.Modem != nil {
		if err := o.Modem.Port.Validate(); err != nil {
			return nil, fmt.Errorf("%w: modem: %w", ErrOptions, err)
		}
	}
	if o.UPS != nil {
		if err := o.UPS.validate(); err != nil {
			return nil, err
		}
	}
	r := &Reader{o: o, latch: &latch{path: o.LatchFile}}
	r.sources = r.all()
	r.fast, r.keep = r.undervoltageSource(), r.keepSource()
	return r, nil
}

// all lists the sources of one reading.
func (r *Reader) all() []*source {
	k := r.o.Limit
	return []*source{
		newSource("boot id", k, r.readBoot, func(f *Facts) *Fact[string] { return &f.Boot }),
		newSource("temperature", k, r.readTemperatures, func(f *Facts) *Fact[[]Temperature] { return &f.Temperatures }),
		r.undervoltageSource(),
		r.keepSource(),
		newSource("journal's disk", k, r.readDisk(r.o.JournalDir), func(f *Facts) *Fact[Disk] { return &f.Journal }),
		newSource("root disk", k, r.readDisk(r.o.Root), func(f *Facts) *Fact[Disk] { return &f.Root }),
		newSource("flash wear", k, r.readWear, func(f *Facts) *Fact[[]Wear] { return &f.Wear }),
		newSource("mount", k, r.readMount, func(f *Facts) *Fact[Mount] { return &f.Mount }),
		newSource("file system errors", k, r.readFSErrors, func(f *Facts) *Fact[[]FSErrors] { return &f.FSErrors }),
		newSource("memory", k, r.readMemory, func(f *Facts) *Fact[Memory] { return &f.Memory }),
		newSource("swap", k, r.readSwap, func(f *Facts) *Fact[Swap] { return &f.Swap }),
		newSource("load", k, r.readLoad, func(f *Facts) *Fact[Load] { return &f.Load }),
		newSource("oom kills", k, r.readOOM, func(f *Facts) *Fact[uint64] { return &f.OOMKills }),
		newSource("network", k, r.readNetwork, func(f *Facts) *Fact[Network] { return &f.Network }),
		newSource("clock", k, r.readClock, func(f *Facts) *Fact[Clock] { return &f.Clock }),
		newSource("rtc", k, r.readRTC, func(f *Facts) *Fact[RTC] { return &f.RTC }),
		newSource("modem", r.o.Modem.limit(), r.readModem, func(f *Facts) *Fact[Modem] { return &f.Modem }),
		newSource("ups", r.o.UPS.limit(), r.readUPS, func(f *Facts) *Fact[UPS] { return &f.UPS }),
	}
}

func (r *Reader) undervoltageSource() *source {
	return newSource("undervoltage", r.o.Limit, r.readUndervoltage, func(f *Facts) *Fact[Undervoltage] { return &f.Undervoltage })
}

func (r *Reader) keepSource() *source {
	return newSource("undervoltage memory", r.o.Limit, r.keepUndervoltage, func(f *Facts) *Fact[bool] { return &f.UndervoltageKept })
}

func newSource[T any](name string, limit time.Duration, read func(context.Context) Fact[T], field func(*Facts) *Fact[T]) *source {
	return &source{
		name: name, limit: limit,
		read: func(ctx context.Context) func(*Facts) {
			got := read(ctx)
			return func(f *Facts) { *field(f) = got }
		},
		lost: func(f *Facts, err error) { *field(f) = unknown[T](err) },
	}
}

// Read learns what there is to learn. It returns within the longest time limit of its
// sources, and at once when ctx ends; then the error is ctx's and what had not answered is
// Unknown. Every other failure is in the Facts.
func (r *Reader) Read(ctx context.Context) (Facts, error) {
	var f Facts
	if r.o.Now != nil {
		f.At = r.o.Now()
	}
	collect(ctx, &f, r.sources)
	return f, ctx.Err()
}

// SampleUndervoltage looks at the supply voltage alarm alone and remembers it if it is set:
// between two Reads the alarm may come and go. The error says why it could not look.
func (r *Reader) SampleUndervoltage(ctx context.Context) error {
	var f Facts
	collect(ctx, &f, []*source{r.fast})
	collect(ctx, &f, []*source{r.keep})
	if f.Undervoltage.State == Unknown {
		return fmt.Errorf("sample undervoltage: %s", f.Undervoltage.Err)
	}
	return nil
}

// collect starts all sources and waits for each until its own limit.
func collect(ctx context.Context, f *Facts, sources []*source) {
	began := time.Now()
	answers := make([]<-chan func(*Facts), len(sources))
	for i, s := range sources {
		answers[i] = s.start(ctx)
	}
	for i, s := range sources {
		s.await(ctx, f, answers[i], s.limit-time.Since(began))
	}
}

// start runs the source beside the caller; nil means that the last run has not ended.
func (s *source) start(ctx context.Context) <-chan func(*Facts) {
	if !s.busy.CompareAndSwap(false, true) {
		return nil
	}
	out := make(chan func(*Facts), 1)
	ctx, cancel := context.WithTimeout(ctx, s.limit)
	go func() {
		defer cancel()
		apply := s.guarded(ctx)
		// Free before the answer is out: whoever has it may start the next run.
		s.busy.Store(false)
		out <- apply
	}()
	return out
}

// guarded turns a panic into "unknown": a parser that trips over a strange kernel must not
// take the daemon along.
func (s *source) guarded(ctx context.Context) (apply func(*Facts)) {
	defer func() {
		if p := recover(); p != nil {
			apply = func(f *Facts) { s.lost(f, fmt.Errorf("%w: %s: %v", errPanic, s.name, p)) }
		}
	}()
	return s.read(ctx)
}

func (s *source) await(ctx context.Context, f *Facts, answer <-chan func(*Facts), left time.Duration) {
	if answer == nil {
		s.lost(f, fmt.Errorf("%w: %s", errStuck, s.name))
		return
	}
	// An answer that is there counts even when the time is up.
	select {
	case apply := <-answer:
		apply(f)
		return
	default:
	}
	t := time.NewTimer(left)
	defer t.Stop()
	select {
	case apply := <-answer:
		apply(f)
	case <-t.C:
		s.lost(f, fmt.Errorf("%w: %s after %v", errSlow, s.name, s.limit))
	case <-ctx.Done():
		s.lost(f, fmt.Errorf("%s: %w", s.name, context.Cause(ctx)))
	}
}

func (r *Reader) proc(elem ...string) string {
	return filepath.Join(append([]string{r.o.Proc}, elem...)...)
}

func (r *Reader) sys(elem ...string) string {
	return filepath.Join(append([]string{r.o.Sys}, elem...)...)
}

func orElse(v, d string) string {
	if v == "" {
		return d
	}
	return v
}
