package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"firepost/drivers/sim"
	"firepost/gateway/e2e/booth"
	"firepost/gateway/e2e/platform"
)

// The measured booth.
const (
	district   = "hongshan"
	station    = "hs-99"
	uplinkName = "district"
)

// plan says what a rig is made of.
type plan struct {
	buses []bus
	// confirm is whose word counts as delivered; drain is the limit of a backlog, 0 for none.
	confirm string
	drain   int
	// journal is a folder whose copy the daemon starts with.
	journal string
	// ear says how the subscriber listens; nil for no subscriber.
	ear *earOptions
	// offline leaves the uplink out: the booth speaks to nobody.
	offline bool
	// extra stands at the end of the configuration.
	extra string
}

// usual is the plan of a booth with nothing unusual.
func usual(buses ...bus) plan {
	return plan{buses: buses, confirm: "platform", drain: 2000, ear: &earOptions{qos: 1, ack: true}}
}

// rig is one booth under measurement: line process, broker, daemon and subscriber, each on
// its own, and a reader of the status page.
type rig struct {
	s      *settings
	plan   plan
	dir    string
	line   *sim.Process
	broker *broker
	ear    *ear
	daemon *booth.Daemon
	config string
	page   string
	// began is when the daemon's process was started.
	began int64

	ctx  context.Context
	stop context.CancelFunc
	wg   sync.WaitGroup
}

const configText = `station: %s
district: %s
label: {zh: 测量, en: measurement}
clock: {trust: always}
journal: {dir: %s}
http: {listen: "127.0.0.1:0"}
contracts: [%s]
buses:
%sdevices:
%s`

const uplinkText = `uplinks:
  - {name: %s, kind: mqtt, broker: "tcp://%s", confirm: %s, drain_per_second: %d, insecure: true}
`

// newRig prepares everything but the daemon.
func newRig(ctx context.Context, s *settings, name string, p plan, seed uint64) (r *rig, err error) {
	r = &rig{s: s, plan: p, dir: filepath.Join(s.dir, name)}
	r.ctx, r.stop = context.WithCancel(ctx)
	defer func() {
		if err != nil {
			r.close()
		}
	}()
	contracts, state := filepath.Join(r.dir, "contracts"), r.state()
	if err := errors.Join(os.MkdirAll(state, 0o700), writeContracts(contracts, p.buses)); err != nil {
		return r, err
	}
	if p.journal != "" {
		if err := os.CopyFS(state, os.DirFS(p.journal)); err != nil {
			return r, fmt.Errorf("copy the journal: %w", err)
		}
	}
	if r.line, err = sim.StartProcess(r.ctx, s.exe, lineCommand, "-contracts", contracts); err != nil {
		return r, err
	}
	var buses, devices strings.Builder
	for i := range p.buses {
		port, err := p.buses[i].open(r.line, seed)
		if err != nil {
			return r, err
		}
		b, d := p.buses[i].configText(port)
		buses.WriteString(b)
		devices.WriteString(d)
	}
	r.config = filepath.Join(r.dir, "firepost.yaml")
	text := fmt.Sprintf(configText, station, district, state, contracts, buses.String(), devices.String())
	if !p.offline {
		if r.broker, err = startBroker(r.dir); err != nil {
			return r, err
		}
		text += fmt.Sprintf(uplinkText, uplinkName, r.broker.addr, p.confirm, p.drain)
	}
	text += p.extra
	if err := os.WriteFile(r.config, []byte(text), 0o600); err != nil {
		return r, err
	}
	if err := r.check(); err != nil {
		return r, err
	}
	if p.ear != nil {
		if r.ear, err = listen(r.broker.addr, *p.ear); err != nil {
			return r, err
		}
	}
	return r, nil
}

func (r *rig) state() string { return filepath.Join(r.dir, "state") }

// check makes sure that the daemon will not run on a fallback.
func (r *rig) check() error {
	out, err := exec.CommandContext(r.ctx, r.s.binary, "check", "-config", r.config).CombinedOutput()
	if err != nil {
		return fmt.Errorf("firepost check: %w\n%s", err, out)
	}
	return nil
}

// start starts the daemon.
func (r *rig) start() (err error) {
	r.began = platform.Now()
	r.daemon, err = booth.Start(r.s.binary, r.config, r.state(), nil)
	return err
}

// openRig is newRig with the daemon started and its page being read.
func openRig(ctx context.Context, s *settings, name string, p plan, seed uint64) (*rig, error) {
	r, err := newRig(ctx, s, name, p, seed)
	if err != nil {
		return nil, err
	}
	if err = r.start(); err == nil {
		err = r.watch()
	}
	if err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// pageWithin is how long the daemon may take to serve its page.
const pageWithin = 20 * time.Second

// address waits for the status page.
func (r *rig) address() error {
	ctx, cancel := context.WithTimeout(r.ctx, pageWithin)
	defer cancel()
	var err error
	r.page, err = r.daemon.Page(ctx)
	return err
}

// watch keeps the status page open as a person's browser would, until the rig is closed.
func (r *rig) watch() error {
	if err := r.address(); err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(r.ctx, http.MethodGet, r.page+"/api/watch", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("open the status page: %w", err)
	}
	r.wg.Go(func() {
		defer func() { _ = resp.Body.Close() }()
		_, _ = io.Copy(io.Discard, resp.Body)
	})
	return nil
}

// stats reads what the line of the only bus has seen.
func (r *rig) stats() (sim.LineStats, error) { return r.line.Stats(r.plan.buses[0].name) }

// close ends everything; what the measurement needed it has by now.
func (r *rig) close() {
	if r.daemon != nil {
		if err := r.daemon.Stop(); err != nil {
			r.s.say("%v", err)
		}
	}
	if r.ear != nil {
		r.ear.close()
	}
	r.stop()
	r.wg.Wait()
	r.broker.stop()
	if r.line != nil {
		// Its context has ended, and with it the process.
		_ = r.line.Close()
	}
	_ = os.RemoveAll(r.dir)
}

// runs makes n runs, at most several at a time, and returns their results in order.
func runs[T any](ctx context.Context, s *settings, name string, atOnce int, run func(ctx context.Context, id string, i int) (T, error)) ([]T, error) {
	out := make([]T, s.runs)
	errs := make([]error, s.runs)
	slots := make(chan struct{}, max(atOnce, 1))
	var wg sync.WaitGroup
	for i := range s.runs {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			if errs[i] = ctx.Err(); errs[i] == nil {
				out[i], errs[i] = run(ctx, fmt.Sprintf("%s-%d", name, i+1), i)
			}
		})
	}
	wg.Wait()
	return out, errors.Join(errs...)
}

// column takes one figure of every run.
func column[T any](list []T, get func(*T) float64) []float64 {
	out := make([]float64, len(list))
	for i := range list {
		out[i] = get(&list[i])
	}
	return out
}
