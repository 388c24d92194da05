// Command bench measures the alarm path and prints the table that stands in the README.
//
// Every measurement runs the real daemon as a process of its own, with uplink, journal and
// status page on, against a simulated line that is a process of its own too: it gives every
// character its time on the wire and judges the daemon by what the wire saw. Whether an
// event arrived is judged by a subscriber that knows nothing of the daemon's own counters.
// All times are CLOCK_MONOTONIC, which the processes of one machine share.
//
// Nothing here is a test: a bar that is missed is a line in the table, not a failure.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"firepost/gateway/e2e/booth"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := dispatch(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// dispatch runs the measurements, or one of the helper processes that they start.
func dispatch(ctx context.Context, args []string, in io.Reader, out, log io.Writer) error {
	if len(args) > 0 {
		switch args[0] {
		case lineCommand:
			return serveLine(ctx, args[1:], in, out)
		case prefillCommand:
			return prefill(ctx, args[1:])
		}
	}
	s, err := parse(args, log)
	if err != nil {
		return err
	}
	return s.measure(ctx, out)
}

// settings are how the measurements are made.
type settings struct {
	only   []string
	short  bool
	hour   bool
	runs   int
	dir    string
	binary string
	json   string
	log    io.Writer
	exe    string
}

func parse(args []string, log io.Writer) (*settings, error) {
	s := &settings{log: log}
	fs := flag.NewFlagSet("bench", flag.ContinueOnError)
	fs.SetOutput(log)
	only := fs.String("only", "", "measure only `NAME[,NAME]`: "+strings.Join(names(), ", "))
	fs.BoolVar(&s.short, "short", false, "a few seconds each: shows that the machinery works, no figures worth keeping")
	fs.BoolVar(&s.hour, "hour", false, "let the memory measurement run for an hour, and the page's for four times its items")
	fs.IntVar(&s.runs, "runs", 5, "`number` of runs whose median counts")
	fs.StringVar(&s.dir, "dir", "bin", "`folder` on a real disk for journals and everything else that is written")
	fs.StringVar(&s.binary, "firepost", "", "the daemon's `binary`; built when empty")
	fs.StringVar(&s.json, "json", "", "write all figures, run by run, to this `file` as well")
	if err := fs.Parse(args); err != nil {
		return nil, err
	}
	if fs.NArg() > 0 {
		return nil, fmt.Errorf("unknown argument %q: see -h", fs.Arg(0))
	}
	if s.runs < 1 {
		return nil, fmt.Errorf("-runs %d: at least 1", s.runs)
	}
	if s.short {
		s.runs = 1
	}
	for n := range strings.SplitSeq(*only, ",") {
		if n == "" {
			continue
		}
		if find(n) == nil {
			return nil, fmt.Errorf("-only %q: there is %s", n, strings.Join(names(), ", "))
		}
		s.only = append(s.only, n)
	}
	var err error
	s.exe, err = os.Executable()
	return s, err
}

// bench is one measurement; it may fill several rows of the table.
type bench struct {
	name string
	run  func(ctx context.Context, s *settings) ([]row, error)
}

func benches() []bench {
	return []bench{
		{"poll16", poll16},
		{"dead1", dead1},
		{"dead3", dead3},
		{"latency", latency},
		{"frame", frame},
		{"drain", drain},
		{"memory", memory},
		{"cpu", cpu},
		{"start", startUp},
		{"binary", binarySize},
		{"pins", contacts},
		{"scan", scan},
		{"painted", paintedBench},
		{"sensed", sensedBench},
		{"picture", pictureBench},
		{"gap", gapBench},
		{"heap", heapBench},
		{"stage", stageMemory},
	}
}

func names() []string {
	var list []string
	for _, b := range benches() {
		list = append(list, b.name)
	}
	return list
}

func find(name string) *bench {
	for _, b := range benches() {
		if b.name == name {
			return &b
		}
	}
	return nil
}

// measure runs what was asked for and prints the table; what was measured before a failure
// is printed all the same.
func (s *settings) measure(ctx context.Context, out io.Writer) error {
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(s.dir, "bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if s.dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	if s.binary == "" {
		s.say("building the daemon")
		if s.binary, err = booth.Build(s.dir, "-trimpath", "-ldflags", "-s -w"); err != nil {
			return err
		}
	}
	r := report{Machine: thisMachine(s.dir), Begun: time.Now().UTC(), Short: s.short}
	var errs []error
	for _, b := range benches() {
		if ctx.Err() != nil || len(s.only) > 0 && !slices.Contains(s.only, b.name) {
			continue
		}
		begin := time.Now()
		s.say("%s …", b.name)
		rows, err := b.run(ctx, s)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", b.name, err))
		}
		for i := range rows {
			rows[i].Bench = b.name
		}
		r.Rows = append(r.Rows, rows...)
		s.say("%s took %v", b.name, time.Since(begin).Round(time.Second))
	}
	r.Machine.LoadAfter = loadAverage()
	errs = append(errs, ctx.Err(), r.markdown(out))
	if s.json != "" {
		errs = append(errs, r.writeJSON(s.json))
	}
	return errors.Join(errs...)
}

// say tells the person who waits what is going on.
func (s *settings) say(format string, args ...any) {
	fmt.Fprintf(s.log, "bench: "+format+"\n", args...)
}

// pick is long normally and brief with -short.
func pick[T any](s *settings, long, brief T) T {
	if s.short {
		return brief
	}
	return long
}

// wait sleeps for d, or until ctx ends.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
